"""What a layer with channels first becomes with channels last, and what comes out of it."""

from __future__ import annotations

from typing import Any, Literal

from cnnviz_core.model_files.repair.context import Json, refuse
from cnnviz_core.model_files.repair.splitting import Chain, plain_layer

State = Literal["map", "vector", "other"]
MAP: State = "map"
VECTOR: State = "vector"
OTHER: State = "other"
SPATIAL = frozenset(
    {"Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Conv2DTranspose", "MaxPooling2D"}
    | {"AveragePooling2D", "UpSampling2D", "ZeroPadding2D", "Cropping2D"}
)
GLOBAL = frozenset({"GlobalAveragePooling2D", "GlobalMaxPooling2D"})
BY_AXIS = frozenset({"BatchNormalization", "Concatenate", "Softmax", "LayerNormalization"})
EACH_VALUE = frozenset(
    {"Activation", "ReLU", "LeakyReLU", "ELU", "Dropout", "GaussianNoise", "GaussianDropout"}
    | {"AlphaDropout", "Identity", "ActivityRegularization"}
)
SEVERAL = frozenset(
    {"Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "TrueDivide"}
    | {"Relu", "Relu6", "Sigmoid", "Silu", "Tanh", "Clip", "Cast"}
)
"""Layers and operations on single values of tensors of the same shape, or of one and numbers."""
SAME_SHAPE = frozenset({"PReLU", "Rescaling", "Dropout", "Dense"})
TURNED = SAME_SHAPE | {"Reshape", "Permute"}
"""Layers that can be given channels first between two that exchange axes."""
FIRST_INSIDE = frozenset({"Activation"})
ALONG_LAST_AXIS = frozenset({"softmax", "log_softmax", "sparsemax"})
AXES = {0: 0, 1: -1, 2: 1, 3: 2, -4: 0, -3: -1, -2: 1, -1: 2}
"""Where each axis of a map with channels first lies with channels last."""


def rewritten(entry: Json, name: Any, states: list[State]) -> tuple[Chain, State]:
    """Rewrite a layer in place for inputs of these states.

    Returns:
        The layer, with others before it where it needs them, and what comes out.

    Raises:
        ModelFileError: it has no equal with channels last.
    """
    class_name, config = entry.get("class_name"), entry["config"]
    if class_name == "Flatten":
        return _flatten(entry, name, states)
    if MAP not in states:
        return Chain([entry]), _without_maps(class_name, config, name, states)
    if any(state != MAP for state in states):
        raise refuse(name, "puts maps with channels first and other values together.")
    if class_name in FIRST_INSIDE and _ends_along_last_axis(config, "softmax"):
        return _turned(entry, name), MAP
    _check_activation(config, name)
    if class_name in SPATIAL or class_name in GLOBAL or class_name == "SpatialDropout2D":
        if config.get("data_format") != "channels_first" and class_name != "SpatialDropout2D":
            raise refuse(name, "takes channels last in a network that puts them first.")
        config["data_format"] = "channels_last"
        vector = class_name in GLOBAL and config.get("keepdims") is not True
        return Chain([entry]), VECTOR if vector else MAP
    if class_name in BY_AXIS:
        axis = config.get("axis", -1)
        axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
        if isinstance(axis, list):
            return _turned(entry, name), MAP
        config["axis"] = _axis(axis, name)
        return Chain([entry]), MAP
    if class_name in SEVERAL and not _constants(entry):
        return Chain([entry]), MAP
    if class_name in EACH_VALUE and config.get("noise_shape") is None:
        return Chain([entry]), MAP
    return _as_before(entry, class_name, name)


def _as_before(entry: Json, class_name: Any, name: Any) -> tuple[Chain, State]:
    """Give a layer maps with channels first, as it always read them."""
    if entry.get("module") != "keras.layers" or class_name not in TURNED:
        raise refuse(
            name,
            f"({str(class_name)[:80]}) reads maps that put channels first, which cannot be"
            " rewritten to channels last; build the model with channels last and copy its weights.",
        )
    if class_name in SAME_SHAPE:
        return _turned(entry, name), MAP
    return Chain([_permuted(entry, f"{name}_channels_first", [3, 1, 2]), entry], main=1), OTHER


def _turned(entry: Json, name: Any) -> Chain:
    """A layer between one that puts channels first and one that puts them last again."""
    before = _permuted(entry, f"{name}_channels_first", [3, 1, 2])
    after = _permuted(entry, f"{name}_channels_last", [2, 3, 1])
    return Chain([before, entry, after], main=1)


def _permuted(entry: Json, name: str, dims: list[int]) -> Json:
    made = plain_layer("Permute", name, {"dims": dims})
    if "dtype" in entry["config"]:
        made["config"]["dtype"] = entry["config"]["dtype"]
    return made


def _constants(entry: Json) -> bool:
    """Whether an operation combines a map with an array, whose axes it would have to turn."""
    return any(
        isinstance(value, dict) and value.get("class_name") in ("__numpy__", "__tensor__")
        for call in entry.get("inbound_nodes", [])
        for value in call["args"]
    )


def _flatten(entry: Json, name: Any, states: list[State]) -> tuple[Chain, State]:
    """Keep the order of values that the next layer's weights were learned in.

    With channels first, Keras's own Flatten puts channels last before it flattens; one that does
    not know of channels first is given them first.
    """
    config = entry["config"]
    first = config.get("data_format") == "channels_first"
    if states == [OTHER] and first:
        raise refuse(name, "flattens something that is no map, with channels first.")
    config["data_format"] = "channels_last"
    if states != [MAP] or first:
        return Chain([entry]), VECTOR
    return Chain([_permuted(entry, f"{name}_channels_first", [3, 1, 2]), entry], main=1), VECTOR


def _without_maps(class_name: Any, config: Json, name: Any, states: list[State]) -> State:
    """Layers behind the maps stay as they are."""
    if config.get("data_format") == "channels_first":
        if class_name == "Dropout" or class_name == "Flatten":
            return VECTOR
        raise refuse(name, "makes maps with channels first of values that are none.")
    same = class_name in EACH_VALUE or class_name in SEVERAL or class_name in BY_AXIS
    if class_name == "Dense" or same:
        return VECTOR if all(state == VECTOR for state in states) else OTHER
    return OTHER


def _check_activation(config: Json, name: Any) -> None:
    if _ends_along_last_axis(config, None):
        raise refuse(name, "takes the softmax along the width of maps that put channels first.")


def _ends_along_last_axis(config: Json, default: str | None) -> bool:
    """Whether the activation, a function by its name or a layer such as Softmax, is a softmax."""
    activation = config.get("activation", default)
    if isinstance(activation, dict):
        inner = activation.get("config")
        activation = inner if isinstance(inner, str) else str(activation.get("class_name")).lower()
    return isinstance(activation, str) and activation in ALONG_LAST_AXIS


def _axis(value: Any, name: Any) -> int:
    if type(value) is not int or value not in AXES:
        raise refuse(name, "works along several axes of maps that put channels first.")
    return AXES[value]

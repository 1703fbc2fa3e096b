"""How layers are called, checked: arguments, references to tensors, inputs and outputs.

Keras notes `training=True` of every augmentation, and overrides it when a model is called. As
nothing is trained here, it is written as False.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.allowed.networks import Call, Constant, TensorRef, leaves
from cnnviz_core.model_files.allowed.rules.checks import Unfit, numbers, text, whole
from cnnviz_core.model_files.allowed.rules.objects import INPUT_TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz_core.model_files.allowed.networks import CheckedLayer
    from cnnviz_core.model_files.allowed.rules.rule import Rule

_DEPTH = 6
_CONTEXT = ("training", "mask")
_MODEL_ARGUMENTS = ("inputs",)
_index = whole(0, 1_000_000)
_step = whole(-1_000_000, 1_000_000)


def checked_calls(raw: Any, name: str, rule: Rule | None) -> tuple[Call, ...]:
    """The calls of a layer, or of a nested model where there is no rule.

    Raises:
        ModelFileError: they are not in Keras 3's form or hold what the layer does not take.
    """
    if not isinstance(raw, list):
        raise ModelFileError(f"The calls of layer {name[:80]!r} are no list. Save the model again.")
    names = _MODEL_ARGUMENTS if rule is None else rule.arguments
    names += _CONTEXT if rule is None else rule.optional
    try:
        calls = tuple(_call(call, names, bool(rule and rule.is_operation)) for call in raw)
    except Unfit as error:
        raise ModelFileError(
            f"Layer {name[:80]!r} is called in a way that is not read here: a call must be "
            f"{str(error)[:300]}. Save the model again with a current version of Keras."
        ) from None
    is_input = rule is not None and rule.class_name == "InputLayer"
    if is_input and calls:
        raise ModelFileError(f"Input {name[:80]!r} has an input of its own. Save the model again.")
    if not is_input and not calls:
        raise ModelFileError(
            f"Layer {name[:80]!r} is connected to nothing. Build the model anew and save it again."
        )
    return calls


def _call(raw: Any, names: tuple[str, ...], operation: bool) -> Call:
    if not isinstance(raw, dict) or set(raw) != {"args", "kwargs"}:
        raise Unfit("given as arguments and keyword arguments")
    if not isinstance(raw["args"], list) or not isinstance(raw["kwargs"], dict):
        raise Unfit("given as a list and a dictionary")
    if len(raw["args"]) > len(names):
        raise Unfit(f"of at most {len(names)} arguments")
    args = tuple(_value(argument, operation, _DEPTH) for argument in raw["args"])
    kwargs: dict[str, Any] = {}
    for key, value in raw["kwargs"].items():
        _keyword(key, value, names[: len(args)], names)
        if key == "training" and value is not None:
            kwargs[key] = False
        elif key not in _CONTEXT:
            kwargs[key] = _value(value, operation, _DEPTH)
    call = Call(args, kwargs)
    if not call.inputs():
        raise Unfit("given a tensor")
    return call


def _keyword(key: Any, value: Any, given: tuple[str, ...], names: tuple[str, ...]) -> None:
    if key == "mask" and value is None:
        return
    if key == "training" and (value is None or type(value) is bool):
        return
    if key not in names or key in given:
        raise Unfit(f"without the argument {str(key)[:80]!r}")


def _value(raw: Any, operation: bool, depth: int) -> Any:
    """One argument: plain values, tensors, and lists and dictionaries of them."""
    if raw is None or type(raw) is bool:
        return raw
    if type(raw) in (int, float):
        return numbers(raw)
    if type(raw) is str:
        return text(raw)
    if depth == 0:
        raise Unfit(f"nested at most {_DEPTH} deep")
    if type(raw) in (list, tuple):
        return [_value(item, operation, depth - 1) for item in raw]
    if type(raw) is not dict:
        raise Unfit("made with plain values and tensors")
    if "class_name" in raw:
        return _object(raw, operation)
    if not all(type(key) is str and len(key) <= 200 for key in raw):
        raise Unfit("given dictionaries whose keys are short texts")
    if "config" in raw:
        raise Unfit("given no objects")
    return {key: _value(item, operation, depth - 1) for key, item in raw.items()}


def _object(raw: Mapping[str, Any], operation: bool) -> Any:
    name, config = raw["class_name"], raw.get("config")
    if not isinstance(name, str) or not isinstance(config, dict):
        raise Unfit("made with plain values and tensors")
    if name == "__keras_tensor__":
        return reference(config.get("keras_history"))
    if operation and name == "__slice__":
        keys = ("start", "stop", "step")
        return slice(*(None if config.get(key) is None else _step(config[key]) for key in keys))
    if operation and name == "__ellipsis__":
        return ...
    if operation and name in ("__tensor__", "__numpy__"):
        if config.get("dtype") not in INPUT_TYPES:
            raise Unfit("given arrays of numbers")
        return Constant(numbers(config.get("value")), config["dtype"])
    raise Unfit(f"made with plain values and tensors, not with {name[:80]!r}")


def reference(raw: Any) -> TensorRef:
    """A reference to a tensor, as Keras writes it: layer, call, output."""
    if not isinstance(raw, list | tuple) or len(raw) != 3 or type(raw[0]) is not str:
        raise Unfit("given tensors by layer, call and output")
    return TensorRef(raw[0], _index(raw[1]), _index(raw[2]))


def checked_ends(raw: Any, layers: Mapping[str, CheckedLayer], name: str) -> Any:
    """Inputs or outputs of a Functional model.

    Keras counts the calls of a Functional model among them from 1, those of other layers from 0.

    Raises:
        ModelFileError: they are not references to tensors of the model.
    """
    try:
        ends = _ends(raw, layers, 3)
        references = list(leaves(ends))
        if not references or len(references) > 256:
            raise Unfit("from 1 to 256")
    except Unfit as error:
        raise ModelFileError(
            f"Inputs or outputs of model {name[:80]!r} are not readable: they must be "
            f"{str(error)[:300]}. Save the model again."
        ) from None
    return ends


def _ends(raw: Any, layers: Mapping[str, CheckedLayer], depth: int) -> Any:
    if isinstance(raw, list) and len(raw) == 3 and type(raw[0]) is str:
        tensor = reference(raw)
        layer = layers.get(tensor.layer)
        if layer is None:
            raise Unfit(f"tensors of its layers, not of {tensor.layer[:80]!r}")
        if layer.inner is None or layer.inner.kind != "Functional":
            return tensor
        if tensor.call == 0 and len(layer.calls) > 1:
            raise Unfit("calls of its layers")
        return TensorRef(tensor.layer, max(0, tensor.call - 1), tensor.output)
    if depth == 0:
        raise Unfit("nested less")
    if isinstance(raw, list):
        return [_ends(item, layers, depth - 1) for item in raw]
    if isinstance(raw, dict) and all(type(key) is str and len(key) <= 200 for key in raw):
        return {key: _ends(item, layers, depth - 1) for key, item in raw.items()}
    raise Unfit("tensors of its layers")

"""How a TensorFlow function's arguments become an operation of Keras 3 that computes the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cnnviz_core.model_files.repair import nodes
from cnnviz_core.model_files.repair.context import Json, whole_list


class Untranslatable(Exception):  # noqa: N818 - an adjective of a call, caught where it is raised
    """Keras 3 has no operation that computes the same."""


@dataclass
class Operation:
    """An operation of Keras 3 as its configuration writes it.

    Attributes:
        module: below `keras.src.ops`.
        class_name: in it.
        args: of its one call.
        config: its settings, without name.
        kwargs: of its one call.
    """

    module: str
    class_name: str
    args: list[Any]
    config: Json = field(default_factory=dict)
    kwargs: Json = field(default_factory=dict)


Make = Callable[[Json], Operation]


def _tensor(value: Any) -> Any:
    if nodes.history(value) is None:
        raise Untranslatable
    return value


def _operand(value: Any) -> Any:
    """A tensor, a number, or numbers in a list."""
    if type(value) in (int, float) or nodes.history(value) is not None:
        return value
    if isinstance(value, list):
        value = nodes.constant(value)
    if isinstance(value, dict) and value.get("class_name") == "__numpy__":
        config = value.get("config")
        _numbers(config.get("value") if isinstance(config, dict) else None)
        return value
    raise Untranslatable


def _numbers(value: Any, depth: int = 0) -> None:
    if isinstance(value, list) and depth < 8:
        for element in value:
            _numbers(element, depth + 1)
    elif type(value) not in (int, float):
        raise Untranslatable


def _axes(value: Any) -> Any:
    """None, an axis or several."""
    if value is None or type(value) is int or whole_list(value) is not None:
        return value
    raise Untranslatable


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise Untranslatable
    return value


def _number(value: Any) -> float:
    if type(value) not in (int, float):
        raise Untranslatable
    return float(value)


def _sequence(value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise Untranslatable
    return [_tensor(tensor) for tensor in value]


def _only(given: Json, **allowed: Any) -> None:
    """Refuse arguments that Keras's operation has not, unless they are left at their default."""
    for key, value in allowed.items():
        if key in given and (type(given[key]), given[key]) != (type(value), value):
            raise Untranslatable


def unary(parameter: str, module: str, class_name: str, **config: Any) -> tuple[Any, Make]:
    """A function of one tensor."""

    def make(given: Json) -> Operation:
        return Operation(module, class_name, [_tensor(given[parameter])], dict(config))

    return (parameter,), make


def binary(class_name: str, first: str = "x", second: str = "y") -> tuple[Any, Make]:
    """A function of two tensors, of which one may be a constant."""

    def make(given: Json) -> Operation:
        args = [_operand(given[first]), _operand(given[second])]
        if not any(nodes.history(argument) for argument in args):
            raise Untranslatable
        return Operation("numpy", class_name, args)

    return (first, second), make


def reduction(class_name: str, **config: Any) -> tuple[Any, Make]:
    """A function that takes axes away."""

    def make(given: Json) -> Operation:
        keepdims = given.get("keepdims") or False
        if type(keepdims) is not bool:
            raise Untranslatable
        settings = {"axis": _axes(given.get("axis")), "keepdims": keepdims, **config}
        return Operation("numpy", class_name, [_tensor(given["input_tensor"])], settings)

    return ("input_tensor", "axis", "keepdims"), make


def softmax(given: Json) -> Operation:
    """Softmax along one axis."""
    axis = given.get("axis")
    axis = -1 if axis is None else _whole(axis)
    return Operation("nn", "Softmax", [_tensor(given["logits"])], {"axis": axis})


def leaky_relu(given: Json) -> Operation:
    """TensorFlow's slope is 0.2 where none is given."""
    slope = _number(given.get("alpha", 0.2))
    return Operation("nn", "LeakyRelu", [_tensor(given["features"])], {"negative_slope": slope})


def gelu(given: Json) -> Operation:
    """The exact one where nothing else is said, unlike Keras's operation."""
    approximate = given.get("approximate", False)
    if type(approximate) is not bool:
        raise Untranslatable
    return Operation("nn", "Gelu", [_tensor(given["features"])], {"approximate": approximate})


def silu(given: Json) -> Operation:
    """Only without a factor."""
    _only(given, beta=1.0)
    return Operation("nn", "Silu", [_tensor(given["features"])])


def clip(given: Json) -> Operation:
    """Between two numbers."""
    low, high = _number(given["clip_value_min"]), _number(given["clip_value_max"])
    return Operation("numpy", "Clip", [_tensor(given["t"])], {"x_min": low, "x_max": high})


def concat(given: Json) -> Operation:
    """Along one axis."""
    args = [_sequence(given["values"])]
    return Operation("numpy", "Concatenate", args, {"axis": _whole(given["axis"])})


def stack(given: Json) -> Operation:
    """Along a new axis."""
    args = [_sequence(given["values"])]
    return Operation("numpy", "Stack", args, {"axis": _whole(given.get("axis", 0))})


def reshape(given: Json) -> Operation:
    """To sides that are numbers."""
    shape = whole_list(given["shape"])
    if shape is None:
        raise Untranslatable
    return Operation("numpy", "Reshape", [_tensor(given["tensor"])], {"newshape": shape})


def cast(given: Json) -> Operation:
    """To 32 bits, in which everything is computed here."""
    if given["dtype"] != "float32":
        raise Untranslatable
    return Operation("core", "Cast", [_tensor(given["x"])], {"dtype": "float32"})


def expand_dims(given: Json) -> Operation:
    """A new axis."""
    axis = _whole(given["axis"])
    return Operation("numpy", "ExpandDims", [_tensor(given["input"])], {"axis": axis})


def squeeze(given: Json) -> Operation:
    """Without one axis, or all of length one."""
    axis = _axes(given.get("axis"))
    if isinstance(axis, list):
        if len(axis) != 1:
            raise Untranslatable
        axis = axis[0]
    return Operation("numpy", "Squeeze", [_tensor(given["input"])], {"axis": axis})


def transpose(given: Json) -> Operation:
    """Axes in another order."""
    _only(given, conjugate=False)
    axes = whole_list(given["perm"])
    if axes is None:
        raise Untranslatable
    return Operation("numpy", "Transpose", [_tensor(given["a"])], {"axes": axes})


def pad(given: Json) -> Operation:
    """Zeros, a number or a reflection around."""
    mode, widths = given.get("mode", "CONSTANT"), given["paddings"]
    pairs = isinstance(widths, list) and all(whole_list(pair, 2) is not None for pair in widths)
    value = _number(given.get("constant_values", 0))
    if not isinstance(mode, str) or mode.lower() not in ("constant", "reflect", "symmetric"):
        raise Untranslatable
    if not pairs or (value != 0 and mode.lower() != "constant"):
        raise Untranslatable
    settings = {"pad_width": widths, "mode": mode.lower()}
    kwargs = {"constant_values": value if value != 0 else None}
    return Operation("numpy", "Pad", [_tensor(given["tensor"])], settings, kwargs)


def resize(given: Json) -> Operation:
    """As `tf.image.resize`, which Keras calls itself."""
    _only(given, preserve_aspect_ratio=False)
    size, method = whole_list(given["size"], 2), given.get("method", "bilinear")
    antialias = given.get("antialias", False)
    known = ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5")
    if size is None or method not in known or type(antialias) is not bool:
        raise Untranslatable
    settings = {
        "size": size,
        "interpolation": method,
        "antialias": antialias,
        "crop_to_aspect_ratio": False,
        "pad_to_aspect_ratio": False,
        "fill_mode": "constant",
        "fill_value": 0.0,
        "data_format": "channels_last",
    }
    return Operation("image", "Resize", [_tensor(given["images"])], settings)


def bias_add(given: Json) -> Operation:
    """A number for each channel, which come last."""
    if given.get("data_format") not in (None, "NHWC", "N...C"):
        raise Untranslatable
    return Operation("numpy", "Add", [_tensor(given["value"]), _operand(given["bias"])])


def normalize(given: Json) -> Operation:
    """To length one along axes: TensorFlow bounds the square of the length, Keras the length."""
    limit = _number(given.get("epsilon", 1e-12))
    if limit <= 0:
        raise Untranslatable
    settings = {"axis": _axes(given["axis"]), "order": 2, "epsilon": limit**0.5}
    return Operation("nn", "Normalize", [_tensor(given["x"])], settings)


def depth_to_space(given: Json) -> Operation:
    """Channels as pixels, channels last."""
    _only(given, data_format="NHWC")
    settings = {"block_size": _whole(given["block_size"]), "data_format": "channels_last"}
    return Operation("nn", "DepthToSpace", [_tensor(given["input"])], settings)


def item(given: Json) -> Operation:
    """Indices and slices."""
    parts = given["slice_spec"]
    parts = parts if isinstance(parts, list) else [parts]
    return Operation(
        "numpy", "GetItem", [_tensor(given["tensor"]), [_part(part) for part in parts]]
    )


def _part(part: Any) -> Any:
    """An index, a new axis, an ellipsis or a range."""
    if part is None or type(part) is int:
        return part
    if isinstance(part, dict) and part.get("class_name") == "__ellipsis__":
        return {"class_name": "__ellipsis__", "config": {}}
    if not isinstance(part, dict) or set(part) != {"start", "stop", "step"}:
        raise Untranslatable
    if any(bound is not None and type(bound) is not int for bound in part.values()):
        raise Untranslatable
    return {"class_name": "__slice__", "config": dict(part)}

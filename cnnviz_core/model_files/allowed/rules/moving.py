"""Functions of `keras.ops` that move, cut and join values."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from cnnviz_core.model_files.allowed.rules import checks
from cnnviz_core.model_files.allowed.rules.checks import Unfit
from cnnviz_core.model_files.allowed.rules.geometry import (
    Shape,
    broadcast,
    longer,
    reshaped,
    scaled,
)
from cnnviz_core.model_files.allowed.rules.merging import concatenated
from cnnviz_core.model_files.allowed.rules.operations import IMAGE, NN, NUMPY, operation, shape_of
from cnnviz_core.model_files.allowed.rules.reshaping import INTERPOLATIONS
from cnnviz_core.model_files.allowed.rules.rule import (
    REQUIRED,
    Rule,
    Setting,
    Sized,
    Tensor,
    count,
    need_rank,
    plain,
    resolve,
    resolve_all,
    same_along,
    single,
)
from cnnviz_core.model_files.limits import MAX_SIDE

MAX_PARTS = 64


def _squeeze(settings: Mapping[str, Any], shape: Shape) -> Shape:
    axes = settings["axis"]
    if axes is None:
        return tuple(side for side in shape if side != 1)
    gone = resolve_all(axes, len(shape))
    if any(shape[axis] not in (1, None) for axis in gone):
        raise Unfit("told to remove axes of one place")
    return tuple(side for axis, side in enumerate(shape) if axis not in gone)


def _expand(settings: Mapping[str, Any], shape: Shape) -> Shape:
    axes = settings["axis"]
    rank = len(shape) + (len(axes) if isinstance(axes, list) else 1)
    added = resolve_all(axes, rank)
    rest = iter(shape)
    return tuple(1 if axis in added else next(rest) for axis in range(rank))


def _reshape(settings: Mapping[str, Any], shape: Shape) -> Shape:
    target = settings["newshape"]
    return reshaped(shape, tuple(target if isinstance(target, list) else [target]))


def _transpose(settings: Mapping[str, Any], shape: Shape) -> Shape:
    axes = settings["axes"]
    if axes is None:
        return shape[::-1]
    order = resolve_all(axes, len(shape))
    if len(order) < len(shape):
        raise Unfit("given each of its axes once")
    return tuple(shape[axis] for axis in order)


def _swap(settings: Mapping[str, Any], shape: Shape) -> Shape:
    first, second = (resolve(settings[key], len(shape)) for key in ("axis1", "axis2"))
    sides = list(shape)
    sides[first], sides[second] = sides[second], sides[first]
    return tuple(sides)


def _joined(args: tuple[Any, ...]) -> list[Shape]:
    if not isinstance(args[0], list) or not args[0]:
        raise Unfit("called on a list of tensors")
    return [shape_of(tensor) for tensor in args[0]]


def _concatenate(settings: Mapping[str, Any], args: tuple[Any, ...], _: Any) -> Sized:
    axis = settings["axis"]
    return Sized((Tensor(concatenated(_joined(args), 0 if axis is None else axis)),))


def _stack(settings: Mapping[str, Any], args: tuple[Any, ...], _: Any) -> Sized:
    shapes = _joined(args)
    if any(len(shape) != len(shapes[0]) for shape in shapes):
        raise Unfit("called on tensors of the same number of axes")
    if any(len(set(sides) - {None}) > 1 for sides in zip(*shapes, strict=True)):
        raise Unfit("called on tensors of the same sides")
    position = resolve(settings["axis"], len(shapes[0]) + 1)
    first = shapes[0]
    return Sized((Tensor((*first[:position], len(shapes), *first[position:])),))


def _pad(settings: Mapping[str, Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Sized:
    shape = single(args).shape
    fill = kwargs.get("constant_values")
    if not (fill is None or (type(fill) in (int, float) and settings["mode"] == "constant")):
        raise Unfit("given one number to pad with")
    pairs = settings["pad_width"]
    if len(pairs) != len(shape):
        raise Unfit(f"given a padding for each of {len(shape)} axes")
    result = tuple(longer(side, sum(pair)) for side, pair in zip(shape, pairs, strict=True))
    return Sized((Tensor(result),))


def _item(settings: Mapping[str, Any], args: tuple[Any, ...], _: Any) -> Sized:
    shape, key = shape_of(args[0]), args[1]
    keys = list(key) if isinstance(key, list) else [key]
    if sum(index is ... for index in keys) > 1:
        raise Unfit("given at most one ellipsis")
    taken = sum(index is not None and index is not ... for index in keys)
    if taken > len(shape) or len(keys) > 16:
        raise Unfit(f"given at most {len(shape)} indices")
    if ... not in [index for index in keys if index is ...]:
        keys.append(...)
    return Sized((Tensor(tuple(_items(keys, shape, len(shape) - taken))),))


def _items(keys: list[Any], shape: Shape, rest: int) -> Any:
    position = 0
    for key in keys:
        if key is None:
            yield 1
        elif key is ...:
            yield from shape[position : position + rest]
            position += rest
        elif isinstance(key, slice):
            yield _cut(shape[position], key)
            position += 1
        elif type(key) is int:
            side = shape[position]
            if side is not None and not -side <= key < side:
                raise Unfit(f"given an index within {side} places, not {key}")
            position += 1
        else:
            raise Unfit("given whole numbers and ranges")


def _cut(side: int | None, key: slice) -> int | None:
    if key.step == 0:
        raise Unfit("given steps other than 0")
    if side is None:
        return None
    return len(range(*key.indices(side)))


def _repeat(settings: Mapping[str, Any], shape: Shape) -> Shape:
    if settings["axis"] is None:
        return (None if None in shape else count(*shape) * settings["repeats"],)
    axis = resolve(settings["axis"], len(shape))
    return (*shape[:axis], scaled(shape[axis], settings["repeats"]), *shape[axis + 1 :])


def _tile(settings: Mapping[str, Any], shape: Shape) -> Shape:
    repeats = settings["repeats"]
    listed = repeats if isinstance(repeats, list) else [repeats]
    rank = max(len(listed), len(shape))
    sides = (1,) * (rank - len(shape)) + shape
    factors = [1] * (rank - len(listed)) + listed
    return tuple(scaled(side, factor) for side, factor in zip(sides, factors, strict=True))


def _spread(settings: Mapping[str, Any], shape: Shape) -> Shape:
    target = tuple(settings["shape"])
    fitted = broadcast(shape, target)
    if len(fitted) > len(target) or any(
        a not in (None, b) for a, b in zip(fitted, target, strict=True)
    ):
        raise Unfit(f"called on a tensor that fits the shape {target}")
    return target


def _split(settings: Mapping[str, Any], args: tuple[Any, ...], _: Any) -> Sized:
    shape = single(args).shape
    axis = resolve(settings["axis"], len(shape))
    parts = settings["indices_or_sections"]
    side = shape[axis]
    if isinstance(parts, int):
        if side is not None and side % parts:
            raise Unfit(f"called on a side that {parts} parts divide, not {side}")
        sides = [None if side is None else side // parts] * parts
    else:
        ends = [0, *parts, side]
        if side is None or ends != sorted(ends):
            raise Unfit("given rising indices within a known side")
        sides = [end - start for start, end in pairwise(ends)]
    return Sized(tuple(Tensor((*shape[:axis], length, *shape[axis + 1 :])) for length in sides))


def _resize(settings: Mapping[str, Any], args: tuple[Any, ...], _: Any) -> Sized:
    shape = single(args).shape
    need_rank(shape, 4)
    result = (shape[0], *settings["size"], shape[3])
    return Sized((Tensor(result),), multiply_adds=36 * count(*result), scratch=count(*shape))


def _blocks(settings: Mapping[str, Any], shape: Shape) -> Shape:
    need_rank(shape, 4)
    block, channels = settings["block_size"], shape[3]
    if channels is not None and channels % block**2:
        raise Unfit(f"called on a number of channels that {block**2} divides, not {channels}")
    sides = (scaled(shape[1], block), scaled(shape[2], block))
    return (shape[0], *sides, None if channels is None else channels // block**2)


_AXIS = {"axis": Setting(checks.axis, -1)}
_AXES = {"axis": Setting(checks.optional(checks.axis_or_axes), None)}
_FACTOR = checks.whole(1, MAX_SIDE)
_TARGET = checks.either(checks.whole(1), checks.choice(-1))
_PAIR = checks.several(checks.whole(0, MAX_SIDE), 2, 2)
_RESIZE = {
    "size": Setting(checks.several(checks.whole(1, MAX_SIDE), 2, 2), REQUIRED),
    "interpolation": Setting(checks.choice(*INTERPOLATIONS[:5]), "bilinear"),
    "antialias": Setting(checks.boolean, False),
    "crop_to_aspect_ratio": Setting(checks.choice(False), False),
    "pad_to_aspect_ratio": Setting(checks.choice(False), False),
    "fill_mode": Setting(checks.choice("constant"), "constant"),
    "fill_value": Setting(checks.number(), 0.0),
    "data_format": Setting(checks.data_format, "channels_last"),
}
_PADDED = {
    "pad_width": Setting(checks.several(_PAIR, 1, 8), REQUIRED),
    "mode": Setting(checks.choice("constant", "reflect", "symmetric"), "constant"),
}
_PARTS = checks.either(
    checks.whole(1, MAX_PARTS), checks.several(checks.whole(0, 2**24), 1, MAX_PARTS)
)
RULES: dict[str, Rule] = {
    **operation(NUMPY, "Squeeze", _AXES, plain(_squeeze)),
    **operation(
        NUMPY, "ExpandDims", {"axis": Setting(checks.axis_or_axes, REQUIRED)}, plain(_expand)
    ),
    **operation(
        NUMPY,
        "Reshape",
        {"newshape": Setting(checks.either(_TARGET, checks.several(_TARGET, 0, 8)), REQUIRED)},
        plain(_reshape),
    ),
    **operation(
        NUMPY, "Transpose", {"axes": Setting(checks.optional(checks.axes), None)}, plain(_transpose)
    ),
    **operation(
        NUMPY,
        "Swapaxes",
        {"axis1": Setting(checks.axis, REQUIRED), "axis2": Setting(checks.axis, REQUIRED)},
        plain(_swap),
    ),
    **operation(
        NUMPY,
        "Concatenate",
        {"axis": Setting(checks.axis, 0)},
        _concatenate,
        arguments=("xs",),
    ),
    **operation(NUMPY, "Stack", {"axis": Setting(checks.axis, 0)}, _stack),
    **operation(NUMPY, "Pad", _PADDED, _pad, optional=("constant_values",)),
    **operation(NUMPY, "GetItem", {}, _item, arguments=("x", "key")),
    **operation(
        NUMPY,
        "Repeat",
        {"repeats": Setting(_FACTOR, REQUIRED), "axis": Setting(checks.optional(checks.axis))},
        plain(_repeat),
    ),
    **operation(
        NUMPY,
        "Tile",
        {"repeats": Setting(checks.either(_FACTOR, checks.several(_FACTOR, 1, 8)), REQUIRED)},
        plain(_tile),
    ),
    **operation(
        NUMPY,
        "BroadcastTo",
        {"shape": Setting(checks.several(checks.whole(1), 0, 8), REQUIRED)},
        plain(_spread),
    ),
    **operation(
        NUMPY,
        "Split",
        {"indices_or_sections": Setting(_PARTS, REQUIRED), "axis": Setting(checks.axis, 0)},
        _split,
    ),
    **operation(NUMPY, "Flip", _AXES, plain(same_along)),
    **operation(IMAGE, "Resize", _RESIZE, _resize, arguments=("images",)),
    **operation(
        NN,
        "DepthToSpace",
        {
            "block_size": Setting(checks.whole(2, 64), REQUIRED),
            "data_format": Setting(checks.data_format, "channels_last"),
        },
        plain(_blocks),
    ),
}

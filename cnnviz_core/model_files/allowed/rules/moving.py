"""Functions of `keras.ops` that move, repeat and resize values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnviz_core.model_files.allowed.rules import checks
from cnnviz_core.model_files.allowed.rules.checks import Unfit
from cnnviz_core.model_files.allowed.rules.geometry import (
    Shape,
    broadcast,
    reshaped,
    scaled,
)
from cnnviz_core.model_files.allowed.rules.operations import IMAGE, NN, NUMPY, operation
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


_AXES = {"axis": Setting(checks.optional(checks.axis_or_axes), None)}
_FACTOR = checks.whole(1, MAX_SIDE)
_TARGET = checks.either(checks.whole(1), checks.choice(-1))
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

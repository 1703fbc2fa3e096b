"""Layers that move, repeat, pad and crop values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnviz_core.model_files.allowed.rules import checks
from cnnviz_core.model_files.allowed.rules.checks import Unfit
from cnnviz_core.model_files.allowed.rules.geometry import Shape, longer, reshaped, scaled
from cnnviz_core.model_files.allowed.rules.rule import (
    REQUIRED,
    Setting,
    Sized,
    Tensor,
    count,
    layer,
    need_rank,
    plain,
)
from cnnviz_core.model_files.limits import MAX_SIDE

INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5", "area")
_FORMAT = {"data_format": Setting(checks.data_format, "channels_last")}


def _flatten(settings: Mapping[str, Any], shape: Shape) -> Shape:
    if not shape:
        raise Unfit("called on a tensor that has a batch")
    rest = shape[1:]
    return (shape[0], None if None in rest else count(*rest))


def _reshape(settings: Mapping[str, Any], shape: Shape) -> Shape:
    if not shape:
        raise Unfit("called on a tensor that has a batch")
    return (shape[0], *reshaped(shape[1:], tuple(settings["target_shape"])))


def _permute(settings: Mapping[str, Any], shape: Shape) -> Shape:
    need_rank(shape, len(settings["dims"]) + 1)
    return (shape[0], *(shape[axis] for axis in settings["dims"]))


def _repeat(settings: Mapping[str, Any], shape: Shape) -> Shape:
    need_rank(shape, 2)
    return (shape[0], settings["n"], shape[1])


def _pad_line(settings: Mapping[str, Any], shape: Shape) -> Shape:
    need_rank(shape, 3)
    return (shape[0], longer(shape[1], sum(settings["padding"])), shape[2])


def _pad(settings: Mapping[str, Any], shape: Shape) -> Shape:
    need_rank(shape, 4)
    sides = zip(shape[1:3], settings["padding"], strict=True)
    return (shape[0], *(longer(side, sum(by)) for side, by in sides), shape[3])


def _crop_line(settings: Mapping[str, Any], shape: Shape) -> Shape:
    need_rank(shape, 3)
    return (shape[0], longer(shape[1], -sum(settings["cropping"])), shape[2])


def _crop(settings: Mapping[str, Any], shape: Shape) -> Shape:
    need_rank(shape, 4)
    sides = zip(shape[1:3], settings["cropping"], strict=True)
    return (shape[0], *(longer(side, -sum(by)) for side, by in sides), shape[3])


def _up_line(settings: Mapping[str, Any], shape: Shape) -> Shape:
    need_rank(shape, 3)
    return (shape[0], scaled(shape[1], settings["size"]), shape[2])


def _up(settings: Mapping[str, Any], shape: Shape) -> Sized:
    need_rank(shape, 4)
    sides = zip(shape[1:3], settings["size"], strict=True)
    result = (shape[0], *(scaled(side, by) for side, by in sides), shape[3])
    return Sized((Tensor(result),), multiply_adds=count(*result) * 16)


def _consecutive(settings: Mapping[str, Any]) -> None:
    if sorted(settings["dims"]) != list(range(1, len(settings["dims"]) + 1)):
        raise Unfit("given each of its axes once, from 1")


def _one_unknown(settings: Mapping[str, Any]) -> None:
    if settings["target_shape"].count(-1) > 1:
        raise Unfit("given a target shape with at most one unknown side")


_LINE = checks.either(checks.whole(1, MAX_SIDE), lambda value: checks.sides(1)(value)[0])
_TARGET = checks.several(checks.either(checks.whole(1), checks.choice(-1)), 0, 8)
RULES = {
    **layer("Flatten", _FORMAT, plain(_flatten)),
    **layer(
        "Reshape",
        {"target_shape": Setting(_TARGET, REQUIRED)},
        plain(_reshape),
        validate=_one_unknown,
    ),
    **layer(
        "Permute",
        {"dims": Setting(checks.several(checks.whole(1, 7), 1, 7), REQUIRED)},
        plain(_permute),
        validate=_consecutive,
    ),
    **layer("RepeatVector", {"n": Setting(checks.whole(1, 65536), REQUIRED)}, plain(_repeat)),
    **layer(
        "ZeroPadding1D", {"padding": Setting(checks.margins(1), [1, 1])} | _FORMAT, plain(_pad_line)
    ),
    **layer(
        "ZeroPadding2D",
        {"padding": Setting(checks.margins(2), [[1, 1], [1, 1]])} | _FORMAT,
        plain(_pad),
    ),
    **layer("Cropping1D", {"cropping": Setting(checks.margins(1), [1, 1])}, plain(_crop_line)),
    **layer(
        "Cropping2D",
        {"cropping": Setting(checks.margins(2), [[0, 0], [0, 0]])} | _FORMAT,
        plain(_crop),
    ),
    **layer("UpSampling1D", {"size": Setting(_LINE, 2)}, plain(_up_line)),
    **layer(
        "UpSampling2D",
        {
            "size": Setting(checks.sides(2), [2, 2]),
            "interpolation": Setting(checks.lowered(*INTERPOLATIONS[:5]), "nearest"),
            **_FORMAT,
        },
        plain(_up),
    ),
}

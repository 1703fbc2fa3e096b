"""Pooling along one and two axes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnviz_core.model_files.allowed.rules import checks
from cnnviz_core.model_files.allowed.rules.checks import Check, Unfit
from cnnviz_core.model_files.allowed.rules.geometry import Shape, windows
from cnnviz_core.model_files.allowed.rules.rule import (
    REQUIRED,
    Rule,
    Setting,
    Sized,
    Tensor,
    count,
    layer,
    need_rank,
    plain,
)

_FORMAT = {"data_format": Setting(checks.data_format, "channels_last")}


def _pool(settings: Mapping[str, Any], shape: Shape) -> Sized:
    rank = len(settings["pool_size"])
    need_rank(shape, rank + 2)
    strides = settings["strides"] or settings["pool_size"]
    axes = zip(shape[1:-1], settings["pool_size"], strides, strict=True)
    places = tuple(windows(a, b, c, settings["padding"]) for a, b, c in axes)
    result = (shape[0], *places, shape[-1])
    return Sized((Tensor(result),), multiply_adds=count(*result, *settings["pool_size"]))


def _global(rank: int) -> Any:
    def size(settings: Mapping[str, Any], shape: Shape) -> Shape:
        need_rank(shape, rank + 2)
        kept = (1,) * rank if settings["keepdims"] else ()
        return (shape[0], *kept, shape[-1])

    return size


def _adaptive(settings: Mapping[str, Any], shape: Shape) -> Sized:
    sides = settings["output_size"]
    need_rank(shape, len(sides) + 2)
    if any(a is not None and a < b for a, b in zip(shape[1:-1], sides, strict=True)):
        raise Unfit(f"called on a tensor of at least the sides {sides}")
    result = (shape[0], *sides, shape[-1])
    # Each place is at most one step of the input longer than its share on either side.
    work = count(shape[0], shape[-1])
    for side, places in zip(shape[1:-1], sides, strict=True):
        work *= count(side) + 2 * places
    return Sized((Tensor(result),), multiply_adds=work, scratch=work)


def _several(rank: int) -> Check:
    """Sides that the largest values can be pooled to.

    To pool to one place Keras 3.15 also takes the maximum over one row more than there are, at
    which TensorFlow ends the whole process.
    """
    sides = checks.sides(rank)

    def check(value: Any) -> Any:
        checked = sides(value)
        if min(checked) == 1:
            raise Unfit(f"2 or more: to pool to one place, take GlobalMaxPooling{rank}D")
        return checked

    return check


def _family(rank: int) -> dict[str, Rule]:
    pool = {
        "strides": Setting(checks.optional(checks.sides(rank)), None),
        "padding": Setting(checks.padding, "valid"),
        **_FORMAT,
    }
    most = {"pool_size": Setting(checks.sides(rank), [2] * rank), **pool}
    mean = {"pool_size": Setting(checks.sides(rank), REQUIRED), **pool}
    whole = {"keepdims": Setting(checks.boolean, False), **_FORMAT}
    adaptive = {"output_size": Setting(checks.sides(rank), REQUIRED), **_FORMAT}
    several = {"output_size": Setting(_several(rank), REQUIRED), **_FORMAT}
    return {
        **layer(f"MaxPooling{rank}D", most, plain(_pool)),
        **layer(f"AveragePooling{rank}D", mean, plain(_pool)),
        **layer(f"GlobalMaxPooling{rank}D", whole, plain(_global(rank))),
        **layer(f"GlobalAveragePooling{rank}D", whole, plain(_global(rank))),
        **layer(f"AdaptiveMaxPooling{rank}D", several, plain(_adaptive)),
        **layer(f"AdaptiveAveragePooling{rank}D", adaptive, plain(_adaptive)),
    }


RULES = _family(1) | _family(2)

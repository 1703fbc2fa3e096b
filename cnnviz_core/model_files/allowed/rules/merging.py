"""Layers that make one tensor of several."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

from cnnviz_core.model_files.allowed.rules import checks
from cnnviz_core.model_files.allowed.rules.checks import Unfit
from cnnviz_core.model_files.allowed.rules.geometry import Shape, merged
from cnnviz_core.model_files.allowed.rules.rule import (
    REQUIRED,
    Setting,
    Sized,
    Tensor,
    count,
    layer,
    listed,
    resolve,
)


def _batch(shapes: list[Shape]) -> int | None:
    known = {shape[0] for shape in shapes} - {None}
    if len(known) > 1:
        raise Unfit("called on tensors of the same batch size")
    return known.pop() if known else None


def _merge(settings: Mapping[str, Any], args: Any, kwargs: Any) -> Sized:
    shapes = [tensor.shape for tensor in listed(args)]
    if not all(shapes):
        raise Unfit("called on tensors that have a batch")
    result = (_batch(shapes), *reduce(merged, (shape[1:] for shape in shapes)))
    return Sized((Tensor(result),), multiply_adds=count(*result, len(shapes)))


def _subtract(settings: Mapping[str, Any], args: Any, kwargs: Any) -> Sized:
    if len(listed(args)) != 2:
        raise Unfit("called on two tensors")
    return _merge(settings, args, kwargs)


def concatenated(shapes: list[Shape], axis: int) -> Shape:
    """The shape of tensors one after another along an axis."""
    rank = len(shapes[0])
    position = resolve(axis, rank)
    if any(len(shape) != rank for shape in shapes):
        raise Unfit("called on tensors of the same number of axes")
    result = list(shapes[0])
    for index in range(rank):
        sides = [shape[index] for shape in shapes]
        if index == position:
            known = [side for side in sides if side is not None]
            result[index] = sum(known) if len(known) == len(sides) else None
        elif len(set(sides) - {None}) > 1:
            raise Unfit(f"called on tensors that fit each other, not of the sides {sides}")
    return tuple(result)


def _concatenate(settings: Mapping[str, Any], args: Any, kwargs: Any) -> Sized:
    shapes = [tensor.shape for tensor in listed(args)]
    return Sized((Tensor(concatenated(shapes, settings["axis"])),))


def _dot(settings: Mapping[str, Any], args: Any, kwargs: Any) -> Sized:
    tensors = listed(args, 2)
    if len(tensors) != 2 or any(len(tensor.shape) < 2 for tensor in tensors):
        raise Unfit("called on two tensors of at least 2 axes")
    first, second = (list(tensor.shape) for tensor in tensors)
    axes = settings["axes"]
    pair = axes if isinstance(axes, list) else [axes, axes]
    first_axis, second_axis = resolve(pair[0], len(first)), resolve(pair[1], len(second))
    if 0 in (first_axis, second_axis):
        raise Unfit("told to multiply along other axes than the batch")
    summed, opposite = first.pop(first_axis), second.pop(second_axis)
    if summed != opposite and None not in (summed, opposite):
        raise Unfit(f"called on tensors of equal sides, not {summed} and {opposite}")
    result = first + second[1:]
    if len(result) == 1:
        result.append(1)
    return Sized((Tensor(tuple(result)),), multiply_adds=count(*result, summed))


_AXIS = {"axis": Setting(checks.axis, -1)}
_DOT = {
    "axes": Setting(checks.either(checks.axis, checks.several(checks.axis, 2, 2)), REQUIRED),
    "normalize": Setting(checks.boolean, False),
}
RULES = {
    **{
        kind: rule
        for name in ("Add", "Multiply", "Average", "Maximum", "Minimum")
        for kind, rule in layer(name, {}, _merge).items()
    },
    **layer("Subtract", {}, _subtract),
    **layer("Concatenate", _AXIS, _concatenate),
    **layer("Dot", _DOT, _dot),
}

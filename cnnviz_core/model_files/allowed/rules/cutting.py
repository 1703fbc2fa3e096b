"""Functions of `keras.ops` that cut tensors, pad them and join them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from cnnviz_core.model_files.allowed.rules import checks
from cnnviz_core.model_files.allowed.rules.checks import Unfit
from cnnviz_core.model_files.allowed.rules.geometry import Shape, longer
from cnnviz_core.model_files.allowed.rules.merging import concatenated
from cnnviz_core.model_files.allowed.rules.operations import NUMPY, operation, shape_of
from cnnviz_core.model_files.allowed.rules.rule import (
    REQUIRED,
    Rule,
    Setting,
    Sized,
    Tensor,
    resolve,
    single,
)
from cnnviz_core.model_files.limits import MAX_SIDE

MAX_PARTS = 64


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


_PAIR = checks.several(checks.whole(0, MAX_SIDE), 2, 2)
_PADDED = {
    "pad_width": Setting(checks.several(_PAIR, 1, 8), REQUIRED),
    "mode": Setting(checks.choice("constant", "reflect", "symmetric"), "constant"),
}
_PARTS = checks.either(
    checks.whole(1, MAX_PARTS), checks.several(checks.whole(0, 2**24), 1, MAX_PARTS)
)
RULES: dict[str, Rule] = {
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
        "Split",
        {"indices_or_sections": Setting(_PARTS, REQUIRED), "axis": Setting(checks.axis, 0)},
        _split,
    ),
}

"""Shapes as Keras computes them, where a side may be unknown."""

from __future__ import annotations

import math

from cnnviz_core.model_files.allowed.rules.checks import Unfit

Shape = tuple[int | None, ...]


def windows(
    side: int | None, kernel: int, stride: int, padding: str, dilation: int = 1
) -> int | None:
    """How many places a window takes along an axis."""
    if side is None:
        return None
    if padding in ("same", "causal"):
        return (side - 1) // stride + 1
    places = (side - dilation * (kernel - 1) - 1) // stride + 1
    if places <= 0:
        raise Unfit(f"called on a tensor larger than {side} along each axis of its kernel")
    return places


def spread(
    side: int | None, kernel: int, stride: int, padding: str, extra: int | None, dilation: int
) -> int | None:
    """The side that a transposed convolution makes."""
    if side is None:
        return None
    reach = (kernel - 1) * dilation + 1
    if padding == "valid":
        added = max(reach, stride) if extra is None else reach + extra
    else:
        added = stride if extra is None else reach % 2 + extra
    places = (side - 1) * stride + added
    if places < 0:
        raise Unfit(f"called on a tensor that leaves it places, not on one of side {side}")
    return places


def broadcast(first: Shape, second: Shape) -> Shape:
    """The shape that NumPy's rules give to a pair."""
    rank = max(len(first), len(second))
    padded_first = (1,) * (rank - len(first)) + first
    padded_second = (1,) * (rank - len(second)) + second
    return tuple(_pair(a, b) for a, b in zip(padded_first, padded_second, strict=True))


def _pair(first: int | None, second: int | None) -> int | None:
    if first == 1:
        return second
    if first is None:
        return None if second == 1 else second
    if second in (1, None, first):
        return first
    raise Unfit(f"called on tensors that fit each other, not of sides {first} and {second}")


def merged(first: Shape, second: Shape) -> Shape:
    """The shape that merging layers give to a pair, without the batch."""
    if None in (first, second):
        return first
    longer, shorter = (first, second) if len(first) >= len(second) else (second, first)
    head = longer[: len(longer) - len(shorter)]
    return head + tuple(_merge(a, b) for a, b in zip(longer[len(head) :], shorter, strict=True))


def _merge(first: int | None, second: int | None) -> int | None:
    if first is None or second is None:
        return None
    if first == 1:
        return second
    if second in (1, first):
        return first
    raise Unfit(f"called on tensors that fit each other, not of sides {first} and {second}")


def reshaped(shape: Shape, target: tuple[int | None, ...]) -> Shape:
    """The shape after a reshape, in which -1 stands for what is left."""
    if target.count(-1) > 1 or any(side is not None and side < -1 for side in target):
        raise Unfit("given a target shape with at most one unknown side")
    if None in shape or None in target:
        return tuple(None if side == -1 else side for side in target)
    size = math.prod(side for side in shape if side is not None)
    rest = math.prod(side for side in target if side is not None and side != -1)
    if -1 not in target:
        if size != rest:
            raise Unfit(f"called on {rest} values, not on {size}")
        return target
    if rest == 0 or size % rest:
        raise Unfit(f"called on a multiple of {rest} values, not on {size}")
    return tuple(size // rest if side == -1 else side for side in target)


def scaled(side: int | None, factor: int) -> int | None:
    """A side made longer by a factor."""
    return None if side is None else side * factor


def longer(side: int | None, by: int) -> int | None:
    """A side made longer, or shorter where negative."""
    if side is None:
        return None
    if side + by <= 0:
        raise Unfit(f"called on a tensor with sides longer than {-by}, not of {side}")
    return side + by

"""Checks of single settings: each takes what a file holds and gives what Keras is to be given.

A check never trusts a type: `True` is no number, text is no list, and whatever is not finite or
lies outside of its bounds raises `Unfit`, whose text completes the sentence "it must be ...".
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from cnnviz_core.model_files.limits import MAX_INTEGER, MAX_SIDE, MAX_STRING

MAX_CONSTANT = 200_000
"""Numbers of an array inside of a configuration."""
Check = Callable[[Any], Any]
"""Takes a raw value and returns the checked one; raises `Unfit`."""


class Unfit(ValueError):  # noqa: N818 - an adjective, as it completes a sentence
    """A value is not what it must be; the text says what was expected."""


def whole(low: int = 0, high: int = MAX_INTEGER) -> Check:
    """A whole number between two bounds, both included."""

    def check(value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise Unfit(f"a whole number from {low} to {high}")
        return value

    return check


def number(low: float = -math.inf, high: float = math.inf) -> Check:
    """A finite number between two bounds, both included."""

    def check(value: Any) -> float:
        largest = 2**62 if type(value) is int else 3.4e38
        if type(value) not in (int, float) or not -largest < value < largest:
            raise Unfit("a finite number")
        if not low <= value <= high:
            raise Unfit(f"a number from {low} to {high}")
        return value

    return check


def numbers(value: Any) -> Any:
    """A number, or lists in lists of them as an array is written; at most `MAX_CONSTANT`."""
    checked = _nested(value, 6)
    if math.prod(shape_of(checked)) > MAX_CONSTANT:
        raise Unfit(f"at most {MAX_CONSTANT} numbers")
    return checked


def _nested(value: Any, depth: int) -> Any:
    if type(value) is not list:
        return value if type(value) is bool else number()(value)
    if depth == 0 or not 1 <= len(value) <= MAX_CONSTANT:
        raise Unfit("numbers, or lists of them")
    return [_nested(item, depth - 1) for item in value]


def shape_of(values: Any) -> tuple[int, ...]:
    """Sides of an array that is written as lists in lists, of one length at each depth."""
    if not isinstance(values, list):
        return ()
    inner = {shape_of(item) for item in values}
    if len(inner) != 1:
        raise Unfit("lists of equal lengths")
    return (len(values), *inner.pop())


def boolean(value: Any) -> bool:
    """True or false."""
    if type(value) is not bool:
        raise Unfit("true or false")
    return value


def text(value: Any) -> str:
    """Text of bounded length."""
    if type(value) is not str or len(value) > MAX_STRING:
        raise Unfit("a short text")
    return value


def choice(*allowed: Any) -> Check:
    """One of a few values, of the same type as they are."""

    def check(value: Any) -> Any:
        for candidate in allowed:
            if type(candidate) is type(value) and candidate == value:
                return candidate
        raise Unfit(" or ".join(repr(candidate) for candidate in allowed))

    return check


def lowered(*allowed: str) -> Check:
    """One of a few words, in capitals or not."""

    def check(value: Any) -> Any:
        return choice(*allowed)(value.lower() if type(value) is str else value)

    return check


def optional(inner: Check) -> Check:
    """What another check takes, or nothing."""

    def check(value: Any) -> Any:
        return None if value is None else inner(value)

    return check


def either(*inner: Check) -> Check:
    """What the first fitting check makes of it."""

    def check(value: Any) -> Any:
        expected = []
        for alternative in inner:
            try:
                return alternative(value)
            except Unfit as error:
                expected.append(str(error))
        raise Unfit(", or ".join(expected))

    return check


def several(inner: Check, low: int = 0, high: int = 64) -> Check:
    """A list of bounded length."""

    def check(value: Any) -> list[Any]:
        if type(value) not in (list, tuple) or not low <= len(value) <= high:
            raise Unfit(f"a list of {low} to {high} values")
        return [inner(item) for item in value]

    return check


def sides(rank: int, low: int = 1, high: int = MAX_SIDE) -> Check:
    """One whole number for each spatial axis; a single one stands for all."""
    single = whole(low, high)
    listed = several(single, rank, rank)

    def check(value: Any) -> list[int]:
        return [single(value)] * rank if type(value) is int else list(listed(value))

    return check


def margins(rank: int) -> Check:
    """Two whole numbers for each spatial axis, before and after."""
    single = whole(0, MAX_SIDE)
    pair = several(single, 2, 2)

    def check(value: Any) -> Any:
        if type(value) is int:
            value = [value] * rank
        values = several(lambda margin: margin, rank, rank)(value)
        return [[single(margin)] * 2 if type(margin) is int else pair(margin) for margin in values]

    def check_line(value: Any) -> Any:
        return [single(value)] * 2 if type(value) is int else pair(value)

    return check_line if rank == 1 else check


def shape(value: Any) -> list[int | None]:
    """Sides of a tensor, of which some may be unknown."""
    checked: list[int | None] = several(optional(whole(1)), 0, 8)(value)
    return checked


def axis(value: Any) -> int:
    """An axis of a tensor, counted from the end where it is negative."""
    checked: int = whole(-8, 7)(value)
    return checked


axes = several(axis, 0, 8)
"""Axes of a tensor."""
axis_or_axes = either(axis, several(axis, 1, 8))
padding = lowered("valid", "same")


def data_format(value: Any) -> str:
    """The order of axes, of which only one is read."""
    if value in (None, "channels_last"):
        return "channels_last"
    if value == "channels_first":
        raise Unfit("'channels_last': networks that put channels first are not read in this place")
    raise Unfit("'channels_last'")


def dropped(inner: Check) -> Check:
    """What another check takes; Keras is not given it, as only training needs it."""

    def check(value: Any) -> None:
        inner(value)

    return check


def nothing(value: Any) -> None:
    """Only the absence of a value."""
    if value is not None:
        raise Unfit("empty")

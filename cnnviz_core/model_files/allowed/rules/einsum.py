"""The dense layer whose product is written as an equation."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cnnviz_core.model_files.allowed.rules.checks import Unfit
from cnnviz_core.model_files.allowed.rules.geometry import Shape
from cnnviz_core.model_files.allowed.rules.rule import Sized, Tensor, count, weights

_FORMS = (
    r"([a-z]{1,8}),([a-z]{1,8})->([a-z]{1,8})",
    r"\.\.\.([a-z]{1,8}),([a-z]{1,8})->\.\.\.([a-z]{1,8})",
    r"([a-z]{2,8})\.\.\.,([a-z]{1,8})->([a-z]{1,8})\.\.\.",
)


def parse(value: Any) -> str:
    """An equation in one of the three forms that Keras reads."""
    if type(value) is not str or len(value) > 64:
        raise Unfit("an equation such as 'abc,cd->abd'")
    for form in _FORMS:
        match = re.fullmatch(form, value, re.IGNORECASE | re.ASCII)
        if match and all(len(set(part)) == len(part) for part in match.groups()):
            return value
    raise Unfit("an equation such as 'abc,cd->abd'")


def einsum_dense(settings: Mapping[str, Any], shape: Shape) -> Sized:
    """Shapes that follow from the equation and from the output shape that the layer was given."""
    left = settings["equation"].startswith("...")
    inputs, kernel, result = (
        re.sub(r"\.", "", part) for part in re.split(",|->", settings["equation"])
    )
    elided = len(shape) - len(inputs)
    if elided < 0 or (elided and "..." not in settings["equation"]):
        raise Unfit(f"called on a tensor of {len(inputs)} axes, not of {len(shape)}")
    full = _full_output(settings["output_shape"], shape, elided, left)
    offset = elided if left else 0
    if len(full) != len(result) + elided:
        raise Unfit(f"given an output shape of {len(result)} axes with the batch")
    sides = {letter: full[index + offset] for index, letter in enumerate(result)}
    sides = _inputs(inputs, shape, offset, sides)
    if not set(kernel) <= set(sides) or not set(result) <= set(inputs) | set(kernel):
        raise Unfit("given an equation whose kernel and output letters occur elsewhere")
    bias = settings["bias_axes"]
    named = [("kernel", _sides(kernel, sides))]
    if bias is not None:
        named.append(("bias", _bias(bias, result, sides) + (() if left else (1,) * elided)))
    summed = [sides[letter] for letter in inputs if letter not in result]
    return Sized((Tensor(full),), weights(*named), count(*full, *summed))


def _full_output(given: Any, shape: Shape, elided: int, left: bool) -> Shape:
    partial: list[int | None] = [given] if isinstance(given, int) else list(given)
    partial.insert(0, shape[0] if shape else None)
    if left:
        return (*partial[:1], *shape[1:elided], *partial[1:])
    return (*partial, *shape[len(shape) - elided :])


def _inputs(
    inputs: str, shape: Shape, offset: int, sides: dict[str, int | None]
) -> dict[str, int | None]:
    known = dict(sides)
    for index, letter in enumerate(inputs):
        side = shape[index + offset]
        if letter not in known:
            known[letter] = side
        elif known[letter] not in (None, side):
            raise Unfit(f"called on a tensor of side {known[letter]}, not {side}, at {letter!r}")
    return known


def _sides(letters: str, sides: Mapping[str, int | None]) -> tuple[int, ...]:
    known_sides = tuple(side for letter in letters if (side := sides[letter]) is not None)
    if len(known_sides) != len(letters):
        raise Unfit("called on a tensor whose sides its kernel needs are known")
    return known_sides


def _bias(bias: str, result: str, sides: Mapping[str, int | None]) -> tuple[int, ...]:
    if not bias or not set(bias) <= set(result) or len(set(bias)) != len(bias):
        raise Unfit("given bias axes that are letters of its output")
    rest = result[min(result.index(letter) for letter in bias) :]
    return tuple(_sides(letter, sides)[0] if letter in bias else 1 for letter in rest)

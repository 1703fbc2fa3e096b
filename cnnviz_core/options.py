"""Checks of options that many methods share: whole numbers and seeds."""

from __future__ import annotations

import operator
from typing import Any

from cnnviz_core.errors import OptionError

MOST_SEED = 2**63 - 1


def require_whole(name: str, value: Any, *, least: int = 1, most: int | None = None) -> int:
    """A whole number within bounds, as an int.

    Raises:
        OptionError: it is no whole number, or lies outside the bounds.
    """
    wanted = f"{least} to {most}" if most is not None else f"at least {least}"
    sentence = f"{name}={value!r} was given; a whole number, {wanted}, was expected."
    try:
        number = operator.index(value)
    except TypeError as error:
        raise OptionError(sentence) from error
    if number < least or (most is not None and number > most):
        raise OptionError(sentence)
    return number


def require_seed(seed: Any) -> int:
    """A seed as an int.

    Raises:
        OptionError: it is no whole number from 0.
    """
    try:
        return require_whole("seed", seed, least=0, most=MOST_SEED)
    except OptionError as error:
        raise OptionError(f"seed={seed} was given; a seed is a whole number from 0.") from error

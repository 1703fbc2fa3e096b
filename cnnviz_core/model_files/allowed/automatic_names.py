"""Names that Keras gives by itself: the class and a number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz_core.model_files.allowed.networks import CheckedLayer


def snake_case(kind: str) -> str:
    """A class name as groups and automatic names have it: "Conv2DTranspose", "conv2d_transpose"."""
    words = re.sub(r"\W+", "", kind)
    words = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", words)
    return re.sub("([a-z])([A-Z])", r"\1_\2", words).lower()


def without_number(name: str) -> str:
    """A name without the numbers that were added to make it unique."""
    head, _, number = name.rpartition("_")
    while head and number.isdecimal():
        name = head
        head, _, number = name.rpartition("_")
    return name


class AutomaticNames:
    """Pairs of names that differ only in the numbers that another session has reached.

    A session counts each class by itself, so the same model made later has all numbers of a class
    higher by the same amount; then no two layers can have changed places.
    """

    def __init__(self) -> None:
        self._ahead: dict[str, int] = {}

    def agree(self, layer: CheckedLayer, name: str) -> bool:
        """Whether a name is the layer's own, or its automatic one in another session."""
        kind = snake_case(layer.class_name)
        expected, actual = _number(layer.name, kind), _number(name, kind)
        if expected is None or actual is None:
            return name == layer.name
        return self._ahead.setdefault(kind, actual - expected) == actual - expected


def _number(name: str, kind: str) -> int | None:
    """The number behind an automatic name, 0 where there is none; None for any other name."""
    if name == kind:
        return 0
    head, _, number = name.rpartition("_")
    plain = number.isascii() and number.isdecimal() and len(number) < 10
    return int(number) if head == kind and plain else None

"""Python that reproduces a result with `cnnviz_core` alone, as text."""

from __future__ import annotations

from typing import Protocol, TypeVar

Shown = TypeVar("Shown", contravariant=True)


class Reproducible(Protocol[Shown]):
    """A request whose result can be computed again by a few lines of Python."""

    @property
    def model(self) -> str:
        """The name of its model."""

    def code(self, result: Shown, /) -> str:
        """The lines, given the library as `cnnviz`, `model`, and where it names one, `image`.

        Args:
            result: what the request gave; it settles what the request left open, as a default
                layer.
        """


def call(function: str, /, *arguments: str, **options: object) -> str:
    """A call of one of the library's functions; arguments are code already, options values."""
    words = [*arguments, *(f"{name}={value!r}" for name, value in options.items())]
    return f"cnnviz.{function}({', '.join(words)})"

"""What a method explains: a class, or one class against another."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A class of the model's output: its index and its label."""

    index: int
    label: str


@dataclass(frozen=True)
class Contrast:
    """One class against another: what is explained is the logit of `first` minus that of `second`.

    Before a model has named them the two are indices or labels; in a result both are `Target`.
    """

    first: int | str | Target
    second: int | str | Target

    @property
    def label(self) -> str:
        """Both classes in words."""
        return f"{_label(self.first)} rather than {_label(self.second)}"


TargetLike = int | str | Target | Contrast | None
"""What a method takes as its target; None means the class of highest logit."""


def _label(target: int | str | Target) -> str:
    return target.label if isinstance(target, Target) else str(target)

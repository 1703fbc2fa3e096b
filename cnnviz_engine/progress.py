"""How far a running job is, as its worker tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Progress:
    """How far a job is.

    Attributes:
        step: steps done.
        total: steps in all; 0 where nobody knows.
        seconds_left: estimate from the mean time of the steps so far; None before the first, and
            where nobody knows how many there are.
    """

    step: int
    total: int
    seconds_left: float | None

    @property
    def share(self) -> float:
        """Share of the steps done, 0 to 1; 0 where nobody knows how many there are."""
        return min(self.step / self.total, 1.0) if self.total else 0.0


@dataclass(frozen=True, eq=False)
class Report:
    """What a worker tells of a job that it runs.

    Attributes:
        progress: how far it is; None before its first step.
        preview: the latest partial result, where it was asked for and is new; else None.
        preview_step: the step at which it came, which may be long before `progress`; -1 for none.
    """

    progress: Progress | None
    preview: Any
    preview_step: int = -1

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
        seconds_left: estimate of a `Pace`; None while there is no basis for one.
    """

    step: int
    total: int
    seconds_left: float | None

    @property
    def share(self) -> float:
        """Share of the steps done, 0 to 1; 0 where nobody knows how many there are."""
        return min(self.step / self.total, 1.0) if self.total else 0.0


class Pace:
    """How fast steps follow one another, and how long those that are left will take.

    What comes before the first step that is told, such as loading, tracing and compiling, happens
    once: it says nothing of the others. Steps counted anew, as those of a method after those of a
    download, begin a pace of their own.
    """

    BASIS = 1.0
    """Seconds of steps that an estimate needs: shorter ones were off by a multiple."""

    def __init__(self) -> None:
        self._first: tuple[float, int, int] | None = None
        self._step = 0

    def seconds_left(self, now: float, step: int, total: int) -> float | None:
        """Seconds from now to the last step; None where there is no basis to say.

        Args:
            now: seconds on a clock that only goes forward.
            step: steps done.
            total: steps in all; 0 where nobody knows.
        """
        if self._first is None or step < self._step or total != self._first[2]:
            self._first = now, step, total
        self._step = step
        began, first, _ = self._first
        if total <= 0 or step <= first or now - began < self.BASIS:
            return None
        return (now - began) / (step - first) * (total - step)


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

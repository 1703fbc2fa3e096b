"""Time calls against each other fairly: in turns, so that a busy moment hits all alike."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def medians(calls: Mapping[str, Callable[[int], object]], rounds: int) -> dict[str, float]:
    """Median seconds of each call, all called once a round, in turns.

    Args:
        calls: by name; each gets the number of the round, to vary its input.
        rounds: timed rounds, after two that only warm up.
    """
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds + 2):
        for name, call in calls.items():
            began = time.perf_counter()
            call(number)
            if number >= 2:
                seconds[name].append(time.perf_counter() - began)
    return {name: statistics.median(values) for name, values in seconds.items()}


def line(what: str, ratio: float, goal: str) -> str:
    """One line of the report: what, the ratio measured, and what it should be."""
    return f"{what:<68} {ratio:8.2f}   ({goal})"

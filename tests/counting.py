"""What a computation costs, counted: the same on any machine, however busy."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Count:
    """How much was done."""

    total: int = 0


@contextmanager
def counting_lines() -> Iterator[Count]:
    """Lines of Python that run inside, each turn of a loop anew: slow, and exact."""
    count, before = Count(), sys.gettrace()

    def trace(frame: Any, event: str, argument: Any) -> Any:
        count.total += event == "line"
        return trace

    sys.settrace(trace)
    try:
        yield count
    finally:
        sys.settrace(before)


@contextmanager
def counting_calls() -> Iterator[Count]:
    """Calls of functions of Python and of C inside: quick enough for large corpora."""
    count, before = Count(), sys.getprofile()

    def profile(frame: Any, event: str, argument: Any) -> None:
        count.total += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        yield count
    finally:
        sys.setprofile(before)

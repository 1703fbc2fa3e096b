"""Progress of long methods: what they yield, who is told of it, and the one loop that drives them.

A method of many passes is a generator. After each pass it yields how far it is and how to make what
there is so far, and at its end it returns its result. Who listens, when, and whether the method is
stopped is not its concern but that of `run`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

Result = TypeVar("Result")

OnStep: TypeAlias = Callable[[int, int, Any], bool | None]
"""Told of the steps of a long method: steps done, steps in all (0 where nobody knows), and a
preview, which is a result of the method's own type, or None where there is nothing new to show.
Returning False stops the method, which then gives what there is. So does all that counts as false,
such as NumPy's False; None, the answer of a function without one, lets it go on."""


@dataclass(frozen=True, eq=False)
class Pass(Generic[Result]):
    """How far a method is.

    Both functions are called while the method waits, and only where somebody wants what they make.

    Attributes:
        done: steps done.
        total: steps in all; 0 where nobody knows.
        so_far: makes the result of stopping here.
        preview: makes what is shown here, where that is not what `so_far` makes.
        rest: seconds since the last step that was told before which this one is not.
    """

    done: int
    total: int
    so_far: Callable[[], Result]
    preview: Callable[[], Result | None] | None = None
    rest: float = 0.0


Passes: TypeAlias = Generator[Pass[Result], None, Result]
"""What a method of many passes gives: one `Pass` after another, and its result at the end."""


def run(passes: Passes[Result], on_step: OnStep | None = None) -> Result:
    """Drive a method to its end, or to where it is stopped.

    Args:
        passes: the method, not yet begun. It is closed in any case.
        on_step: told of each step that is due; None for nobody.

    Returns:
        What the method returns; after a stop, what it had so far.
    """
    told = time.monotonic()
    with closing(passes):
        while True:
            try:
                latest = next(passes)
            except StopIteration as end:
                return end.value
            if on_step is None or time.monotonic() - told < latest.rest:
                continue
            preview = (latest.preview or latest.so_far)() if _wants_previews(on_step) else None
            told = time.monotonic()
            if _stops(on_step(latest.done, latest.total, preview)):
                return latest.so_far()


def no_preview() -> None:
    """Preview of a pass that has nothing to show."""


class Listener:
    """An `on_step` for work that is made of several long methods: one stop stops them all.

    Attributes:
        stopped: whether an answer was one that stops; from then on nothing is told.
        wants_previews: whether it looks at them; where it does not, `run` makes none and
            none is passed on.
    """

    def __init__(self, on_step: OnStep | None, wants_previews: bool = True) -> None:
        self.stopped = False
        self.wants_previews = wants_previews and _wants_previews(on_step)
        self._on_step = on_step

    def __call__(self, done: int, total: int, preview: Any = None) -> bool:
        """Tell of a step; False once stopped."""
        if self._on_step is not None and not self.stopped:
            shown = preview if self.wants_previews else None
            self.stopped = _stops(self._on_step(done, total, shown))
        return not self.stopped


def without_previews(on_step: OnStep) -> Listener:
    """For a method whose previews are of another kind than those of the work it is for."""
    return Listener(on_step, wants_previews=False)


def within(on_step: OnStep, done: int, total: int) -> Listener:
    """For a method that is one step of a larger one: each of its own is told as that step."""
    return without_previews(lambda *_: on_step(done, total, None))


def part(on_step: OnStep, number: int, parts: int) -> Listener:
    """For one of several methods: its steps are told in percent of them all, without previews.

    Of a method whose steps in all nobody knows, none counts before its end.
    """

    def tell(done: int, total: int, _: Any) -> bool | None:
        share = done / total if total else 0
        return on_step(round(100 * (number + share) / parts), 100, None)

    return without_previews(tell)


def _stops(answer: object) -> bool:
    """Whether a method shall stop: the answer counts as false and is not None."""
    return answer is not None and not answer


def _wants_previews(on_step: OnStep | None) -> bool:
    return on_step.wants_previews if isinstance(on_step, Listener) else on_step is not None

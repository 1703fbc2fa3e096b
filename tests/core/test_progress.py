"""The one driver of long methods: what it tells, when, and how it ends one."""

import numpy as np
import pytest

from cnnviz_core import progress
from cnnviz_core.progress import (
    Listener,
    Pass,
    no_preview,
    part,
    run,
    within,
    without_previews,
)


class Method:
    """Counts to a total; notes what is made of it on the way, and that it was closed."""

    def __init__(self, total):
        self.total, self.made, self.reached, self.closed = total, [], 0, False

    def passes(self, **options):
        """One pass for each number."""
        try:
            for done in range(1, self.total + 1):
                self.reached = done
                yield Pass(done, self.total, self.so_far, **options)
            return "whole"
        finally:
            self.closed = True

    def so_far(self):
        """What there is, which is noted."""
        self.made.append(self.reached)
        return f"up to {self.reached}"


class Clock:
    """Time that stands still but when it is moved."""

    now = 0.0

    def monotonic(self):
        """The time."""
        return self.now


@pytest.fixture
def clock(monkeypatch):
    """The driver's clock."""
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


def noted(steps, last=None):
    """An `on_step` that notes what it is told, and answers False at the last step."""

    def on_step(*step):
        steps.append(step)
        return step[0] != last

    return on_step


def test_each_pass_is_told_in_order_and_the_end_gives_the_result():
    """The result is what the method returns, not what it had at its last pass."""
    method, steps = Method(3), []
    assert run(method.passes(), noted(steps)) == "whole"
    assert steps == [(1, 3, "up to 1"), (2, 3, "up to 2"), (3, 3, "up to 3")]
    assert method.closed


@pytest.mark.parametrize("last", [1, 2, 3])
def test_a_stop_gives_what_there_is_and_closes_the_method(last):
    """Nothing runs and nothing is told after False, not even at the last pass."""
    method, steps = Method(3), []
    passes = method.passes()  # held, so that it is closed by the driver and not by its going
    assert run(passes, noted(steps, last)) == f"up to {last}"
    assert [step for step, *_ in steps] == list(range(1, last + 1))
    assert method.reached == last
    assert method.closed


@pytest.mark.parametrize("answer", [None, True, 1, np.True_, "on"])
def test_nothing_and_what_is_true_let_a_method_go_on(answer):
    """An `on_step` that returns nothing goes on, as does one within another."""
    assert run(Method(3).passes(), lambda *_: answer) == "whole"
    assert run(Method(3).passes(), Listener(lambda *_: answer)) == "whole"


@pytest.mark.parametrize("answer", [False, np.False_, np.array(2) > 3, 0, ""])
def test_what_counts_as_false_stops(answer):
    """A comparison of NumPy's gives no `False` of Python's, and is meant as one."""
    assert run(Method(3).passes(), lambda *_: answer) == "up to 1"
    listener = Listener(lambda *_: answer)
    assert run(Method(3).passes(), listener) == "up to 1"
    assert listener.stopped


def test_a_method_without_passes_has_its_result():
    """Where there is nothing to do nothing is told."""
    steps = []
    assert run(Method(0).passes(), noted(steps)) == "whole"
    assert steps == []


@pytest.mark.parametrize("on_step", [None, Listener(None), without_previews(lambda *_: True)])
def test_nothing_is_made_for_nobody(on_step):
    """Without a listener, or with one that wants no previews, a method makes its result alone."""
    method = Method(3)
    assert run(method.passes(), on_step) == "whole"
    assert method.made == []


def test_a_method_can_show_something_else_or_nothing():
    """A preview of its own is shown in place of the result so far, which a stop still gives."""
    method, steps = Method(2), []
    assert run(method.passes(preview=lambda: "sketch"), noted(steps, 2)) == "up to 2"
    assert steps == [(1, 2, "sketch"), (2, 2, "sketch")]
    steps.clear()
    assert run(Method(2).passes(preview=no_preview), noted(steps, 1)) == "up to 1"
    assert steps == [(1, 2, None)]
    assert method.made == [2]


def test_a_pass_that_rests_is_told_when_its_time_has_come(clock):
    """Passes are left out, and nothing is made for them, until the last one told is long ago."""
    steps, made = [], []

    def passes():
        for done, (now, rest) in enumerate([(1, 2), (2, 2), (3, 2), (3, 0), (4.5, 2), (5, 2)], 1):
            clock.now = now
            yield Pass(done, 6, lambda done=done: made.append(done), rest=rest)

    run(passes(), noted(steps))
    assert [step for step, *_ in steps] == [2, 4, 6] == made


def test_time_to_make_and_to_listen_counts_as_told(clock):
    """The rest begins when a step is told: what the listener takes is rest, a preview is not."""
    steps = []

    def preview():
        clock.now += 10

    def on_step(step, *_):
        steps.append(step)
        clock.now += 1 if step == 2 else 5

    def passes():
        for done in range(1, 5):
            clock.now += 1
            yield Pass(done, 4, lambda: None, preview, rest=0 if done == 1 else 5)

    run(passes(), on_step)
    assert steps == [1, 2]


@pytest.mark.parametrize("where", ["method", "so_far", "on_step"])
def test_what_fails_is_raised_and_closes_the_method(where):
    """An error of the method, of what it makes or of the listener is nobody's to hold back."""
    method = Method(3)

    def fail(*_):
        raise ZeroDivisionError

    def failing():
        yield from method.passes(**({"preview": fail} if where == "so_far" else {}))
        fail()

    passes = failing()
    with pytest.raises(ZeroDivisionError):
        run(passes, fail if where == "on_step" else lambda *_: None)
    assert method.reached == (3 if where == "method" else 1)
    assert method.closed


def test_a_result_that_cannot_be_had_so_far_is_an_error():
    """What a stopped method makes may be an error, such as of half a file; it is closed too."""
    closed = []

    def refuse():
        raise FileNotFoundError

    def passes():
        try:
            yield Pass(1, 2, refuse, no_preview)
        finally:
            closed.append(True)

    with pytest.raises(FileNotFoundError):
        run(passes(), lambda *_: False)
    assert closed == [True]


def test_one_stop_ends_all_methods_of_a_work():
    """A listener remembers False and asks no more; what follows ends at its first pass."""
    steps = []
    listener = Listener(noted(steps, last=2))
    assert run(Method(1).passes(), listener) == "whole"
    assert not listener.stopped
    assert run(Method(3).passes(), listener) == "up to 2"
    assert listener.stopped
    assert run(Method(3).passes(), listener) == "up to 1"
    assert [step for step, *_ in steps] == [1, 1, 2]


def test_steps_of_a_part_are_told_as_those_of_the_whole():
    """As one step of a larger method, in percent of several methods, or without their previews."""
    steps = []
    for wrapped in (within(noted(steps), 3, 7), part(noted(steps), 1, 3)):
        assert run(Method(2).passes(), wrapped) == "whole"
    assert steps == [(3, 7, None), (3, 7, None), (50, 100, None), (67, 100, None)]
    steps.clear()
    assert run(Method(2).passes(), without_previews(noted(steps, last=1))) == "up to 1"
    assert steps == [(1, 2, None)]
    assert run(Method(2).passes(), part(lambda *_: False, 0, 2)) == "up to 1"
    assert run(Method(2).passes(), within(lambda *_: False, 0, 2)) == "up to 1"


def test_steps_of_a_part_whose_number_nobody_knows_count_at_its_end():
    """A total of 0 is no share of the whole: each step is told where the part begins."""
    steps = []
    listener = part(noted(steps), 1, 4)
    assert [listener(done, 0) for done in (1, 2)] == [True, True]
    assert steps == [(25, 100, None), (25, 100, None)]


def test_a_listener_within_one_that_wants_no_previews_gets_none():
    """Wrapping does not make previews wanted again."""
    method, steps = Method(2), []
    listener = Listener(without_previews(noted(steps)))
    run(method.passes(), listener)
    assert method.made == []
    listener(3, 3, "made all the same")
    assert steps == [(1, 2, None), (2, 2, None), (3, 3, None)]

"""How long a job will take yet, by how its steps follow one another."""

import pytest

from cnnviz_engine.progress import Pace


def test_compiling_before_the_first_step_is_no_part_of_the_estimate():
    """Forty steps of a tenth of a second after twenty seconds of tracing take four seconds."""
    pace = Pace()
    told = [pace.seconds_left(20 + step / 10, step, 40) for step in range(1, 41)]
    assert told[:10] == [None] * 10
    assert told[10:] == pytest.approx([(40 - step) / 10 for step in range(11, 41)])


def test_steps_told_in_batches_count_each():
    """Of 2000 masks 50 at a time, 100 a second, 1850 take 18.5 seconds."""
    pace = Pace()
    told = [pace.seconds_left(5 + done / 100, done, 2000) for done in (50, 100, 150)]
    assert told == [None, None, pytest.approx(18.5)]


def test_nothing_is_said_of_what_nobody_can_count():
    """A total of 0 is one that nobody knows."""
    pace = Pace()
    assert [pace.seconds_left(now, now, 0) for now in range(1, 5)] == [None] * 4


def test_steps_counted_anew_begin_a_pace_of_their_own():
    """A download's bytes tell nothing of the passes that follow, nor does one stage of another."""
    pace = Pace()
    assert pace.seconds_left(0, 0, 1000) is None
    assert pace.seconds_left(2, 500, 1000) == pytest.approx(2)
    assert pace.seconds_left(3, 1, 10) is None
    assert pace.seconds_left(5, 2, 10) == pytest.approx(16)
    assert pace.seconds_left(6, 1, 10) is None

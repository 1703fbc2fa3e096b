"""The board of jobs and the table of results, without any cluster."""

import numpy as np
import pytest
from engine_stand_ins import long, quick

from cnnviz_core.looking.results import Kernels
from cnnviz_engine import EngineError, JobCancelledError, QueueFullError, WorkerLostError
from cnnviz_engine.byte_table import ByteTable, freeze
from cnnviz_engine.progress import Progress, Report
from cnnviz_engine.queueing.board import JobBoard
from cnnviz_engine.queueing.slots import count_slots
from cnnviz_engine.settings import Settings

NO_SANDBOX = {"sandbox_quick": 0, "sandbox_long": 0}


@pytest.fixture
def board():
    """A board with room for three jobs a lane."""
    return JobBoard(queue_limit=3, result_bytes=2**20, wake=lambda: None)


def submit(board, request, owner=""):
    """Ask for a request that names no image."""
    return board.submit(request, None, owner)


def test_positions_count_those_ahead_in_the_same_lane(board):
    """A running job stands at 0, and the other lane does not count."""
    first, second, third = (submit(board, quick("echo", name)) for name in "abc")
    other = submit(board, long("echo"))
    assert [job.position for job in (first, second, third, other)] == [0, 1, 2, 0]
    board.take("quick", 1)
    assert [job.position for job in (first, second, third)] == [0, 1, 2]
    board.finish(first.work, 1)
    assert [job.position for job in (second, third)] == [0, 1]


def test_a_lane_runs_no_more_than_its_slots_in_order(board):
    """First in, first out, and the next one only once a slot is free."""
    jobs = [submit(board, quick("echo", name)) for name in "abc"]
    assert board.take("quick", 2) is jobs[0].work
    assert board.take("quick", 2) is jobs[1].work
    assert board.take("quick", 2) is None
    board.finish(jobs[1].work, 1)
    assert board.take("quick", 2) is jobs[2].work


def test_a_full_lane_refuses_with_a_sentence_and_shares_still(board):
    """Beyond the bound a new request is refused at once; an equal one costs nothing."""
    for name in "abc":
        submit(board, quick("echo", name))
    with pytest.raises(QueueFullError, match=r"3 jobs wait already.* Try again"):
        submit(board, quick("echo", "d"))
    assert submit(board, quick("echo", "a")).state == "queued"
    assert submit(board, long("echo")).state == "queued"


def test_a_queued_job_is_cancelled_at_once_and_frees_its_place(board):
    """Those behind move up; its result says that it was cancelled."""
    first, second = submit(board, quick("echo", "a")), submit(board, quick("echo", "b"))
    first.cancel()
    assert first.state == "cancelled"
    assert second.position == 0
    with pytest.raises(JobCancelledError, match=r"cancelled\. Ask again"):
        first.result(0)


def test_a_computation_stops_only_when_its_last_owner_cancels(board):
    """One session's cancel leaves the other's job alone."""
    mine, yours = submit(board, quick("echo"), "me"), submit(board, quick("echo"), "you")
    mine.cancel()
    assert (mine.state, yours.state) == ("cancelled", "queued")
    assert board.take("quick", 1) is yours.work
    yours.cancel()
    assert yours.work.standing.cancelled_at is not None


def test_the_same_owner_finds_its_job_again(board):
    """A refreshed page gets the handle it had; nameless owners each get their own."""
    assert submit(board, quick("echo"), "me") is submit(board, quick("echo"), "me")
    assert submit(board, quick("echo")) is not submit(board, quick("echo"))


def test_a_closed_tab_takes_back_all_its_jobs(board):
    """Cancelling an owner touches nobody else's jobs."""
    mine = [submit(board, quick("echo", name), "me") for name in "ab"]
    yours = submit(board, quick("echo", "b"), "you")
    board.cancel_owner("me")
    assert {job.state for job in mine} == {"cancelled"}
    assert yours.state == "queued"


def test_a_request_after_cancel_starts_anew(board):
    """What is stopping already is not shared with someone who asks now."""
    stopping = submit(board, long("steps"))
    board.take("long", 1)
    stopping.cancel()
    again = submit(board, long("steps"))
    assert again.work is not stopping.work
    assert again.position == 1


def test_results_are_remembered_and_errors_are_not(board):
    """A finished request is done at once; a failed one is computed again."""
    good, bad = submit(board, quick("echo")), submit(board, quick("fail"))
    board.take("quick", 2), board.take("quick", 2)
    board.finish(good.work, "value")
    board.fail(bad.work, ValueError("no"))
    assert submit(board, quick("echo")).result(0) == "value"
    assert submit(board, quick("fail")).state == "queued"


def test_suspects_never_run_together(board):
    """After a lost worker, of two jobs that ran on it one runs at a time, so guilt is proved."""
    short, patient = submit(board, quick("kill")), submit(board, long("steps"))
    for work in (board.take("quick", 1), board.take("long", 1)):
        board.lost(work)
        board.put_back(work)
    assert board.take("quick", 1) is short.work
    assert board.take("long", 1) is None
    board.lost(short.work)
    board.put_back(short.work)
    with pytest.raises(WorkerLostError, match="stopped twice"):
        short.result(0)
    assert board.take("long", 1) is patient.work


def test_an_interrupted_job_goes_before_all_that_wait(board):
    """Losing a worker does not cost a job its place."""
    first, second = submit(board, quick("echo", "a")), submit(board, quick("echo", "b"))
    board.put_back(board.take("quick", 1))
    assert (first.position, second.position) == (0, 1)


def test_an_interrupted_job_starts_over(board):
    """Nothing of the run before counts for the next, but the lost worker and what there was."""
    job = submit(board, long("steps"))
    work = board.take("long", 1)
    board.placed(work)
    board.heard(work, Report(Progress(7, 9, 1.0), "picture", 6))
    board.unanswered(work, 2.0)
    board.lost(work)
    assert (work.standing.unanswered_since, work.standing.preview_step) == (2.0, 6)
    board.put_back(work)
    assert (job.state, job.progress, job.preview) == ("queued", None, "picture")
    again = work.standing
    assert (again.placed_at, again.last_step_at, again.unanswered_since) == (None, None, None)
    assert (again.preview_step, again.preview_due, again.losses) == (-1, 0.0, 1)


@pytest.mark.parametrize("end", ["finish", "fail"])
def test_a_job_that_is_over_holds_no_preview(board, end):
    """The picture before the last is not kept beside the result."""
    job = submit(board, long("steps"))
    board.heard(board.take("long", 1), Report(Progress(1, 2, 1.0), "picture"))
    assert job.preview == "picture"
    getattr(board, end)(job.work, ValueError("value"))
    assert job.preview is None


def test_a_closed_board_refuses_with_a_sentence(board):
    """Nobody waits for a job that nothing will run."""
    board.close("The app is shutting down.")
    with pytest.raises(EngineError, match="shutting down"):
        submit(board, quick("echo"))


def test_a_table_holds_its_bytes_and_drops_the_least_recently_used():
    """Reading a value keeps it; what is larger than the table is not kept."""
    table = ByteTable(100)
    table.put("a", "A", 40)
    table.put("b", "B", 40)
    table.get("a")
    table.put("c", "C", 40)
    assert [table.get(key) for key in "abc"] == ["A", None, "C"]
    assert table.held == 80
    table.put("d", "D", 101)
    assert table.get("d") is None
    table.put("a", "A", 10)
    assert table.held == 50


def test_a_result_is_counted_and_frozen_through_its_fields():
    """Arrays inside dataclasses, tuples and mappings count, and nobody can change them."""
    weights = np.zeros((3, 3, 1, 4), np.float32)
    size = freeze(({"k": Kernels("layer", weights, None, False)}, [np.zeros(1000, np.uint8)]))
    assert weights.nbytes + 1000 <= size <= weights.nbytes + 1000 + 10_000
    with pytest.raises(ValueError, match="read-only"):
        weights[0] = 1


def test_slots_are_the_sum_of_the_workers_resources():
    """Each worker adds what it declares for a lane."""
    worker = {"resources": {"quick": 1, "long": 2}, "nthreads": 9}
    slots = count_slots({"one": worker, "two": worker})
    assert (slots.workers, slots.declared, slots.sandboxes) == (("one", "two"), True, ())
    assert slots.queues == {"quick": 2, "long": 4} | NO_SANDBOX


def test_foreign_workers_without_resources_share_their_threads():
    """Long jobs never take all threads, and both lanes get at least one."""
    workers = {"one": {"resources": {}, "nthreads": 5}}
    assert count_slots(workers).queues == {"quick": 3, "long": 2} | NO_SANDBOX
    assert not count_slots(workers).declared
    alone = {"one": {"resources": {}, "nthreads": 1}}
    assert count_slots(alone).queues == {"quick": 1, "long": 1} | NO_SANDBOX
    assert count_slots(alone).placement("quick") == {}


def test_a_sandbox_serves_uploads_and_nothing_else():
    """Its threads are no one else's, and jobs of workers that declare nothing keep off it."""
    sandbox = {"resources": {"sandbox_quick": 1, "sandbox_long": 1}, "nthreads": 4}
    slots = count_slots({"in": sandbox, "one": {"resources": {}, "nthreads": 2}})
    assert (slots.workers, slots.sandboxes) == (("one",), ("in",))
    assert slots.queues == {"quick": 1, "long": 1, "sandbox_quick": 1, "sandbox_long": 1}
    assert slots.placement("quick") == {"workers": ["one"]}
    assert slots.placement("sandbox_long") == {"resources": {"sandbox_long": 1}}
    alone = count_slots({"in": sandbox})
    assert (alone.workers, alone.queues["quick"], alone.queues["long"]) == ((), 0, 0)


def test_settings_come_from_the_environment_and_go_back(monkeypatch):
    """What the local cluster's process reads is what this one was given."""
    monkeypatch.setenv("CNNVIZ_QUEUE_LIMIT", "7")
    settings = Settings.from_environment()
    assert settings.queue_limit == 7
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert Settings.from_environment() == settings

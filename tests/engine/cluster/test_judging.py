"""Which running jobs hang: told from where they stand and the time, without any cluster."""

import pytest
from engine_stand_ins import long, quick
from told_cluster import start

from cnnviz_engine import UploadedModel
from cnnviz_engine.cluster.judging import Verdict, judge
from cnnviz_engine.progress import Progress, Report
from cnnviz_engine.queueing.board import JobBoard
from cnnviz_engine.requests.patterns import PatternsRequest
from cnnviz_engine.settings import Settings

SETTINGS = Settings(patience=10, quick_limit=300, sandbox_seconds=100)


@pytest.fixture
def board():
    """A board whose jobs are placed by hand."""
    return JobBoard(queue_limit=9, result_bytes=1000, wake=lambda: None)


def placed(board, request):
    """A computation that a worker has, and its job."""
    work, job = start(board, request)
    board.placed(work)
    return work, job


def placed_upload(board, content):
    """A computation of an uploaded model that the sandbox has."""
    upload = UploadedModel(content, "a.keras")
    request = PatternsRequest(model=upload.name, layer="a", indices=(0,))
    board.submit(request, None, "", upload=upload)
    work = board.take("sandbox_long", 9)
    board.placed(work)
    return work


def holds_until(works, clock, seconds):
    """Whether no job hangs until so many seconds have passed, and the first does just after."""
    clock.tick(seconds)
    patient = judge(works, SETTINGS, clock.now) == Verdict()
    clock.tick(0.1)
    return patient and works[0] in judge(works, SETTINGS, clock.now).hung


def test_a_worker_that_does_not_answer_hangs_after_the_patience(board, clock):
    """Whatever it runs."""
    work, _ = placed(board, long("steps"))
    board.unanswered(work, clock.now)
    assert holds_until([work], clock, SETTINGS.patience)


def test_a_quick_job_hangs_after_its_limit(board, clock):
    """Also where its worker answers, and nobody cancelled it."""
    work, _ = placed(board, quick("echo"))
    assert holds_until([work], clock, SETTINGS.quick_limit)


def test_a_long_job_hangs_when_it_does_not_stop_in_time(board, clock):
    """Asked to stop, it has the patience; not asked, all the time that it takes."""
    work, job = placed(board, long("steps"))
    clock.tick(10_000)
    job.cancel()
    assert holds_until([work], clock, SETTINGS.patience)


def test_a_job_cancelled_before_it_was_placed_has_the_patience_from_then(board, clock):
    """It could not stop before it ran."""
    work, job = start(board, long("steps"))
    job.cancel()
    clock.tick(100)
    board.placed(work)
    assert holds_until([work], clock, SETTINGS.patience)


def test_a_job_of_an_upload_is_overdue_without_a_step(board, clock):
    """Each step gives it the whole time again."""
    work = placed_upload(board, b"one")
    clock.tick(99)
    board.heard(work, Report(Progress(1, 9, 1.0), None))
    assert holds_until([work], clock, SETTINGS.sandbox_seconds)
    assert judge([work], SETTINGS, clock.now).overdue is work


def test_of_two_that_are_overdue_the_one_placed_first_is(board, clock):
    """In whatever order the worker names them; judging changes neither."""
    first = placed_upload(board, b"one")
    clock.tick(1)
    second = placed_upload(board, b"two")
    clock.tick(200)
    before = first.standing, second.standing
    for works in ([first, second], [second, first]):
        assert judge(works, SETTINGS, clock.now) == Verdict((first,), first)
    assert (first.standing, second.standing) == before


def test_what_no_worker_has_does_not_hang(board, clock):
    """However long it waits in the cluster, and though it was placed before."""
    work, job = placed(board, quick("echo"))
    board.displaced(work)
    job.cancel()
    clock.tick(10_000)
    assert judge([work], SETTINGS, clock.now) == Verdict()

"""Jobs on a real cluster: sharing, order, progress, cancel and errors."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from engine_stand_ins import long, quick
from waiting import wait_until

from cnnviz_core.errors import OptionError
from cnnviz_engine import JobCancelledError, QueueFullError, WorkerFaultError, image_digest
from cnnviz_engine.requests.looking import PredictRequest

pytestmark = pytest.mark.cluster


def test_thirty_equal_requests_cause_one_computation(engine, tmp_path):
    """Thirty threads ask the same at once; the task ran once and all have its result."""
    notes = tmp_path / "notes"
    with ThreadPoolExecutor(30) as sessions:
        jobs = list(sessions.map(lambda _: engine.submit(quick(f"note:{notes}")), range(30)))
        assert list(sessions.map(lambda job: job.result(180), jobs)) == ["a"] * 30
    assert engine.submit(quick(f"note:{notes}")).state == "done"
    assert notes.read_text() == "a\n"


def test_jobs_run_in_the_order_they_came(engine, gate, tmp_path):
    """First in, first out, and the positions said so beforehand."""
    names = [f"n{number:02}" for number in range(10)]
    jobs = [engine.submit(quick(f"note:{tmp_path / 'notes'}", name)) for name in names]
    assert wait_until(lambda: gate.job.state == "running")
    assert [job.position for job in jobs] == list(range(1, 11))
    gate.open()
    assert [job.result(180) for job in jobs] == names
    assert (tmp_path / "notes").read_text().split() == names


def test_a_full_queue_refuses_at_once(engine, gate, tmp_path):
    """The refusal comes while the queue is still full, and those who wait are served."""
    assert wait_until(lambda: gate.job.state == "running")
    jobs = [engine.submit(quick(f"echo:{tmp_path}", f"{number}")) for number in range(40)]
    with pytest.raises(QueueFullError, match="40 jobs wait already"):
        engine.submit(quick(f"echo:{tmp_path}", "one more"))
    assert {job.state for job in jobs} == {"queued"}
    gate.open()
    assert {job.result(180)[0] for job in jobs} == {f"echo:{tmp_path}"}


def test_a_long_job_does_not_hold_up_a_quick_one(engine):
    """The lanes run beside each other."""
    pattern = engine.submit(long("steps", "beside"))
    assert wait_until(lambda: pattern.state == "running")
    assert engine.submit(quick("echo", "beside")).result(180)[1] == "beside"
    assert pattern.state == "running"
    pattern.cancel()


def test_progress_and_the_latest_preview_arrive(engine):
    """Steps grow, time left is told once there is a basis, and the preview is of a recent step."""
    job = engine.submit(long("steps", "progress"))
    assert wait_until(lambda: job.preview is not None)
    early = job.progress.step
    assert wait_until(lambda: job.progress.step > early)
    assert wait_until(lambda: job.preview[0, 0] > early)
    preview, progress = job.preview, job.progress  # in this order: the progress comes first
    assert progress.total == 1000
    assert wait_until(lambda: job.progress.seconds_left)
    assert preview[0, 0] <= progress.step
    job.cancel()


def test_cancel_frees_the_slot_of_a_job_that_would_not_end(engine):
    """The handle says cancelled at once, and the same worker does the next job of the lane."""
    worker = engine.submit(quick("echo", "before cancel")).result(180)[2]
    job = engine.submit(long("steps_without_end", "cancel"))
    assert wait_until(lambda: job.progress is not None)
    job.cancel()
    assert job.state == "cancelled"
    with pytest.raises(JobCancelledError, match="was cancelled"):
        job.result(0)
    assert engine.submit(long("echo", "after cancel")).result(180)[2] == worker


def test_a_cancelled_job_can_be_asked_for_again(engine):
    """The new job runs although an equal one was still stopping."""
    first = engine.submit(long("steps", "again"))
    assert wait_until(lambda: first.progress is not None)
    first.cancel()
    second = engine.submit(long("steps", "again"))
    assert wait_until(lambda: second.progress is not None)
    assert second.state == "running"
    second.cancel()


def test_another_owner_keeps_the_computation_running(engine):
    """The first to cancel leaves; the second still sees progress."""
    mine = engine.submit(long("steps", "owners"), owner="me")
    yours = engine.submit(long("steps", "owners"), owner="you")
    assert wait_until(lambda: yours.progress is not None)
    engine.cancel_owner("me")
    step = yours.progress.step
    assert mine.state == "cancelled"
    assert wait_until(lambda: yours.progress.step > step)
    engine.cancel_owner("you")


def test_a_users_error_arrives_as_itself(engine):
    """Class and sentence are the worker's; every call raises it again."""
    job = engine.submit(quick("fail:A size of 7 is too small. Take 32 or more."))
    for _ in range(2):
        with pytest.raises(OptionError, match=r"A size of 7 is too small\. Take 32"):
            job.result(180)
    assert job.state == "failed"


@pytest.mark.parametrize(
    ("action", "name"), [("defect", "ZeroDivisionError"), ("time_out", "TimeoutError")]
)
def test_a_defect_is_told_in_a_sentence(engine, action, name):
    """A page shows it, and nobody mistakes it for a result that is not there yet."""
    job = engine.submit(quick(action))
    with pytest.raises(WorkerFaultError, match=rf"^The computation failed: {name}\. Try again"):
        job.result(180)
    assert job.state == "failed"


def test_a_job_that_dask_refuses_fails_and_frees_its_slot(engine, monkeypatch):
    """The lane's one slot serves the next job."""

    def refuse(*arguments, **options):
        raise TypeError("cannot be serialized")

    with monkeypatch.context() as patch:
        patch.setattr(engine._dispatcher._client, "submit", refuse)
        with pytest.raises(WorkerFaultError, match="failed: TypeError"):
            engine.submit(quick("echo", "refused")).result(180)
    assert engine.submit(quick("echo", "after the refused")).result(180)


def test_a_result_that_is_not_there_yet_times_out(engine, gate):
    """Waiting is bounded where a bound is given."""
    assert not gate.job.wait(0.05)
    with pytest.raises(TimeoutError, match=r"no result after 0\.05 s"):
        gate.job.result(0.05)


def test_the_image_travels_with_its_request(engine):
    """The worker sees the very pixels, also of a picture above Dask's warning at 10 MB."""
    image = np.full((2048, 2048, 3), 7, np.uint8)
    request = PredictRequest(model="mean", image=image_digest(image))
    assert engine.submit(request, image).result(180) == 7.0


def test_an_image_that_the_request_does_not_name_is_refused(engine):
    """Another image, or none, is a programmer's error and never reaches the worker."""
    image = np.zeros((2, 2, 3), np.uint8)
    request = PredictRequest(model="mean", image=image_digest(image))
    for wrong in (image + 1, None):
        with pytest.raises(ValueError, match="The request names the image"):
            engine.submit(request, wrong)


def test_results_beyond_the_tables_bytes_are_computed_anew(engine, tmp_path):
    """The oldest result gives way, by bytes."""
    notes = tmp_path / "notes"
    engine.submit(quick(f"note:{notes}")).result(180)
    half = 300 * 2**20
    for name in "xy":
        assert len(engine.submit(quick(f"array:{half}", name)).result(180)) == half
    engine.submit(quick(f"note:{notes}")).result(180)
    assert notes.read_text() == "a\na\n"

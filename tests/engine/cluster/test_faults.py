"""Workers that die or hang: their jobs run again, the others finish, a sentence says the rest."""

import os
import signal

import pytest
from engine_stand_ins import long, quick
from waiting import local_clusters, wait_until

from cnnviz_engine import WorkerLostError

pytestmark = pytest.mark.cluster


def test_a_job_whose_worker_is_killed_runs_again_with_the_queue_behind_it(engine, tmp_path):
    """The retried result is from another process, and those behind finish."""
    job = engine.submit(long(f"kill_once:{tmp_path / 'pid'}"))
    behind = [engine.submit(long(f"echo:{tmp_path}", name)) for name in "abc"]
    killed, finished_in = job.result(180)
    assert killed != finished_in
    assert {other.result(180)[2] for other in behind} == {finished_in}


def test_a_job_that_kills_two_workers_is_given_up_with_a_sentence(engine):
    """The killer is told; a long job that ran beside it finishes, and so does the next one."""
    innocent = engine.submit(long("sleep:1.5", "innocent"))
    killer = engine.submit(quick("kill", "twice"))
    with pytest.raises(WorkerLostError, match=r"stopped twice.* Try a smaller"):
        killer.result(180)
    assert innocent.result(180) == "1.5"
    assert engine.submit(quick("echo", "after the killer")).result(180)


def test_a_worker_that_ignores_a_cancel_is_restarted_and_its_other_jobs_run_again(engine, tmp_path):
    """In the end the worker is gone, and a quick job that ran on it is not lost."""
    hanging = engine.submit(long(f"hang:{tmp_path / 'pid'}"))
    assert wait_until((tmp_path / "pid").exists)
    hanging.cancel()
    beside = engine.submit(quick(f"wait_for_file:{tmp_path / 'open'}", "beside"))
    after = engine.submit(long("echo", "after the hanging"))
    assert after.result(180)[2] != int((tmp_path / "pid").read_text())
    (tmp_path / "open").touch()
    assert beside.result(180) == "beside"


def test_a_frozen_worker_is_restarted_without_anyone_cancelling(engine, tmp_path):
    """A worker that answers no question is hung; its job runs again."""
    assert engine.submit(quick(f"freeze_once:{tmp_path / 'flag'}")).result(180) == "thawed"


def test_a_dead_local_cluster_is_started_anew(engine, tmp_path):
    """When scheduler and worker are gone, the running job runs again on new ones."""
    ((scheduler, _),) = local_clusters(os.getpid())
    job = engine.submit(long(f"wait_for_file:{tmp_path / 'open'}", "survivor"))
    assert wait_until(lambda: job.state == "running")
    os.kill(scheduler, signal.SIGKILL)
    (tmp_path / "open").touch()
    assert job.result(180) == "survivor"
    ((revived, _),) = local_clusters(os.getpid())
    assert revived != scheduler

"""Judging who hangs, with a cluster that is only told of, and lasting through lost clusters."""

import asyncio
import threading
from contextlib import asynccontextmanager

import pytest
from engine_stand_ins import long, quick
from told_cluster import Client, start, supervisor_of
from waiting import wait_until

from cnnviz_engine import EngineError
from cnnviz_engine.cluster import dispatcher
from cnnviz_engine.cluster.dispatcher import Dispatcher
from cnnviz_engine.cluster.reaching import ClusterLostError
from cnnviz_engine.queueing.board import JobBoard
from cnnviz_engine.settings import Settings


@pytest.fixture
def board():
    """A board whose jobs are placed by hand."""
    return JobBoard(queue_limit=9, result_bytes=1000, wake=lambda: None)


def test_a_job_moved_off_a_hung_worker_has_its_full_second_try(board, clock):
    """The time of the first run does not count against the second."""
    (work, job), client = start(board, quick("echo")), Client()
    client.workers = {"one": [work]}
    supervisor = supervisor_of(client, board, [work], quick_limit=10)

    async def two_runs():
        await supervisor.look_after([work])
        clock.tick(11)
        await supervisor.look_after([work])
        board.put_back(work)
        assert (client.restarted, work.standing.losses) == (["one"], 1)
        board.take("quick", 9)
        await supervisor.look_after([work])

    asyncio.run(two_runs())
    assert (client.restarted, work.standing.losses, job.state) == (["one"], 1, "running")


def test_a_long_restart_does_not_make_other_workers_seem_hung(board, clock):
    """The time in which nobody is asked is not the silence of one that missed an answer."""
    (stuck, _), (fine, _), client = (
        start(board, long("hang")),
        start(board, long("steps")),
        Client(),
    )
    client.workers = {"one": [stuck], "two": [fine]}
    client.while_restarting = lambda: clock.tick(20)
    supervisor = supervisor_of(client, board, [stuck, fine], patience=10)

    async def looks():
        await supervisor.look_after([stuck, fine])
        client.mute.add("one")
        await supervisor.look_after([stuck, fine])
        clock.tick(11)
        client.mute.add("two")
        await supervisor.look_after([stuck, fine])

    asyncio.run(looks())
    assert client.restarted == ["one"]
    assert (stuck.standing.losses, fine.standing.losses) == (1, 0)


def test_an_answer_about_a_job_that_ended_meanwhile_is_dropped(board):
    """Its preview would be kept for as long as the job is."""
    (work, job), client = start(board, long("steps")), Client()
    client.workers = {"one": [work]}
    client.meanwhile = lambda: board.finish(work, "value")
    asyncio.run(supervisor_of(client, board, [work]).look_after([work]))
    assert (job.state, job.progress) == ("done", None)


class Flaky(Dispatcher):
    """Its cluster is lost twice, has a worker and breaks, is lost twice, and then stays empty."""

    def __init__(self):
        self.uses = 0
        self.held = threading.Event()
        super().__init__(None, Settings(scheduler="tcp://nowhere:1"))

    async def _use(self, address):
        self.uses += 1
        if self.uses == 3:
            self._client = self
            await self._look(None)
            raise RuntimeError("broke")
        if self.uses < 6:
            raise ClusterLostError("lost")
        self.held.set()
        while not self._closing:
            await asyncio.sleep(0.01)

    @property
    def scheduler(self):
        """Stands in for the client's scheduler."""
        return self

    async def identity(self, n_workers):
        """One worker."""
        return {"workers": {"one": {"resources": {"quick": 1}, "nthreads": 1}}}


@pytest.fixture
def flaky(monkeypatch):
    """A dispatcher of quick retries."""

    @asynccontextmanager
    async def reach(settings):
        yield settings.scheduler

    monkeypatch.setattr(dispatcher, "reach", reach)
    monkeypatch.setattr(dispatcher, "RETRY_SECONDS", 0.01)
    flaky = Flaky()
    yield flaky
    flaky.close()


def test_attempts_count_from_the_last_time_that_there_was_a_worker(flaky):
    """Waiting jobs are told of a cluster out of reach only after three attempts in a row."""
    job = flaky.board.submit(quick("echo"), None, "")
    assert wait_until(flaky.held.is_set)
    assert (flaky.uses, job.state) == (6, "queued")


def test_after_close_a_job_is_refused_at_once(flaky):
    """It would wait for ever."""
    flaky.close()
    with pytest.raises(EngineError, match=r"shutting down\. Ask again"):
        flaky.board.submit(quick("echo"), None, "")

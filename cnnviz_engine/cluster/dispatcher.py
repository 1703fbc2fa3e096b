"""The thread that moves jobs between the board and Dask.

It runs one event loop. Session threads never wait for it: they change the board and wake it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from cnnviz_core.errors import CnnVizError
from cnnviz_engine.cluster.reaching import ClusterLostError, reach
from cnnviz_engine.cluster.supervision import MOVED, Supervisor, dask_key
from cnnviz_engine.cluster.watching import Task, run_watched
from cnnviz_engine.cluster.worker import forget
from cnnviz_engine.cluster.workforce import Workforce
from cnnviz_engine.errors import (
    NO_SANDBOX,
    JobCancelledError,
    UploadMissingError,
    UploadRefusedError,
    WorkerFaultError,
    WorkerLostError,
)
from cnnviz_engine.queueing.board import JobBoard
from cnnviz_engine.queueing.queues import QUEUES, pool_of
from cnnviz_engine.queueing.slots import SANDBOX

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from cnnviz_engine.queueing.jobs import Work
    from cnnviz_engine.queueing.queues import Pool
    from cnnviz_engine.requests.base import Request
    from cnnviz_engine.settings import Settings

logger = logging.getLogger(__name__)

BUSY_TICK = 0.25  # seconds between looks at running jobs
IDLE_TICK = 2.0
RETRY_SECONDS = 2.0  # between attempts to reach a cluster
FORGET_SECONDS = 5.0
MOST_ATTEMPTS = 3  # in vain, before waiting jobs are told so

UNREACHABLE = (
    "The service that computes cannot be reached. Try again in a minute; "
    "if it lasts, tell whoever runs this app."
)
CLOSED = "The app is shutting down. Ask again when it is back."


class Dispatcher:
    """Starts as many jobs as the cluster has slots, and sees them through."""

    def __init__(
        self,
        task: Task,
        settings: Settings,
        keep: Callable[[Request[Any], Any], None] | None = None,
        gone: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        """Run `task` for each job of the board.

        Args:
            task: an importable function.
            settings: of the cluster and the board.
            keep: given each result with its request; must not wait.
            gone: gives the uploads that nobody holds any more, each once.
        """
        self._task = task
        self._settings = settings
        self._workforce = Workforce(foreign=bool(settings.scheduler))
        self._client: Any = None
        self._futures: dict[Work, Any] = {}
        self._drives: set[asyncio.Task[None]] = set()
        self._closing = False
        self._attempts = 0  # to reach a cluster, since there was one with a worker
        self._gone = gone
        self._errands: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._news = asyncio.Event()
        self.board = JobBoard(settings.queue_limit, settings.result_bytes, self.wake, keep)
        self._thread = threading.Thread(target=self._run, name="cnnviz-engine", daemon=True)
        self._thread.start()

    @property
    def ready(self) -> bool:
        """Whether a worker is there, which it is once it is warm."""
        return self._workforce.ready

    @property
    def lacks_sandbox(self) -> bool:
        """Whether there are workers, but none for uploads, nor one to hope for."""
        return self._workforce.lacks_sandbox

    def forget(self, name: str) -> None:
        """Drop an uploaded model's results, and the model where it is loaded; does not wait."""
        self.board.forget(name)
        with suppress(RuntimeError):  # the loop is closed, and the worker with it
            self._loop.call_soon_threadsafe(self._send_away, name)

    def wake(self) -> None:
        """Look at the board now."""
        with suppress(RuntimeError):  # the loop is closed, as the engine is
            self._loop.call_soon_threadsafe(self._news.set)

    def close(self) -> None:
        """End the local cluster, or leave the foreign one, and wait until that is done."""
        self.board.close(CLOSED)
        self._closing = True
        self.wake()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._live())
        finally:
            self._loop.close()

    async def _live(self) -> None:
        while not self._closing:
            self._attempts += 1
            try:
                async with reach(self._settings) as address:
                    await self._use(address)
            except (ClusterLostError, OSError, TimeoutError) as error:
                logger.warning("The cluster is lost, another try follows: %s", error)
            except Exception:  # this thread must outlive any defect, but not the program
                if not threading.main_thread().is_alive():
                    return
                logger.exception("The connection to the cluster broke; another try follows.")
            await self._let_go()
            if self._attempts >= MOST_ATTEMPTS:
                self.board.give_up(WorkerLostError(UNREACHABLE))
            if not self._closing:
                await asyncio.sleep(RETRY_SECONDS)
        self.board.give_up(JobCancelledError(CLOSED))

    async def _use(self, address: str) -> None:
        import dask
        from distributed import Client

        # Images and uploads travel with their task, for which Dask would warn above 10 MB.
        dask.config.set({"distributed.admin.large-graph-warning-threshold": "4GiB"})
        # This module tells of a lost connection; Dask would add the trace of each attempt.
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        client = Client(address, asynchronous=True, set_as_default=False, timeout=10)
        try:
            self._client = await client
            await self._serve(Supervisor(client, self.board, self._settings, self._futures))
        finally:
            with suppress(OSError, TimeoutError):
                await asyncio.wait_for(client.close(), 5)

    async def _serve(self, supervisor: Supervisor) -> None:
        looked = 0.0
        self._workforce.expect()
        looking = None  # beside the rest: a sandbox that is restarted must not hold up others
        try:
            while not self._closing:
                self._news.clear()
                if self._client.status != "running":
                    raise ClusterLostError("The connection to the scheduler was lost.")
                if looking is not None and looking.done():
                    await looking
                    looking, looked = None, time.monotonic()
                if looking is None and time.monotonic() >= looked + self._tick():
                    looking = self._loop.create_task(self._look(supervisor))
                    looking.add_done_callback(lambda _: self._news.set())
                self._start_jobs(supervisor.restarting)
                for name in self._gone():
                    self.forget(name)
                with suppress(TimeoutError):
                    rest = None if looking else looked + self._tick() - time.monotonic()
                    await asyncio.wait_for(self._news.wait(), rest)
        finally:
            if looking is not None:
                looking.cancel()
                await asyncio.gather(looking, return_exceptions=True)

    def _tick(self) -> float:
        return BUSY_TICK if self.board.running() or not self.ready else IDLE_TICK

    async def _look(self, supervisor: Supervisor) -> None:
        asking = self._client.scheduler.identity(n_workers=-1)
        identity = await asyncio.wait_for(asking, self._settings.patience)
        self._workforce.count(identity["workers"])
        if self.ready:
            self._attempts = 0
        if self.lacks_sandbox:
            self.board.give_up(UploadRefusedError(NO_SANDBOX), SANDBOX)
        self._news.set()
        running = self.board.running()
        if running:
            await supervisor.look_after(running)

    def _start_jobs(self, restarting: Collection[Pool]) -> None:
        for queue in QUEUES:
            if pool_of(queue) in restarting:
                continue
            while work := self.board.take(queue, self._workforce.slots.queues[queue]):
                drive = self._loop.create_task(self._drive(work))
                self._drives.add(drive)
                drive.add_done_callback(self._drives.discard)

    async def _drive(self, work: Work) -> None:
        try:
            settle = await self._outcome(work)
        finally:
            future = self._futures.pop(work, None)
            if future is not None:
                future.release()
        settle()
        self._news.set()

    def _submit(self, work: Work) -> Any:
        key = dask_key(work)
        standing = work.standing
        future = self._futures[work] = self._client.submit(
            run_watched,
            key,
            self._task,
            work.request.canonical_json(),
            standing.image,
            standing.upload if standing.sends_upload else None,
            key=key,
            pure=False,
            **self._workforce.slots.placement(work.queue),
        )
        return future

    def _send_away(self, name: str) -> None:
        if self._client is not None and self._workforce.slots.sandboxes:
            errand = self._loop.create_task(self._tell_sandboxes(name))
            self._errands.add(errand)
            errand.add_done_callback(self._errands.discard)

    async def _tell_sandboxes(self, name: str) -> None:
        telling = self._client.run(forget, name, workers=list(self._workforce.slots.sandboxes))
        try:
            await asyncio.wait_for(telling, FORGET_SECONDS)
        except Exception as error:  # a busy or dying worker drops it by itself, later
            logger.info("%s may be in the sandbox still: %s", name, error)

    async def _outcome(self, work: Work) -> Callable[[], None]:
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        try:
            return partial(self.board.finish, work, await self._submit(work))
        except UploadMissingError as error:
            return partial(self._send_along, work, error)
        except JobCancelledError:
            return partial(self.board.put_back, work)
        except KilledWorker:
            self.board.lost(work)
            return partial(self.board.put_back, work)
        except FutureCancelledError as error:
            if error.reason != MOVED:
                self.board.lost(work)
            return partial(self.board.put_back, work)
        except CnnVizError as error:
            return partial(self.board.fail, work, error)
        except Exception as error:  # of Dask: `run_watched` lets none through
            logger.exception("%s could not be run.", dask_key(work))
            return partial(self.board.fail, work, WorkerFaultError.of(error))

    def _send_along(self, work: Work, error: Exception) -> None:
        if work.standing.sends_upload:
            logger.error("A worker misses the upload that it was given.")
            self.board.fail(work, WorkerFaultError.of(error))
            return
        self.board.lacked_upload(work)
        self.board.put_back(work)

    async def _let_go(self) -> None:
        self._workforce.lose()
        errands = self._drives | self._errands
        for errand in errands:
            errand.cancel()
        await asyncio.gather(*errands, return_exceptions=True)
        for work in self.board.running():
            self.board.lost(work)
            self.board.put_back(work)

"""The board of all jobs: who waits, in which order, who shares, and what is done already.

Plain bookkeeping under one lock; it knows nothing of Dask.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from cnnviz_engine.byte_table import ByteTable, freeze
from cnnviz_engine.errors import (
    EngineError,
    JobCancelledError,
    QueueFullError,
    UploadRefusedError,
    WorkerLostError,
)
from cnnviz_engine.queueing.jobs import Job, Work
from cnnviz_engine.queueing.queues import QUEUES, Queue, pool_of, queue_of
from cnnviz_engine.requests.requests import is_upload

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnnviz_core.arrays import ImageArray
    from cnnviz_engine.requests.requests import BaseRequest
    from cnnviz_engine.sandbox.uploads import UploadedModel

MOST_LOSSES = 2  # a job that loses its worker so often is given up
MOST_STRIKES = 3  # a file whose jobs were given up so often is left alone for a while
STRIKE_SECONDS = 600.0
SHARE = 4  # of the places for jobs of uploads, one visitor takes one in so many at most

CANCELLED = "The job was cancelled. Ask again to run it anew."
LOST = (
    "The worker stopped twice while it ran this job, most likely for want of memory. "
    "Try a smaller model, a smaller size or fewer filters at once."
)

OVERDUE = (
    "This took longer than an uploaded model may take here, and was stopped. "
    "Choose another layer or method, or take a smaller model."
)

STRUCK = (
    "This file has stopped the process that runs uploaded models several times, which others use "
    "too. Take a smaller model, or try again in ten minutes."
)


class JobBoard:
    """Queues first in, first out, a lane of each pool of workers; it knows who shares what.

    Equal requests in flight share one computation.
    """

    def __init__(
        self,
        queue_limit: int,
        result_bytes: int,
        wake: Callable[[], None],
        keep: Callable[[BaseRequest, Any], None] | None = None,
    ) -> None:
        """Keep the books of an engine.

        Args:
            queue_limit: computations that may wait in each queue.
            result_bytes: size of the table of results.
            wake: called whenever there is something new to start or to stop.
            keep: given each result that was computed, with its request; must not wait.
        """
        self._limit = queue_limit
        self._wake = wake
        self._keep = keep
        self._closed = ""
        self._lock = threading.RLock()
        self._waiting: dict[Queue, deque[Work]] = {queue: deque() for queue in QUEUES}
        self._running: dict[Queue, list[Work]] = {queue: [] for queue in QUEUES}
        self._of_uploads: dict[str, set[str]] = {}
        self._strikes: dict[str, deque[float]] = {}
        self._shared: dict[str, Work] = {}
        self.results: ByteTable[str, Any] = ByteTable(result_bytes)

    def knows(self, request: BaseRequest) -> bool:
        """Whether the request is done or in flight."""
        with self._lock:
            return request.key in self._shared or self.results.get(request.key) is not None

    def submit(
        self,
        request: BaseRequest,
        image: ImageArray | None,
        owner: str,
        found: Any = None,
        upload: UploadedModel | None = None,
    ) -> Job:
        """A handle on the request's computation: done, in flight, or newly queued.

        Args:
            request: what is asked for.
            image: the pixels that it names.
            owner: who asks.
            found: the result, where somebody has it; then nothing is queued.
            upload: the model that it names, where that is an upload.

        Raises:
            QueueFullError: the queue is full, or a visitor's share of it.
            UploadRefusedError: the upload stopped the sandbox too often.
            EngineError: the board is closed.
        """
        with self._lock:
            if self._closed:
                raise EngineError(self._closed)
            work = self._shared.get(request.key) or self._finished(request, found)
            if work is None:
                if upload is not None:
                    self._require_fair(upload, owner, request)
                work = self._enqueue(Work(request, image, upload))
            return self._handle(work, owner)

    def _require_fair(self, upload: UploadedModel, owner: str, request: BaseRequest) -> None:
        """Refuse a file that stops the sandbox again and again, and one visitor's hundred jobs."""
        strikes = self._strikes.get(upload.bytes_held.digest, deque())
        while strikes and strikes[0] < time.monotonic() - STRIKE_SECONDS:
            strikes.popleft()
        if len(strikes) >= MOST_STRIKES:
            raise UploadRefusedError(STRUCK)
        waiting = self._waiting[queue_of(request)]
        own = sum(any(job.owner == owner for job in work.jobs) for work in waiting)
        if owner and own >= max(1, self._limit // SHARE):
            raise QueueFullError(
                f"{own} of your jobs wait already, and no more are taken. "
                "Try again when some are done."
            )

    def _strike(self, work: Work) -> None:
        if work.upload is not None:
            strikes = self._strikes.setdefault(work.upload.bytes_held.digest, deque())
            strikes.append(time.monotonic())

    def _finished(self, request: BaseRequest, found: Any) -> Work | None:
        value = self.results.get(request.key)
        if value is None and found is not None:
            value = found
            self.results.put(request.key, found, freeze(found))
        if value is None:
            return None
        work = Work(request, None)
        work.close("done", value)
        return work

    def _enqueue(self, work: Work) -> Work:
        waiting = self._waiting[work.queue]
        if len(waiting) >= self._limit:
            raise QueueFullError(
                f"{len(waiting)} jobs wait already, and no more are taken. "
                "Try again in a few seconds."
            )
        waiting.append(work)
        self._shared[work.key] = work
        self._wake()
        return work

    def _handle(self, work: Work, owner: str) -> Job:
        for job in work.jobs:
            if owner and job.owner == owner:
                return job
        job = Job(self, work, owner)
        if work.state in ("queued", "running"):
            work.jobs.append(job)
        else:
            job.finished.set()
        return job

    def position(self, work: Work) -> int:
        """Number of jobs of its queue ahead of a computation; 0 once it runs."""
        with self._lock:
            if work.state != "queued":
                return 0
            queue = work.queue
            return len(self._running[queue]) + self._waiting[queue].index(work)

    def cancel(self, job: Job) -> None:
        """Take a job back. The last one takes the computation along."""
        with self._lock:
            if job.finished.is_set():
                return
            job.cancelled = True
            job.finished.set()
            work = job.work
            work.jobs.remove(job)
            if work.jobs:
                return
            del self._shared[work.key]
            if work.state == "queued":
                self._waiting[work.queue].remove(work)
                work.close("cancelled")
            else:
                work.cancelled_at = time.monotonic()
            self._wake()

    def cancel_owner(self, owner: str) -> None:
        """Take back all jobs of one owner, as when a tab was closed."""
        with self._lock:
            jobs = [job for work in self._shared.values() for job in work.jobs]
            for job in jobs:
                if job.owner == owner:
                    self.cancel(job)

    def take(self, queue: Queue, slots: int) -> Work | None:
        """Start the next computation of a queue while fewer than `slots` of it run.

        Two that lost a worker before never run at once on the same workers: so the one that kills
        workers is found out, and the other one finishes.
        """
        with self._lock:
            waiting, running = self._waiting[queue], self._running[queue]
            if not waiting or len(running) >= slots:
                return None
            pool = pool_of(queue)
            suspects = [work for work in self.running() if work.losses and work.pool == pool]
            if waiting[0].losses and suspects:
                return None
            work = waiting.popleft()
            running.append(work)
            work.state = "running"
            return work

    def running(self) -> list[Work]:
        """The computations that run now."""
        with self._lock:
            return [work for queue in QUEUES for work in self._running[queue]]

    def finish(self, work: Work, value: Any) -> None:
        """Note a result, for those who wait and for those who will ask again."""
        size = freeze(value)
        with self._lock:
            self._leave(work)
            self.results.put(work.key, value, size)
            if is_upload(work.request.model):
                self._of_uploads.setdefault(work.request.model, set()).add(work.key)
            work.close("done", value)
        if self._keep is not None:
            self._keep(work.request, value)

    def forget(self, model: str) -> None:
        """Drop the results of an uploaded model from the table."""
        with self._lock:
            for key in self._of_uploads.pop(model, ()):
                self.results.drop(key)

    def fail(self, work: Work, error: Exception) -> None:
        """Note an error, for those who wait. Who asks again has it computed again."""
        with self._lock:
            self._leave(work)
            work.close("failed", error=error)

    def put_back(self, work: Work) -> None:
        """Run a computation again that was interrupted, before all that wait, if wanted still."""
        with self._lock:
            if not work.jobs:
                self._leave(work)
                work.close("cancelled", error=JobCancelledError(CANCELLED))
            elif work.overdue or work.losses >= MOST_LOSSES:
                self._strike(work)
                self.fail(work, WorkerLostError(OVERDUE if work.overdue else LOST))
            else:
                self._running[work.queue].remove(work)
                self._waiting[work.queue].appendleft(work)
                work.queue_again()

    def close(self, reason: str) -> None:
        """Take no more jobs, and tell who asks the reason."""
        with self._lock:
            self._closed = reason

    def give_up(self, error: Exception, queues: Sequence[Queue] = QUEUES) -> None:
        """Fail everything that waits in these queues: there is no worker to run it."""
        with self._lock:
            for queue in queues:
                for work in list(self._waiting[queue]):
                    self.fail(work, error)

    def _leave(self, work: Work) -> None:
        for queue in (self._running[work.queue], self._waiting[work.queue]):
            if work in queue:
                queue.remove(work)
        if self._shared.get(work.key) is work:
            del self._shared[work.key]

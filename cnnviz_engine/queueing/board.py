"""The board of all jobs: who shares a computation, where each stands, and what is done already.

Plain bookkeeping under one lock; it knows nothing of Dask. Nothing else changes a job.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cnnviz_engine.byte_table import ByteTable, freeze
from cnnviz_engine.errors import EngineError, JobCancelledError, WorkerLostError
from cnnviz_engine.queueing.jobs import Job, Work
from cnnviz_engine.queueing.lines import Lines
from cnnviz_engine.queueing.queues import QUEUES, queue_of
from cnnviz_engine.queueing.strikes import Strikes
from cnnviz_engine.requests.base import is_upload

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnnviz_core.arrays import ImageArray
    from cnnviz_engine.progress import Report
    from cnnviz_engine.queueing.jobs import Standing
    from cnnviz_engine.queueing.queues import Queue
    from cnnviz_engine.requests.base import Request, Result
    from cnnviz_engine.sandbox.uploads import UploadedModel

MOST_LOSSES = 2  # a job that loses its worker so often is given up

CANCELLED = "The job was cancelled. Ask again to run it anew."
LOST = (
    "The worker stopped twice while it ran this job, most likely for want of memory. "
    "Try a smaller model, a smaller size or fewer filters at once."
)

OVERDUE = (
    "This took longer than an uploaded model may take here, and was stopped. "
    "Choose another layer or method, or take a smaller model."
)


class JobBoard:
    """Queues first in, first out, a lane of each pool of workers; it knows who shares what.

    Equal requests in flight share one computation. Each method may be called from any thread. What
    is told of a computation that does not run, since it ended or waits again, changes nothing.
    """

    def __init__(
        self,
        queue_limit: int,
        result_bytes: int,
        wake: Callable[[], None],
        keep: Callable[[Request[Any], Any], None] | None = None,
    ) -> None:
        """Keep the books of an engine.

        Args:
            queue_limit: computations that may wait in each queue.
            result_bytes: size of the table of results.
            wake: called whenever there is something new to start or to stop.
            keep: given each result that was computed, with its request; must not wait.
        """
        self._wake = wake
        self._keep = keep
        self._closed = ""
        self._lock = threading.RLock()
        self._lines = Lines(queue_limit)
        self._strikes = Strikes()
        self._of_uploads: dict[str, set[str]] = {}
        self._shared: dict[str, Work] = {}
        self.results: ByteTable[str, Any] = ByteTable(result_bytes)

    def knows(self, request: Request[Any]) -> bool:
        """Whether the request is done or in flight."""
        with self._lock:
            return request.key in self._shared or self.results.get(request.key) is not None

    def submit(
        self,
        request: Request[Result],
        image: ImageArray | None,
        owner: str,
        found: Any = None,
        upload: UploadedModel | None = None,
    ) -> Job[Result]:
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
                    self._strikes.require_few(upload, time.monotonic())
                    self._lines.require_share(queue_of(request), owner)
                work = self._enqueue(Work(request, image, upload))
            return self._handle(work, owner)

    def _finished(self, request: Request[Any], stored: Any) -> Work | None:
        value = self.results.get(request.key)
        if value is None and stored is not None:
            value = stored
            self.results.put(request.key, stored, freeze(stored))
        if value is None:
            return None
        work = Work(request, None)
        self._close(work, work.standing.closed("done", value))
        return work

    def _enqueue(self, work: Work) -> Work:
        self._lines.append(work)
        self._shared[work.key] = work
        self._wake()
        return work

    def _handle(self, work: Work, owner: str) -> Job[Any]:
        standing = work.standing
        for job in standing.jobs:
            if owner and job.owner == owner:
                return job
        job = Job(self, work, owner)
        self._replace(work, replace(standing, jobs=(*standing.jobs, job)))
        if standing.over:
            job._finished.set()
        return job

    def position(self, work: Work) -> int:
        """Number of jobs of its queue ahead of a computation; 0 once it runs."""
        with self._lock:
            return self._lines.ahead_of(work) if work.standing.state == "queued" else 0

    def cancel(self, job: Job[Any]) -> None:
        """Take a job back. The last one takes the computation along."""
        with self._lock:
            if job._finished.is_set():
                return
            work, standing = job.work, job.work.standing
            others = tuple(other for other in standing.jobs if other is not job)
            standing = replace(standing, jobs=others)
            self._replace(work, standing)
            job._finished.set()
            if others:
                return
            del self._shared[work.key]
            if standing.state == "queued":
                self._lines.remove(work)
                self._close(work, standing.closed("cancelled"))
            else:
                self._replace(work, replace(standing, cancelled_at=time.monotonic()))
            self._wake()

    def cancel_owner(self, owner: str) -> None:
        """Take back all jobs of one owner, as when a tab was closed."""
        with self._lock:
            jobs = [job for work in self._shared.values() for job in work.standing.jobs]
            for job in jobs:
                if job.owner == owner:
                    self.cancel(job)

    def take(self, queue: Queue, slots: int) -> Work | None:
        """Start the next computation of a queue while fewer than `slots` of it run."""
        with self._lock:
            work = self._lines.start_next(queue, slots)
            if work is not None:
                self._replace(work, replace(work.standing, state="running"))
            return work

    def running(self) -> list[Work]:
        """The computations that run now."""
        with self._lock:
            return self._lines.running()

    def placed(self, work: Work) -> None:
        """Note that a worker has it; only the first time counts."""
        with self._lock:
            if work.standing.placed_at is None:
                now = time.monotonic()
                self._note(work, replace(work.standing, placed_at=now, last_step_at=now))

    def displaced(self, work: Work) -> None:
        """Note that no worker has it, or not yet."""
        with self._lock:
            self._note(work, replace(work.standing, placed_at=None, unanswered_since=None))

    def heard(self, work: Work, report: Report | None) -> None:
        """Note that its worker answers, and its report; None where it does not run the job yet."""
        preview_bytes = freeze(None if report is None else report.preview)
        with self._lock:
            standing = replace(work.standing, unanswered_since=None)
            if report is not None:
                standing = standing.reported(report, preview_bytes, time.monotonic())
            self._note(work, standing)

    def unanswered(self, work: Work, since: float) -> None:
        """Note that its worker was asked then and did not answer; the first time counts."""
        with self._lock:
            if work.standing.unanswered_since is None:
                self._note(work, replace(work.standing, unanswered_since=since))

    def lost(self, work: Work) -> None:
        """Count a worker that was lost under it."""
        with self._lock:
            self._note(work, replace(work.standing, losses=work.standing.losses + 1))

    def overdue(self, work: Work) -> None:
        """Note that it is interrupted because it took too long, and is not to be tried again."""
        with self._lock:
            self._note(work, replace(work.standing, overdue=True))

    def lacked_upload(self, work: Work) -> None:
        """Note that the worker did not have the upload, whose bytes go along next time."""
        with self._lock:
            self._note(work, replace(work.standing, sends_upload=True))

    def finish(self, work: Work, value: Any) -> None:
        """Note a result, for those who wait and for those who will ask again."""
        size = freeze(value)
        with self._lock:
            self._leave(work)
            self.results.put(work.key, value, size)
            if is_upload(work.request.model):
                self._of_uploads.setdefault(work.request.model, set()).add(work.key)
            self._close(work, work.standing.closed("done", value))
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
            self._close(work, work.standing.closed("failed", error=error))

    def put_back(self, work: Work) -> None:
        """Run a computation again that was interrupted, before all that wait, if wanted still."""
        with self._lock:
            standing = work.standing
            if not standing.jobs:
                self._leave(work)
                error = JobCancelledError(CANCELLED)
                self._close(work, standing.closed("cancelled", error=error))
            elif standing.overdue or standing.losses >= MOST_LOSSES:
                if standing.upload is not None:
                    self._strikes.add(standing.upload, time.monotonic())
                self.fail(work, WorkerLostError(OVERDUE if standing.overdue else LOST))
            else:
                self._lines.put_back(work)
                self._replace(work, standing.queued_again())

    def close(self, reason: str) -> None:
        """Take no more jobs, and tell who asks the reason."""
        with self._lock:
            self._closed = reason

    def give_up(self, error: Exception, queues: Sequence[Queue] = QUEUES) -> None:
        """Fail everything that waits in these queues: there is no worker to run it."""
        with self._lock:
            for queue in queues:
                for work in self._lines.waiting(queue):
                    self.fail(work, error)

    def _leave(self, work: Work) -> None:
        self._lines.remove(work)
        if self._shared.get(work.key) is work:
            del self._shared[work.key]

    def _close(self, work: Work, standing: Standing) -> None:
        self._replace(work, standing)
        for job in standing.jobs:
            job._finished.set()

    def _note(self, work: Work, standing: Standing) -> None:
        if work.standing.state == "running":
            self._replace(work, standing)

    def _replace(self, work: Work, standing: Standing) -> None:
        """The one place where a computation changes; the lock is held."""
        work._standing = standing

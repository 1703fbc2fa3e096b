"""Jobs: what a session holds, and the computation that equal requests share."""

from __future__ import annotations

import threading
from copy import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol

from cnnviz_engine.errors import JobCancelledError
from cnnviz_engine.queueing.queues import pool_of, queue_of
from cnnviz_engine.requests.base import Result

if TYPE_CHECKING:
    from cnnviz_core.arrays import ImageArray
    from cnnviz_engine.progress import Progress, Report
    from cnnviz_engine.queueing.queues import Pool, Queue
    from cnnviz_engine.requests.base import Lane, Request
    from cnnviz_engine.sandbox.uploads import UploadedModel

JobState = Literal["queued", "running", "done", "failed", "cancelled"]

PREVIEW_RATE = 32 * 2**20  # bytes of a job's previews a second


@dataclass(frozen=True, eq=False)
class Standing:
    """Where a computation stands at one moment. Times are on the monotonic clock, in seconds.

    Attributes:
        state: what becomes of it.
        jobs: the handles on it that were not cancelled; without any, it is not wanted.
        image: the pixels that the request names, until the computation is over.
        upload: the model that the request names, where that is an upload, for as long.
        sends_upload: whether the upload's bytes go along; the worker did not have the model.
        progress: latest progress of this run.
        preview: latest partial result, until the computation is over.
        preview_step: the step of this run at which it came; -1 before the first.
        preview_due: when to fetch the next one.
        placed_at: since when a worker has it; None while none has.
        last_step_at: when it made a step last, or was placed; None before it was placed.
        unanswered_since: since when its worker has not answered; None if it does.
        cancelled_at: when the last job was cancelled of one that runs.
        losses: how often a worker was lost under it.
        overdue: whether it is interrupted because it took too long.
        value: the result, once it is done.
        error: why there is none, once it has failed.
    """

    state: JobState = "queued"
    jobs: tuple[Job[Any], ...] = field(default=(), repr=False)
    image: ImageArray | None = field(default=None, repr=False)
    upload: UploadedModel | None = field(default=None, repr=False)
    sends_upload: bool = False
    progress: Progress | None = None
    preview: Any = field(default=None, repr=False)
    preview_step: int = -1
    preview_due: float = 0.0
    placed_at: float | None = None
    last_step_at: float | None = None
    unanswered_since: float | None = None
    cancelled_at: float | None = None
    losses: int = 0
    overdue: bool = False
    value: Any = field(default=None, repr=False)
    error: Exception | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state not in ("queued", "running")

    def reported(self, report: Report, preview_bytes: int, now: float) -> Standing:
        """After a report of its worker."""
        progress = report.progress
        standing = replace(self, progress=progress)
        if progress is not None and progress != self.progress:
            standing = replace(standing, last_step_at=now)
        if report.preview is not None:
            standing = replace(
                standing,
                preview=report.preview,
                preview_step=report.preview_step,
                preview_due=now + preview_bytes / PREVIEW_RATE,
            )
        return standing

    def queued_again(self) -> Standing:
        """Before it starts over; of the run until now, only the losses and the preview stay."""
        return replace(
            self,
            state="queued",
            progress=None,
            preview_step=-1,
            preview_due=0.0,
            placed_at=None,
            last_step_at=None,
            unanswered_since=None,
        )

    def closed(
        self, state: JobState, value: Any = None, error: Exception | None = None
    ) -> Standing:
        """With its outcome, and without what only a computation needs."""
        return replace(
            self, state=state, value=value, error=error, image=None, upload=None, preview=None
        )


class Work:
    """One computation, for all jobs that asked for it.

    Only the board replaces where it stands, under its lock. Who reads `standing` once has a record
    that is whole, and needs no lock; who reads it twice may have two.
    """

    __slots__ = ("_key", "_queue", "_request", "_standing")

    def __init__(
        self,
        request: Request[Any],
        image: ImageArray | None,
        upload: UploadedModel | None = None,
    ) -> None:
        self._request, self._key, self._queue = request, request.key, queue_of(request)
        self._standing = Standing(image=image, upload=upload)

    @property
    def request(self) -> Request[Any]:
        """What is computed."""
        return self._request

    @property
    def key(self) -> str:
        """The request's key."""
        return self._key

    @property
    def queue(self) -> Queue:
        """Where it waits."""
        return self._queue

    @property
    def lane(self) -> Lane:
        """How patient those are who wait for it."""
        return self._request.lane

    @property
    def pool(self) -> Pool:
        """Which workers may run it."""
        return pool_of(self._queue)

    @property
    def standing(self) -> Standing:
        """Where it stands now."""
        return self._standing


class Board(Protocol):
    """What a job asks of the board it stands on."""

    def position(self, work: Work) -> int:
        """Number of jobs of its queue ahead of a computation."""

    def cancel(self, job: Job[Any]) -> None:
        """Take a job back."""


class Job(Generic[Result]):
    """One owner's handle on a computation. Safe to use from any thread."""

    __slots__ = ("_board", "_finished", "_owner", "_work")

    def __init__(self, board: Board, work: Work, owner: str) -> None:
        self._board, self._work, self._owner = board, work, owner
        self._finished = threading.Event()

    @property
    def owner(self) -> str:
        """Who asked; empty for nobody in particular."""
        return self._owner

    @property
    def work(self) -> Work:
        """The computation behind it."""
        return self._work

    @property
    def request(self) -> Request[Result]:
        """What was asked for."""
        return self._work.request

    @property
    def state(self) -> JobState:
        """Where the job stands."""
        standing = self._work.standing
        return standing.state if self in standing.jobs else "cancelled"

    @property
    def position(self) -> int:
        """Number of jobs of its queue ahead of it; 0 once it runs."""
        return self._board.position(self._work)

    @property
    def progress(self) -> Progress | None:
        """Latest progress, None before the first step."""
        return self._work.standing.progress

    @property
    def preview(self) -> Result | None:
        """Latest partial result of an unfinished job, or None."""
        preview: Result | None = self._work.standing.preview
        return preview

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end, at most so long; tell whether it is over."""
        return self._finished.wait(seconds)

    def result(self, timeout: float | None = None) -> Result:
        """The result, waiting for it at most `timeout` seconds.

        Its arrays are read-only: sessions share them.

        Raises:
            CnnVizError: as the worker raised it.
            JobCancelledError: this job was cancelled.
            WorkerLostError: the worker died or hung twice.
            WorkerFaultError: the computation failed for another reason.
            TimeoutError: there is no result yet.
        """
        if not self._finished.wait(timeout):
            raise TimeoutError(f"The job has no result after {timeout} s.")
        standing = self._work.standing
        if self not in standing.jobs:
            raise JobCancelledError("The job was cancelled. Ask again to run it anew.")
        if standing.error is not None:
            # A copy for each call: raising one object from many threads piles up tracebacks in it.
            raise copy(standing.error).with_traceback(standing.error.__traceback__)
        value: Result = standing.value
        return value

    def cancel(self) -> None:
        """Take the job back; the computation goes on only while someone else waits for it."""
        self._board.cancel(self)

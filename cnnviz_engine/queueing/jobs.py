"""Jobs: what a session holds, and the computation that equal requests share."""

from __future__ import annotations

import threading
from copy import copy
from typing import TYPE_CHECKING, Any, Literal, Protocol

from cnnviz_engine.errors import JobCancelledError
from cnnviz_engine.queueing.queues import pool_of, queue_of

if TYPE_CHECKING:
    from cnnviz_core.arrays import ImageArray
    from cnnviz_engine.progress import Progress
    from cnnviz_engine.queueing.queues import Pool
    from cnnviz_engine.requests.requests import BaseRequest, Lane
    from cnnviz_engine.sandbox.uploads import UploadedModel

JobState = Literal["queued", "running", "done", "failed", "cancelled"]


class Work:
    """One computation, for all jobs that asked for it. Changed under the board's lock only.

    Attributes:
        request: what is computed.
        image: the pixels that the request names, until the computation is over.
        upload: the model that the request names, where that is an upload, for as long.
        queue: where it waits: the lane, of the workers that may run it.
        sending: whether the upload's bytes go along next time; the worker did not have the model.
        state: where it stands.
        jobs: the handles that wait for it; without any, it is not wanted.
        progress: latest progress.
        preview: latest partial result, until the computation is over.
        preview_step: its step; -1 before the first.
        preview_due: when to fetch the next one, on the monotonic clock.
        losses: how often a worker was lost under it.
        overdue: whether it was interrupted because it took too long.
        stirred: when it made a step last, on the monotonic clock; None before it was placed.
        silent: since when its worker has not answered, on the monotonic clock; None if it does.
        placed: since when a worker has it, on the monotonic clock; None while none has.
        cancelled_at: when its last job was cancelled, on the monotonic clock.
    """

    def __init__(
        self,
        request: BaseRequest,
        image: ImageArray | None,
        upload: UploadedModel | None = None,
    ) -> None:
        self.request = request
        self.image = image
        self.upload = upload
        self.queue = queue_of(request)
        self.sending = False
        self.overdue = False
        self.stirred: float | None = None
        self.state: JobState = "queued"
        self.jobs: list[Job] = []
        self.progress: Progress | None = None
        self.preview: Any = None
        self.preview_step = -1
        self.preview_due = 0.0
        self.value: Any = None
        self.error: Exception | None = None
        self.losses = 0
        self.silent: float | None = None
        self.placed: float | None = None
        self.cancelled_at: float | None = None
        self.key = request.key

    @property
    def lane(self) -> Lane:
        """How patient those are who wait for it."""
        return self.request.lane

    @property
    def pool(self) -> Pool:
        """Which workers may run it."""
        return pool_of(self.queue)

    def queue_again(self) -> None:
        """Start over; of the run that was interrupted, only the losses and the preview stay."""
        self.state, self.progress = "queued", None
        self.placed = self.silent = self.stirred = None
        self.preview_step, self.preview_due = -1, 0.0

    def close(self, state: JobState, value: Any = None, error: Exception | None = None) -> None:
        """Note the outcome and wake whoever waits."""
        self.state, self.value, self.error = state, value, error
        self.image = self.upload = self.preview = None
        for job in self.jobs:
            job.finished.set()


class Standing(Protocol):
    """What a job asks of the board it stands on."""

    def position(self, work: Work) -> int:
        """Number of jobs of its queue ahead of a computation."""

    def cancel(self, job: Job) -> None:
        """Take a job back."""


class Job:
    """One owner's handle on a computation. Safe to use from any thread."""

    def __init__(self, board: Standing, work: Work, owner: str) -> None:
        self.owner = owner
        self.finished = threading.Event()
        self.cancelled = False
        self._board = board
        self._work = work

    @property
    def work(self) -> Work:
        """The computation behind it."""
        return self._work

    @property
    def request(self) -> BaseRequest:
        """What was asked for."""
        return self._work.request

    @property
    def state(self) -> JobState:
        """Where the job stands."""
        return "cancelled" if self.cancelled else self._work.state

    @property
    def position(self) -> int:
        """Number of jobs of its queue ahead of it; 0 once it runs."""
        return self._board.position(self._work)

    @property
    def progress(self) -> Progress | None:
        """Latest progress, None before the first step."""
        return self._work.progress

    @property
    def preview(self) -> Any:
        """Latest partial result of an unfinished job, or None."""
        return self._work.preview

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end, at most so long; tell whether it is over."""
        return self.finished.wait(seconds)

    def result(self, timeout: float | None = None) -> Any:
        """The result, waiting for it at most `timeout` seconds.

        Its arrays are read-only: sessions share them.

        Raises:
            CnnVizError: as the worker raised it.
            JobCancelledError: this job was cancelled.
            WorkerLostError: the worker died or hung twice.
            WorkerFaultError: the computation failed for another reason.
            TimeoutError: there is no result yet.
        """
        if not self.finished.wait(timeout):
            raise TimeoutError(f"The job has no result after {timeout} s.")
        if self.cancelled:
            raise JobCancelledError("The job was cancelled. Ask again to run it anew.")
        error = self._work.error
        if error is not None:
            # A copy for each call: raising one object from many threads piles up tracebacks in it.
            raise copy(error).with_traceback(error.__traceback__)
        return self._work.value

    def cancel(self) -> None:
        """Take the job back; the computation goes on only while someone else waits for it."""
        self._board.cancel(self)

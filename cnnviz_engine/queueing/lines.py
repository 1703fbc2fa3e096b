"""Who waits and who runs, queue by queue.

Without a lock of its own: the board asks and changes it under its own.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from cnnviz_engine.errors import QueueFullError
from cnnviz_engine.queueing.queues import QUEUES, pool_of

if TYPE_CHECKING:
    from cnnviz_engine.queueing.jobs import Work
    from cnnviz_engine.queueing.queues import Queue

SHARE = 4  # of the places for jobs of uploads, one visitor takes one in so many at most


class Lines:
    """Each queue's computations in order: first in, first out."""

    def __init__(self, limit: int) -> None:
        """Have room for `limit` that wait in each queue."""
        self._limit = limit
        self._waiting: dict[Queue, deque[Work]] = {queue: deque() for queue in QUEUES}
        self._running: dict[Queue, list[Work]] = {queue: [] for queue in QUEUES}

    def append(self, work: Work) -> None:
        """Have a computation wait behind all others of its queue.

        Raises:
            QueueFullError: there is no place.
        """
        waiting = self._waiting[work.queue]
        if len(waiting) >= self._limit:
            raise QueueFullError(
                f"{len(waiting)} jobs wait already, and no more are taken. "
                "Try again in a few seconds."
            )
        waiting.append(work)

    def require_share(self, queue: Queue, owner: str) -> None:
        """Refuse one visitor's hundred jobs, so that others find a place.

        Raises:
            QueueFullError: as many of the owner's jobs wait there as one visitor may have.
        """
        own = sum(
            any(job.owner == owner for job in work.standing.jobs) for work in self._waiting[queue]
        )
        if owner and own >= max(1, self._limit // SHARE):
            raise QueueFullError(
                f"{own} of your jobs wait already, and no more are taken. "
                "Try again when some are done."
            )

    def ahead_of(self, work: Work) -> int:
        """Number of computations of its queue before one that waits."""
        return len(self._running[work.queue]) + self._waiting[work.queue].index(work)

    def start_next(self, queue: Queue, slots: int) -> Work | None:
        """The next of a queue, which runs from now on; None while `slots` of it run, or none waits.

        Two that lost a worker before never run at once on the same workers: so the one that kills
        workers is found out, and the other one finishes.
        """
        waiting, running = self._waiting[queue], self._running[queue]
        if not waiting or len(running) >= slots:
            return None
        if waiting[0].standing.losses and any(
            work.standing.losses and work.pool == pool_of(queue) for work in self.running()
        ):
            return None
        work = waiting.popleft()
        running.append(work)
        return work

    def put_back(self, work: Work) -> None:
        """Have one that runs wait again, before all others of its queue."""
        self._running[work.queue].remove(work)
        self._waiting[work.queue].appendleft(work)

    def remove(self, work: Work) -> None:
        """Take a computation out, if it waits or runs."""
        for line in (self._running[work.queue], self._waiting[work.queue]):
            if work in line:
                line.remove(work)

    def waiting(self, queue: Queue) -> list[Work]:
        """Those that wait in a queue."""
        return list(self._waiting[queue])

    def running(self) -> list[Work]:
        """Those of all queues that run."""
        return [work for queue in QUEUES for work in self._running[queue]]

"""Looking after running jobs: their progress, their cancel, and workers that hang."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

from cnnviz_engine.cluster.judging import judge
from cnnviz_engine.cluster.watching import look_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cnnviz_engine.queueing.board import JobBoard
    from cnnviz_engine.queueing.jobs import Work
    from cnnviz_engine.queueing.queues import Pool
    from cnnviz_engine.settings import Settings

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 2.0  # to wait for one answer; a worker that misses several is hung
RESTART_SECONDS = 60.0
MOVED = "moved"  # why a future was cancelled: its worker is restarted


def dask_key(work: Work) -> str:
    """The key of a computation in Dask: its kind, for Dask's statistics, and the request's key."""
    return f"{type(work.request).__name__}-{work.key}"


class Supervisor:
    """Asks each worker that runs our jobs how they are, and tells the board."""

    def __init__(
        self, client: Any, board: JobBoard, settings: Settings, futures: Mapping[Work, Any]
    ) -> None:
        """Look after the jobs that `futures` holds.

        While a worker of a pool is restarted, the pool is in `restarting`, and gets no jobs.
        """
        self._client = client
        self._board = board
        self._settings = settings
        self._futures = futures
        self.restarting: set[Pool] = set()

    async def look_after(self, works: Sequence[Work]) -> None:
        """Fetch progress, pass on cancels, and restart workers that hang."""
        places = await self._places(works)
        await asyncio.gather(*(self._ask(address, group) for address, group in places.items()))
        # All are judged before the first restart, which takes so long that others would seem hung.
        now = time.monotonic()
        verdicts = {address: judge(group, self._settings, now) for address, group in places.items()}
        for verdict in verdicts.values():
            if verdict.overdue is not None:
                self._board.overdue(verdict.overdue)
        for address, verdict in verdicts.items():
            if verdict.hung:
                await self._restart(address, places[address], verdict.hung)

    async def _places(self, works: Sequence[Work]) -> dict[str, list[Work]]:
        processing = await self._client.processing()
        works = [work for work in works if work.standing.state == "running"]  # after the answer
        by_key = {dask_key(work): work for work in works}
        places = {
            address: [by_key[key] for key in keys if key in by_key]
            for address, keys in processing.items()
        }
        placed = {work for group in places.values() for work in group}
        for work in works:
            if work in placed:
                self._board.placed(work)
            else:
                self._board.displaced(work)
        return {address: group for address, group in places.items() if group}

    async def _ask(self, address: str, group: Sequence[Work]) -> None:
        now = time.monotonic()
        seen = {dask_key(work): _preview_seen(work, now) for work in group}
        stop = [dask_key(work) for work in group if not work.standing.jobs]
        asking = self._client.run(look_at, seen, stop, workers=[address])
        try:
            answers = await asyncio.wait_for(asking, ANSWER_SECONDS)
        except (TimeoutError, OSError):
            for work in group:
                self._board.unanswered(work, now)
            return
        reports = answers.get(address, {})
        for work in group:
            self._board.heard(work, reports.get(dask_key(work)))

    async def _restart(self, address: str, group: Sequence[Work], hung: Sequence[Work]) -> None:
        pool = group[0].pool
        self.restarting.add(pool)
        try:
            await self._replace(address, group, hung)
        finally:
            self.restarting.discard(pool)

    async def _replace(self, address: str, group: Sequence[Work], hung: Sequence[Work]) -> None:
        logger.warning("Worker %s hangs and is restarted.", address)
        for work in hung:
            self._board.lost(work)
        for work in group:
            if work in self._futures:
                await self._futures[work].cancel(reason=MOVED)
        try:
            await self._client.restart_workers(
                [address], timeout=RESTART_SECONDS, raise_for_error=False
            )
        except ValueError as error:
            logger.warning("It cannot be restarted: %s", error)


def _preview_seen(work: Work, now: float) -> int | None:
    """Step at which the preview seen last came; None, asking for none, until another is due."""
    standing = work.standing
    return standing.preview_step if now >= standing.preview_due else None

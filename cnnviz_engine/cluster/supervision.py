"""Looking after running jobs: their progress, their cancel, and workers that hang."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

from cnnviz_engine.byte_table import freeze
from cnnviz_engine.cluster.watching import look_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cnnviz_engine.progress import Report
    from cnnviz_engine.queueing.jobs import Work
    from cnnviz_engine.queueing.queues import Pool
    from cnnviz_engine.settings import Settings

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 2.0  # to wait for one answer; a worker that misses several is hung
RESTART_SECONDS = 60.0
LONGEST = 15  # times the limit between two steps, which a job of an uploaded model takes in all
PREVIEW_RATE = 32 * 2**20  # bytes of a job's previews a second
MOVED = "moved"  # why a future was cancelled: its worker is restarted


def dask_key(work: Work) -> str:
    """The key of a computation in Dask: its kind, for Dask's statistics, and the request's key."""
    return f"{type(work.request).__name__}-{work.key}"


class Supervisor:
    """Asks each worker that runs our jobs how they are."""

    def __init__(self, client: Any, settings: Settings, futures: Mapping[Work, Any]) -> None:
        """Look after the jobs that `futures` holds.

        While a worker of a pool is restarted, the pool is in `restarting`, and gets no jobs.
        """
        self._client = client
        self._settings = settings
        self._futures = futures
        self.restarting: set[Pool] = set()

    async def look_after(self, works: Sequence[Work]) -> None:
        """Fetch progress, pass on cancels, and restart workers that hang."""
        places = await self._places(works)
        await asyncio.gather(*(self._ask(address, group) for address, group in places.items()))
        # All are judged before the first restart, which takes so long that others would seem hung.
        hung = {address: self._all_hung(group) for address, group in places.items()}
        for address, works_hung in hung.items():
            if works_hung:
                await self._restart(address, places[address], works_hung)

    async def _places(self, works: Sequence[Work]) -> dict[str, list[Work]]:
        processing = await self._client.processing()
        works = [work for work in works if work.state == "running"]  # still, after the answer
        by_key = {dask_key(work): work for work in works}
        places = {
            address: [by_key[key] for key in keys if key in by_key]
            for address, keys in processing.items()
        }
        placed = {work for group in places.values() for work in group}
        for work in works:
            if work not in placed:
                work.placed = work.silent = None
            elif work.placed is None:
                work.placed = work.stirred = time.monotonic()
        return {address: group for address, group in places.items() if group}

    async def _ask(self, address: str, group: Sequence[Work]) -> None:
        now = time.monotonic()
        seen = {
            dask_key(work): work.preview_step if now >= work.preview_due else None for work in group
        }
        stop = [dask_key(work) for work in group if not work.jobs]
        asking = self._client.run(look_at, seen, stop, workers=[address])
        try:
            answers = await asyncio.wait_for(asking, ANSWER_SECONDS)
        except (TimeoutError, OSError):
            for work in group:
                work.silent = now if work.silent is None else work.silent
            return
        for work in group:
            work.silent = None
            report = answers.get(address, {}).get(dask_key(work))
            if report is not None and work.state == "running":
                _note(work, report)

    def _all_hung(self, group: Sequence[Work]) -> list[Work]:
        """Those of a worker that hang; of several that are overdue, only the one placed first.

        The others may have waited all the time for its model to be built.
        """
        hung = [work for work in group if self._hung(work)]
        overdue = sorted((work for work in hung if work.overdue), key=lambda work: work.placed or 0)
        for work in overdue[1:]:
            work.overdue = False
        return [work for work in hung if work not in overdue[1:]]

    def _hung(self, work: Work) -> bool:
        now, patience = time.monotonic(), self._settings.patience
        if work.state != "running" or work.placed is None:
            return False
        if work.silent is not None and now - work.silent > patience:
            return True
        if work.pool == "sandbox" and work.stirred is not None:
            limit = self._settings.sandbox_seconds
            work.overdue = now - work.stirred > limit or now - work.placed > LONGEST * limit
            if work.overdue:
                return True
        if work.lane == "quick":  # has no steps at which to stop, and ends soon by itself
            return now - work.placed > self._settings.quick_limit
        return work.cancelled_at is not None and (
            now - max(work.cancelled_at, work.placed) > patience
        )

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
            work.losses += 1
        for work in group:
            if work in self._futures:
                await self._futures[work].cancel(reason=MOVED)
        try:
            await self._client.restart_workers(
                [address], timeout=RESTART_SECONDS, raise_for_error=False
            )
        except ValueError as error:
            logger.warning("It cannot be restarted: %s", error)


def _note(work: Work, report: Report) -> None:
    if report.progress is not None and report.progress != work.progress:
        work.stirred = time.monotonic()
    work.progress = report.progress
    if report.progress is not None and report.preview is not None:
        work.preview, work.preview_step = report.preview, report.progress.step
        work.preview_due = time.monotonic() + freeze(report.preview) / PREVIEW_RATE

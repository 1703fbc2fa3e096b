"""How many jobs of each lane a cluster runs at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cnnviz_engine.board import LANES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz_engine.requests import Lane


@dataclass(frozen=True)
class Slots:
    """What the workers offer.

    Attributes:
        workers: number of workers.
        declared: whether workers declare the lanes as Dask resources, which then bind jobs.
        lanes: number of jobs at once, by lane.
    """

    workers: int = 0
    declared: bool = False
    lanes: Mapping[Lane, int] = field(default_factory=lambda: dict.fromkeys(LANES, 0))


def count_slots(workers: Mapping[str, Mapping[str, Any]]) -> Slots:
    """Sum up the lanes' resources over the workers; without any, share out the threads.

    Args:
        workers: description of each worker, as Dask's scheduler gives it.
    """
    lanes: dict[Lane, int] = {
        lane: int(sum(worker["resources"].get(lane, 0) for worker in workers.values()))
        for lane in LANES
    }
    if any(lanes.values()) or not workers:
        return Slots(len(workers), declared=True, lanes=lanes)
    threads = sum(worker["nthreads"] for worker in workers.values())
    long = max(1, threads // 2)
    return Slots(len(workers), lanes={"quick": max(1, threads - long), "long": long})

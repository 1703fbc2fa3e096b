"""The workers of a cluster: how many jobs they take, and whether there is hope for others."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from cnnviz_engine.cluster.reaching import ClusterLostError
from cnnviz_engine.queueing.slots import Slots, count_slots

if TYPE_CHECKING:
    from collections.abc import Mapping

SANDBOX_SECONDS = 60.0  # without a sandbox where there was one, before its jobs are told so
START_SECONDS = 300.0  # without any worker, after which a local cluster is started anew


class Workforce:
    """Which workers there are, as the scheduler told last.

    Attributes:
        slots: what they offer.
    """

    def __init__(self, foreign: bool) -> None:
        """Know of no worker yet.

        Args:
            foreign: whether others run the cluster; its workers come and go as they like, and a
                sandbox is not to be hoped for.
        """
        self.slots = Slots()
        self._foreign = foreign
        self._worker_seen_at = 0.0
        self._sandbox_hoped_for_at = 0.0  # when there was one last, or good hope of one

    @property
    def ready(self) -> bool:
        """Whether a worker is there, which it is once it is warm."""
        return bool(self.slots.workers)

    @property
    def lacks_sandbox(self) -> bool:
        """Whether there are workers, but none for uploads, nor one to hope for."""
        return (
            self.ready
            and not self.slots.sandboxes
            and time.monotonic() - self._sandbox_hoped_for_at > SANDBOX_SECONDS
        )

    def expect(self) -> None:
        """Have patience from now on: a cluster was reached."""
        now = time.monotonic()
        self._worker_seen_at = now
        self._sandbox_hoped_for_at = -math.inf if self._foreign else now

    def count(self, workers: Mapping[str, Mapping[str, Any]]) -> None:
        """Take in who is there.

        Args:
            workers: description of each worker by address, as Dask's scheduler gives it.

        Raises:
            ClusterLostError: no worker of a local cluster came up in all the time.
        """
        self.slots = count_slots(workers)
        now, workers_are_there = time.monotonic(), self.ready or self._foreign
        if workers_are_there:
            self._worker_seen_at = now
        elif now - self._worker_seen_at > START_SECONDS:
            raise ClusterLostError("No worker came up.")
        if self.slots.sandboxes or not workers_are_there:
            self._sandbox_hoped_for_at = now

    def lose(self) -> None:
        """Know of no worker any more."""
        self.slots = Slots()

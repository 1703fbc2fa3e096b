"""How many jobs of each queue a cluster runs at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cnnviz_engine.queueing.queues import QUEUES, pool_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz_engine.queueing.queues import Queue

MAIN: tuple[Queue, ...] = tuple(queue for queue in QUEUES if pool_of(queue) == "main")
SANDBOX: tuple[Queue, ...] = tuple(queue for queue in QUEUES if pool_of(queue) == "sandbox")


@dataclass(frozen=True)
class Slots:
    """What the workers offer.

    Attributes:
        workers: addresses of the workers that are no sandbox.
        sandboxes: addresses of those that are one.
        declared: whether the former declare their queues as Dask resources, which then bind jobs.
        queues: number of jobs at once, by queue.
    """

    workers: tuple[str, ...] = ()
    sandboxes: tuple[str, ...] = ()
    declared: bool = False
    queues: Mapping[Queue, int] = field(default_factory=lambda: dict.fromkeys(QUEUES, 0))

    def placement(self, queue: Queue) -> dict[str, Any]:
        """What makes Dask run a job of a queue on the right worker: options of its submission."""
        if self.declared or queue in SANDBOX:
            return {"resources": {queue: 1}}
        return {"workers": list(self.workers)} if self.sandboxes else {}


def count_slots(workers: Mapping[str, Mapping[str, Any]]) -> Slots:
    """Sum up the queues' resources over the workers; without any, share out the threads.

    Threads of a sandbox serve uploads alone, so they are never shared out.

    Args:
        workers: description of each worker by address, as Dask's scheduler gives it.
    """
    queues: dict[Queue, int] = {
        queue: int(sum(worker["resources"].get(queue, 0) for worker in workers.values()))
        for queue in QUEUES
    }
    sandboxes = tuple(address for address, worker in workers.items() if _is_sandbox(worker))
    ordinary = tuple(address for address in workers if address not in sandboxes)
    if any(queues[queue] for queue in MAIN) or not ordinary:
        return Slots(ordinary, sandboxes, declared=True, queues=queues)
    threads = sum(workers[address]["nthreads"] for address in ordinary)
    long = max(1, threads // 2)
    shared: dict[Queue, int] = {"quick": max(1, threads - long), "long": long}
    return Slots(ordinary, sandboxes, queues=queues | shared)


def _is_sandbox(worker: Mapping[str, Any]) -> bool:
    return any(worker["resources"].get(queue, 0) for queue in SANDBOX)

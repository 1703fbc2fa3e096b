"""The queues in which jobs wait: a lane of each pool of workers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

from cnnviz_engine.requests.base import Lane, is_upload

if TYPE_CHECKING:
    from cnnviz_engine.requests.base import Request

Pool = Literal["main", "sandbox"]
Queue = Literal["quick", "long", "sandbox_quick", "sandbox_long"]

QUEUES: tuple[Queue, ...] = get_args(Queue)
_QUEUES: dict[tuple[Pool, Lane], Queue] = {
    ("main", "quick"): "quick",
    ("main", "long"): "long",
    ("sandbox", "quick"): "sandbox_quick",
    ("sandbox", "long"): "sandbox_long",
}


def pool_of(queue: Queue) -> Pool:
    """Which workers serve a queue."""
    return "sandbox" if queue.startswith("sandbox") else "main"


def queue_of(request: Request[Any]) -> Queue:
    """Where a request waits: its lane, of the workers that may run it."""
    return _QUEUES["sandbox" if is_upload(request.model) else "main", request.lane]

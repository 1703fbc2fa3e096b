"""Progress and cancel of running jobs: the worker keeps the latest, the engine comes and asks.

Nothing is sent while nobody asks, and neither side holds more than one preview a job.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cnnviz_core.errors import CnnVizError
from cnnviz_core.progress import OnStep
from cnnviz_engine.errors import (
    TOO_MUCH_MEMORY,
    JobCancelledError,
    UploadRefusedError,
    WorkerFaultError,
)
from cnnviz_engine.progress import Pace, Progress, Report
from cnnviz_engine.sandbox import models, process

if TYPE_CHECKING:
    from cnnviz_engine.sandbox.uploads import UploadedModel

logger = logging.getLogger(__name__)

_MEMORY = {"MemoryError", "ResourceExhaustedError"}  # the latter is TensorFlow's

Task = Callable[[str, Any, OnStep], Any]


class Watch:
    """The worker's side of one running job."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self._pace = Pace()
        self._latest = Report(None, None)

    def on_step(self, step: int, total: int, preview: Any = None) -> bool:
        """Note a step; a preview of None keeps the one before. False asks the method to stop."""
        seconds_left = self._pace.seconds_left(time.monotonic(), step, total)
        latest = replace(self._latest, progress=Progress(step, total, seconds_left))
        if preview is not None:
            latest = replace(latest, preview=preview, preview_step=step)
        self._latest = latest
        return not self.stopped.is_set()

    def report(self, seen: int | None) -> Report:
        """The latest, without the preview if it came at step `seen`, or where `seen` is None."""
        latest = self._latest
        return Report(latest.progress, None) if seen in (None, latest.preview_step) else latest


_watches: dict[str, Watch] = {}  # running jobs of this worker process, by key


def run_watched(
    key: str, task: Task, request_json: str, image: Any, upload: UploadedModel | None = None
) -> Any:
    """Run a task so that `look_at` sees it; this is what the engine gives to Dask.

    Args:
        key: the computation's.
        task: what to run.
        request_json: canonical JSON of its request.
        image: the pixels that it names.
        upload: the model that it names, where that was missing here when the task ran before.

    Raises:
        CnnVizError: as the task raised it.
        WorkerFaultError: the task raised anything else.
        JobCancelledError: the job was asked to stop.
    """
    watch = _watches[key] = Watch()
    value, failure = None, None
    try:
        if upload is not None:
            models.receive(upload)
            del upload
        value = task(request_json, image, watch.on_step)
    except Exception as error:
        failure = _portable(error, request_json)
    finally:
        if _watches.get(key) is watch:
            del _watches[key]
    if failure is not None:
        raise failure  # out here, where it gets no context
    if watch.stopped.is_set():
        raise JobCancelledError("The job was cancelled before it had a result.")
    return value


def _portable(error: Exception, request_json: str) -> CnnVizError:
    """An error fit to travel: alone, since Dask would send its cause, and TensorFlow with it."""
    if isinstance(error, CnnVizError):
        return type(error)(str(error))
    if process.entered() and _MEMORY & {kind.__name__ for kind in type(error).__mro__}:
        return UploadRefusedError(TOO_MUCH_MEMORY)
    logger.error("The computation of %s failed.", request_json, exc_info=error)
    return WorkerFaultError.of(error)


def look_at(seen: Mapping[str, int | None], stop: Collection[str]) -> dict[str, Report]:
    """Look at running jobs and ask some to stop; runs on the worker's event loop.

    Args:
        seen: step at which the preview seen last came, by key of each job of interest; None asks
            for progress alone.
        stop: keys of the jobs that shall stop at their next step.
    """
    watches = {key: _watches[key] for key in seen if key in _watches}
    for key in watches.keys() & set(stop):
        watches[key].stopped.set()
    return {key: watch.report(seen[key]) for key, watch in watches.items()}

"""One way to run work, on one machine or many: requests in, jobs out."""

from cnnviz_core.images.digests import image_digest
from cnnviz_engine.engine import Engine, connect
from cnnviz_engine.errors import (
    EngineError,
    JobCancelledError,
    QueueFullError,
    UploadRefusedError,
    WorkerFaultError,
    WorkerLostError,
)
from cnnviz_engine.progress import Progress
from cnnviz_engine.queueing.jobs import Job, JobState
from cnnviz_engine.sandbox.uploads import UploadedModel

__all__ = [
    "Engine",
    "EngineError",
    "Job",
    "JobCancelledError",
    "JobState",
    "Progress",
    "QueueFullError",
    "UploadRefusedError",
    "UploadedModel",
    "WorkerFaultError",
    "WorkerLostError",
    "connect",
    "image_digest",
]

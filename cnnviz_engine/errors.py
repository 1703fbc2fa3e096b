"""What can go wrong between asking for a result and getting it, in sentences for the user."""

from __future__ import annotations

from cnnviz_core.errors import CnnVizError


class EngineError(CnnVizError):
    """Base of the errors that the engine itself raises."""


class QueueFullError(EngineError):
    """Too many jobs wait already; this one was not accepted."""


class WorkerLostError(EngineError):
    """The worker that ran the job died or hung, again after a second try."""


class JobCancelledError(EngineError):
    """The job was cancelled before it had a result."""

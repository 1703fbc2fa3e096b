"""What can go wrong between asking for a result and getting it, in sentences for the user."""

from __future__ import annotations

from cnnviz_core.errors import CnnVizError

NO_SANDBOX = (
    "This server has no sandbox in which an uploaded model could run. "
    "Choose one of the models that the app offers, or tell whoever runs this app."
)

TOO_MUCH_MEMORY = (
    "An uploaded model may not take as much memory as this needs here. "
    "Take a smaller model, or ask for less at once."
)


class EngineError(CnnVizError):
    """Base of the errors that the engine itself raises."""


class QueueFullError(EngineError):
    """Too many jobs wait already; this one was not accepted."""


class UploadRefusedError(EngineError):
    """An uploaded model is not taken: too large, or there is nowhere to run it."""


class UploadMissingError(EngineError):
    """The sandbox does not have the model; the engine answers by sending its bytes."""


class WorkerLostError(EngineError):
    """The worker that ran the job died or hung, again after a second try."""


class WorkerFaultError(EngineError):
    """The computation failed for a reason that no user can cause; the worker's log has it."""

    @classmethod
    def of(cls, error: Exception) -> WorkerFaultError:
        """What the user is told of another error. It holds no reference to it."""
        return cls(
            f"The computation failed: {type(error).__name__}. Try again, or with other choices; "
            "if it lasts, tell whoever runs this app."
        )


class JobCancelledError(EngineError):
    """The job was cancelled before it had a result."""

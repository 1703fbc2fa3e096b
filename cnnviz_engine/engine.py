"""The engine: the one way in which pages have work done."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from cnnviz_core.images.digests import image_digest
from cnnviz_engine.cluster import worker
from cnnviz_engine.cluster.dispatcher import Dispatcher
from cnnviz_engine.errors import NO_SANDBOX, UploadRefusedError
from cnnviz_engine.keeping.pattern_store import PatternStore
from cnnviz_engine.requests.base import is_upload
from cnnviz_engine.requests.patterns import PatternsRequest
from cnnviz_engine.sandbox.uploads import UploadRegister
from cnnviz_engine.settings import Settings

if TYPE_CHECKING:
    from cnnviz_core.arrays import ImageArray
    from cnnviz_engine.cluster.watching import Task
    from cnnviz_engine.queueing.jobs import Job
    from cnnviz_engine.requests.base import Request, Result
    from cnnviz_engine.sandbox.uploads import UploadedModel

logger = logging.getLogger(__name__)


class Engine:
    """Takes requests from any thread and runs them on a Dask cluster.

    It starts, reaches and revives the cluster in the background: jobs wait until it is there.
    """

    def __init__(self, settings: Settings, task: Task = worker.run) -> None:
        """Run `task`, an importable function, for each request."""
        self._patterns = PatternStore(settings.data / "patterns", settings.pattern_bytes)
        self._looking = threading.Lock()  # of many who ask the same at once, one reads the disk
        self._keeper = ThreadPoolExecutor(1, "cnnviz-patterns")
        self._uploads = UploadRegister(settings.upload_limit, settings.upload_bytes, self._wake)
        self._dispatcher = Dispatcher(task, settings, self._keep, self._uploads.gone)
        self._board = self._dispatcher.board

    @property
    def ready(self) -> bool:
        """Whether a worker is up, with the default model loaded and warm."""
        return self._dispatcher.ready

    def submit(
        self,
        request: Request[Result],
        image: ImageArray | None = None,
        *,
        owner: str = "",
        upload: UploadedModel | None = None,
    ) -> Job[Result]:
        """Ask for a result. Never waits for a computation.

        Equal requests in flight share one computation, finished ones are answered from a table,
        patterns also from disk: those need no worker.

        Args:
            request: what to compute.
            image: the pixels whose digest the request names; None where it names none.
            owner: who asks, such as a session's identifier. The same owner gets the same job for
                the same request while it is in flight. Without a name each job is on its own.
            upload: the model that the request names, where that is an upload; it runs in the
                sandbox. Results stay for as long as anybody refers to such an upload.

        Raises:
            QueueFullError: too many jobs wait already.
            UploadRefusedError: the upload is too large, or there is no sandbox.
            EngineError: the engine is closed.
            ValueError: the image, or the upload, is not the one that the request names.
        """
        _check_image(request, image)
        _check_upload(request, upload)
        if upload is not None:
            self.admit(upload)
            return self._board.submit(request, image, owner, upload=upload)
        patterns = request if isinstance(request, PatternsRequest) else None
        if patterns is None:
            return self._board.submit(request, image, owner)
        with self._looking:
            stored = None if self._board.knows(patterns) else self._patterns.find(patterns)
            return self._board.submit(request, image, owner, stored)

    def admit(self, upload: UploadedModel) -> None:
        """Take an upload in, as `submit` does, before there is anything to ask of it.

        Raises:
            UploadRefusedError: it is too large, or there is no sandbox.
        """
        if self._dispatcher.lacks_sandbox:
            raise UploadRefusedError(NO_SANDBOX)
        self._uploads.admit(upload)

    def forget(self, name: str) -> None:
        """Drop an uploaded model and its results now.

        Without it that is done when nobody refers to the upload any more.
        """
        self._dispatcher.forget(name)

    def cancel_owner(self, owner: str) -> None:
        """Cancel all jobs of an owner, as when a tab was closed."""
        self._board.cancel_owner(owner)

    def close(self) -> None:
        """Give up the cluster and all jobs; a local cluster's processes have ended after it."""
        self._dispatcher.close()
        self._keeper.shutdown()

    def _wake(self) -> None:
        self._dispatcher.wake()

    def _keep(self, request: Request[Any], value: Any) -> None:
        """Have a result written to disk, if it is one for it; the dispatcher goes on meanwhile."""
        if isinstance(request, PatternsRequest):
            self._keeper.submit(self._write, request, value)

    def _write(self, request: PatternsRequest, value: Any) -> None:
        try:
            self._patterns.keep(request, value)
        except Exception:  # a defect, which must show somewhere
            logger.exception("The result of %s could not be kept.", request.key)


_engine: Engine | None = None
_connecting = threading.Lock()


def connect() -> Engine:
    """The process's engine, started by the first call with the settings of the environment."""
    global _engine
    with _connecting:
        if _engine is None:
            _engine = Engine(Settings.from_environment())
        return _engine


def _check_image(request: Request[Any], image: ImageArray | None) -> None:
    named = getattr(request, "image", None)
    given = None if image is None else image_digest(image)
    if named != given:
        raise ValueError(
            f"The request names the image {named}; the image given is {given}. "
            "Build the request with image_digest(image)."
        )


def _check_upload(request: Request[Any], upload: UploadedModel | None) -> None:
    named = request.model if is_upload(request.model) else None
    given = None if upload is None else upload.name
    if named != given:
        raise ValueError(
            f"The request names the upload {named}; the upload given is {given}. "
            "Build the request with the upload's name."
        )

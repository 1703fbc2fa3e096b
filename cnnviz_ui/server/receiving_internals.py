"""How the server receives files: in memory, and only so many for each visitor.

Streamlit's web server writes every upload above a megabyte to a temporary file while it arrives,
and Streamlit keeps whatever a session sent until the session ends. Neither suits files of which
people were promised that they touch no disk.
"""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING, Any

from starlette import formparsers
from starlette.exceptions import HTTPException
from streamlit.runtime import exists, get_instance
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFileRec

SESSION_BYTES = 264 * 2**20
"""A model of the largest size that the server takes, and photos beside it."""
SERVER_BYTES = 2 * 2**30
"""Of all sessions together."""
ARRIVING_BYTES = 2**30
"""Of all files that are on their way in."""
FULL = "The server takes in as many files as it can. Try again in a minute."

_arriving = 0
_counting = threading.Lock()


class ArrivingFile(io.BytesIO):
    """A file on its way in, in memory; all of them together are bounded."""

    _rolled = False  # what Starlette asks to learn whether there is a file on disk

    def __init__(self, max_size: int = 0) -> None:
        super().__init__()
        self._counted = 0

    def write(self, data: Any, /) -> int:
        """Append bytes.

        Raises:
            MultiPartException: too much is arriving already; Starlette answers with status 400.
        """
        size = len(data)
        if not _count(size):
            raise formparsers.MultiPartException(FULL)
        self._counted += size
        return super().write(data)

    def close(self) -> None:
        """Let go of the bytes."""
        _count(-self._counted)
        self._counted = 0
        super().close()


class BoundedFiles(MemoryUploadedFileManager):
    """Uploads of all sessions. Of a session that sends too much, what came first goes first."""

    def add_file(self, session_id: str, file: UploadedFileRec) -> None:
        """Keep a file for a session.

        Raises:
            HTTPException: all sessions together hold too much already.
        """
        for old in self._in_excess(session_id, file):
            self.remove_file(session_id, old)
        if self._held() + len(file.data) > SERVER_BYTES:
            raise HTTPException(503, FULL)
        super().add_file(session_id, file)

    def _in_excess(self, session_id: str, file: UploadedFileRec) -> list[str]:
        """The session's oldest files, as many as must go to make room."""
        with self._lock:
            other_files = dict(self.file_storage.get(session_id, {}))
        other_files.pop(file.file_id, None)
        excess = (
            sum(len(other_file.data) for other_file in other_files.values())
            + len(file.data)
            - SESSION_BYTES
        )
        leaving = []
        for name, other_file in other_files.items():
            if excess <= 0:
                break
            excess -= len(other_file.data)
            leaving.append(name)
        return leaving

    def _held(self) -> int:
        with self._lock:
            sessions = [dict(files) for files in self.file_storage.values()]
        return sum(len(file.data) for files in sessions for file in files.values())


def keep_in_memory() -> None:
    """See to it that no upload touches the disk, and that nobody fills the memory."""
    # Starlette has no setting for the class; its limit of bytes in memory is for each file alone.
    formparsers.SpooledTemporaryFile = ArrivingFile  # type: ignore[assignment, attr-defined]
    manager = get_instance().uploaded_file_mgr if exists() else None
    if type(manager) is MemoryUploadedFileManager:
        manager.__class__ = BoundedFiles  # the server has handed this very object to its routes


def _count(change: int) -> bool:
    """Count bytes in or out; False, and nothing counted, where there is no room."""
    global _arriving
    with _counting:
        if change > 0 and _arriving + change > ARRIVING_BYTES:
            return False
        _arriving += change
        return True

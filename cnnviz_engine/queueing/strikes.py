"""Files of uploaded models that stopped the sandbox, and for how long they are left alone.

Without a lock of its own: the board asks and changes it under its own.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from cnnviz_engine.errors import UploadRefusedError

if TYPE_CHECKING:
    from cnnviz_engine.sandbox.uploads import UploadedModel

MOST_STRIKES = 3  # a file whose jobs were given up so often is left alone for a while
STRIKE_SECONDS = 600.0

STRUCK = (
    "This file has stopped the process that runs uploaded models several times, which others use "
    "too. Take a smaller model, or try again in ten minutes."
)


class Strikes:
    """When jobs of each file were given up, whatever its visitors chose for it."""

    def __init__(self) -> None:
        self._times: dict[str, deque[float]] = {}

    def add(self, upload: UploadedModel, now: float) -> None:
        """Count a job that was given up at `now`, in seconds."""
        self._times.setdefault(upload.bytes_held.digest, deque()).append(now)

    def require_few(self, upload: UploadedModel, now: float) -> None:
        """Refuse a file that stops the sandbox again and again.

        Raises:
            UploadRefusedError: it was given up too often in the last ten minutes.
        """
        times = self._times.get(upload.bytes_held.digest, deque())
        while times and times[0] < now - STRIKE_SECONDS:
            times.popleft()
        if len(times) >= MOST_STRIKES:
            raise UploadRefusedError(STRUCK)

"""What visitors leave for an hour, to be fetched by whoever has the key, as after a reload.

Held in memory alone. What lies under a key never changes: whoever was given it sees what it led to
then, and nothing that is added later.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Generic, TypeVar

from cnnviz_engine.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

SECONDS = 3600.0
"""After which, without a use, a thing is gone."""
MOST = 1024
"""Things that are held; each change of a model leaves another, of the same bytes."""
SHARE = 2
"""One part in so many of the room for uploads; the rest is for visitors who are here."""
_KEY_BYTES = 24
_KEY = re.compile(r"[A-Za-z0-9_-]{32}")
_SLEEP = 60.0

Thing = TypeVar("Thing")


@dataclass
class _Left(Generic[Thing]):
    thing: Thing
    sizes: Mapping[str, int]
    used: float


class Cloakroom(Generic[Thing]):
    """Things by key, bounded in number, bytes and time. Safe to share between threads.

    Keys are held as digests: nothing here can tell one, nor how near a wrong one comes.
    """

    def __init__(
        self, limit: int, *, most: int = MOST, now: Callable[[], float] = time.monotonic
    ) -> None:
        """Hold at most `most` things, of `limit` bytes in sum; equal parts count once."""
        self._limit, self._most, self._now = limit, most, now
        self._left: OrderedDict[bytes, _Left[Thing]] = OrderedDict()
        self._lock = threading.Lock()

    def leave(self, key: str, thing: Thing, sizes: Mapping[str, int]) -> None:
        """Leave a thing, or use it anew; what was used least recently gives way.

        Args:
            key: of `fresh_key`.
            thing: never changed from now on.
            sizes: bytes of its parts, by their digests.
        """
        with self._lock:
            self._left[_digest(key)] = _Left(thing, sizes, self._now())
            self._left.move_to_end(_digest(key))
            while len(self._left) > self._most or self._held() > self._limit:
                self._left.popitem(last=False)

    def fetch(self, key: str) -> Thing | None:
        """The thing of a key, which stays; None where there is none, or none any more."""
        if not _KEY.fullmatch(key):
            return None
        self.clear()
        with self._lock:
            left = self._left.get(_digest(key))
        return left.thing if left is not None else None

    def remove(self, key: str) -> None:
        """Let go of a thing before its time."""
        with self._lock:
            self._left.pop(_digest(key), None)

    def clear(self) -> None:
        """Let go of all that was not used for so long."""
        with self._lock:
            while self._left:
                oldest = next(iter(self._left.values()))
                if oldest.used + SECONDS > self._now():
                    return
                self._left.popitem(last=False)

    def _held(self) -> int:
        sizes: dict[str, int] = {}
        for left in self._left.values():
            sizes.update(left.sizes)
        return sum(sizes.values())


def fresh_key() -> str:
    """A key that nobody can guess: 192 random bits, in signs that a link can hold."""
    return secrets.token_urlsafe(_KEY_BYTES)


@cache
def room() -> Cloakroom[Any]:
    """The cloakroom of this process, cleared for as long as it runs."""
    opened: Cloakroom[Any] = Cloakroom(Settings.from_environment().upload_bytes // SHARE)
    threading.Thread(target=_keep_clear, args=(opened,), name="cloakroom", daemon=True).start()
    return opened


def _keep_clear(opened: Cloakroom[Any]) -> None:
    """Let go in time also where nobody comes."""
    while True:
        time.sleep(_SLEEP)
        opened.clear()


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()

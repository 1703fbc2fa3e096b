"""Model files that visitors bring: bytes and choices under one name, held as long as a session is.

Light: what is in the bytes is found out by the sandbox, never here. Nothing is written to disk.
"""

from __future__ import annotations

import hashlib
import json
import threading
import weakref
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pickle import PickleBuffer
from typing import Any
from weakref import WeakValueDictionary

from cnnviz_engine.errors import UploadRefusedError
from cnnviz_engine.requests.base import UPLOAD

MEBIBYTE = 2**20


class Held:
    """The bytes of a file, once for all who brought the same."""

    def __init__(self, data: bytes, digest: str) -> None:
        self.data, self.digest = data, digest
        self.admitted = False


_held: WeakValueDictionary[str, Held] = WeakValueDictionary()
_holding = threading.Lock()


def _hold(data: bytes) -> Held:
    digest = hashlib.sha256(data).hexdigest()
    with _holding:
        held = _held.get(digest)
        if held is None:
            held = _held[digest] = Held(data, digest)
        return held


@dataclass(frozen=True, eq=False)
class UploadedModel:
    """A model file as a visitor brought it, with what the visitor chose for it. Never changed.

    Bytes are shared between equal files. What differs in any field goes by another name;
    `dataclasses.replace` makes one with other choices, without another look at the bytes.

    Attributes:
        content: the file's bytes.
        file_name: what the visitor's browser called it.
        labels: class labels in index order; None for those in the file, or numbers.
        preprocessing: a key of `cnnviz_core.images.preprocessing.MODES`; None for the default.
        inputs: values of inputs beside the image, by the input's name.
        classes: whether lists of numbers that it gives are class scores; None for what is guessed.
        held: where the bytes are; found by itself.
    """

    content: bytes = field(repr=False)
    file_name: str
    labels: tuple[str, ...] | None = None
    preprocessing: str | None = None
    inputs: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    classes: bool | None = None
    held: Held | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.held is None or self.held.data is not self.content:
            object.__setattr__(self, "held", _hold(self.content))
            object.__setattr__(self, "content", self.bytes_held.data)

    @property
    def bytes_held(self) -> Held:
        """The bytes with their digest."""
        assert self.held is not None
        return self.held

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the bytes and all choices, in hexadecimal."""
        inputs = sorted((name, list(values)) for name, values in self.inputs.items())
        labels = None if self.labels is None else list(self.labels)
        choices = [self.file_name, labels, self.preprocessing, inputs, self.classes]
        described = json.dumps([self.bytes_held.digest, *choices])
        return hashlib.sha256(described.encode()).hexdigest()

    @property
    def name(self) -> str:
        """The model's name in requests."""
        return UPLOAD + self.digest

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        inputs = dict(self.inputs)
        choices = (self.file_name, self.labels, self.preprocessing, inputs, self.classes)
        if protocol < 5:
            return UploadedModel, (self.content, *choices)
        # A buffer travels beside the pickle, without a copy.
        return _unpack, (PickleBuffer(self.content), self.bytes_held.digest, choices)


def _unpack(content: Any, digest: str, choices: tuple[Any, ...]) -> UploadedModel:
    """What arrived where it is worked on; its digest was taken where it came from."""
    held = Held(bytes(content), digest)
    file_name, labels, preprocessing, inputs, classes = choices
    return UploadedModel(held.data, file_name, labels, preprocessing, inputs, classes, held)


class UploadRegister:
    """Which uploads an engine works for: bounded in bytes, and told of when the last one is gone.

    An upload counts as long as anybody refers to it, as a session or a job does.
    """

    def __init__(self, limit: int, total: int, wake: Callable[[], None]) -> None:
        """Admit files of at most `limit` bytes, and of `total` in sum.

        Args:
            limit: of one file.
            total: of all different files.
            wake: called when there are names to take by `gone`; from any thread, at any time.
        """
        self._limit, self._total, self._wake = limit, total, wake
        self._lock = threading.Lock()
        self._known: weakref.WeakSet[UploadedModel] = weakref.WeakSet()
        self._counts: Counter[str] = Counter()
        self._ended: deque[str] = deque()

    def admit(self, upload: UploadedModel) -> None:
        """Count an upload in; once is enough.

        Raises:
            UploadRefusedError: it is too large, or all together are.
        """
        with self._lock:
            if upload in self._known:
                return
            self._require_room(upload.bytes_held)
            upload.bytes_held.admitted = True
            self._known.add(upload)
            self._counts[upload.name] += 1
            # Runs in whatever thread drops the last reference, so it takes no lock.
            weakref.finalize(upload, self.end, upload.name).atexit = False

    def end(self, name: str) -> None:
        """Note that one who held the upload is gone."""
        self._ended.append(name)
        self._wake()

    def gone(self) -> list[str]:
        """Names that nobody holds any more, each once."""
        names = []
        with self._lock:
            while self._ended:
                name = self._ended.popleft()
                self._counts[name] -= 1
                if self._counts[name] <= 0:
                    del self._counts[name]
                    names.append(name)
        return names

    def _require_room(self, held: Held) -> None:
        size = len(held.data)
        if size > self._limit:
            raise UploadRefusedError(
                f"The file has {_mebibytes(size)} MB; at most {_mebibytes(self._limit)} are taken "
                "here. Take a smaller model, or save it without its optimizer."
            )
        with _holding:
            others = [other for other in _held.values() if other.admitted]
        if not held.admitted and sum(len(other.data) for other in others) + size > self._total:
            raise UploadRefusedError(
                "Other visitors' models fill the room that this server has for uploads. "
                "Try again later, or with a smaller file."
            )


def _mebibytes(size: int) -> int:
    return -(-size // MEBIBYTE)

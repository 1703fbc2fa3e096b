"""A table bounded by bytes, least recently used out first, and the bytes that a result holds."""

from __future__ import annotations

import dataclasses
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar

import numpy as np

Key = TypeVar("Key")
Value = TypeVar("Value")


class ByteTable(Generic[Key, Value]):
    """Values by key, up to a sum of bytes. Safe to share between threads."""

    def __init__(self, limit: int) -> None:
        """Hold at most `limit` bytes."""
        self._limit = limit
        self._entries: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._held = 0
        self._lock = threading.Lock()

    @property
    def held(self) -> int:
        """Sum of the bytes of all values."""
        return self._held

    def get(self, key: Key) -> Value | None:
        """The value of a key, which becomes the most recently used, or None."""
        with self._lock:
            if key not in self._entries:
                return None
            self._entries.move_to_end(key)
            return self._entries[key][0]

    def put(self, key: Key, value: Value, size: int) -> None:
        """Keep a value of `size` bytes; drop the least recently used until all fit.

        A value that is larger than the whole table is not kept.
        """
        with self._lock:
            if key in self._entries:
                self._held -= self._entries.pop(key)[1]
            if size > self._limit:
                return
            self._entries[key] = (value, size)
            self._held += size
            while self._held > self._limit:
                self._held -= self._entries.popitem(last=False)[1][1]

    def drop(self, key: Key) -> None:
        """Forget a value, if it is there."""
        with self._lock:
            if key in self._entries:
                self._held -= self._entries.pop(key)[1]

    def clear(self) -> None:
        """Forget all values."""
        with self._lock:
            self._entries.clear()
            self._held = 0


def arrays_in(value: Any) -> Iterator[np.ndarray[Any, Any]]:
    """Every NumPy array inside a result: dataclasses, mappings, sequences and arrays."""
    if isinstance(value, np.ndarray):
        yield value
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from arrays_in(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from arrays_in(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from arrays_in(item)


_SMALL = 4096  # what a result without arrays is counted as


def freeze(value: Any) -> int:
    """Make a result's arrays read-only, since sessions share them, and give its size in bytes."""
    size = _SMALL
    for array in arrays_in(value):
        array.flags.writeable = False
        size += array.nbytes
    return size

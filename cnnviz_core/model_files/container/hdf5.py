"""HDF5 files that strangers wrote: everything is checked before any of it is read.

What Keras writes is plain: groups and arrays, each under one name, stored in the file itself. Only
that is accepted. Links to elsewhere, arrays put together from other files, types that hold more
than numbers, filters from plug-ins and sizes that the file cannot hold are refused.
"""

from __future__ import annotations

import io
import math
import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from h5py import h5a, h5d, h5g, h5l, h5o, h5s, h5t

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files import limits
from cnnviz_core.model_files.container.contents import ArrayEntry
from cnnviz_core.model_files.container.hdf5_arrays import Budget, checked_array, foreign, read_array
from cnnviz_core.model_files.container.hdf5_attributes import DAMAGED, AttributeBytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SIGNATURE = b"\x89HDF\r\n\x1a\n"
_NOWHERE = 2**64 - 1
_MAX_DEPTH = 64
_MAX_PIECES = 1000
"""An attribute cut into `name0`, `name1`, ... has one piece per 64 KB."""


def signature_offset(content: bytes) -> int | None:
    """Where the HDF5 part of a file begins: at 0, or after a user block of 512, 1024, ... bytes."""
    offset = 0
    while offset + len(SIGNATURE) <= len(content):
        if content.startswith(SIGNATURE, offset):
            return offset
        offset = offset * 2 or 512
    return None


class Hdf5Store:
    """A checked HDF5 file. See `contents.WeightStore`."""

    def __init__(self, file: h5py.File, bytes_of: AttributeBytes, size: int) -> None:
        self._file = file
        self._bytes = bytes_of
        self._size = size
        self._arrays: dict[str, ArrayEntry] = {}
        self._groups: set[str] = set()

    @classmethod
    def open(cls, content: bytes) -> Hdf5Store:
        """Check a file and list what it holds, reading none of its arrays.

        Args:
            content: the file.

        Raises:
            ModelFileError: it is no HDF5 file, is damaged or cut off, or holds what Keras does not
                write.
        """
        base = _checked_superblock(content)
        with _reading():
            file = h5py.File(io.BytesIO(content), "r")
        store = cls(file, AttributeBytes(content, base), len(content))
        with _reading():
            store._list()
        return store

    @property
    def arrays(self) -> Mapping[str, ArrayEntry]:
        """Every array by its path."""
        return self._arrays

    @property
    def groups(self) -> frozenset[str]:
        """Paths of all groups; the root's is empty."""
        return frozenset(self._groups)

    def read(self, path: str) -> np.ndarray[Any, Any]:
        """The values of an array; those of bfloat16 as float32."""
        entry = self._arrays[path]
        with _reading():
            return read_array(h5o.open(self._file.id, path.encode()), entry)

    def text(self, group: str, attribute: str) -> str | None:
        """An attribute of a group as text; None where there is none."""
        values = self._attribute(group, attribute)
        if values is None:
            return None
        if not isinstance(values, bytes):
            raise ModelFileError(_not_text(group, attribute))
        return _decoded(values, group, attribute)

    def texts(self, group: str, attribute: str) -> tuple[str, ...] | None:
        """A list of texts, also one that Keras has cut into `attribute0`, `attribute1`, ..."""
        pieces = [self._attribute(group, attribute)]
        if pieces == [None]:
            numbered = (self._attribute(group, f"{attribute}{i}") for i in range(_MAX_PIECES))
            pieces = []
            for piece in numbered:
                if piece is None:
                    break
                pieces.append(piece)
            if not pieces:
                return None
        texts: list[str] = []
        for piece in pieces:
            if not isinstance(piece, list):
                raise ModelFileError(_not_text(group, attribute))
            texts += (_decoded(value, group, attribute) for value in piece)
            if len(texts) > limits.MAX_OBJECTS:
                raise ModelFileError(_not_text(group, attribute))
        return tuple(texts)

    def _attribute(self, group: str, attribute: str) -> bytes | list[bytes] | None:
        """Text of an attribute, or list of texts."""
        if group not in self._groups:
            return None
        with _reading():
            owner = h5o.open(self._file.id, group.encode() or b"/")
            if not h5a.exists(owner, attribute.encode()):
                return None
            values = self._values(owner, attribute)
        if values is None:
            raise ModelFileError(_not_text(group, attribute))
        return values

    def _values(self, owner: h5g.GroupID, attribute: str) -> bytes | list[bytes] | None:
        opened = h5a.open(owner, attribute.encode())
        kind, shape = opened.get_type(), opened.get_space()
        sides = shape.shape if shape.get_simple_extent_type() != h5s.NULL else None
        if sides is None or len(sides) > 1 or kind.committed():
            return None
        if sides == (0,):
            return []
        if kind.get_class() != h5t.STRING:
            return None
        count = math.prod(sides)
        values: list[bytes] | None
        if kind.is_variable_str():
            address = h5o.get_info(owner).addr
            values = self._bytes.variable_texts(address, attribute.encode(), count)
        else:
            values = self._fixed_texts(opened, count * kind.get_size())
        return values if values is None or sides else values[0]

    def _noted(self, array: h5d.DatasetID) -> bool:
        """Whether an array of two-byte items has the note by which Keras 3 marks bfloat16."""
        noted = h5a.exists(array, b"dtype")
        return noted and self._values(array, "dtype") == b"bfloat16"

    def _fixed_texts(self, opened: h5a.AttrID, size: int) -> list[bytes] | None:
        if size > min(self._size, limits.MAX_CONFIGURATION_BYTES):
            return None
        values = np.empty(opened.shape, opened.dtype)
        opened.read(values)
        return [bytes(value) for value in values.ravel()]

    def _list(self) -> None:
        """Fill `arrays` and `groups` from the root on, each object once."""
        budget = Budget(self._size)
        todo: list[tuple[str, h5g.GroupID]] = [("", h5o.open(self._file.id, b"/"))]
        seen = {h5o.get_info(todo[0][1]).addr}
        while todo:
            path, group = todo.pop()
            self._groups.add(path)
            for name in _link_names(group, limits.MAX_OBJECTS - len(seen)):
                child = h5o.open(group, name)
                below = _checked_path(path, name)
                address = h5o.get_info(child).addr
                if address in seen:
                    raise ModelFileError(
                        f"This HDF5 file holds one object under two names, the second "
                        f"{below[:80]!r}, which Keras never writes. Save the model again with "
                        "Keras."
                    )
                seen.add(address)
                if isinstance(child, h5g.GroupID):
                    todo.append((below, child))
                elif isinstance(child, h5d.DatasetID):
                    self._arrays[below] = entry = checked_array(child, below, budget)
                    if entry.dtype == "bfloat16" and not self._noted(child):
                        raise ModelFileError(foreign(below, "an array of unknown bytes"))
                else:
                    raise ModelFileError(foreign(below, "a named type"))


def _link_names(group: h5g.GroupID, most: int) -> list[bytes]:
    """Names in a group, all of them of hard links, and `most` at the most."""
    links: list[tuple[bytes, int]] = []

    def note(name: bytes, link: h5l.LinkInfo) -> bool | None:
        links.append((name, link.type))
        return True if len(links) > most else None

    group.links.iterate(note, info=True)
    if len(links) > most:
        raise ModelFileError(
            f"This HDF5 file has more than {limits.MAX_OBJECTS} groups and arrays, the most that "
            "is read here."
        )
    for name, kind in links:
        if kind != h5l.TYPE_HARD:
            what = {h5l.TYPE_SOFT: "a soft link", h5l.TYPE_EXTERNAL: "a link to another file"}
            raise ModelFileError(foreign(name.decode(errors="replace"), what.get(kind, "a link")))
    return [name for name, _ in links]


def _checked_path(parent: str, name: bytes) -> str:
    try:
        path = f"{parent}/{name.decode()}" if parent else name.decode()
    except UnicodeDecodeError:
        raise ModelFileError(
            f"This HDF5 file has a name that is not text: {name[:40]!r}. Save the model again with "
            "Keras."
        ) from None
    if path.count("/") >= _MAX_DEPTH or len(path) > limits.MAX_STRING:
        raise ModelFileError(foreign(path, "groups nested too deep or names too long"))
    return path


def _decoded(value: bytes, group: str, attribute: str) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise ModelFileError(_not_text(group, attribute)) from None


def _not_text(group: str, attribute: str) -> str:
    return (
        f"The attribute {attribute[:80]!r} of {group[:80] or '/'!r} in this HDF5 file is not the "
        "text that Keras writes there. Save the model again with Keras."
    )


def _checked_superblock(content: bytes) -> int:
    """Check the first bytes of the HDF5 part.

    Returns:
        Where it begins.

    Raises:
        ModelFileError: there is none, it is cut off, or it uses what Keras does not.
    """
    base = signature_offset(content)
    if base is None:
        raise ModelFileError("This file is not HDF5. Upload the .keras or .h5 file of a model.")
    head = content[base : base + 96]
    layout = {0: (13, 24), 1: (13, 28), 2: (9, 12), 3: (9, 12)}
    if len(head) < 96 or head[8] not in layout:
        raise ModelFileError(DAMAGED)
    widths, addresses = layout[head[8]]
    if head[widths : widths + 2] != b"\x08\x08":
        raise ModelFileError(DAMAGED)
    _, second, end, fourth = struct.unpack_from("<4Q", head, addresses)
    if end > len(content):
        raise ModelFileError(
            f"This HDF5 file is cut off: it should have {end} bytes and has {len(content)}. "
            "Download or copy it again."
        )
    extension = second if head[8] >= 2 else fourth
    if extension != _NOWHERE:
        raise ModelFileError(foreign("/", "an extension of its header"))
    return base


@contextmanager
def _reading() -> Iterator[None]:
    """Turn what h5py raises on damaged files, which is any of its mapped kinds, into a sentence."""
    try:
        yield
    except ModelFileError:
        raise
    except MemoryError as error:
        raise ModelFileError(
            "This HDF5 file asks for more memory than there is for it. Upload a smaller model."
        ) from error
    except Exception as error:
        raise ModelFileError(DAMAGED) from error

"""Arrays of an HDF5 file: what they may be, and reading one."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from h5py import h5d, h5s, h5t, h5z

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files import limits
from cnnviz_core.model_files.container.contents import ArrayEntry
from cnnviz_core.model_files.container.hdf5_attributes import DAMAGED

if TYPE_CHECKING:
    from collections.abc import Sequence

_DEFLATE_RATIO = 1032
"""The most that deflate can expand."""
_FILTERS = (h5z.FILTER_SHUFFLE, h5z.FILTER_DEFLATE, h5z.FILTER_FLETCHER32)
"""In the order in which h5py applies them; each at most once."""
_CHUNK_OVERHEAD = 1024
"""Of a chunk that could not be compressed, with its check sum, besides a five hundredth of it."""
_MAX_SPARE_CHUNK = 2**20
"""Bytes of a chunk that is larger than its array, as in arrays that were made to grow."""
_MAX_CHUNKS = 200_000
"""Of a file's arrays together."""
_TYPES = frozenset(
    ["bool", "float16", "float32", "float64", "bfloat16"]
    + [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
)


def foreign(path: str, what: str) -> str:
    """The sentence for something in a file that Keras does not write."""
    return (
        f"This HDF5 file has {what} at {path[:80]!r}, which Keras never writes. Save the model "
        "again with Keras and upload that file."
    )


@dataclass
class Budget:
    """What the arrays of a file have used of it so far.

    Attributes:
        size: bytes of the file; all that is stored must fit into it, once.
        stored: bytes of the arrays as stored.
        declared: bytes of the arrays once read.
        chunks: pieces in which they are stored.
    """

    size: int
    stored: int = 0
    declared: int = 0
    chunks: int = 0

    def spend(self, path: str, *, stored: int = 0, declared: int = 0, chunks: int = 0) -> None:
        """Count something in, and refuse the file where that is too much."""
        self.stored += stored
        self.declared += declared
        self.chunks += chunks
        if self.stored > self.size:
            raise ModelFileError(
                f"This HDF5 file claims more than it holds: with the array {path[:80]!r}, "
                f"{self.stored} bytes are to be stored in a file of {self.size}. Download or save "
                "it again."
            )
        if self.declared > limits.MAX_FILE_BYTES:
            raise ModelFileError(
                f"The arrays of this HDF5 file unpack to more than {limits.MAX_FILE_BYTES // 2**20}"
                f" MiB (at {path[:80]!r}), the most that is read here."
            )
        if self.chunks > _MAX_CHUNKS:
            raise ModelFileError(foreign(path, f"an array in more than {_MAX_CHUNKS} pieces"))


def checked_array(array: h5d.DatasetID, path: str, budget: Budget) -> ArrayEntry:
    """Check an array without reading it.

    Args:
        array: as opened; its type and sides are looked at last, for those of a virtual array depend
            on other files.
        path: its path.
        budget: of the file; the array's bytes are counted in.

    Raises:
        ModelFileError: it is not plain numbers, stored in full in this file.
    """
    plist = array.get_create_plist()
    layout = plist.get_layout()
    if layout == h5d.VIRTUAL:
        raise ModelFileError(foreign(path, "a virtual array, put together from other files,"))
    if plist.get_external_count():
        raise ModelFileError(foreign(path, "an array whose numbers lie in another file"))
    kind = array.get_type()
    dtype = _type_name(kind, path)
    space = array.get_space()
    if space.get_simple_extent_type() == h5s.NULL:
        raise ModelFileError(foreign(path, "an array without sides"))
    shape = tuple(int(side) for side in space.shape)
    declared = math.prod(shape) * kind.get_size()
    budget.spend(path, declared=declared)
    if layout == h5d.CHUNKED:
        stored = _Chunks(array, plist, shape, path).check(budget)
    else:
        stored = array.get_storage_size()
        if stored != declared:
            raise ModelFileError(_incomplete(path, declared, stored))
        budget.spend(path, stored=stored)
    return ArrayEntry(path, shape, dtype)


def read_array(array: h5d.DatasetID, entry: ArrayEntry) -> np.ndarray[Any, Any]:
    """The values of a checked array, in the machine's byte order; those of bfloat16 as float32.

    Args:
        array: as opened.
        entry: what `checked_array` said of it.
    """
    plist = array.get_create_plist()
    if plist.get_layout() == h5d.CHUNKED:
        _Chunks(array, plist, entry.shape, entry.path).check_inflation()
    if entry.dtype == "bfloat16":
        halves = np.empty(entry.shape, "V2")
        array.read(h5s.ALL, h5s.ALL, halves, mtype=array.get_type())
        return (halves.view("<u2").astype(np.uint32) << 16).view(np.float32)
    values = np.empty(entry.shape, entry.dtype)
    array.read(h5s.ALL, h5s.ALL, values)
    return values


class _Chunks:
    """The pieces of an array that is stored in pieces, perhaps compressed."""

    def __init__(self, array: h5d.DatasetID, plist: Any, shape: Sequence[int], path: str) -> None:
        self._array = array
        self._path = path
        self._filters = [plist.get_filter(i)[0] for i in range(plist.get_nfilters())]
        sides = plist.get_chunk()
        self._bytes = math.prod(sides) * array.get_type().get_size()
        self._declared = math.prod(shape) * array.get_type().get_size()
        self._count = (
            math.prod(-(-side // piece) for side, piece in zip(shape, sides, strict=True))
            if all(sides)
            else -1
        )

    def check(self, budget: Budget) -> int:
        """Check that every piece is there and may be as large as it says.

        Returns:
            Bytes stored.
        """
        if self._filters != [kind for kind in _FILTERS if kind in self._filters]:
            raise ModelFileError(
                foreign(self._path, "an array packed in another way than gzip and shuffle")
            )
        if self._count < 0 or self._bytes > max(self._declared, _MAX_SPARE_CHUNK):
            raise ModelFileError(DAMAGED)
        budget.spend(self._path, chunks=self._count)
        sizes = self._stored_sizes()
        stored = sum(sizes)
        too_large = self._bytes + self._bytes // 500 + _CHUNK_OVERHEAD
        if len(sizes) != self._count or any(size > too_large for size in sizes):
            raise ModelFileError(_incomplete(self._path, self._declared, stored))
        ratio = _DEFLATE_RATIO if h5z.FILTER_DEFLATE in self._filters else 1
        if self._declared > ratio * stored:
            raise ModelFileError(_incomplete(self._path, self._declared, stored))
        budget.spend(self._path, stored=stored)
        return stored

    def _stored_sizes(self) -> list[int]:
        sizes: list[int] = []

        def note(piece: h5d.StoreInfo) -> bool | None:
            sizes.append(piece.size)
            return True if len(sizes) > self._count else None

        if self._count:
            self._array.chunk_iter(note)
        return sizes

    def check_inflation(self) -> None:
        """Unpack each piece within bounds: HDF5 itself unpacks whatever there is."""
        if h5z.FILTER_DEFLATE not in self._filters:
            return
        skipped = 1 << self._filters.index(h5z.FILTER_DEFLATE)
        pieces: list[h5d.StoreInfo] = []
        self._array.chunk_iter(pieces.append)
        for piece in pieces:
            if piece.filter_mask & skipped:
                continue
            _, packed = self._array.read_direct_chunk(piece.chunk_offset)
            if _inflated_size(packed, self._bytes) != self._bytes:
                raise ModelFileError(_incomplete(self._path, self._declared, len(packed)))


def _inflated_size(packed: bytes, most: int) -> int:
    """Bytes that deflated data unpack to, counted up to just above `most`."""
    unpacker = zlib.decompressobj()
    size = 0
    while size <= most and packed and not unpacker.eof:
        size += len(unpacker.decompress(packed, 2**20))
        packed = unpacker.unconsumed_tail
    return size


def _type_name(kind: h5t.TypeID, path: str) -> str:
    name = "committed" if kind.committed() else _number_type(kind)
    if name not in _TYPES:
        raise ModelFileError(foreign(path, "an array of something else than plain numbers"))
    return name


def _number_type(kind: h5t.TypeID) -> str:
    if kind.get_class() == h5t.OPAQUE and kind.get_size() == 2:
        return "bfloat16"
    plain = {h5t.INTEGER: "iu", h5t.FLOAT: "f", h5t.ENUM: "b"}.get(kind.get_class(), "")
    return str(kind.dtype.name) if plain and kind.dtype.kind in plain else ""


def _incomplete(path: str, declared: int, stored: int) -> str:
    return (
        f"The array {path[:80]!r} of this HDF5 file should have {declared} bytes, but {stored} are "
        "stored: the file is damaged or made to mislead. Save or download it again."
    )

"""Text attributes of an HDF5 file, taken from its bytes.

HDF5 itself sets aside as much memory as a text of variable length claims to need before it looks
whether that text exists: a file of one kilobyte takes four gigabytes. Such texts are therefore
read here, with each length held against what is really stored.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files import limits

if TYPE_CHECKING:
    from collections.abc import Iterator

DAMAGED = (
    "This HDF5 file is damaged: its parts contradict each other. Save the model again and upload "
    "that file."
)
_ATTRIBUTE, _CONTINUATION = 0x0C, 0x10
_SHARED = 0x02
_MAX_CHUNKS = 4096
_MAX_HEAP_OBJECTS = 2_000_000


class AttributeBytes:
    """Finds references to texts in object headers, and the texts in global heaps.

    Args:
        content: the file.
        base: where its HDF5 part begins.
    """

    def __init__(self, content: bytes, base: int) -> None:
        self._content = memoryview(content)
        self._base = base
        self._heaps: dict[int, dict[int, tuple[int, int]]] = {}
        self._walked = 0

    def variable_texts(self, header: int, name: bytes, count: int) -> list[bytes]:
        """Texts of variable length in an attribute.

        Args:
            header: address of the object header that holds the attribute.
            name: of the attribute.
            count: how many texts there are.

        Returns:
            The texts.

        Raises:
            ModelFileError: the bytes contradict themselves, the texts are too long, or the
                attribute is kept outside the header, as HDF5 does where there are many.
        """
        data = self._attribute_data(header, name)
        if data is None:
            raise ModelFileError(
                f"This HDF5 file keeps its attribute {_shown(name)} apart from its group, which "
                "Keras never does. Save the model again with Keras."
            )
        if count * 16 > len(data):
            raise ModelFileError(DAMAGED)
        references = list(struct.iter_unpack("<IQI", data[: count * 16]))
        if sum(length for length, _, _ in references) > limits.MAX_CONFIGURATION_BYTES:
            raise ModelFileError(
                f"This HDF5 file has an attribute {_shown(name)} of more "
                f"than {limits.MAX_CONFIGURATION_BYTES // 2**20} MiB, which no Keras model needs."
            )
        return [self._heap_object(*reference) for reference in references]

    def _attribute_data(self, header: int, name: bytes) -> memoryview | None:
        for message in self._attribute_messages(header):
            if len(message) < 9:
                raise ModelFileError(DAMAGED)
            version = message[0]
            sizes = struct.unpack_from("<HHH", message, 2)
            if version == 1:
                sizes = tuple(size + -size % 8 for size in sizes)
            start = 9 if version == 3 else 8
            stored = bytes(message[start : start + sizes[0]]).split(b"\0")[0]
            if stored == name:
                return message[start + sum(sizes) :]
        return None

    def _attribute_messages(self, header: int) -> Iterator[memoryview]:
        """Bodies of the attribute messages of an object header and of its continuations."""
        signed = bytes(self._part(header, 4)) == b"OHDR"
        chunks = [self._first_chunk_signed(header) if signed else self._first_chunk(header)]
        prefix = self._message_prefix(header) if signed else struct.Struct("<HHB3x")
        for chunk in chunks:
            position = 0
            while position + prefix.size <= len(chunk):
                kind, size, flags = prefix.unpack_from(chunk, position)[:3]
                body = chunk[position + prefix.size : position + prefix.size + size]
                if len(body) < size or len(chunks) > _MAX_CHUNKS:
                    raise ModelFileError(DAMAGED)
                position += prefix.size + size
                if kind == _CONTINUATION and size >= 16:
                    start, length = struct.unpack_from("<QQ", body)
                    part = self._part(start, length)
                    chunks.append(part[4:-4] if signed else part)
                elif kind == _ATTRIBUTE and not flags & _SHARED:
                    yield body

    def _first_chunk(self, header: int) -> memoryview:
        version, size = struct.unpack("<BxxxxxxxI4x", self._part(header, 16))
        if version != 1:
            raise ModelFileError(DAMAGED)
        return self._part(header + 16, size)

    def _first_chunk_signed(self, header: int) -> memoryview:
        flags = self._part(header, 6)[5]
        start = header + 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
        width = 1 << (flags & 3)
        size = int.from_bytes(self._part(start, width), "little")
        return self._part(start + width, size)

    def _message_prefix(self, header: int) -> struct.Struct:
        ordered = self._part(header, 6)[5] & 0x04
        return struct.Struct("<BHBH" if ordered else "<BHB")

    def _heap_object(self, length: int, heap: int, index: int) -> bytes:
        if not length:
            return b""
        if heap not in self._heaps:
            self._heaps[heap] = dict(self._heap_objects(heap))
        start, size = self._heaps[heap].get(index, (0, -1))
        if size != length:
            raise ModelFileError(DAMAGED)
        return bytes(self._part(start, size))

    def _heap_objects(self, heap: int) -> Iterator[tuple[int, tuple[int, int]]]:
        magic, total = struct.unpack("<8sQ", self._part(heap, 16))
        if magic[:5] != b"GCOL\x01":
            raise ModelFileError(DAMAGED)
        self._part(heap, total)
        position, end = heap + 16, heap + total
        while position + 16 <= end:
            index, size = struct.unpack("<HxxxxxxQ", self._part(position, 16))
            if not index:
                return
            if position + 16 + size > end or self._walked > _MAX_HEAP_OBJECTS:
                raise ModelFileError(DAMAGED)
            self._walked += 1
            yield index, (position + 16, size)
            position += 16 + size + -size % 8

    def _part(self, address: int, size: int) -> memoryview:
        start = self._base + address
        part = self._content[start : start + size]
        if len(part) < size:
            raise ModelFileError(DAMAGED)
        return part


def _shown(name: bytes) -> str:
    return repr(name.decode(errors="replace")[:80])

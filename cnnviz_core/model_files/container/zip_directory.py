"""The directory of a zip archive, parsed within bounds.

Python's own reader believes the archive's sizes, takes entries that overlap, and accepts a
directory that contradicts the headers in front of the bytes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from cnnviz_core.errors import ModelFileError

MAX_MEMBERS = 5000
"""A SavedModel or a PyTorch file, which are refused by what they are, has hundreds."""
_MAX_NAME = 4096
"""Bytes of a member's name."""
_MAX_EXTRAS = 64
"""Notes beside an entry that are looked through for its sizes; archivers write a few."""
STORED, DEFLATED = 0, 8
CUT_OFF = (
    "This zip archive is damaged or cut off. Download or copy the file again, or save the model "
    "once more."
)
_END = struct.Struct("<4s4H2IH")
_END_64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR_64 = struct.Struct("<4sIQI")
_ENTRY = struct.Struct("<4s6H3I5H2I")
_LOCAL = struct.Struct("<4s5H3I2H")
_ENCRYPTED, _SIZES_FOLLOW, _UTF8 = 0x2041, 0x08, 0x800
_FULL = 0xFFFFFFFF


@dataclass(frozen=True)
class Member:
    """A file or folder in an archive.

    Attributes:
        name: with "/" between folders, and at the end of a folder's.
        start: where its stored bytes begin in the archive.
        stored: how many bytes are stored.
        size: how many there are once unpacked, as the archive says.
        method: `STORED`, `DEFLATED` or another.
        check: CRC-32 of the unpacked bytes.
        encrypted: whether a password is needed.
        header: where its local header begins.
    """

    name: str
    start: int
    stored: int
    size: int
    method: int
    check: int
    encrypted: bool
    header: int


def read_directory(content: bytes) -> list[Member]:
    """Parse the directory of an archive.

    Args:
        content: the archive; nothing may stand before it.

    Returns:
        Its entries in order.

    Raises:
        ModelFileError: it is damaged, or contradicts the headers in front of the members' bytes.
    """
    try:
        count, position = _directory_place(content)
        members = []
        for _ in range(count):
            member, position = _entry(content, position)
            members.append(member)
    except (struct.error, UnicodeDecodeError) as error:
        raise ModelFileError(CUT_OFF) from error
    return members


def _directory_place(content: bytes) -> tuple[int, int]:
    """Number of entries, and where the first begins."""
    place = content.rfind(b"PK\5\6", max(0, len(content) - 2**16 - _END.size))
    if place < 0:
        raise ModelFileError(CUT_OFF)
    _, _, _, _, count, size, offset, _ = _END.unpack_from(content, place)
    if place >= _LOCATOR_64.size and content.startswith(b"PK\6\7", place - _LOCATOR_64.size):
        place = _LOCATOR_64.unpack_from(content, place - _LOCATOR_64.size)[2]
        if not content.startswith(b"PK\6\6", place):
            raise ModelFileError(CUT_OFF)
        count, size, offset = _END_64.unpack_from(content, place)[7:]
    if offset + size != place:
        raise ModelFileError(CUT_OFF)
    if count > MAX_MEMBERS:
        raise ModelFileError(
            f"This zip archive lists more than {MAX_MEMBERS} files. Upload the one model file "
            "itself: .keras or .h5."
        )
    return count, offset


def _entry(content: bytes, position: int) -> tuple[Member, int]:
    """An entry of the directory, and where the next begins."""
    fields = _ENTRY.unpack_from(content, position)
    magic, _, _, flags, method, _, _, check, stored, size, name, extra, comment = fields[:13]
    header = fields[-1]
    if magic != b"PK\1\2" or name > _MAX_NAME:
        raise ModelFileError(CUT_OFF)
    end = position + _ENTRY.size + name
    raw = content[position + _ENTRY.size : end]
    size, stored, header = _wide(content[end : end + extra], size, stored, header)
    start = _checked_local(content, header, raw, (flags, method, check, stored, size))
    text = raw.decode("utf-8" if flags & _UTF8 else "cp437")
    if start + stored > len(content) or "\0" in text or not text:
        raise ModelFileError(CUT_OFF)
    encrypted = bool(flags & _ENCRYPTED)
    member = Member(text, start, stored, size, method, check, encrypted, header)
    return member, end + extra + comment


def _wide(extra: bytes, *values: int) -> tuple[int, ...]:
    """Put the 64-bit values of an entry's extra field where the entry has none of its own."""
    place = 0
    for _ in range(_MAX_EXTRAS):
        if place + 4 > len(extra):
            break
        kind, length = struct.unpack_from("<2H", extra, place)
        if kind == 1:
            wide = iter(struct.unpack_from(f"<{length // 8}Q", extra, place + 4))
            return tuple(next(wide, _FULL) if value == _FULL else value for value in values)
        place += 4 + length
    return values


def _checked_local(
    content: bytes, header: int, name: bytes, directory: tuple[int, int, int, int, int]
) -> int:
    """Hold a member's local header against the directory.

    Args:
        content: the archive.
        header: where the local header begins.
        name: as the directory has it.
        directory: flags, method, CRC-32, stored and unpacked size, likewise.

    Returns:
        Where the member's bytes begin.
    """
    magic, _, flags, method, _, _, *sizes, length, extra = _LOCAL.unpack_from(content, header)
    place = header + _LOCAL.size
    agree = (
        magic == b"PK\3\4"
        and method == directory[1]
        and (flags ^ directory[0]) & (_ENCRYPTED | _SIZES_FOLLOW) == 0
        and content[place : place + length] == name
    )
    if not flags & _SIZES_FOLLOW:
        known = zip(sizes, directory[2:], strict=True)
        agree = agree and all(local in (listed, _FULL) for local, listed in known)
    if not agree:
        raise ModelFileError(
            f"This zip archive contradicts itself about {name.decode(errors='replace')[:80]!r}. "
            "Save the model again with Keras and upload that file."
        )
    return int(place + length + extra)

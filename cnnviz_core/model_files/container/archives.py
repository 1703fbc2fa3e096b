"""Zip archives that strangers wrote: members under one name each, stored once, read in bounds."""

from __future__ import annotations

import unicodedata
import zlib
from typing import TYPE_CHECKING

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files import limits
from cnnviz_core.model_files.container.zip_directory import (
    CUT_OFF,
    DEFLATED,
    STORED,
    Member,
    read_directory,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

METADATA, CONFIGURATION, WEIGHTS = "metadata.json", "config.json", "model.weights.h5"
_MAX_RATIO = 10
_RATIO_FREE_BYTES = 64 * 2**20
"""Up to here a member may unpack to any multiple of its stored size, beyond it to ten times."""


class Archive:
    """A checked zip archive, in memory.

    Args:
        content: the file.

    Raises:
        ModelFileError: it is damaged or misleading, or unpacks to too much.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        entries = read_directory(content)
        _check_names(entries)
        _check_places(entries)
        self.members: Mapping[str, Member] = {entry.name: entry for entry in entries}
        """Files and folders by name; a folder's ends in a slash."""

    def read(self, name: str, most: int) -> bytes:
        """Unpack a member.

        Args:
            name: which.
            most: the most bytes it may have.

        Raises:
            ModelFileError: it has more, is encrypted, or is not what the archive says.
        """
        member = self.members[name]
        _check_readable(member, most)
        packed = memoryview(self._content)[member.start : member.start + member.stored]
        unpacked = bytes(packed) if member.method == STORED else _inflated(packed, member.size)
        if len(unpacked) != member.size or zlib.crc32(unpacked) != member.check:
            raise ModelFileError(CUT_OFF)
        return unpacked


def check_keras_members(names: Iterable[str]) -> None:
    """Refuse whatever a `.keras` archive must not hold, by name.

    Empty folders under `assets` stay: Keras makes them for layers that have nothing to put there.

    Raises:
        ModelFileError: with the name.
    """
    for name in sorted(names):
        if name in (METADATA, CONFIGURATION, WEIGHTS):
            continue
        if name.endswith("/") and name.startswith("assets/"):
            continue
        if name == "model.weights.npz":
            raise ModelFileError(
                "This .keras archive holds its weights as model.weights.npz. Load it with Keras "
                "and save it with model.save('model.keras'), which writes model.weights.h5."
            )
        what = "vocabulary or other file" if name.startswith("assets/") else "file"
        raise ModelFileError(
            f"This .keras archive holds a {what} {name[:80]!r}, which no image model needs: only "
            f"{METADATA}, {CONFIGURATION} and {WEIGHTS} may be in it. Save the model again with "
            "model.save('model.keras')."
        )


def _check_readable(member: Member, most: int) -> None:
    name = member.name[:80]
    if member.encrypted:
        raise ModelFileError(
            f"In this zip archive, {name!r} is encrypted. Pack it without a password."
        )
    if member.method not in (STORED, DEFLATED):
        raise ModelFileError(
            f"In this zip archive, {name!r} is packed in a way that Keras does not use. Upload the "
            "file that Keras saved."
        )
    if member.size > most:
        raise ModelFileError(
            f"In this zip archive, {name!r} unpacks to {member.size} bytes; at most {most} are "
            "read here."
        )
    if member.size > max(_RATIO_FREE_BYTES, _MAX_RATIO * member.stored):
        raise ModelFileError(
            f"In this zip archive, {name!r} unpacks from {member.stored} to {member.size} bytes, "
            "which no trained weights do. Upload the file that Keras saved."
        )


def _inflated(packed: memoryview, size: int) -> bytes:
    """Unpack deflated bytes; one more than `size` where there are more."""
    try:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, size + 1)
    except zlib.error as error:
        raise ModelFileError(CUT_OFF) from error


def _check_names(entries: Iterable[Member]) -> None:
    seen: set[str] = set()
    for entry in entries:
        plain = unicodedata.normalize("NFKC", entry.name.replace("\\", "/")).casefold()
        plain = "/".join(part for part in plain.split("/") if part not in ("", "."))
        if plain in seen:
            raise ModelFileError(
                f"This zip archive holds {entry.name[:80]!r} more than once. Save the model again "
                "with Keras and upload that file."
            )
        seen.add(plain)


def _check_places(entries: Iterable[Member]) -> None:
    """Refuse bytes that serve for two members, and sizes beyond the limit together."""
    end = total = 0
    for entry in sorted(entries, key=lambda entry: entry.header):
        if entry.header < end:
            raise ModelFileError(
                "This zip archive uses the same bytes for two of its files. Save the model again "
                "with Keras and upload that file."
            )
        end = entry.start + entry.stored
        total += entry.size
    if total > limits.MAX_FILE_BYTES:
        raise ModelFileError(
            f"This zip archive unpacks to more than {limits.MAX_FILE_BYTES // 2**20} MiB, the most "
            "that is read here."
        )

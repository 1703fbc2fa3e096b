"""Photos, decoded or drawn once and never trusted."""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass
from functools import lru_cache

from cnnviz_core.arrays import ImageArray
from cnnviz_core.errors import ImageError
from cnnviz_core.images.digests import image_digest
from cnnviz_core.images.reading import read_image
from cnnviz_ui.frame import samples

OWN = "own"
"""What links call the visitor's own, with the beginning of each one's digest: own-0123456789ab."""
SERVER_BYTES = 2 * 2**30
"""Of the pixels of all visitors' own photos together."""

_held = 0
_counting = threading.RLock()  # garbage may be collected, and counted out, while this is held


@dataclass(frozen=True, eq=False)
class Photo:
    """A decoded photo with what to say about it.

    Attributes:
        name: its name in links.
        title: what it shows, or the name of the visitor's file.
        licence: licence and author, empty for the visitor's own.
        pixels: RGB, (height, width, 3), read-only.
        digest: SHA-256 of the pixels, as requests name it.
        label: the class that it shows, by its name; empty where nobody has said.
    """

    name: str
    title: str
    licence: str
    pixels: ImageArray
    digest: str
    label: str = ""


@lru_cache(maxsize=64)
def sample_photo(name: str) -> Photo:
    """A sample, decoded or drawn once for all sessions."""
    if name in samples.drawn():
        picture = samples.drawn()[name]
        return _shared(name, picture.title, "Drawn by cnnviz", picture.pixels(), picture.label)
    sample = samples.available()[name]
    path = sample.path()
    if path is None:
        raise ImageError(f"The sample photo {name} is not installed. Choose another one.")
    return _shared(name, sample.title, sample.licence, read_image(path), sample.label)


def own_photo(file_name: str, content: bytes) -> Photo:
    """A visitor's file as a photo.

    Raises:
        ImageError: the bytes are no picture, or all visitors together hold too many.
    """
    pixels = read_image(content)
    _hold(pixels)
    return _shared(f"{OWN}-{image_digest(pixels)[:12]}", file_name, "", pixels)


def is_own(name: object) -> bool:
    """Whether a name in a link is that of a visitor's own photo, of whatever session."""
    return isinstance(name, str) and name.partition("-")[0] == OWN


def _shared(name: str, title: str, licence: str, pixels: ImageArray, label: str = "") -> Photo:
    pixels.flags.writeable = False
    return Photo(name, title, licence, pixels, image_digest(pixels), label)


def _hold(pixels: ImageArray) -> None:
    """Count a visitor's pixels for as long as anybody refers to them.

    Raises:
        ImageError: there is no room for them.
    """
    if not _count(pixels.nbytes):
        raise ImageError("The server holds as many photos as it can. Try again later.")
    weakref.finalize(pixels, _count, -pixels.nbytes)


def _count(change: int) -> bool:
    """Count bytes in or out; False, and nothing counted, where there is no room."""
    global _held
    with _counting:
        if change > 0 and _held + change > SERVER_BYTES:
            return False
        _held += change
        return True

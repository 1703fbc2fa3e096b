"""Photos, decoded or drawn once and never trusted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from cnnviz_core.arrays import ImageArray
from cnnviz_core.errors import ImageError
from cnnviz_core.images.digests import image_digest
from cnnviz_core.images.reading import read_image
from cnnviz_ui.frame import samples

OWN = "own"
"""What links call the visitor's own."""


@dataclass(frozen=True, eq=False)
class Photo:
    """A decoded photo with what to say about it.

    Attributes:
        name: its name in links.
        title: what it shows, or the name of the visitor's file.
        licence: licence and author, empty for the visitor's own.
        pixels: RGB, (height, width, 3), read-only.
        digest: SHA-256 of the pixels, as requests name it.
    """

    name: str
    title: str
    licence: str
    pixels: ImageArray
    digest: str


@lru_cache(maxsize=32)
def sample_photo(name: str) -> Photo:
    """A sample, decoded or drawn once for all sessions."""
    if name in samples.drawn():
        picture = samples.drawn()[name]
        return _shared(name, picture.title, "Drawn by cnnviz", picture.pixels())
    sample = samples.available()[name]
    path = sample.path()
    if path is None:
        raise ImageError(f"The sample photo {name} is not installed. Choose another one.")
    return _photo(sample.name, sample.title, sample.licence, path.read_bytes())


def own_photo(file_name: str, content: bytes) -> Photo:
    """A visitor's file as a photo.

    Raises:
        ImageError: the bytes are no picture.
    """
    return _photo(OWN, file_name, "", content)


def _photo(name: str, title: str, licence: str, content: bytes) -> Photo:
    return _shared(name, title, licence, read_image(content))


def _shared(name: str, title: str, licence: str, pixels: ImageArray) -> Photo:
    pixels.flags.writeable = False
    return Photo(name, title, licence, pixels, image_digest(pixels))

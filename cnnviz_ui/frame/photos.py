"""Photos of a session: samples, and the visitor's own, decoded once and never trusted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import streamlit as st

from cnnviz_core.arrays import ImageArray
from cnnviz_core.errors import ImageError
from cnnviz_core.images.digests import image_digest
from cnnviz_core.images.reading import read_image
from cnnviz_ui.frame import samples
from cnnviz_ui.widgets.pictures import PHOTO_SIDE, encoded, photo_sized, picture_key

OWN = "own"


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


def names(*, shapes: bool = False) -> list[str]:
    """Names of the photos this session can choose from, drawn shapes first where they fit."""
    own = [OWN] if own_photo() is not None else []
    return [*(samples.drawn() if shapes else ()), *samples.available(), *own]


def photo(name: str) -> Photo:
    """The photo of a name that `names` gives."""
    own = own_photo()
    if name == OWN and own is not None:
        return own
    return sample_photo(name)


def with_second_photo(first: Photo) -> list[Photo]:
    """The photo, and a second one to set beside it where the visitor chooses one."""
    offered = names(shapes=first.name in samples.drawn())
    others = [name for name in offered if name != first.name]
    chosen = st.selectbox("Compare with", ["Nothing", *others], key="second", bind="query-params")
    return [first, photo(chosen)] if chosen in others else [first]


def photo_file(shown: Photo) -> bytes:
    """The photo as it is shown, encoded once."""
    return encoded(picture_key("photo", shown.digest), lambda: shown_pixels(shown), lossy=True)


def shown_pixels(shown: Photo, side: int = PHOTO_SIDE) -> ImageArray:
    """The photo at the size at which it is shown, at most `side` pixels on its longer side."""
    return _reduced(shown.digest, side, shown.pixels)


@st.cache_resource(max_entries=48, show_spinner=False)
def _reduced(digest: str, side: int, _pixels: ImageArray) -> ImageArray:
    """Reduced once: it takes longer than a map, and the photo lies under each map."""
    reduced = photo_sized(_pixels, side)
    reduced.flags.writeable = False
    return reduced


def own_photo() -> Photo | None:
    """The visitor's own photo of this session, if there is one."""
    found = st.session_state.get("_own_photo")
    return found if isinstance(found, Photo) else None


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


def take(file_name: str, content: bytes) -> None:
    """Make a file the visitor's own photo.

    Raises:
        ImageError: the bytes are no picture; the photo chosen before stays.
    """
    st.session_state["_own_photo"] = _photo(OWN, file_name, "", content)


def _photo(name: str, title: str, licence: str, content: bytes) -> Photo:
    return _shared(name, title, licence, read_image(content))


def _shared(name: str, title: str, licence: str, pixels: ImageArray) -> Photo:
    pixels.flags.writeable = False
    return Photo(name, title, licence, pixels, image_digest(pixels))

"""The photos that a session can choose from: samples, drawn shapes, and the visitor's own."""

from __future__ import annotations

from cnnviz_ui.frame import photos, samples, state


def names(*, shapes: bool = False) -> list[str]:
    """Names of the photos on offer, drawn shapes first where they fit."""
    own = [photos.OWN] if own_photo() is not None else []
    return [*(samples.drawn() if shapes else ()), *samples.available(), *own]


def photo(name: str) -> photos.Photo:
    """The photo of a name that `names` gives."""
    own = own_photo()
    if name == photos.OWN and own is not None:
        return own
    return photos.sample_photo(name)


def own_photo() -> photos.Photo | None:
    """The visitor's own photo of this session, if there is one."""
    return state.current().sidebar.own_photo


def take(file_name: str, content: bytes) -> None:
    """Make a file the visitor's own photo.

    Raises:
        ImageError: the bytes are no picture; the photo chosen before stays.
    """
    state.current().sidebar.own_photo = photos.own_photo(file_name, content)

"""Photos as they are shown: reduced once, encoded once, one or two of them abreast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_ui.frame import album, state
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.widgets import controls
from cnnviz_ui.widgets.pictures import PHOTO_SIDE, encoded, photo_sized, picture_key

if TYPE_CHECKING:
    from cnnviz_core.arrays import ImageArray
    from cnnviz_ui.frame.photos import Photo


def with_second_photo(first: Photo) -> list[Photo]:
    """The photo, and a second one to set beside it where the visitor chooses one."""
    card = state.current().sidebar.card
    other_names = [name for name in album.names(card) if name != first.name] if card else []
    chosen = controls.select(
        "Compare with", ["Nothing", *other_names], key=Key.SECOND, shown_as=album.called
    )
    return [first, album.photo(chosen)] if chosen in other_names else [first]


def photo_file(shown: Photo) -> bytes:
    """The photo as it is shown, encoded once."""
    return encoded(picture_key("photo", shown.digest), lambda: shown_pixels(shown), lossy=True)


def photo_beside(shown: Photo) -> None:
    """The photo beside what a network makes of it, low enough to leave that its place."""
    with st.container(key=f"beside-{shown.name}"):
        st.image(photo_file(shown), alt=shown.title)


def shown_pixels(shown: Photo, side: int = PHOTO_SIDE) -> ImageArray:
    """The photo at the size at which it is shown, at most `side` pixels on its longer side."""
    return _reduced(shown.digest, side, shown.pixels)


@st.cache_resource(max_entries=48, show_spinner=False)
def _reduced(digest: str, side: int, _pixels: ImageArray) -> ImageArray:
    """Reduced once: it takes longer than a map, and the photo lies under each map."""
    reduced = photo_sized(_pixels, side)
    reduced.flags.writeable = False
    return reduced

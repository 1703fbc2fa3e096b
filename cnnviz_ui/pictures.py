"""Pictures on the page: encoded once, bounded in size, with alternative text and downloads."""

from __future__ import annotations

import base64
import hashlib
import io
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from PIL import Image

from cnnviz_core.rendering import enlarge, to_png
from cnnviz_ui.page import caption
from cnnviz_ui.text import escaped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from cnnviz_core.types import ImageArray

PHOTO_SIDE = 800
"""Longer side, in pixels, at which photos are shown; what the eye can use on a projector."""


def picture_key(*parts: object) -> str:
    """SHA-256 over whatever determines a picture, so that it is encoded once."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()


@st.cache_data(max_entries=256, show_spinner=False)
def encoded(key: str, _make: Callable[[], ImageArray], *, lossy: bool = False) -> bytes:
    """A picture's file: JPEG for photographs, PNG where each pixel has a meaning."""
    return jpeg(_make()) if lossy else to_png(_make())


def jpeg(picture: ImageArray) -> bytes:
    """A picture as JPEG, for what the eye alone looks at."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def show(
    content: bytes, *, alt: str, text: str | None = None, height: int = 340, width: int = 520
) -> None:
    """Show an encoded picture as large as fits the given box of pixels, with a caption."""
    with Image.open(io.BytesIO(content)) as picture:
        scale = min(width / picture.width, height / picture.height)
        shown = max(1, round(picture.width * scale))
    # A width given to the picture itself would make Streamlit shrink and encode it anew.
    with st.container(width=shown):
        st.image(content, width="stretch", alt=alt)
    if text:
        caption(text)


def show_passing(picture: ImageArray, *, alt: str) -> None:
    """Show a picture that the next one soon replaces.

    It travels inside the page: a file of its own could be gone before the browser asks for it.
    """
    data = base64.b64encode(jpeg(picture)).decode()
    source = f"data:image/jpeg;base64,{data}"
    st.html(f"<img class='passing' src='{source}' alt='{escaped(alt)}'>")


def downloads(
    name: str,
    *,
    picture: Callable[[], ImageArray] | None = None,
    arrays: Mapping[str, NDArray[np.generic]] | None = None,
) -> None:
    """Buttons to take a result along: its picture as PNG, its numbers as NPZ; made on click."""
    with st.container(horizontal=True, gap="small"):
        if picture is not None:
            _button(name, "PNG", "image/png", partial(_png, picture))
        if arrays is not None:
            _button(name, "NPZ", "application/octet-stream", partial(_npz, arrays))


def photo_sized(pixels: ImageArray, side: int = PHOTO_SIDE) -> ImageArray:
    """A photo reduced to at most `side` pixels on its longer side."""
    if max(pixels.shape[:2]) <= side:
        return pixels
    picture = Image.fromarray(pixels)
    picture.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return np.asarray(picture)


def magnified(picture: ImageArray, side: int) -> ImageArray:
    """A small picture with each pixel repeated, up to about `side` pixels on its longer side."""
    return enlarge(picture, max(1, side // max(picture.shape[:2])))


def _button(name: str, kind: str, mime: str, data: Callable[[], bytes]) -> None:
    st.download_button(
        kind,
        data,
        file_name=f"{name}.{kind.lower()}",
        mime=mime,
        key=f"_download-{name}-{kind}",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
        help="The picture as shown" if kind == "PNG" else "The numbers, for NumPy",
    )


def _png(picture: Callable[[], ImageArray]) -> bytes:
    return to_png(picture())


def _npz(arrays: Mapping[str, NDArray[np.generic]]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()

"""Moving pictures: how a picture grew, as animated WebP on the page and as a file to take along."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from PIL import Image

from cnnviz_core.images.rendering import montage
from cnnviz_ui.frame.page import caption
from cnnviz_ui.frame.text import escaped
from cnnviz_ui.widgets.pictures import photo_sized

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz_core.arrays import ImageArray

FRAME_MILLISECONDS = 120
LAST_MILLISECONDS = 2000
"""How long the finished picture stands before the film begins again."""
SIDE = 448
"""Longer side, in pixels, to which frames are reduced: a film of photos would be too heavy."""


def side_by_side(frames: ImageArray, *, columns: int, gap: int) -> ImageArray:
    """Frames of several pictures as frames of one, laid out as `montage` does.

    Args:
        frames: (frames, pictures, height, width, 3), RGB uint8.
        columns: pictures a row.
        gap: pixels between them.

    Returns:
        RGB uint8 (frames, height, width, 3).
    """
    return np.stack([montage(frame, columns=columns, gap=gap) for frame in frames])


@st.cache_data(max_entries=32, show_spinner=False)
def webp(
    key: str,
    _frames: Callable[[], ImageArray],
    *,
    side: int = SIDE,
    pace: int = FRAME_MILLISECONDS,
) -> bytes:
    """An endless WebP of frames (frames, height, width, 3), made once for a key.

    Args:
        key: names the film with its frames.
        side: longer side, in pixels, to which frames are reduced.
        pace: milliseconds that a frame stands, but for the last.
    """
    first, *others = _pictures(_frames(), side)
    buffer = io.BytesIO()
    durations = _durations(1 + len(others), pace)
    options = {"save_all": True, "append_images": others, "duration": durations, "loop": 0}
    first.save(buffer, "WEBP", quality=85, method=0, **options)
    return buffer.getvalue()


def gif(frames: ImageArray, *, side: int = SIDE, pace: int = FRAME_MILLISECONDS) -> bytes:
    """An endless GIF of the same; its 256 colours are those of the last frame."""
    pictures = _pictures(frames, side)
    colours = pictures[-1].quantize(256, Image.Quantize.MEDIANCUT)
    first, *others = [picture.quantize(palette=colours) for picture in pictures]
    buffer = io.BytesIO()
    durations = _durations(len(pictures), pace)
    options = {"save_all": True, "append_images": others, "duration": durations, "loop": 0}
    first.save(buffer, "GIF", optimize=False, **options)
    return buffer.getvalue()


def show(film: bytes, *, alt: str, text: str, height: int, width: int) -> None:
    """Show a WebP that moves as large as fits a box of pixels, with a caption.

    Whoever has asked the system for less motion sees its last picture, still. It travels inside the
    page: Streamlit would make a still JPEG of it for all.
    """
    with Image.open(io.BytesIO(film)) as picture:
        scale = min(width / picture.width, height / picture.height)
        shown_width = max(1, round(picture.width * scale))
        still = _last(picture)
    with st.container(width=shown_width):
        st.html(
            f"<img class='film' src='{_data(film)}' alt='{escaped(alt)}'>"
            f"<img class='film still' src='{_data(still)}' alt='{escaped(alt)}'>"
        )
    caption(text)


def _last(picture: Image.Image) -> bytes:
    picture.seek(getattr(picture, "n_frames", 1) - 1)
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=85)
    return buffer.getvalue()


def _data(webp_file: bytes) -> str:
    return f"data:image/webp;base64,{base64.b64encode(webp_file).decode()}"


def _durations(frames: int, pace: int) -> list[int]:
    return [pace] * (frames - 1) + [max(pace, LAST_MILLISECONDS)]


def _pictures(frames: ImageArray, side: int) -> list[Image.Image]:
    return [Image.fromarray(photo_sized(frame, side)) for frame in frames]

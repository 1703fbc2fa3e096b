"""Pictures on the page: encoded once, bounded in size, with alternative text and downloads."""

from __future__ import annotations

import base64
import hashlib
import io
import re
import zipfile
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np
import streamlit as st
from PIL import Image

from cnnviz_core.images.rendering import to_png
from cnnviz_ui.frame.page import caption
from cnnviz_ui.frame.text import escaped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from cnnviz_core.arrays import ImageArray

PHOTO_SIDE = 800
"""Longer side, in pixels, at which photos are shown; what the eye can use on a projector."""


KINDS = {
    "PNG": ("image/png", "The picture as shown"),
    "GIF": ("image/gif", "How it grew, for slides"),
    "WebP": ("image/webp", "How it grew, in all colours"),
    "NPZ": ("application/octet-stream", "The numbers, for NumPy"),
    "CSV": ("text/csv", "The numbers, as a table"),
    "JSON": ("application/json", "The numbers, for programs"),
}
"""Media type of each kind of file, and what it holds."""


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
    # A width given to the picture itself would make Streamlit shrink and encode it anew.
    with st.container(width=max(1, round(min(width, height * _proportion(content))))):
        st.image(content, width="stretch", alt=alt)
    if text:
        caption(text)


def show_growing(
    name: str, content: bytes, *, alt: str, height: int, width: int, text: str | None = None
) -> None:
    """Show an encoded picture that grows with windows beyond 1280 x 720, with a caption.

    Args:
        name: of its own on the page; letters, digits and hyphens.
        content: its file.
        alt: what it shows, for who does not see it.
        height: of the box that it fills at 1280 x 720, in pixels.
        width: likewise.
        text: its caption.
    """
    tall = f"calc({_proportion(content):.4f} * {in_window(height, 'vh')})"
    limits = f"{tall}, {in_window(width, 'vw')}, 100%"
    with st.container(key=f"growing-{name}"):
        st.html(f"<style>.st-key-growing-{name} {{ width: min({limits}); }}</style>")
        st.image(content, width="stretch", alt=alt)
    if text:
        caption(text)


def _proportion(content: bytes) -> float:
    with Image.open(io.BytesIO(content)) as picture:
        return picture.width / picture.height


def in_window(pixels: int, unit: Literal["vh", "vw"]) -> str:
    """A length in CSS: so many pixels in a window of 1280 x 720, and as much more in a larger."""
    share = 100 * pixels / (720 if unit == "vh" else 1280)
    return f"max({pixels}px, {share:.3f}{unit})"


def show_passing(picture: ImageArray, *, alt: str, wide: bool = False) -> None:
    """Show a picture that the next one soon replaces; a wide one takes the page's whole width.

    It travels inside the page: a file of its own could be gone before the browser asks for it.
    """
    data = base64.b64encode(jpeg(picture)).decode()
    source = f"data:image/jpeg;base64,{data}"
    look = "passing wide" if wide else "passing"
    st.html(f"<img class='{look}' src='{source}' alt='{escaped(alt)}'>")


def downloads(
    name: str,
    *,
    picture: Callable[[], ImageArray] | None = None,
    arrays: Mapping[str, NDArray[np.generic]] | None = None,
    texts: Mapping[str, Callable[[], str]] | None = None,
    films: Mapping[str, Callable[[], bytes]] | None = None,
    code: str | None = None,
) -> None:
    """Buttons to take a result along; made on click.

    Args:
        name: of the files, without suffix.
        picture: as PNG.
        arrays: as NPZ.
        texts: by "CSV" or "JSON".
        films: moving pictures by "GIF" or "WebP".
        code: Python that computes the arrays.
    """
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if picture is not None:
            _button(name, "PNG", partial(_png, picture))
        if arrays is not None:
            _button(name, "NPZ", partial(_npz, arrays))
        for kind, text in (texts or {}).items():
            _button(name, kind, partial(_utf8, text))
        for kind, film in (films or {}).items():
            _button(name, kind, film)
        if code is not None:
            with st.popover("Python", icon=":material/code:", type="tertiary"):
                st.code(code, language="python", wrap_lines=True)


def file_name(*parts: str) -> str:
    """A name for a file that says what it holds, safe on every system, without its suffix."""
    plain_parts = (re.sub(r"[^A-Za-z0-9.+]+", "-", part).strip("-.")[:40] for part in parts)
    return "_".join(part for part in plain_parts if part) or "cnnviz"


def photo_sized(pixels: ImageArray, side: int = PHOTO_SIDE) -> ImageArray:
    """A photo reduced to at most `side` pixels on its longer side."""
    if max(pixels.shape[:2]) <= side:
        return pixels
    picture = Image.fromarray(pixels)
    picture.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return np.asarray(picture)


def enlarged(picture: ImageArray, side: int = PHOTO_SIDE) -> ImageArray:
    """A picture of at least `side` pixels on its longer side, smoothly, so that lines look thin."""
    longer = max(picture.shape[:2])
    if longer >= side:
        return picture
    height, width = (max(1, round(length * side / longer)) for length in picture.shape[:2])
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS))


def _button(name: str, kind: str, data: Callable[[], bytes]) -> None:
    mime, words = KINDS[kind]
    st.download_button(
        kind,
        data,
        file_name=f"{name}.{kind.lower()}",
        mime=mime,
        key=f"_download-{name}-{kind}",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
        help=words,
    )


def _utf8(text: Callable[[], str]) -> bytes:
    return text().encode()


def _png(picture: Callable[[], ImageArray]) -> bytes:
    return to_png(picture())


def _npz(arrays: Mapping[str, NDArray[np.generic]]) -> bytes:
    buffer = io.BytesIO()
    # Not numpy.savez, whose own arguments have names that a layer may have too.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, values in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(values), allow_pickle=False)
    return buffer.getvalue()

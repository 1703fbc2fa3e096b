"""From any bytes to RGB pixels, or to a sentence that says why not.

Whatever is sent is hostile until decoded: the format is found by content among a few, the number of
pixels is capped before they are unpacked, and only pixels leave this module, never metadata.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from cnnviz_core.errors import ImageError
from cnnviz_core.images.levels import levels
from cnnviz_core.images.rendering import normalize

if TYPE_CHECKING:
    from cnnviz_core.arrays import ImageArray

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
"""Formats read, by content."""
MAX_PIXELS = 24_000_000
"""Pictures of more pixels are refused before they are unpacked."""
MAX_BYTES = 64 * 2**20
"""Files of more bytes are refused."""
MAX_SIDE = 2048
"""Larger pictures are reduced to this many pixels on the longer side."""

_LEVELS_OF_16_BITS = np.rint(np.arange(65536) / 257).astype(np.uint8)
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_UNREADABLE = (
    "This file is not a picture that can be read. Send a JPEG, PNG, WebP, BMP, GIF or TIFF file."
)
_DAMAGED = "This picture is damaged or cut short. Save it anew and send it again."


def require_image(image: Any) -> ImageArray:
    """An array that is an image as every method takes it.

    Raises:
        ImageError: it is none.
    """
    shape, dtype = getattr(image, "shape", None), getattr(image, "dtype", None)
    an_array = isinstance(image, np.ndarray) and dtype == np.uint8
    if an_array and image.ndim == 3 and image.shape[2] == 3 and image.size:
        checked: ImageArray = image
        return checked
    received = type(image).__name__ if shape is None else f"{dtype} of shape {tuple(shape)}"
    raise ImageError(
        f"An image is a NumPy array of uint8, (height, width, 3), RGB from 0 to 255; {received} "
        "was given. read_image() makes one from a file."
    )


def read_image(source: bytes | str | Path) -> ImageArray:
    """Decode the first frame of a picture.

    The orientation noted by the camera is applied; transparency is laid on white; 16-bit grey is
    scaled to 8 bits; CMYK, palettes and grey become RGB; the longer side is at most `MAX_SIDE`.

    Args:
        source: a file's bytes, or its path.

    Returns:
        (height, width, 3), RGB uint8.

    Raises:
        ImageError: it is no picture, of another format, damaged, or too large.
    """
    data = source if isinstance(source, bytes) else _read_file(Path(source))
    if len(data) > MAX_BYTES:
        raise ImageError(
            f"This file has {len(data) / 2**20:.0f} MB; pictures up to {MAX_BYTES // 2**20} MB are "
            "read. Send a smaller one."
        )
    picture = _open(data)
    try:
        return _to_rgb(picture)
    except Exception as error:
        # Damaged content and metadata make Pillow's many decoders raise whatever they meet.
        raise ImageError(_DAMAGED) from error


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ImageError(f"The file {path.name!r} cannot be read.") from error


def _open(data: bytes) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise ImageError(_too_large("far more than that")) from error
    except Exception as error:
        # Pillow's readers of headers raise whatever they meet in a hostile one.
        raise ImageError(_UNREADABLE) from error
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise ImageError(_too_large(f"{width} x {height}"))
    return picture


def _too_large(size: str) -> str:
    return (
        f"Pictures of up to {MAX_PIXELS // 10**6} million pixels are read; this one has {size}. "
        "Send a smaller one."
    )


def _to_rgb(picture: Image.Image) -> ImageArray:
    # A JPEG is unpacked at a half, a quarter or an eighth of its size where that is still enough.
    picture.draft(None, (MAX_SIDE, MAX_SIDE))
    picture.load()
    turn = _turn(picture)
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        picture = _grey_to_8_bits(picture)
    if picture.has_transparency_data:
        picture = _on_white(picture.convert("RGBA"))
    elif picture.mode in ("1", "P"):
        picture = picture.convert("RGB")
    picture.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BICUBIC, reducing_gap=2.0)
    if turn is not None:
        picture = picture.transpose(turn)
    return np.array(picture.convert("RGB"), dtype=np.uint8)


def _on_white(picture: Image.Image) -> Image.Image:
    white = Image.new("RGB", picture.size, "white")
    white.paste(picture, mask=picture.getchannel("A"))
    return white


def _turn(picture: Image.Image) -> Image.Transpose | None:
    """How to turn the picture upright; metadata that cannot be read turns nothing."""
    try:
        return _TURNS.get(picture.getexif().get(_ORIENTATION, 1))
    except Exception:
        # Cameras write odd metadata, and Pillow's reader raises whatever it meets there.
        return None


def _grey_to_8_bits(picture: Image.Image) -> Image.Image:
    """Scale deep grey to 0..255: 16 bits and unit floats by their range, else by extremes."""
    values = np.asarray(picture)
    if picture.mode.startswith("I;16"):
        return Image.fromarray(_LEVELS_OF_16_BITS[values])
    values = values.astype(np.float32)
    if not np.isfinite(values).all():
        raise ValueError("The picture holds values that are not numbers.")
    unit = picture.mode == "F" and values.min() >= 0 and values.max() <= 1
    scaled = normalize(values, 0.0, 1.0) if unit else normalize(values)
    return Image.fromarray(levels(scaled))

"""What OpenCV does with an image's numbers, each in a line or two that a lecture can show.

The functions are short so that their own lines can stand beside what they give (`lines_of`). Images
are RGB uint8 (height, width, 3) unless a name says otherwise.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, TypeAlias

import cv2
import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from cnnviz_core.arrays import ImageArray

Pixels: TypeAlias = Any
"""uint8, (height, width, 3) or (height, width). OpenCV's own types do not say so, and a conversion
would be one line more than what is taught."""

PATCH_SIDE = 8
SMALL_SIDE = 32
"""Longer side of the picture that resizing is shown with."""
INTERPOLATIONS = {
    "Nearest": "INTER_NEAREST",
    "Linear": "INTER_LINEAR",
    "Cubic": "INTER_CUBIC",
    "Area": "INTER_AREA",
    "Lanczos": "INTER_LANCZOS4",
}
"""OpenCV's names for ways to resize."""


def reduced(image: ImageArray) -> Pixels:
    """A photo at no more than 400 pixels on its longer side: what can be seen at a projector."""
    scale = min(1, 400 / max(image.shape[:2]))
    height, width = (max(1, round(length * scale)) for length in image.shape[:2])
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)


def patch(image: ImageArray, row: int, column: int) -> ImageArray:
    """Eight rows and columns of pixels, or as many as there are."""
    return image[row : row + 8, column : column + 8]


def channels(image: ImageArray) -> tuple[Pixels, Pixels, Pixels]:
    """Red, green and blue apart."""
    red, green, blue = cv2.split(image)
    return red, green, blue


def taken_for_bgr(image: ImageArray) -> Pixels:
    """Red and blue exchanged, as where BGR is taken for RGB."""
    return cv2.cvtColor(image, cv2.COLOR_RGB2BGR)


def grey(image: ImageArray) -> Pixels:
    """0.299 red + 0.587 green + 0.114 blue."""
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)


def hue_saturation_value(image: ImageArray) -> tuple[Pixels, Pixels, Pixels]:
    """Hue from 0 to 179, in steps of two degrees; saturation and value from 0 to 255."""
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
    hue, saturation, value = cv2.split(hsv)
    return hue, saturation, value


def resized(
    image: ImageArray, small_size: tuple[int, int], full_size: tuple[int, int], interpolation: int
) -> tuple[Pixels, Pixels]:
    """Reduced, and enlarged again; sizes are (width, height)."""
    small = cv2.resize(image, small_size, interpolation=interpolation)
    large = cv2.resize(small, full_size, interpolation=interpolation)
    return small, large


def stored_sideways(image: ImageArray) -> bytes:
    """The JPEG file of a camera that was held upright: pixels on their side, and a tag."""
    written = io.BytesIO()
    tags = Image.Exif()
    tags[274] = 6
    Image.fromarray(np.rot90(image)).save(written, "JPEG", quality=95, exif=tags)
    return written.getvalue()


def without_the_tag(file: bytes) -> Pixels:
    """A file's pixels as they are stored."""
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    return cv2.imdecode(np.frombuffer(file, np.uint8), flags)[:, :, ::-1]  # type: ignore[index]


def by_the_tag(file: bytes) -> Pixels:
    """A file's pixels turned as its orientation tag says."""
    return cv2.imdecode(np.frombuffer(file, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]  # type: ignore[index]


def busiest_place(image: ImageArray) -> tuple[int, int]:
    """Row and column of the patch whose grey levels vary most; (0, 0) where no patch fits."""
    levels = grey(image).astype(np.float64)
    if min(levels.shape) < PATCH_SIDE:
        return 0, 0
    corner, size = (0, 0), (PATCH_SIDE, PATCH_SIDE)
    mean = cv2.boxFilter(levels, -1, size, anchor=corner)
    square = cv2.boxFilter(levels * levels, -1, size, anchor=corner)
    fitting = (square - mean * mean)[: 1 - PATCH_SIDE, : 1 - PATCH_SIDE]
    row, column = np.unravel_index(int(fitting.argmax()), fitting.shape)
    return int(row), int(column)

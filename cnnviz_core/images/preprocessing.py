"""What happens to an image's pixels before the network sees them.

Value range in: RGB, 0 to 255. The modes are those of `keras.applications` and of the lecture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from cnnviz_core.errors import OptionError
from cnnviz_core.images.colours import IMAGENET_DEVIATION, IMAGENET_MEAN

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz_core.arrays import FloatArray, ImageArray

_MEAN = np.array(IMAGENET_MEAN, np.float32)
_DEVIATION = np.array(IMAGENET_DEVIATION, np.float32)
_CAFFE_MEAN_BGR = np.array([103.939, 116.779, 123.68], np.float32)


def _torch(pixels: FloatArray) -> FloatArray:
    return (pixels / np.float32(255) - _MEAN) / _DEVIATION


def _caffe(pixels: FloatArray) -> FloatArray:
    return pixels[..., ::-1] - _CAFFE_MEAN_BGR


MODES: dict[str, Callable[[FloatArray], FloatArray]] = {
    "raw": lambda pixels: pixels,
    "unit": lambda pixels: pixels / np.float32(255),
    "tf": lambda pixels: pixels / np.float32(127.5) - np.float32(1),
    "torch": _torch,
    "caffe": _caffe,
}
"""Pixel preprocessing by name: RGB float32 0 to 255, (..., 3), to what the network expects."""


def require_mode(name: str) -> str:
    """Return the name of a preprocessing mode, checked.

    Raises:
        OptionError: there is no such mode.
    """
    if name not in MODES:
        raise OptionError(f"Preprocessing {name!r} is unknown. Choose one of {', '.join(MODES)}.")
    return name


def resize(image: ImageArray, height: int, width: int) -> FloatArray:
    """Resize the whole picture, with antialiasing, to float32 RGB 0 to 255.

    The aspect is not kept: nothing is cut off, so a map at the network's resolution covers
    exactly the picture.
    """
    picture = Image.fromarray(image)
    if picture.size != (width, height):
        picture = picture.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(picture, dtype=np.float32)


def to_channels(image: ImageArray, channels: int) -> ImageArray:
    """An RGB image in as many channels as a network takes, uint8 (height, width, channels).

    One channel is luminance, weighed as in ITU-R 601 (what "convert to grey" means in Pillow).

    Raises:
        OptionError: a photo has no such number of channels.
    """
    if channels == 1:
        return np.asarray(Image.fromarray(image).convert("L"))[..., None]
    if channels != 3:
        raise OptionError(
            f"The network takes images of {channels} channels; a photo has 3, or 1 in grey. What "
            "needs no photo can be shown: architecture, filters and patterns."
        )
    return image


def to_network(image: ImageArray, height: int, width: int, channels: int, mode: str) -> FloatArray:
    """Turn an RGB image of any size into the (height, width, channels) that a network expects.

    Raises:
        OptionError: a photo has no such number of channels.
    """
    image = to_channels(image, channels)
    if channels == 1:
        return MODES[mode](resize(image[..., 0], height, width))[..., None]
    return np.ascontiguousarray(MODES[mode](resize(image, height, width)), dtype=np.float32)

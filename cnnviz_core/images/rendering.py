"""Arrays to pictures: colour maps, overlays, montages.

Pictures are RGB uint8 (height, width, 3). Values are float arrays; what range is mapped to colour
is always stated by the caller or returned, so that two pictures can share one scale.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

from cnnviz_core.errors import OptionError
from cnnviz_core.images.colormaps import COLORMAPS as COLORMAPS
from cnnviz_core.images.colormaps import colorize as colorize
from cnnviz_core.images.colormaps import normalize as normalize
from cnnviz_core.images.colormaps import palette as palette
from cnnviz_core.images.levels import levels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz_core.arrays import FloatArray, ImageArray

LECTURE_INTENSITY = 0.4
"""Share of the heatmap's colours in the lecture's overlay."""
READABLE_OPACITY = 0.7
"""Of the strongest colour over a grey photo: what lies under it can still be made out."""
BACKGROUND = 24
"""Grey level between the tiles of a montage."""


def overlay(
    image: ImageArray,
    heatmap: FloatArray,
    *,
    colormap: str = "jet",
    intensity: float = LECTURE_INTENSITY,
    scale: float | None = None,
    floor: float = 0.0,
) -> ImageArray:
    """Lay a heatmap's colours over an image, as in the lecture.

    The heatmap is divided by `scale`, coloured, multiplied by `intensity` and added to the
    image; the sum is divided by the sum of both weights, so that colours keep their hue where a
    plain sum would clip to white.

    Args:
        image: (height, width, 3), RGB uint8.
        heatmap: (height, width), non-negative, at the image's size (see `Attribution.resized`).
        colormap: a key of `COLORMAPS`.
        intensity: weight of the heatmap's colours, 0 to 1; the image's weight is 1.
        scale: value of the last colour, by default the maximum.
        floor: value of the first colour.

    Raises:
        OptionError: sizes differ, or `intensity` lies outside 0 to 1.
    """
    _require_fit(image, heatmap, intensity)
    colours = colorize(heatmap, colormap, low=floor, high=scale)
    blended = (image.astype(np.float32) + colours.astype(np.float32) * intensity) / (1 + intensity)
    return np.rint(blended).astype(np.uint8)


def overlay_on_grey(
    image: ImageArray,
    heatmap: FloatArray,
    *,
    colormap: str = "inferno",
    opacity: float = READABLE_OPACITY,
    scale: float | None = None,
    floor: float = 0.0,
) -> ImageArray:
    """Lay a heatmap over an image in grey: no colour where there is nothing, denser the stronger.

    The image loses its colours, so that every colour seen is the map's. The density is the square
    root of the value's share of the scale, so that faint places can be told from none.

    Args:
        image: (height, width, 3), RGB uint8.
        heatmap: (height, width), at the image's size (see `Attribution.resized`).
        colormap: a key of `COLORMAPS`.
        opacity: of the strongest colour, 0 to 1.
        scale: value of the last colour, by default the maximum.
        floor: value at which nothing is seen; what lies below it is not seen either.

    Raises:
        OptionError: sizes differ, or `opacity` lies outside 0 to 1.
    """
    _require_fit(image, heatmap, opacity)
    shares = normalize(heatmap, floor, scale)
    opacities = np.sqrt(shares) * np.float32(opacity)
    return _over_grey(image, palette(colormap)[levels(shares)], opacities)


def overlay_signed(
    image: ImageArray, heatmap: FloatArray, *, scale: float | None = None, opacity: float = 0.85
) -> ImageArray:
    """Lay a signed heatmap over an image in grey: red above zero, blue below, denser the stronger.

    The image loses its colours, so that every colour seen is the map's.

    Args:
        image: (height, width, 3), RGB uint8.
        heatmap: (height, width), at the image's size (see `Attribution.resized`).
        scale: magnitude at which colours are densest, by default the largest.
        opacity: of the densest colours, 0 to 1.

    Raises:
        OptionError: sizes differ, or `opacity` lies outside 0 to 1.
    """
    _require_fit(image, heatmap, opacity)
    blue, red = palette("diverging")[[32, -33]]
    colours = np.where(heatmap[..., None] > 0, red, blue)
    opacities = normalize(np.abs(heatmap), 0.0, scale) * np.float32(opacity)
    return _over_grey(image, colours, opacities)


def in_grey(image: ImageArray) -> ImageArray:
    """An RGB image without its colours, as bright as it is to the eye; RGB uint8 still."""
    return np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2).astype(np.uint8)


def _over_grey(image: ImageArray, colours: ImageArray, opacities: FloatArray) -> ImageArray:
    grey = in_grey(image).astype(np.float32)
    blended = grey + (colours.astype(np.float32) - grey) * opacities[..., None]
    return np.rint(blended).astype(np.uint8)


def _require_fit(image: ImageArray, heatmap: FloatArray, weight: float) -> None:
    if heatmap.shape != image.shape[:2]:
        raise OptionError(
            f"A heatmap of {heatmap.shape} was given for an image of {image.shape[:2]}; "
            "resize it to the image first."
        )
    if not 0 <= weight <= 1:
        raise OptionError(f"A weight of {weight} was given; 0 to 1 was expected.")


def lecture_look(maps: FloatArray) -> ImageArray:
    """The lecture's view of feature maps: subtract mean, divide by deviation, times 64, plus 128.

    Args:
        maps: (height, width, channels); each channel is scaled for itself.

    Returns:
        uint8 of the same shape. A blank channel, the same everywhere, becomes 0.
    """
    mean = maps.mean(axis=(0, 1), keepdims=True)
    deviation = maps.std(axis=(0, 1), keepdims=True)
    blank = maps.max(axis=(0, 1), keepdims=True) == maps.min(axis=(0, 1), keepdims=True)
    scaled = (maps - mean) / np.where(blank, 1, deviation) * 64 + 128
    return np.where(blank, 0, np.clip(scaled, 0, 255)).astype(np.uint8)


def montage(tiles: ImageArray, *, columns: int = 16, gap: int = 1) -> ImageArray:
    """Put tiles of one size side by side, row by row, first tile at the top left.

    Args:
        tiles: (count, height, width, 3), RGB uint8.
        columns: tiles a row.
        gap: pixels of background between tiles.

    Returns:
        RGB uint8 (rows (height + gap) - gap, columns (width + gap) - gap, 3).
    """
    count, height, width, _ = tiles.shape
    columns = min(columns, count)
    rows = -(-count // columns)
    grid = np.full((rows * columns, height + gap, width + gap, 3), BACKGROUND, np.uint8)
    grid[:count, :height, :width] = tiles
    grid = grid.reshape(rows, columns, height + gap, width + gap, 3).swapaxes(1, 2)
    picture = grid.reshape(rows * (height + gap), columns * (width + gap), 3)
    return np.ascontiguousarray(picture[: picture.shape[0] - gap, : picture.shape[1] - gap])


def montage_centres(
    count: int, height: int, width: int, *, columns: int = 16, gap: int = 1
) -> NDArray[np.float64]:
    """Centres (x, y) of the tiles of `montage` in its pixels, (count, 2)."""
    row, column = np.divmod(np.arange(count), min(columns, count))
    x = column * (width + gap) + (width - 1) / 2
    y = row * (height + gap) + (height - 1) / 2
    return np.stack([x, y], axis=1)


def rgb_kernels(weights: FloatArray) -> ImageArray:
    """Kernels over three input channels as RGB tiles, each scaled about zero.

    Zero is mid grey; the largest absolute weight of a filter is full black or white, so that one
    strong filter does not darken the others.

    Args:
        weights: (height, width, 3, filters).

    Returns:
        RGB uint8 (filters, height, width, 3).
    """
    tiles = np.moveaxis(weights, -1, 0)
    strongest = np.abs(tiles).max(axis=(1, 2, 3), keepdims=True)
    return levels(tiles / np.where(strongest == 0, 1, strongest) / 2 + 0.5)


def grey_kernels(weights: FloatArray) -> ImageArray:
    """Every (filter, input channel) as one grey tile, scaled by the layer's own extremes.

    Args:
        weights: (height, width, channels, filters).

    Returns:
        RGB uint8 (filters, channels, height, width, 3).
    """
    return np.moveaxis(colorize(weights, "grey"), (3, 2), (0, 1))


def enlarge(picture: ImageArray, factor: int) -> ImageArray:
    """Repeat each pixel `factor` times in both directions."""
    return np.repeat(np.repeat(picture, factor, axis=0), factor, axis=1)


def to_png(picture: ImageArray) -> bytes:
    """Encode RGB uint8 as PNG, without metadata."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()

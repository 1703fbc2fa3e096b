"""Arrays to pictures: colour maps, overlays, montages.

Pictures are RGB uint8 (height, width, 3). Values are float arrays; what range is mapped to colour
is always stated by the caller or returned, so that two pictures can share one scale.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

from cnnviz_core.errors import OptionError
from cnnviz_core.images.levels import levels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz_core.arrays import FloatArray, ImageArray

COLORMAPS: dict[str, int] = {
    "jet": cv2.COLORMAP_JET,
    "viridis": cv2.COLORMAP_VIRIDIS,
    "inferno": cv2.COLORMAP_INFERNO,
    "cividis": cv2.COLORMAP_CIVIDIS,
    "turbo": cv2.COLORMAP_TURBO,
    "grey": -1,
    "diverging": -1,
}
"""Colour maps by name. Viridis, inferno and cividis are perceptually uniform; cividis is made for
colour-blind eyes; jet is the lecture's; diverging is for signed values about zero. OpenCV has the
first five; -1 stands for those made here."""

BLUE_TO_RED = np.array(
    [
        (28, 16, -48),
        (52, 0, -46),
        (76, -8, -26),
        (97, 0, 0),
        (76, 22, 20),
        (52, 52, 38),
        (28, 44, 30),
    ],
    np.float32,
)
"""Anchors of the diverging colour map, CIE L*a*b*: blue, white, red, as dark on either side, so
that neither sign stands out; colour-blind eyes tell blue from red."""

LECTURE_INTENSITY = 0.4
"""Share of the heatmap's colours in the lecture's overlay."""
BACKGROUND = 24
"""Grey level between the tiles of a montage."""


@lru_cache(maxsize=len(COLORMAPS))
def palette(colormap: str) -> ImageArray:
    """The 256 colours of a colour map, RGB uint8 (256, 3), low to high.

    Raises:
        OptionError: there is no such colour map.
    """
    if colormap not in COLORMAPS:
        raise OptionError(
            f"Colour map {str(colormap)[:40]!r} is unknown. Choose one of {', '.join(COLORMAPS)}."
        )
    ramp = np.arange(256, dtype=np.uint8)
    if colormap == "grey":
        return np.repeat(ramp[:, None], 3, axis=1)
    if colormap == "diverging":
        return _blue_to_red()
    colours = cv2.applyColorMap(ramp[:, None], COLORMAPS[colormap])
    return np.ascontiguousarray(colours[:, 0, ::-1])


def _blue_to_red() -> ImageArray:
    anchors = np.linspace(0, 255, len(BLUE_TO_RED))
    lab = [np.interp(np.arange(256), anchors, axis) for axis in BLUE_TO_RED.T]
    colours = cv2.cvtColor(np.stack(lab, axis=1)[None].astype(np.float32), cv2.COLOR_LAB2RGB)
    return levels(colours[0])


def normalize(
    values: NDArray[np.floating], low: float | None = None, high: float | None = None
) -> FloatArray:
    """Scale values so that `low` becomes 0 and `high` 1, and clip.

    Args:
        values: any shape.
        low: by default the minimum.
        high: by default the maximum. Where it equals `low` everything becomes 0.
    """
    low = float(np.min(values)) if low is None else low
    high = float(np.max(values)) if high is None else high
    if not high > low:
        return np.zeros(values.shape, np.float32)
    scaled = (np.asarray(values, np.float32) - np.float32(low)) / np.float32(high - low)
    return np.clip(scaled, 0, 1)


def colorize(
    values: NDArray[np.floating],
    colormap: str = "viridis",
    *,
    low: float | None = None,
    high: float | None = None,
) -> ImageArray:
    """Colour an array of any shape by value.

    Args:
        values: (...).
        colormap: a key of `COLORMAPS`.
        low: value of the first colour, by default the minimum.
        high: value of the last colour, by default the maximum.

    Returns:
        RGB uint8 (..., 3).
    """
    return palette(colormap)[levels(normalize(values, low, high))]


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
    strengths = normalize(np.abs(heatmap), 0.0, scale)[..., None] * np.float32(opacity)
    blue, red = palette("diverging")[[32, -33]].astype(np.float32)
    colours = np.where(heatmap[..., None] > 0, red, blue)
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None].astype(np.float32)
    return np.rint(grey + (colours - grey) * strengths).astype(np.uint8)


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

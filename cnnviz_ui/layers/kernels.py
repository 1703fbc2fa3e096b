"""Convolution kernels as pictures: RGB tiles, or one grey tile per filter and input channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.images.rendering import (
    enlarge,
    grey_kernels,
    montage,
    montage_centres,
    rgb_kernels,
)
from cnnviz_ui.frame.text import number, times
from cnnviz_ui.widgets import figures
from cnnviz_ui.widgets.pictures import encoded, picture_key

if TYPE_CHECKING:
    from cnnviz_core.arrays import FloatArray, ImageArray
    from cnnviz_core.looking.results import Kernels

RGB = "RGB tiles"
GREY = "Per input channel"
ROWS, COLUMNS = 12, 24
"""Filters and input channels on one page of grey tiles."""
RGB_TILES = 128
GAP = 2


@dataclass(frozen=True)
class Sheet:
    """The tiles on one page of a layer's kernels.

    Attributes:
        pictures: RGB uint8 (count, height, width, 3).
        names: what each tile is.
        places: (filter, input channel) of each tile; the channel is None for RGB tiles.
        columns: tiles a row.
    """

    pictures: ImageArray
    names: list[str]
    places: list[tuple[int, int | None]]
    columns: int

    def position(self, index: int, channel: int) -> int | None:
        """Where a kernel stands on this page, None if it is on another."""
        for position, place in enumerate(self.places):
            if place in ((index, None), (index, channel)):
                return position
        return None


def looks(kernels: Kernels) -> list[str]:
    """The ways in which a layer's kernels can be shown."""
    return [RGB, GREY] if kernels.weights.shape[2] == 3 and not kernels.depthwise else [GREY]


def pages(kernels: Kernels, look: str) -> int:
    """Number of pages of a layer."""
    channels, filters = kernels.weights.shape[2:]
    if look == RGB:
        return -(-filters // RGB_TILES)
    down, across = _grey_steps(kernels)
    return -(-filters // down) * -(-channels // across)


def sheet(kernels: Kernels, look: str, page: int) -> Sheet:
    """The tiles of a page, counted from 0; filters run down, input channels across."""
    filters = kernels.weights.shape[3]
    if look == RGB:
        chosen = list(range(page * RGB_TILES, min(filters, (page + 1) * RGB_TILES)))
        pictures = rgb_kernels(kernels.weights)[chosen]
        columns = 16 if len(chosen) > 64 else 8
        names = [f"filter {index}" for index in chosen]
        return Sheet(pictures, names, [(index, None) for index in chosen], columns)
    rows, across = _grey_page(kernels, page)
    pictures = grey_kernels(kernels.weights)[np.ix_(rows, across)]
    places: list[tuple[int, int | None]] = [(row, column) for row in rows for column in across]
    names = [f"filter {row}, input channel {column}" for row, column in places]
    width = min(len(across), COLUMNS)
    return Sheet(pictures.reshape(-1, *pictures.shape[2:]), names, places, width)


def page_of(kernels: Kernels, look: str, index: int, channel: int) -> int:
    """The page on which a kernel stands."""
    if look == RGB:
        return index // RGB_TILES
    down, across = _grey_steps(kernels)
    return index // down * -(-kernels.weights.shape[2] // across) + channel // across


def _grey_steps(kernels: Kernels) -> tuple[int, int]:
    """Filters down and input channels across on a page; a single filter fills it by itself."""
    return (1, ROWS * COLUMNS) if kernels.weights.shape[3] == 1 else (ROWS, COLUMNS)


def _grey_page(kernels: Kernels, page: int) -> tuple[list[int], list[int]]:
    channels, filters = kernels.weights.shape[2:]
    rows, columns = _grey_steps(kernels)
    down, across = divmod(page, -(-channels // columns))
    return (
        list(range(down * rows, min(filters, (down + 1) * rows))),
        list(range(across * columns, min(channels, (across + 1) * columns))),
    )


def sheet_words(kernels: Kernels, look: str, tiles: Sheet) -> str:
    """What a page of kernels shows."""
    height, width, channels, filters = kernels.weights.shape
    first, last = tiles.places[0][0], tiles.places[-1][0]
    name = f"{kernels.layer}: {times(height, width)} kernels"
    if look == RGB:
        return (
            f"{name}, filters {first} to {last} of {filters} as they see colour; "
            "mid grey is zero, each filter scaled for itself."
        )
    low, high = float(kernels.weights.min()), float(kernels.weights.max())
    return (
        f"{name}. Filters {first} to {last} of {filters} run down, input channels "
        f"{tiles.places[0][1]} to {tiles.places[-1][1]} of {channels} across; black is "
        f"{number(low)}, white {number(high)}, the extremes of the layer."
    )


def kernel_words(kernels: Kernels, index: int, channel: int) -> str:
    """What one kernel is."""
    colours = ("red", "green", "blue")
    first = kernels.weights.shape[2] == 3
    source = f"input channel {channel}" + (f" ({colours[channel]})" if first else "")
    bias = "no bias" if kernels.bias is None else f"bias {number(_bias(kernels, index, channel))}"
    return f"{kernels.layer}, filter {index}, {source}: the weights as stored; {bias}."


def _bias(kernels: Kernels, index: int, channel: int) -> float:
    if kernels.bias is None:
        return 0.0
    place = channel * kernels.weights.shape[3] + index if kernels.depthwise else index
    return float(kernels.bias[place])


def sheet_picture(tiles: Sheet) -> ImageArray:
    """The tiles of a page as one picture."""
    factor = _factor(tiles)
    large = np.stack([enlarge(tile, factor) for tile in tiles.pictures])
    return montage(large, columns=tiles.columns, gap=GAP)


def sheet_figure(tiles: Sheet, *, key: str, marked: int | None) -> figures.Figure:
    """The tiles of a page with a click target on each."""
    picture = encoded(picture_key("kernels", key), lambda: sheet_picture(tiles))
    factor = _factor(tiles)
    height, width = tiles.pictures.shape[1] * factor, tiles.pictures.shape[2] * factor
    rows = -(-len(tiles.names) // tiles.columns)
    size = (rows * (height + GAP) - GAP, tiles.columns * (width + GAP) - GAP)
    return figures.montage_figure(
        picture,
        size,
        montage_centres(len(tiles.names), height, width, columns=tiles.columns, gap=GAP),
        tiles.names,
        tile=(height, width),
        marked=marked,
        height=int(min(470, max(120, 600 * size[0] / size[1]))),
    )


def limit(kernels: Kernels) -> float:
    """Largest absolute weight of a layer: one scale for all its kernels."""
    return float(np.abs(kernels.weights).max()) or 1.0


def one_kernel(kernels: Kernels, index: int, channel: int) -> FloatArray:
    """The weights of one filter for one input channel, (height, width)."""
    return kernels.weights[:, :, channel, index]


def _factor(tiles: Sheet) -> int:
    return max(1, 960 // (tiles.columns * tiles.pictures.shape[2]))

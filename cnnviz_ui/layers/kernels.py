"""Convolution kernels as pictures: a tile for each filter, or for each filter and input channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.images.levels import levels
from cnnviz_core.images.rendering import enlarge, grey_kernels, montage, rgb_kernels
from cnnviz_ui.frame.page import caption, note
from cnnviz_ui.frame.text import number, percent, times
from cnnviz_ui.widgets import exports, figures
from cnnviz_ui.widgets.tiles import SMALLEST, Tiles

if TYPE_CHECKING:
    from cnnviz_core.arrays import FloatArray, ImageArray
    from cnnviz_core.looking.results import Kernels, Structure

RGB = "RGB tiles"
FILTERS = "One per filter"
GREY = "Per input channel"
AT_A_TIME, ACROSS = 64, 8
"""Filters on one page of tiles, and in a row."""
ROWS, COLUMNS = 12, 24
"""Filters and input channels on one page of grey tiles."""
EXPORTED_WIDTH = 1280
GAP = 2


@dataclass(frozen=True)
class Sheet:
    """The tiles on one page of a layer's kernels.

    Attributes:
        look: how kernels are shown.
        pictures: RGB uint8 (count, height, width, 3).
        names: what each tile is.
        places: (filter, input channel) of each tile; the channel is None for RGB tiles.
        columns: tiles a row.
    """

    look: str
    pictures: ImageArray
    names: list[str]
    places: list[tuple[int, int | None]]
    columns: int

    def position(self, index: int, channel: int) -> int | None:
        """Where a kernel, or its filter, stands on this page, None if it is on another."""
        for position, place in enumerate(self.places):
            if place[0] == index and (self.look != GREY or place[1] == channel):
                return position
        return None


def has_any(structure: Structure) -> bool:
    """Whether a network has a layer with kernels; if not, says so."""
    if not structure.kernel_layers():
        note("This model has no convolution, so there are no kernels to show. Choose another one.")
    return bool(structure.kernel_layers())


def looks(kernels: Kernels) -> list[str]:
    """The ways in which a layer's kernels can be shown, best first.

    A filter of 1 x 1 has no shape to show for itself, nor has one that is one input channel's own.
    """
    height, width, inputs, _ = kernels.weights.shape
    if kernels.depthwise or height * width == 1:
        return [GREY]
    return [RGB, GREY] if inputs == 3 else [FILTERS, GREY]


def pages(kernels: Kernels, look: str) -> int:
    """Number of pages of a layer."""
    channels, filters = kernels.weights.shape[2:]
    if look != GREY:
        return -(-filters // AT_A_TIME)
    down, across = _grey_steps(kernels)
    return -(-filters // down) * -(-channels // across)


def strongest(kernels: Kernels) -> list[int]:
    """Of each filter the input channel whose weights have the largest sum of squares."""
    return [int(channel) for channel in _energies(kernels).argmax(axis=0)]


def places(kernels: Kernels, look: str) -> list[tuple[int, int | None]]:
    """Of each filter what a step to it shows: itself, and where its tile is one kernel, that."""
    filters = range(kernels.weights.shape[3])
    channels = strongest(kernels)
    return [(index, channels[index] if look == FILTERS else None) for index in filters]


def sheet(kernels: Kernels, look: str, page: int) -> Sheet:
    """The tiles of a page, counted from 0; grey ones run down by filters, across by channels."""
    if look == GREY:
        return _grey_sheet(kernels, page)
    filters = kernels.weights.shape[3]
    chosen = range(page * AT_A_TIME, min(filters, (page + 1) * AT_A_TIME))
    if look == RGB:
        pictures = rgb_kernels(kernels.weights)[chosen.start : chosen.stop]
        names = [f"filter {index}" for index in chosen]
        return Sheet(look, pictures, names, [(index, None) for index in chosen], ACROSS)
    channels = strongest(kernels)
    places: list[tuple[int, int | None]] = [(index, channels[index]) for index in chosen]
    pictures = np.stack([_about_zero(kernels.weights[:, :, channels[i], i]) for i in chosen])
    return Sheet(look, pictures, _names(places), places, ACROSS)


def _grey_sheet(kernels: Kernels, page: int) -> Sheet:
    rows, across = _grey_page(kernels, page)
    pictures = grey_kernels(kernels.weights)[np.ix_(rows, across)]
    places: list[tuple[int, int | None]] = [(row, column) for row in rows for column in across]
    width = min(len(across), COLUMNS)
    return Sheet(GREY, pictures.reshape(-1, *pictures.shape[2:]), _names(places), places, width)


def _names(places: list[tuple[int, int | None]]) -> list[str]:
    return [f"filter {index}, input channel {channel}" for index, channel in places]


def _about_zero(weights: FloatArray) -> ImageArray:
    """One kernel in grey: mid grey is zero, its largest weight white, or black where negative."""
    grey = levels(weights / (np.abs(weights).max() or 1) / 2 + 0.5)
    return np.repeat(grey[..., None], 3, axis=-1)


def _energies(kernels: Kernels) -> FloatArray:
    """Sum of squares of each kernel, (input channels, filters)."""
    return np.asarray(np.square(kernels.weights).sum(axis=(0, 1)))


def page_of(kernels: Kernels, look: str, index: int, channel: int) -> int:
    """The page on which a kernel stands."""
    if look != GREY:
        return index // AT_A_TIME
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
    if look == FILTERS:
        return (
            f"{name}, filters {first} to {last} of {filters}. Each tile is a filter's kernel for "
            f"one of its {channels} input channels, that with the largest sum of squared weights: "
            f"{_share(kernels)} of the filter's on average. Mid grey is zero, each tile scaled for "
            "itself."
        )
    low, high = float(kernels.weights.min()), float(kernels.weights.max())
    return (
        f"{name}. Filters {first} to {last} of {filters} run down, input channels "
        f"{tiles.places[0][1]} to {tiles.places[-1][1]} of {channels} across; black is "
        f"{number(low)}, white {number(high)}, the extremes of the layer."
    )


def _share(kernels: Kernels) -> str:
    energies = _energies(kernels)
    totals = energies.sum(axis=0)
    return percent(float((energies.max(axis=0) / np.where(totals == 0, 1, totals)).mean()))


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


def sheet_picture(tiles: Sheet, *, text: str, head: str) -> ImageArray:
    """The tiles of a page as one picture to take along, with its words."""
    factor = max(1, -(-EXPORTED_WIDTH // (tiles.columns * tiles.pictures.shape[2])))
    large = np.stack([enlarge(tile, factor) for tile in tiles.pictures])
    picture = montage(large, columns=tiles.columns, gap=GAP)
    return exports.sheet(picture, text, smooth=False, head=head)


def sheet_tiles(tiles: Sheet, *, key: str) -> Tiles:
    """The tiles of a page as buttons; those by input channel keep their rows on every screen."""
    height, width = tiles.pictures.shape[1:3]
    grey = tiles.look == GREY
    return Tiles(
        key,
        lambda: tiles.pictures,
        (height, width),
        tiles.names,
        across=tiles.columns,
        smallest=20 if grey else SMALLEST,
        fixed=grey,
    )


def arrays(kernels: Kernels) -> dict[str, FloatArray]:
    """Weights, and where there is one, the bias: to take along."""
    bias = {} if kernels.bias is None else {"bias": kernels.bias}
    return {"weights": kernels.weights} | bias


def draw_numbers(kernels: Kernels, index: int, channel: int) -> None:
    """One kernel in numbers, on the scale of the layer."""
    words = kernel_words(kernels, index, channel)
    figure = figures.kernel_figure(one_kernel(kernels, index, channel), limit=limit(kernels))
    figures.show(figure, key="numbers", alt=words, grows=True)
    caption(words)


def limit(kernels: Kernels) -> float:
    """Largest absolute weight of a layer: one scale for all its kernels."""
    return float(np.abs(kernels.weights).max()) or 1.0


def one_kernel(kernels: Kernels, index: int, channel: int) -> FloatArray:
    """The weights of one filter for one input channel, (height, width)."""
    return kernels.weights[:, :, channel, index]

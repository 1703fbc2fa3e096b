"""The channels of a layer as tiles: 64 at a time, on a scale on which something can be seen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cnnviz_core.images.rendering import colorize, enlarge, lecture_look, montage, palette
from cnnviz_ui.frame.page import colour_bar
from cnnviz_ui.frame.text import count, number, percent
from cnnviz_ui.widgets import exports
from cnnviz_ui.widgets.pictures import picture_key
from cnnviz_ui.widgets.tiles import Tiles

if TYPE_CHECKING:
    from cnnviz_core.arrays import FloatArray, ImageArray

LECTURE = "Lecture look"
TRUE_VALUES = "True values"
AT_A_TIME = 64
ACROSS = 8
TILE_SIDE = 128
"""Cells a side to which larger maps are reduced: a tile has no more pixels on any screen."""
EXPORTED_SIDE = 160
"""Pixels that a tile has at least in the file to take along."""
BRIGHT = 99
"""Percentile of a channel's values that counts as its bright end; single cells may outshine it."""
MOST_CHANNELS = 90
"""Percentile of the channels' bright ends at which the shared scale ends."""


@dataclass(frozen=True)
class Scale:
    """A range of values that tiles share, and what lies outside it.

    Attributes:
        low: value of the first colour.
        high: value of the last colour.
        least: smallest value of all.
        most: largest value of all.
        beyond: share of values outside the range.
    """

    low: float
    high: float
    least: float
    most: float
    beyond: float

    @classmethod
    def of(cls, *arrays: FloatArray) -> Scale:
        """A scale that a few channels, or cells, which outshine all others do not make dark.

        It ends where nine of ten channels that are not blank have 99 % of their values, holds zero,
        and begins in the same way where values are negative.
        """
        cells = [values.reshape(-1, values.shape[-1]) for values in arrays]
        alive = [each[:, each.max(axis=0) > each.min(axis=0)] for each in cells]
        used = alive if any(each.size for each in alive) else cells
        high = max(0.0, _bright_end(used))
        low = min(0.0, -_bright_end([-each for each in used]))
        outside = sum(int(((each > high) | (each < low)).sum()) for each in cells)
        return cls(
            low,
            high,
            min(float(each.min()) for each in cells),
            max(float(each.max()) for each in cells),
            outside / sum(each.size for each in cells),
        )

    @property
    def words(self) -> str:
        """What the scale is, and what of the values it does not show."""
        words = f"all on one scale, {number(self.low)} to {number(self.high)}"
        if not self.beyond:
            return words
        return (
            f"{words}; {percent(self.beyond)} of the values go beyond, {number(self.least)} to "
            f"{number(self.most)} in all, and have the colour of its end"
        )


def pages(channels: int) -> int:
    """How many times 64 channels a layer has."""
    return -(-channels // AT_A_TIME)


def on_page(channels: int, page: int) -> range:
    """The channels on a page, counted from 0."""
    return range(page * AT_A_TIME, min(channels, (page + 1) * AT_A_TIME))


def blank_channels(values: FloatArray) -> int:
    """Number of channels that hold one single value everywhere."""
    return int((values.max(axis=(0, 1)) == values.min(axis=(0, 1))).sum())


def pictures(values: FloatArray, look: str, scale: Scale) -> ImageArray:
    """Every channel of (height, width, channels) in colours, (channels, height, width, 3)."""
    if look == LECTURE:
        levels = np.moveaxis(lecture_look(values), -1, 0).astype(np.float32)
        return colorize(levels, low=0, high=255)
    return colorize(np.moveaxis(values, -1, 0), low=scale.low, high=scale.high)


def tiles(
    values: FloatArray, look: str, scale: Scale, channels: range, *, of: tuple[str, ...]
) -> Tiles:
    """Some channels of a layer as tiles.

    Args:
        values: of the whole layer, (height, width, channels).
        look: one of this module's looks.
        scale: of true values.
        channels: those to show.
        of: what the values are of: model, photo and layer.
    """
    chosen = values[:, :, channels.start : channels.stop]
    names = [
        f"channel {channel}, {number(float(low))} to {number(float(high))}"
        for channel, low, high in zip(
            channels, chosen.min(axis=(0, 1)), chosen.max(axis=(0, 1)), strict=True
        )
    ]
    return Tiles(
        picture_key("channels", of, channels, look, scale if look == TRUE_VALUES else None),
        partial(_reduced, chosen, look, scale),
        _reduced_size(*values.shape[:2]),
        names,
        across=ACROSS,
    )


def draw_scale(look: str, scale: Scale) -> None:
    """The colour bar of what tiles share; in the lecture's look they share none."""
    for bar in _bars(look, scale):
        colour_bar(palette(bar.colormap)[::15].tolist(), bar.low, bar.high)


def _bars(look: str, scale: Scale) -> list[exports.ColourBar]:
    if look != TRUE_VALUES:
        return []
    low = number(scale.low) + (" and below" if scale.least < scale.low else "")
    high = number(scale.high) + (" and above" if scale.most > scale.high else "")
    return [exports.ColourBar("viridis", low, f"{high} activation")]


def words(values: FloatArray, layer: str, look: str, scale: Scale, shown: range) -> str:
    """What a gallery shows, with the layer's blank channels counted."""
    amount, blank = values.shape[-1], blank_channels(values)
    which = (
        count(amount, "channel")
        if len(shown) == amount
        else f"channels {shown.start} to {shown.stop - 1} of {amount}"
    )
    how = "each scaled for itself by mean and deviation" if look == LECTURE else scale.words
    silent = f"{blank} blank ({percent(blank / amount)})" if blank else "none blank"
    return f"{layer}: {which}, {how}; {silent}."


def picture(
    values: FloatArray, look: str, scale: Scale, channels: range, *, text: str, head: str
) -> ImageArray:
    """The gallery as it is shown, to take along: with its colour bar and words.

    Args:
        values: of the whole layer, (height, width, channels).
        look: one of this module's looks.
        scale: of true values.
        channels: those that are shown.
        text: what they show.
        head: what they are of.
    """
    chosen = pictures(values[:, :, channels.start : channels.stop], look, scale)
    factor = -(-EXPORTED_SIDE // max(chosen.shape[1:3]))
    large = montage(np.stack([enlarge(tile, factor) for tile in chosen]), columns=ACROSS, gap=4)
    return exports.sheet(large, text, *_bars(look, scale), smooth=False, head=head)


def _bright_end(cells: list[FloatArray]) -> float:
    """Of arrays (cells, channels): one of the values, so that few of a few go beyond."""
    ends = [np.percentile(each, BRIGHT, axis=0, method="higher") for each in cells if each.size]
    end = float(np.percentile(np.concatenate(ends), MOST_CHANNELS, method="higher"))
    # Where so few cells answer at all, none of them is an exception.
    return end if end > 0 else max(float(each.max()) for each in cells if each.size)


def _reduced(values: FloatArray, look: str, scale: Scale) -> ImageArray:
    """Tiles at no more than the size at which they are seen."""
    large = pictures(values, look, scale)
    height, width = _reduced_size(*values.shape[:2])
    if (height, width) == values.shape[:2]:
        return large
    size = (width, height)
    return np.stack([cv2.resize(tile, size, interpolation=cv2.INTER_AREA) for tile in large])


def _reduced_size(height: int, width: int) -> tuple[int, int]:
    share = min(1.0, TILE_SIDE / max(height, width))
    return max(1, round(height * share)), max(1, round(width * share))

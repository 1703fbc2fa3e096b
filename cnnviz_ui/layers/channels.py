"""Feature maps as pictures: one channel, or the montage of a layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from cnnviz_core.arrays import FloatArray
from cnnviz_core.images.rendering import colorize, enlarge, lecture_look, montage, montage_centres
from cnnviz_ui.frame.page import caption
from cnnviz_ui.frame.photos import Photo
from cnnviz_ui.frame.text import count, number, percent, times
from cnnviz_ui.widgets import figures
from cnnviz_ui.widgets.pictures import encoded, picture_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlit.delta_generator import DeltaGenerator

    from cnnviz_core.arrays import ImageArray
    from cnnviz_core.looking.results import LayerSparsity

Seen = tuple[Photo, FloatArray]
"""A photo with a layer's activations for it."""
COLUMNS = 16
LECTURE = "Lecture look"
TRUE_VALUES = "True values"
MONTAGE_WIDTH = 1024
"""Width in pixels that small tiles are enlarged to reach."""


@dataclass(frozen=True)
class Span:
    """A range of values that pictures share."""

    low: float
    high: float

    @classmethod
    def of(cls, *arrays: FloatArray) -> Span:
        """From the smallest to the largest value of all arrays, and never without zero."""
        return cls(
            min(0.0, *(float(array.min()) for array in arrays)),
            max(0.0, *(float(array.max()) for array in arrays)),
        )


def places(amount: int) -> list[tuple[DeltaGenerator, DeltaGenerator]]:
    """Where map and tiles of each photo go: beside each other, or below for two photos abreast."""
    if amount == 1:
        left, right = st.columns([2, 3], gap="medium")
        return [(left, right)]
    return [(column, column) for column in st.columns(amount, gap="medium")]


def most_telling(values: FloatArray) -> int:
    """The channel that varies most over the image: the one to open first."""
    return int(values.var(axis=(0, 1)).argmax())


def blank_channels(values: FloatArray) -> int:
    """Number of channels that hold one single value everywhere."""
    return int((values.max(axis=(0, 1)) == values.min(axis=(0, 1))).sum())


def strip_of(values: FloatArray, amount: int) -> list[int]:
    """The channels that vary most over the image, most telling first."""
    return [int(index) for index in np.argsort(-values.var(axis=(0, 1)))[:amount]]


def tiles(values: FloatArray, look: str, span: Span) -> ImageArray:
    """Every channel as one coloured tile, (channels, height, width, 3)."""
    maps = np.moveaxis(values, -1, 0)
    if look == LECTURE:
        levels = np.moveaxis(lecture_look(values), -1, 0).astype(np.float32)
        return colorize(levels, low=0, high=255)
    return colorize(maps, low=span.low, high=span.high)


def channel_strip(values: FloatArray, indices: list[int], side: int = 160) -> ImageArray:
    """A few channels side by side in the lecture's look."""
    chosen = tiles(values[:, :, indices], LECTURE, Span.of(values))
    factor = max(1, side // max(chosen.shape[1:3]))
    large = np.stack([enlarge(tile, factor) for tile in chosen])
    return montage(large, columns=len(indices), gap=6)


def strip_file(values: FloatArray, key: str, amount: int = 6) -> bytes:
    """A few telling channels as a picture file, made once; `key` is that of the request."""
    return encoded(
        picture_key("strip", key, amount), lambda: channel_strip(values, strip_of(values, amount))
    )


def strip_words(values: FloatArray, layer: str, amount: int = 6) -> str:
    """Which channels the strip shows."""
    chosen = ", ".join(str(index) for index in strip_of(values, amount))
    return f"Layer {layer}: channels {chosen}, each scaled for itself to be seen."


def channel_figure(values: FloatArray, channel: int, span: Span) -> figures.Figure:
    """One channel large, its values to read by pointing at them."""
    return figures.values_figure(
        values[:, :, channel],
        units="activation",
        low=span.low,
        high=span.high,
        height=400,
    )


def channel_picture(values: FloatArray, channel: int, span: Span) -> ImageArray:
    """One channel in true values, large enough to print."""
    picture = colorize(values[:, :, channel], low=span.low, high=span.high)
    return enlarge(picture, max(1, 512 // max(picture.shape[:2])))


def channel_words(values: FloatArray, layer: str, channel: int, title: str) -> str:
    """What one channel's map shows."""
    channel_map = values[:, :, channel]
    name = f"{layer}, channel {channel}, {title}"
    if channel_map.max() == channel_map.min():
        return f"{name}: blank, {number(float(channel_map.max()))} everywhere."
    low, high = number(float(channel_map.min())), number(float(channel_map.max()))
    return f"{name}: {times(*channel_map.shape)} cells, {low} to {high}."


def layer_words(values: FloatArray, layer: str, look: str) -> str:
    """What the montage of a layer shows, with its blank channels counted."""
    amount, blank = values.shape[-1], blank_channels(values)
    scale = (
        "each scaled for itself by mean and deviation" if look == LECTURE else "all on one scale"
    )
    dead = percent(blank / amount)
    silent = f"{blank} blank ({dead})" if blank else "none blank"
    return f"{layer}: {count(amount, 'channel')}, {scale}; {silent}."


def draw_sparsity(layers: Sequence[LayerSparsity]) -> None:
    """The chart of dead channels and zeros against depth, with its caption."""
    words = sparsity_words(layers)
    figures.show(figures.sparsity_figure(layers), key="sparsity", alt=words)
    caption(words)


def sparsity_words(layers: Sequence[LayerSparsity]) -> str:
    """What the sparsity chart shows."""
    worst = max(layers, key=lambda layer: layer.dead)
    words = "How silent each layer is for this photo. A dead channel holds one value everywhere"
    if worst.dead == 0:
        return f"{words}; there is none."
    return f"{words}; most of them are in {worst.name} ({percent(worst.dead)})."


def layer_montage(values: FloatArray, look: str, span: Span) -> ImageArray:
    """All channels of a layer, 16 a row, small maps enlarged pixel by pixel."""
    return montage(_large_tiles(values, look, span), columns=COLUMNS, gap=2)


def montage_figure(
    values: FloatArray, look: str, span: Span, digest: str, layer: str, marked: int
) -> figures.Figure:
    """The montage of a layer with a click target on each channel."""
    name = picture_key("montage", digest, layer, values.shape, look, span)
    picture = encoded(name, lambda: layer_montage(values, look, span))
    factor = _factor(values)
    height, width, amount = values.shape[0] * factor, values.shape[1] * factor, values.shape[2]
    columns = min(COLUMNS, amount)
    rows = -(-amount // columns)
    size = (rows * (height + 2) - 2, columns * (width + 2) - 2)
    figure = figures.montage_figure(
        picture,
        size,
        montage_centres(amount, height, width, columns=COLUMNS, gap=2),
        [f"channel {index}" for index in range(amount)],
        tile=(height, width),
        marked=marked,
        height=_figure_height(size),
    )
    if look != TRUE_VALUES:
        return figure
    return figures.with_colour_bar(
        figure, units="activation", low=span.low, high=span.high, colormap="viridis"
    )


def _factor(values: FloatArray) -> int:
    return max(1, MONTAGE_WIDTH // (COLUMNS * values.shape[1]))


def _large_tiles(values: FloatArray, look: str, span: Span) -> ImageArray:
    factor = _factor(values)
    return np.stack([enlarge(tile, factor) for tile in tiles(values, look, span)])


def _figure_height(size: tuple[int, int], width: int = 620) -> int:
    """Height on the page at which a montage fills a column of the usual width."""
    return int(min(max(width * size[0] / size[1], 90), 1600)) + 10

"""Feature maps as pictures: one channel large, a few side by side, and how silent layers are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.images.rendering import colorize, enlarge, montage
from cnnviz_ui.frame.page import caption
from cnnviz_ui.frame.text import number, percent, times
from cnnviz_ui.layers.gallery import LECTURE, Scale, pictures
from cnnviz_ui.widgets import exports, figures
from cnnviz_ui.widgets.pictures import encoded, picture_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz_core.arrays import FloatArray, ImageArray
    from cnnviz_core.looking.results import LayerSparsity

LARGE = 306
"""Height of the large map in a window of 1280 x 720, where the photo above it is in sight too."""
Span = tuple[float, float]
"""The range of values of one channel, which the maps of several photos share."""


def span(maps: Sequence[FloatArray], channel: int) -> Span:
    """From a channel's smallest to its largest value in all maps, and never without zero."""
    chosen = [values[:, :, channel] for values in maps]
    return (
        min(0.0, *(float(values.min()) for values in chosen)),
        max(0.0, *(float(values.max()) for values in chosen)),
    )


def most_telling(values: FloatArray) -> int:
    """The channel that varies most over the image, its borders aside: the one to open first."""
    return strip_of(values, 1)[0]


def strip_of(values: FloatArray, amount: int) -> list[int]:
    """The channels that vary most over the image, most telling first.

    An eighth along each border does not count, as in `cnnviz.layer_glimpses`: padding answers there
    to any image.
    """
    top, left = values.shape[0] // 8, values.shape[1] // 8
    inside = values[top : values.shape[0] - top, left : values.shape[1] - left]
    ranks = np.argsort(-inside.var(axis=(0, 1)), kind="stable")
    return [int(index) for index in ranks[:amount]]


def channel_strip(values: FloatArray, indices: list[int], side: int = 160) -> ImageArray:
    """A few channels side by side in the lecture's look."""
    chosen = pictures(values[:, :, indices], LECTURE, Scale.of(values))
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


def channel_figure(values: FloatArray, channel: int, between: Span) -> figures.Figure:
    """One channel large, its values to read by pointing at them."""
    low, high = between
    one = values[:, :, channel]
    # Beside the map rather than below it, since the photo above takes its height already.
    return figures.values_figure(
        one, units="activation", low=low, high=high, height=LARGE, bar_beside=True
    )


def channel_picture(
    values: FloatArray, channel: int, between: Span, *, text: str, head: str
) -> ImageArray:
    """One channel in true values to take along, with its colour bar and words."""
    low, high = between
    picture = colorize(values[:, :, channel], low=low, high=high)
    bar = exports.ColourBar("viridis", number(low), f"{number(high)} activation")
    return exports.sheet(picture, text, bar, smooth=False, head=head)


def channel_words(values: FloatArray, layer: str, channel: int, title: str) -> str:
    """What one channel's map shows."""
    channel_map = values[:, :, channel]
    name = f"{layer}, channel {channel}, {title}"
    if channel_map.max() == channel_map.min():
        return f"{name}: blank, {number(float(channel_map.max()))} everywhere."
    low, high = number(float(channel_map.min())), number(float(channel_map.max()))
    return f"{name}: {times(*channel_map.shape)} cells, {low} to {high}."


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

"""The kernels that a network reads the photo with, beside the Gabor filters that fit best."""

from __future__ import annotations

from math import degrees, sqrt
from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.images.levels import levels
from cnnviz_core.images.rendering import BACKGROUND, enlarge, montage, rgb_kernels
from cnnviz_engine.requests.gabor import GaborFitsRequest
from cnnviz_ui.frame import own_model
from cnnviz_ui.frame.page import caption, heading, note
from cnnviz_ui.frame.results import ask
from cnnviz_ui.frame.text import count, number, percent, times
from cnnviz_ui.widgets import exports, pictures, snippets, tiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz_core.arrays import FloatArray, ImageArray
    from cnnviz_core.lab.gabor_results import GaborFit, GaborFits

    Open = Callable[[float, float, float], None]

ACROSS = 3
SMALLEST = 100
"""Pixels of a tile, which is a kernel and its Gabor filter side by side."""
TITLE = "What the network learned"
NO_BETTER, MOSTLY = 0.1, 0.8
"""R² over that of chance below which Gabor filters say nothing; R² above which they say most."""


def draw(model: str, open_filter: Open) -> None:
    """Each kernel and its Gabor filter, best first; a click calls `open_filter` with the latter."""
    request = GaborFitsRequest(model=model)
    found = ask(request, noun="Gabor filters that fit the first layer", refused=_refused)
    if found is None:
        return
    order = best_first(found)
    heading(TITLE, layer_words(found))
    height, width = found.patterns.shape[:2]
    tiles.show(
        tiles.Tiles(
            request.key,
            lambda: pair_tiles(found, order),
            (height, 2 * width + 1),
            [fit_words(found, index) for index in order],
            captions=[_short(found.fits[index]) for index in order],
            across=ACROSS,
            smallest=SMALLEST,
        ),
        key="learned-gabors",
        label=f"{TITLE}: {layer_words(found)}",
        on_tile=lambda tile: _follow(found.fits[order[tile]], open_filter),
    )
    caption(pair_words(found))
    pictures.downloads(
        pictures.file_name(own_model.title_of(model), found.layer, "gabor-fits"),
        picture=lambda: _picture(found, order, own_model.title_of(model)),
        arrays=arrays(found),
        code=snippets.code(request, found),
    )


def best_first(found: GaborFits) -> list[int]:
    """Kernels by how well they are fitted; those without a fit come last."""
    reached = [-1.0 if fit is None else fit.r_squared for fit in found.fits]
    return sorted(range(len(reached)), key=lambda index: -reached[index])


def layer_words(found: GaborFits) -> str:
    """How much of a layer Gabor filters explain, and what that is worth."""
    height, width = found.patterns.shape[:2]
    fitted = [fit for fit in found.fits if fit is not None]
    of_all = "" if len(found.fits) == found.filters else f"the first {len(found.fits)} of "
    head = f"{found.layer}, {of_all}{count(found.filters, 'kernel')} of {times(height, width)}"
    if not fitted or found.by_chance is None:
        return f"{head}: each is the same everywhere, so there is nothing to fit."
    mean = sum(fit.r_squared for fit in fitted) / len(fitted)
    words = (
        f"{head}. Gabor filters explain R² = {mean:.2f} of their variance on average; of the same "
        f"weights in random order {found.by_chance:.2f}."
    )
    if fitted[0].degrees_of_freedom < 1:
        words += (
            f" A Gabor filter has nine numbers to choose, and a kernel {height * width}: a good "
            "fit says nothing here."
        )
    elif mean - found.by_chance < NO_BETTER:
        words += " Chance does about as well: these are hardly Gabor filters."
    elif mean > MOSTLY:
        words += " So most of these kernels are what Gabor filters are: stripes and edges."
    return words


def pair_words(found: GaborFits) -> str:
    """What a tile shows."""
    colour = ""
    if found.weights.shape[2] > 1:
        share = percent(float(found.shares.mean()))
        colour = f" Fitted is its main component, one pattern in one colour ({share} of it)."
    return (
        "Each tile: a learned kernel, and beside it the Gabor filter that fits best, mid grey for "
        f"zero; best first.{colour} A click opens that filter, with the mean of its two widths."
    )


def fit_words(found: GaborFits, index: int) -> str:
    """One kernel's filter in numbers."""
    fit = found.fits[index]
    if fit is None:
        return f"kernel {index}: the same everywhere, nothing to fit"
    return (
        f"kernel {index}: R² {fit.r_squared:.3f}, {number(fit.frequency)} cycles per pixel, "
        f"{degrees(fit.theta):.0f}°, \u03c3 {number(fit.sigma_along)} along and "
        f"{number(fit.sigma_across)} across"
    )


def _short(fit: GaborFit | None) -> str:
    return "no variation" if fit is None else f"R² {fit.r_squared:.3f}"


def pair_tiles(found: GaborFits, order: list[int]) -> ImageArray:
    """Kernel and filter side by side, RGB uint8 (count, height, 2 width + 1, 3)."""
    learned = _learned(found)
    height, width = found.patterns.shape[:2]
    pairs = np.full((len(order), height, 2 * width + 1, 3), BACKGROUND, np.uint8)
    for place, index in enumerate(order):
        fit = found.fits[index]
        values = np.zeros((height, width), np.float32) if fit is None else fit.values
        pairs[place, :, :width] = learned[index]
        pairs[place, :, width + 1 :] = _in_grey(values)
    return pairs


def _learned(found: GaborFits) -> ImageArray:
    if found.weights.shape[2] == 3:
        return rgb_kernels(found.weights)
    return np.stack([_in_grey(pattern) for pattern in np.moveaxis(found.patterns, -1, 0)])


def _in_grey(values: FloatArray) -> ImageArray:
    grey = levels(values / (np.abs(values).max() or 1) / 2 + 0.5)
    return np.repeat(grey[..., None], 3, axis=-1)


def _picture(found: GaborFits, order: list[int], head: str) -> ImageArray:
    pairs = pair_tiles(found, order)
    factor = max(1, 160 // pairs.shape[2])
    large = np.stack([enlarge(pair, factor) for pair in pairs])
    words = f"{layer_words(found)} {pair_words(found)}"
    return exports.sheet(montage(large, columns=8, gap=6), words, smooth=False, head=head)


def arrays(found: GaborFits) -> dict[str, FloatArray]:
    """Kernels, their filters, and how well those fit: 0 and NaN where nothing was to be fitted."""
    blank = np.zeros(found.patterns.shape[:2], np.float32)
    drawn = [blank if fit is None else fit.values for fit in found.fits]
    reached = [np.nan if fit is None else fit.r_squared for fit in found.fits]
    return {
        "weights": found.weights,
        "patterns": found.patterns,
        "filters": np.stack(drawn, axis=-1),
        "r_squared": np.array(reached, np.float32),
    }


def _follow(fit: GaborFit | None, open_filter: Open) -> None:
    if fit is not None:
        width = sqrt(fit.sigma_along * fit.sigma_across)
        open_filter(fit.frequency, degrees(fit.theta), width)


def _refused(sentence: str) -> None:
    heading(TITLE)
    note(sentence)

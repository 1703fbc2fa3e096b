"""Maps side by side on one colour scale: two of anything, or many methods on one photo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from cnnviz_core.images.rendering import colorize, montage
from cnnviz_core.maps.comparison import difference, rank_correlation
from cnnviz_core.targets import Contrast
from cnnviz_ui.compare.colour_scale import Shown, Together, asked_map, colour_bar
from cnnviz_ui.compare.sides import both_sides
from cnnviz_ui.explain import heatmaps, pickers
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import caption, facts, note
from cnnviz_ui.frame.text import number, percent
from cnnviz_ui.widgets import controls, pictures
from cnnviz_ui.widgets.drawer import controls_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlit.delta_generator import DeltaGenerator

    from cnnviz_core.arrays import FloatArray, ImageArray
    from cnnviz_core.attribution.catalogue import Method
    from cnnviz_ui.frame.sidebar import Choice

COMPARED_SIDE = 320
"""Longer side, in pixels, of the grid over the photo on which two maps are compared."""
QUICK = ("grad_cam", "grad_cam_plus_plus", "hires_cam", "layer_cam", "eigen_cam", "saliency")
COLUMNS = 4
NO_DIFFERENCE = (
    "A and B show different photos, so a difference place by place has no meaning. "
    "Choose one photo for both to see where the maps differ."
)


def two(choice: Choice, look: heatmaps.Look) -> None:
    """A and B over their photos on one colour scale, and B - A."""
    sides = both_sides(choice)
    if sides is None:
        return
    left, right = st.columns([2, 1], gap="small")
    with left:
        cells = [column.container() for column in st.columns(2, gap="small")]
        below = st.container()
    asked = [
        asked_map(side.photo, side.request, f"Map {side.name}", cell, look, refused=note)
        for side, cell in zip(sides, cells, strict=True)
    ]
    maps = [shown_map for shown_map in asked if shown_map is not None]
    if len(maps) < len(sides):
        return
    together = Together.of(maps, look)
    for position, (side, cell) in enumerate(zip(sides, cells, strict=True)):
        with cell:
            together.show(position, width=310, height=290)
            caption(f"{side.name}: {what(maps[position])}")
    with below:
        together.bar([side.name for side in sides])
    with right:
        _difference(together)


def many(choice: Choice, look: heatmaps.Look) -> None:
    """One photo, one class, any methods."""
    asked = pickers.subject(choice)
    if asked is None:
        return
    columns = controls_row([4.6, 4.4, 2.2])
    with columns[0]:
        methods = methods_picker(QUICK)
    with columns[1]:
        classes = pickers.class_pickers(asked)
    with columns[2]:
        layer = pickers.layer_picker(asked.structure)
    bar, cells = st.container(), grid(len(methods))
    answers = []
    for method, cell in zip(methods, cells, strict=True):
        request = pickers.attribution_request(asked, method, classes, layer=layer)
        shown_map = asked_map(choice.photo, request, method.title, cell, look, refused=note)
        if shown_map is not None:
            answers.append((method, cell, shown_map))
    if not answers:
        return
    together = Together.of([shown_map for _, _, shown_map in answers], look, shares=True)
    for position, (method, cell, shown_map) in enumerate(answers):
        with cell:
            together.show(position, width=236, height=180)
            caption(_method_words(method, shown_map, together.scale.divisors[position]))
    with bar:
        together.bar()


def methods_picker(first: Sequence[str], *, key: Key = Key.METHODS) -> list[Method]:
    """Any methods, in the catalogue's order; where none is chosen, it says so."""
    by_title = {method.title: method for method in pickers.methods_of(*pickers.FAMILIES)}
    chosen = controls.several(
        "Methods",
        list(by_title),
        key=key,
        default=[method.title for method in by_title.values() if method.name in first],
        help_text="Methods of many passes take longer; their maps appear as they finish.",
    )
    if not chosen:
        note("Choose at least one method.")
    return [method for title, method in by_title.items() if title in chosen]


def what(one: Shown) -> str:
    """What a map explains: method, layer, model, class, and how sure the model is of it."""
    attribution = one.found
    place = f" at {attribution.layer}" if attribution.layer else ""
    words = f"{attribution.method}{place} of {one.model}"
    method = heatmaps.method_of(attribution)
    if method is not None and not method.class_specific:
        return f"{words}, whatever the class."
    sure = f"{attribution.score_units} {number(attribution.score)}"
    if not isinstance(attribution.target, Contrast):
        sure = f"{sure}, {percent(attribution.probability)}"
    words = f"{words} for {attribution.target.label} ({sure})."
    return f"{words} No positive evidence: nothing to colour." if attribution.empty else words


def _method_words(method: Method, shown_map: Shown, divisor: float) -> str:
    cost = "many passes" if method.progressive else "one pass"
    if shown_map.found.empty:
        return f"{method.title} ({cost}): no positive evidence, nothing to colour."
    return f"{method.title} ({cost}): strongest colour {number(divisor)} {shown_map.found.units}."


def grid(count: int) -> list[DeltaGenerator]:
    """So many cells to draw in, four a row."""
    cells: list[DeltaGenerator] = []
    for _ in range(0, count, COLUMNS):
        cells += [column.container() for column in st.columns(COLUMNS, gap="small")]
    return cells[:count]


def _difference(together: Together) -> None:
    """B - A over the photo's shape, its colour bar, and how well the two agree in order."""
    first, second = together.maps
    if first.photo.digest != second.photo.digest:
        note(NO_DIFFERENCE)
        pictures.downloads("a-and-b", arrays=_arrays(together))
        return
    height, width = _grid_size(first)
    values = _values(together, height, width)
    limit = _limit(values, together)
    key = pictures.picture_key("difference", first.key, second.key, limit)
    words = "B minus A: red where B's map is higher, blue where A's is, white where they agree."
    file = pictures.encoded(key, lambda: colorize(values, "diverging", low=-limit, high=limit))
    pictures.show(file, alt=words, text=words, width=310, height=290)
    units = together.scale.units if together.scale.shared else "of a maximum"
    low, high = together.value(-limit), f"+{together.value(limit)} {units}"
    colour_bar("diverging", low, high, "")
    agreement = rank_correlation(
        *(shown_map.found.resized(height, width) for shown_map in together.maps)
    )
    facts([("Rank correlation of A and B (Spearman)", f"{agreement:.2f}")])
    pictures.downloads(
        "a-and-b",
        picture=lambda: _all_three(together, limit),
        arrays=_arrays(together) | {"difference": values},
    )


def _grid_size(shown_map: Shown) -> tuple[int, int]:
    """Height and width of the grid of comparison, which has the photo's proportions."""
    height, width = shown_map.photo.pixels.shape[:2]
    share = min(1.0, COMPARED_SIDE / max(height, width))
    return max(1, round(height * share)), max(1, round(width * share))


def _values(together: Together, height: int, width: int) -> FloatArray:
    """B - A on a grid, in the units of the scale."""
    first, second = (shown_map.found.resized(height, width) for shown_map in together.maps)
    scale = together.scale
    return difference(first, second, (1.0, 1.0) if scale.shared else scale.divisors)


def _limit(values: FloatArray, together: Together) -> float:
    """The difference of the strongest colour: the largest, or where maps are clipped nearly so."""
    magnitudes = np.abs(values)
    percentile = heatmaps.EYE_PERCENTILE if together.clipped else 100
    return float(np.percentile(magnitudes, percentile)) or float(magnitudes.max()) or 1.0


def _all_three(together: Together, limit: float) -> ImageArray:
    """A, B and B - A side by side, as shown."""
    tiles = [together.overlay(position) for position in range(2)]
    values = _values(together, *tiles[0].shape[:2])
    tiles.append(colorize(values, "diverging", low=-limit, high=limit))
    return montage(np.stack(tiles), columns=3, gap=8)


def _arrays(together: Together) -> dict[str, FloatArray]:
    """Both maps as computed."""
    return {"a": together.maps[0].found.values, "b": together.maps[1].found.values}

"""Maps side by side on one colour scale: two of anything, or many methods on one photo."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from cnnviz_core.images.rendering import colorize
from cnnviz_core.maps.comparison import difference, rank_correlation
from cnnviz_core.targets import Contrast
from cnnviz_ui.compare.colour_scale import Shown, Together, asked_map, colour_bar, shares_picker
from cnnviz_ui.compare.sides import both_sides
from cnnviz_ui.compare.taking_along import take_along
from cnnviz_ui.explain import heatmaps, pickers
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import caption, facts, note
from cnnviz_ui.frame.text import number, percent
from cnnviz_ui.widgets import controls, pictures
from cnnviz_ui.widgets.drawer import controls_row
from cnnviz_ui.widgets.exports import ColourBar, Tile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlit.delta_generator import DeltaGenerator

    from cnnviz_core.arrays import FloatArray
    from cnnviz_core.attribution.catalogue import Method
    from cnnviz_ui.frame.sidebar import Choice

COMPARED_SIDE = 320
"""Longer side, in pixels, of the grid over the photo on which two maps are compared."""
QUICK = ("grad_cam", "grad_cam_plus_plus", "hires_cam", "layer_cam", "eigen_cam", "saliency")
COLUMNS = 4
BOX = {"width": 310, "height": 290}
"""Pixels for each of three pictures at 1280 x 720."""
NAMES = ("a", "b")
DIFFERENCE = "B minus A: red where B's map is higher, blue where A's is, white where they agree."
LEAST_DIFFERENCE = 0.01
"""Share of the strongest colour's value that the strongest colour of a difference stands for."""
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
    with below:
        together = Together.of(maps, look, shares=shares_picker(maps))
        together.bar([side.name for side in sides])
    words = [f"{side.name}: {what(one)}" for side, one in zip(sides, maps, strict=True)]
    for position, (text, cell) in enumerate(zip(words, cells, strict=True)):
        with cell:
            together.show(position, **BOX)
            caption(text)
    with right:
        _difference(together, words)


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
    maps = [shown_map for _, _, shown_map in answers]
    with bar:
        together = Together.of(maps, look, shares=shares_picker(maps))
        together.bar()
    words = []
    for position, (method, cell, shown_map) in enumerate(answers):
        words.append(_method_words(method, shown_map, together.scale.divisors[position]))
        with cell:
            together.show(position, width=236, height=180)
            caption(words[-1])
    names = [method.name for method, _, _ in answers]
    take_along(together, names, words, title="Many methods")


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


def _difference(together: Together, words: Sequence[str]) -> None:
    """B - A over the photo's shape, its colour bar, and how well the two agree in order."""
    first, second = together.maps
    if first.photo.digest != second.photo.digest:
        note(NO_DIFFERENCE)
        take_along(together, NAMES, words, title="A and B", called=("A", "B"))
        return
    height, width = _grid_size(first)
    values = _values(together, height, width)
    limit = _limit(values, together)
    picture = partial(colorize, values, "diverging", low=-limit, high=limit)
    file = pictures.encoded(
        pictures.picture_key("difference", first.key, second.key, limit), picture
    )
    pictures.show_growing("difference", file, alt=DIFFERENCE, text=DIFFERENCE, **BOX)
    bar = _difference_bar(together, limit)
    colour_bar(bar.colormap, bar.low, bar.high, "")
    agreement = rank_correlation(
        *(shown_map.found.resized(height, width) for shown_map in together.maps)
    )
    facts([("Rank correlation of A and B (Spearman)", f"{agreement:.2f}")])
    take_along(
        together,
        NAMES,
        words,
        title="A and B",
        called=("A", "B"),
        more=[Tile(picture(), DIFFERENCE)],
        bars=[bar],
        arrays={"difference": values},
        then=_difference_code(together, height, width),
    )


def _difference_bar(together: Together, limit: float) -> ColourBar:
    units = together.scale.units if together.scale.shared else "of a maximum"
    return ColourBar("diverging", together.value(-limit), f"+{together.value(limit)} {units}")


def _difference_code(together: Together, height: int, width: int) -> str:
    """The line that gives B - A again, of both maps on the grid of comparison."""
    terms = [
        f"resized(arrays[{name!r}], {height}, {width})"
        + (f" / {divisor!r}" if divisor != 1 else "")
        for name, divisor in zip(NAMES, _divisors(together), strict=True)
    ]
    return (
        "from cnnviz_core.images.resizing import resized\n"
        f"arrays['difference'] = {terms[1]} - {terms[0]}\n"
    )


def _grid_size(shown_map: Shown) -> tuple[int, int]:
    """Height and width of the grid of comparison, which has the photo's proportions."""
    height, width = shown_map.photo.pixels.shape[:2]
    share = min(1.0, COMPARED_SIDE / max(height, width))
    return max(1, round(height * share)), max(1, round(width * share))


def _values(together: Together, height: int, width: int) -> FloatArray:
    """B - A on a grid, in the units of the scale."""
    first, second = (shown_map.found.resized(height, width) for shown_map in together.maps)
    return difference(first, second, _divisors(together))


def _divisors(together: Together) -> tuple[float, ...]:
    """What values are divided by before they are compared: nothing where they share a scale."""
    return (1.0, 1.0) if together.scale.shared else together.scale.divisors


def _limit(values: FloatArray, together: Together) -> float:
    """The difference of the strongest colour: the largest, or where maps are clipped nearly so.

    Differences that are nothing but rounding would else be spread over all colours.
    """
    magnitudes = np.abs(values)
    percentile = heatmaps.EYE_PERCENTILE if together.clipped else 100
    limit = float(np.percentile(magnitudes, percentile)) or float(magnitudes.max())
    return max(limit, LEAST_DIFFERENCE * together.scale.strongest)

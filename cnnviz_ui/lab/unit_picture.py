"""One unit's arithmetic as a picture: the map with its place, and the grids of what gives most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from cnnviz_core.images.rendering import colorize, enlarge
from cnnviz_ui.frame.text import number
from cnnviz_ui.widgets.fonts_internals import font

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz_core.arrays import FloatArray, ImageArray
    from cnnviz_core.lab.results import Arithmetic, Term, Workings
    from cnnviz_ui.lab.unit_data import Names

SIDE, GAP, LINE, TEXT = 460, 24, 34, 22
MOST_CELL, LEAST_CELL = 64, 4
READABLE = 44
"""Pixels of a cell from which on its number is written into it."""
MOST_TERMS = 4
GRIDS = 640
"""Pixels that the grids of one map may be wide."""
PAPER, INK, FRAME = (255, 255, 255), (22, 35, 43), (214, 0, 108)
_BLUE, _RED = np.array([33, 102, 172]), np.array([178, 24, 43])


def span(found: Workings) -> tuple[float, float]:
    """The values of the first and the last colour of the map, never without zero."""
    return min(0.0, float(found.values.min())), max(0.0, float(found.values.max()))


def drawn(found: Workings, unit: Arithmetic, names: Names) -> ImageArray:
    """The map on the left, the terms with the largest share on the right."""
    terms = unit.terms[:MOST_TERMS]
    grids = 1 if terms[0].kernel is None else 3
    high, wide = terms[0].patch.shape
    cell = max(LEAST_CELL, min(MOST_CELL, (GRIDS - 2 * LINE) // (grids * wide)))
    row = LINE + high * cell + GAP // 2
    left = SIDE + GAP if found.values.size > 1 else 0  # one number alone is no map
    size = (left + max(GRIDS, grids * wide * cell + 2 * LINE), max(left, row * len(terms)))
    picture = Image.new("RGB", size, PAPER)
    if left:
        picture.paste(_map(found, unit), (0, 0))
    pen = ImageDraw.Draw(picture)
    limits = [max(float(np.abs(each).max()) for each in kind) or 1.0 for kind in _kinds(terms)]
    for place, term in enumerate(terms):
        pen.text((left, place * row), _name(term, names), font=font(TEXT), fill=INK)
        _term(pen, term, (left, place * row + LINE), cell, limits)
    return np.asarray(picture)


def _map(found: Workings, unit: Arithmetic) -> Image.Image:
    low, high = span(found)
    rows, columns = found.values.shape
    factor = max(1, SIDE // max(rows, columns))
    large = enlarge(colorize(found.values, low=low, high=high), factor)
    picture = Image.fromarray(large)
    place = (unit.x * factor, unit.y * factor)
    corner = (place[0] + factor, place[1] + factor)
    ImageDraw.Draw(picture).rectangle((place, corner), outline=FRAME, width=3)
    picture.thumbnail((SIDE, SIDE))
    return picture


def _name(term: Term, names: Names) -> str:
    layer, channel = term.source.layer, term.source.channel
    words = f"{layer}, {names.channel(layer, channel)}" if layer else "the photo, 0 to 255"
    return f"{words}: {number(term.total)}"


def _term(
    pen: ImageDraw.ImageDraw,
    term: Term,
    corner: tuple[int, int],
    cell: int,
    limits: Sequence[float],
) -> None:
    left, top = corner
    middle = top + term.patch.shape[0] * cell // 2
    grids = _grids(term)
    for grid, limit, sign in zip(grids, limits, ("\u00d7", "=", "")[-len(grids) :], strict=True):
        _grid(pen, grid, (left, top), cell, limit)
        left += grid.shape[1] * cell
        pen.text((left + LINE // 2, middle), sign, font=font(TEXT), fill=INK, anchor="mm")
        left += LINE


def _kinds(terms: Sequence[Term]) -> list[list[FloatArray]]:
    """All patches, all kernels, all products: what shares its colours."""
    return [list(kind) for kind in zip(*map(_grids, terms), strict=True)]


def _grids(term: Term) -> Sequence[FloatArray]:
    return (term.patch,) if term.kernel is None else (term.patch, term.kernel, term.products)


def _grid(
    pen: ImageDraw.ImageDraw,
    values: FloatArray,
    corner: tuple[int, int],
    cell: int,
    limit: float,
) -> None:
    """Blue, white and red about zero, up to a limit; with numbers where there is room."""
    for (row, column), value in np.ndenumerate(values):
        share = min(1.0, abs(float(value)) / limit)
        end = _BLUE if value < 0 else _RED
        colour = tuple(int(level) for level in np.round(255 + (end - 255) * share))
        left, top = corner[0] + column * cell, corner[1] + row * cell
        pen.rectangle((left, top, left + cell - 1, top + cell - 1), fill=colour, outline=(128,) * 3)
        if cell >= READABLE:
            ink = INK if share < 0.6 else PAPER
            middle = (left + cell // 2, top + cell // 2)
            pen.text(middle, number(float(value)), font=font(cell // 4), fill=ink, anchor="mm")

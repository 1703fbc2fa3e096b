"""The patterns of a whole layer on one sheet: each tile to point at, and to open by a click."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.images.levels import levels
from cnnviz_core.images.rendering import montage, montage_centres
from cnnviz_ui.frame.page import caption
from cnnviz_ui.frame.text import number
from cnnviz_ui.patterns import words
from cnnviz_ui.widgets import figures, pictures, snippets
from cnnviz_ui.widgets.controls import open_filter

if TYPE_CHECKING:
    from cnnviz_core.arrays import ImageArray
    from cnnviz_core.looking.results import Structure
    from cnnviz_core.maximization.results import Patterns
    from cnnviz_engine.requests.patterns import PatternsRequest

PAGE_WIDTH = 956
"""Width in pixels that a sheet has beside the sidebar at 1280 pixels."""


def draw_preview(grown: Patterns) -> None:
    """What has grown so far, by number."""
    pictures.show_passing(sheet(grown), alt="The patterns so far", wide=True)


def draw(grown: Patterns, request: PatternsRequest, structure: Structure, order: str) -> None:
    """The finished sheet, and which of its filters stay silent."""
    ranks = ranking(grown, order)
    word = words.unit_word(structure, request.layer)
    figures.clickable(
        sheet_figure(grown, request, ranks, word),
        key="sheet",
        alt=f"{words.noun(structure, request)}, {order.lower()}",
        on_tile=lambda tile: open_filter(request.indices[ranks[tile]]),
    )
    silent = words.silent_sentence(grown, request.indices, word)
    if silent:
        caption(silent)
    if linear := words.linear_sentence(structure, request.layer):
        caption(linear)
    caption(
        f"{request.layer}: {word}s {request.indices[0]} to {request.indices[-1]}, {order.lower()}, "
        f"by the {words.preset_name(grown.preset)} preset, seed {grown.seed}. Point at one to read "
        "the activation that it reached; click it to open it."
    )
    pictures.downloads(
        "patterns",
        picture=lambda: sheet(grown, ranks),
        arrays={
            "images": grown.images,
            "channels": np.asarray(request.indices),
            "reached": grown.reached,
            "start": grown.start,
            "history": grown.history,
        },
        code=snippets.code(request, grown),
    )


def ranking(grown: Patterns, order: str) -> list[int]:
    """Which pattern stands where: highest value first and silent ones last, or by number."""
    if order != "Best first":
        return list(range(len(grown.names)))
    ranks = np.lexsort((-grown.reached, ~grown.alive))
    return [int(rank) for rank in ranks]


def columns(amount: int) -> int:
    """Tiles a row: few enough to be seen on a projector, and such that the last row is full."""
    if amount <= 16:
        return min(amount, 8)
    return min((12, 11, 10), key=lambda across: -amount % across)


def gap(side: int) -> int:
    """Pixels between tiles of a side, the same share of tiles of any size."""
    return max(1, side // 24)


def sheet(grown: Patterns, ranks: list[int] | None = None) -> ImageArray:
    """All patterns as one picture, in the order given."""
    images = grown.images if ranks is None else grown.images[ranks]
    amount, height = images.shape[:2]
    return montage(levels(images), columns=columns(amount), gap=gap(height))


def sheet_figure(
    grown: Patterns, request: PatternsRequest, ranks: list[int], word: str
) -> figures.Figure:
    """All patterns with a click target on each, which says its value."""
    key = pictures.picture_key("patterns", request.key, ranks)
    picture = pictures.encoded(key, lambda: sheet(grown, ranks), lossy=True)
    amount, height, width, _ = grown.images.shape
    between, across = gap(height), columns(amount)
    rows = -(-amount // across)
    area = (rows * (height + between) - between, across * (width + between) - between)
    return figures.montage_figure(
        picture,
        area,
        montage_centres(amount, height, width, columns=across, gap=between),
        [_tile_words(grown, request, rank, word) for rank in ranks],
        tile=(height, width),
        height=round(PAGE_WIDTH * area[0] / area[1]) + 8,
    )


def _tile_words(grown: Patterns, request: PatternsRequest, rank: int, word: str) -> str:
    value = number(float(grown.reached[rank]))
    silent = "" if grown.alive[rank] else ", silent"
    return f"{word} {request.indices[rank]}: activation {value}{silent}"

"""The patterns of a whole layer on one sheet: each tile to point at, and to open by a click."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.images.levels import levels
from cnnviz_core.images.rendering import montage
from cnnviz_ui.frame.page import caption
from cnnviz_ui.frame.text import number
from cnnviz_ui.patterns import words
from cnnviz_ui.widgets import pictures, snippets, tiles
from cnnviz_ui.widgets.controls import open_filter

if TYPE_CHECKING:
    from cnnviz_core.arrays import ImageArray
    from cnnviz_core.looking.results import Structure
    from cnnviz_core.maximization.results import Patterns
    from cnnviz_engine.requests.patterns import PatternsRequest


def draw_preview(grown: Patterns) -> None:
    """What has grown so far, by number."""
    pictures.show_passing(sheet(grown), alt="The patterns so far", wide=True)


def draw(grown: Patterns, request: PatternsRequest, structure: Structure, order: str) -> None:
    """The finished sheet, and which of its filters stay silent."""
    ranks = ranking(grown, order)
    word = words.unit_word(structure, request.layer)
    tiles.show(
        sheet_tiles(grown, request, ranks, word),
        key="sheet",
        label=f"{words.noun(structure, request)}, {order.lower()}",
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


def sheet_tiles(
    grown: Patterns, request: PatternsRequest, ranks: list[int], word: str
) -> tiles.Tiles:
    """All patterns as tiles, each of which says its value."""
    amount, height, width, _ = grown.images.shape
    return tiles.Tiles(
        pictures.picture_key("patterns", request.key, ranks),
        lambda: levels(grown.images[ranks]),
        (height, width),
        [_tile_words(grown, request, rank, word) for rank in ranks],
        across=columns(amount),
        lossy=True,
    )


def _tile_words(grown: Patterns, request: PatternsRequest, rank: int, word: str) -> str:
    value = number(float(grown.reached[rank]))
    silent = "" if grown.alive[rank] else ", silent"
    return f"{word} {request.indices[rank]}: activation {value}{silent}"

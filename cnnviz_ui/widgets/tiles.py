"""Pictures side by side, each a button: to click, to reach by Tab, to walk through by arrow keys.

As many stand in a row as the screen has room for. One file holds all of them; the browser cuts it.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_core.images.rendering import montage
from cnnviz_ui.frame import state
from cnnviz_ui.widgets.pictures import encoded, picture_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnnviz_core.arrays import ImageArray

SMALLEST = 70
"""Pixels below which a tile is too small to be seen in a class."""
SHARP_CELLS = 48
"""Tiles of fewer cells a side are drawn cell by cell, others smoothly."""
_HERE = Path(__file__).parent
_mounted = st.components.v2.component(
    "cnnviz_tiles",
    html=(
        "<div class='room'><div class='tiles' role='group' aria-describedby='hint'></div></div>"
        "<p class='unseen' id='hint'>Arrow keys move from tile to tile, Enter opens one.</p>"
    ),
    css=(_HERE / "tiles.css").read_text(encoding="utf-8"),
    js=(_HERE / "tiles.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True, eq=False)
class Tiles:
    """What to show.

    Attributes:
        key: names the pictures: equal keys, equal pictures.
        pictures: makes them, RGB uint8 (count, height, width, 3); called where the key is new.
        size: (height, width) of a picture.
        names: what each is, for pointing at it and for screen readers.
        captions: what stands below each; none where empty.
        across: most tiles a row.
        smallest: least width of a tile on the page, in pixels.
        fixed: whether rows have meaning, so that each has exactly `across` tiles.
        lossy: whether the eye alone looks at them, so that JPEG will do.
    """

    key: str
    pictures: Callable[[], ImageArray]
    size: tuple[int, int]
    names: Sequence[str]
    captions: Sequence[str] = ()
    across: int = 8
    smallest: int = SMALLEST
    fixed: bool = False
    lossy: bool = False


def show(
    tiles: Tiles,
    *,
    key: str,
    label: str,
    on_tile: Callable[[int], None],
    marked: int | None = None,
) -> None:
    """Show tiles; opening one calls `on_tile` with its number before the page reruns.

    Args:
        tiles: what to show.
        key: its name on the page.
        label: what all of them are, for screen readers.
        on_tile: takes the number of a tile.
        marked: the tile with a frame around it.
    """
    sheet = encoded(picture_key("sheet", tiles.key), lambda: _sheet(tiles), lossy=tiles.lossy)
    kind = "jpeg" if tiles.lossy else "png"

    def follow() -> None:
        opened = getattr(state.value(key), "opened", None)
        if isinstance(opened, int) and 0 <= opened < len(tiles.names):
            on_tile(opened)

    _mounted(
        key=key,
        data={
            "label": label,
            "sheet": f"data:image/{kind};base64,{base64.b64encode(sheet).decode()}",
            "columns": min(tiles.across, len(tiles.names)),
            "tile": list(tiles.size),
            "names": list(tiles.names),
            "captions": list(tiles.captions),
            "across": tiles.across,
            "smallest": tiles.smallest,
            "fixed": tiles.fixed,
            "sharp": max(tiles.size) < SHARP_CELLS,
            "marked": marked,
        },
        on_opened_change=follow,
    )


def _sheet(tiles: Tiles) -> ImageArray:
    return montage(tiles.pictures(), columns=tiles.across, gap=0)

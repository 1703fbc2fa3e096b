"""Keys for charts: tiles to step through and open, values of a map to read, without a mouse."""

from __future__ import annotations

import html
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from cnnviz_ui.frame import state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamlit.components.v2.types import ComponentRenderer

_HERE = Path(__file__).parent


def _component() -> ComponentRenderer:
    return st.components.v2.component(
        "cnnviz.chart_keys",
        html="<div class='chart-keys' hidden></div>",
        css=(_HERE / "chart_keys.css").read_text(encoding="utf-8"),
        js=(_HERE / "chart_keys.js").read_text(encoding="utf-8"),
        isolate_styles=False,
    )


_keys = _component()


@contextmanager
def over_tiles(
    figure: dict[str, Any], *, key: str, alt: str, on_tile: Callable[[int], None]
) -> Iterator[None]:
    """A place for a montage, whose tiles arrow keys step through and Enter opens.

    Args:
        figure: of `figures.montage_figure`.
        key: of the chart that is drawn here.
        alt: what the montage shows.
        on_tile: called with a tile's number before the page reruns.
    """
    name = f"_keys-{key}"

    def follow() -> None:
        opened = state.value(name).opened
        if isinstance(opened, int) and 0 <= opened < amount:
            on_tile(opened)

    tiles = _tiles(figure)
    amount = len(tiles["names"])
    with st.container(key=f"keyed-{key}"):
        _keys(key=name, data=tiles | {"label": alt}, height="content", on_opened_change=follow)
        yield


@contextmanager
def over_cells(figure: dict[str, Any], *, key: str, alt: str) -> Iterator[None]:
    """A place for a heat map, whose values arrow keys read, beginning at the largest."""
    values = np.asarray(figure["data"][0]["z"])
    rows, columns = values.shape
    row, column = divmod(int(np.argmax(values)), columns)
    data = {"kind": "cells", "label": alt, "rows": rows, "columns": columns}
    with st.container(key=f"keyed-{key}"):
        _keys(key=f"_keys-{key}", data=data | {"largest": [row, column]})
        yield


def _tiles(figure: dict[str, Any]) -> dict[str, Any]:
    """Where the tiles of a montage lie, in shares of its width and height, and what they are."""
    targets, layout = figure["data"][0], figure["layout"]
    size = np.abs(np.diff([layout["xaxis"]["range"], layout["yaxis"]["range"]])[:, 0])
    centres = (np.stack([targets["x"], targets["y"]], axis=-1) + 0.5) / size
    columns = int((centres[:, 1] == centres[0, 1]).sum())
    return {
        "kind": "tiles",
        "names": [html.unescape(name) for name in targets["text"]],
        "centres": centres.round(5).tolist(),
        "size": (np.asarray(layout["meta"]["tile"])[::-1] / size).round(5).tolist(),
        "columns": columns,
        "marked": layout["meta"]["marked"],
    }

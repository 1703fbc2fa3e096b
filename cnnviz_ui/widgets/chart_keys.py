"""Keys for charts: the values of a map to read, without a mouse."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Iterator

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
def over_cells(figure: dict[str, Any], *, key: str, alt: str) -> Iterator[None]:
    """A place for a heat map, whose values arrow keys read, beginning at the largest."""
    values = np.asarray(figure["data"][0]["z"])
    rows, columns = values.shape
    row, column = divmod(int(np.argmax(values)), columns)
    data = {"label": alt, "rows": rows, "columns": columns, "largest": [row, column]}
    with st.container(key=f"keyed-{key}"):
        _keys(key=f"_keys-{key}", data=data)
        yield

"""Keys for charts: the values of a map to read one by one, without a mouse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

_HERE = Path(__file__).parent
_keys = st.components.v2.component(
    "cnnviz.chart_keys",
    html="<div class='chart-keys' hidden></div>",
    css=(_HERE / "chart_keys.css").read_text(encoding="utf-8"),
    js=(_HERE / "chart_keys.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def read_cells(figure: dict[str, Any], *, key: str, alt: str) -> None:
    """Let arrow keys read the values of a heat map, beginning at the largest.

    Args:
        figure: the map, which is drawn next, in the same container of its own.
        key: of its chart.
        alt: what it shows.
    """
    values = np.asarray(figure["data"][0]["z"])
    row, column = divmod(int(np.argmax(values)), values.shape[1])
    _keys(
        key=f"_keys-{key}",
        data={"label": alt, "shape": list(values.shape), "largest": [row, column]},
    )

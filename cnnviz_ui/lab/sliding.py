"""A kernel slides over an input, in the browser: step by step, by pointer and by keys.

All numbers come once; what is pointed at never asks the server.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from cnnviz_ui.frame import state
from cnnviz_ui.lab.filtering import GREYS, written
from cnnviz_ui.widgets.pictures import picture_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cnnviz_ui.lab.filtering import Filtered

_HERE = Path(__file__).parent
_SCRIPTS = ("grids", "sliding_window", "sliding_drawing", "sliding_sums", "sliding")
"""What the browser runs, as one text: Streamlit takes one module without imports."""


def _texts(*names: str) -> str:
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)


_mounted = st.components.v2.component(
    "cnnviz_sliding",
    html=_texts("sliding.html"),
    css=_texts("grids.css", "sliding.css"),
    js=_texts(*(f"{name}.js" for name in _SCRIPTS)),
)


def show(
    found: Filtered,
    *,
    pin: str,
    on_pin: Callable[[str], None],
    zoom: str,
    on_zoom: Callable[[str], None],
) -> None:
    """Show input, sum and result.

    Args:
        found: what was computed.
        pin: the pinned pixel as the link says it; empty where there is none.
        on_pin: takes it as it changes.
        zoom: what a button says that goes closer or back; no button where it is empty.
        on_zoom: takes the pixel of the input in focus, "row,column", when it is pressed.
    """

    def follow(name: str, take: Callable[[str], None]) -> Callable[[], None]:
        def told() -> None:
            words = getattr(state.value("sliding"), name, None)
            if isinstance(words, str):
                take(words)

        return told

    _mounted(
        key="sliding",
        data=_data(found) | {"pin": pin, "zoom": zoom},
        on_pinned_change=follow("pinned", on_pin),
        on_zoomed_change=follow("zoomed", on_zoom),
    )


def _data(found: Filtered) -> dict[str, Any]:
    given, result = found.given, found.result
    single = result if result.ndim == 2 else np.abs(result).sum(axis=-1)
    low, high = found.legend
    texts = {"input": _base64(given.values), "result": _base64(result.astype("<f4"))}
    kernel = found.kernel.used.astype(np.float64).tolist()
    return {
        "key": picture_key(texts, kernel, found.scale, found.backwards, given.title),
        "input": texts["input"],
        "output": texts["result"],
        "shape": [*given.values.shape, 1][:3],
        "result_shape": [*result.shape, 1][:3],
        "kernel": kernel,
        "rows": found.rows.tolist(),
        "columns": found.columns.tolist(),
        "white": given.white,
        "numbers": given.readable,
        "backwards": found.backwards,
        "names": ["Red", "Green", "Blue"],
        "scale": {"low": found.scale.low, "high": found.scale.high, "signed": found.scale.signed},
        "most": [int(place) for place in np.unravel_index(np.abs(single).argmax(), single.shape)],
        "titles": {
            "input": f"{given.title}, {_size(given.values)}",
            "result": f"Result, {_size(result)}",
        },
        "legends": {
            "input": {"low": "0", "high": written(given.white), "colours": GREYS},
            "result": {"low": low, "high": high, "colours": found.scale.colours},
        },
    }


def _size(values: NDArray[np.generic]) -> str:
    return f"{values.shape[0]} x {values.shape[1]}"


def _base64(values: NDArray[np.generic]) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()

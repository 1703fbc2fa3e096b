"""The arithmetic of the unit under the pointer, in the browser.

A channel's numbers come once, in a part of their own: what is pointed at asks nobody, and a pixel
that is pinned brings a few letters.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from cnnviz_ui.frame import state

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

KEY, NUMBERS = "unit_view", "unit_numbers"
_HERE = Path(__file__).parent


def _texts(*names: str) -> str:
    """Files as one text: Streamlit takes one module without imports."""
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)


_numbers = st.components.v2.component(
    "cnnviz_unit_numbers", js=_texts("unit_sums.js", "unit_numbers.js")
)
_mounted = st.components.v2.component(
    "cnnviz_unit",
    html=_texts("unit.html"),
    css=_texts("grids.css", "unit.css"),
    js=_texts("grids.js", "unit_sums.js", "unit_drawing.js", "unit_pixel.js", "unit.js"),
)

Place = tuple[int, int]
"""Row and column."""


@dataclass(frozen=True)
class Down:
    """A step to the layer before.

    Attributes:
        source: number of the map that was clicked.
        here: the place that was pointed at.
        there: the place of that map.
    """

    source: int
    here: Place
    there: Place


@dataclass(frozen=True)
class Follow:
    """What is done as somebody clicks; called before the page reruns.

    Attributes:
        pin: takes the place that is to be held.
        down: takes the step to the layer before; None where that leads to another page, which can
            be opened only once this one is drawn.
        crumb: takes the number of a place on the way here.
    """

    pin: Callable[[Place], None]
    down: Callable[[Down], None] | None
    crumb: Callable[[int], None]


@dataclass(frozen=True, eq=False)
class View:
    """What is shown.

    Attributes:
        key: of the request.
        numbers: as `unit_data.packed` gives them.
        pinned: the place that the link holds.
        photo: a JPEG of it.
        photo_name: what it is.
        trail: the way here, in words, this place last; empty at its beginning.
    """

    key: str
    numbers: bytes
    pinned: Place
    photo: bytes
    photo_name: str
    trail: Sequence[str]


def show(view: View, follow: Follow) -> Down | None:
    """Show map and arithmetic; gives the step that was just clicked and nobody has followed."""
    _numbers(key=NUMBERS, data=view.numbers)
    _mounted(
        key=KEY,
        data={
            "key": view.key,
            "pinned": list(view.pinned),
            "photo": f"data:image/jpeg;base64,{base64.b64encode(view.photo).decode()}",
            "photoName": view.photo_name,
            "trail": list(view.trail),
        },
        on_pinned_change=lambda: _take("pinned", _place, follow.pin),
        on_down_change=lambda: _take("down", _down, follow.down),
        on_crumb_change=lambda: _take("crumb", _whole, follow.crumb),
    )
    return _down(getattr(state.value(KEY), "down", None)) if follow.down is None else None


def _take(name: str, read: Callable[[Any], Any], then: Callable[[Any], None] | None) -> None:
    """What the browser sends is anybody's: what cannot be read is left alone."""
    told = read(getattr(state.value(KEY), name, None))
    if told is not None and then is not None:
        then(told)


def _whole(told: Any) -> int | None:
    return told if isinstance(told, int) and not isinstance(told, bool) and told >= 0 else None


def _place(told: Any) -> Place | None:
    if not isinstance(told, list) or len(told) != 2:
        return None
    y, x = map(_whole, told)
    return None if y is None or x is None else (y, x)


def _down(told: Any) -> Down | None:
    if not hasattr(told, "get"):
        return None
    source, here, there = (
        _whole(told.get("source")),
        *map(_place, (told.get("from"), told.get("to"))),
    )
    return None if source is None or here is None or there is None else Down(source, here, there)

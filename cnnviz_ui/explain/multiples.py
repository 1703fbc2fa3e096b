"""Small multiples: one photo by every method of a family, each a way to open it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_ui.explain import heatmaps
from cnnviz_ui.frame import state
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import caption, heading
from cnnviz_ui.frame.results import ask
from cnnviz_ui.widgets import pictures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz_core.attribution.catalogue import Method
    from cnnviz_engine.requests.attribution import AttributionRequest
    from cnnviz_ui.explain.pickers import Subject

COLUMNS = 6
NARROWEST = 104
"""Pixels of a column: three stand side by side on a phone."""
SIDE = 320
"""Longer side of a small picture, in pixels."""


def every_method(
    asked: Subject, request: AttributionRequest, look: heatmaps.Look, methods: Sequence[Method]
) -> None:
    """Maps of one request by every method that needs no patience, six a row where they fit."""
    quick = [method for method in methods if not method.progressive]
    heading("The same photo by every method", "Each map on a scale of its own. Click to open one.")
    grid = st.grid(COLUMNS, min_column_width=NARROWEST, gap=("small", "xsmall"))
    for method in quick:
        with grid.cell():
            _one(asked, _by(request, method), method, look, chosen=method.name == request.method)


def _one(
    asked: Subject,
    request: AttributionRequest,
    method: Method,
    look: heatmaps.Look,
    *,
    chosen: bool,
) -> None:
    st.button(
        method.title,
        key=f"_method-{method.name}",
        type="primary" if chosen else "tertiary",
        help=method.summary,
        width="stretch",
        on_click=_open,
        args=(method.title,),
    )
    photo = asked.choice.photo
    attribution = ask(request, photo, noun=method.title, refused=caption)
    if attribution is not None:
        file = heatmaps.overlay_file(photo, attribution, request.key, look, side=SIDE)
        pictures.show(file, alt=heatmaps.reading(attribution, look), width=240, height=150)


def _by(request: AttributionRequest, method: Method) -> AttributionRequest:
    """The same question to another method."""
    changes = {"method": method.name, "amount": None, "seed": 0}
    return request.model_copy(update=changes)


def _open(title: str) -> None:
    state.choose({Key.METHOD: title})

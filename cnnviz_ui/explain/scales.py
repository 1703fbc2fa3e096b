"""What the strongest colour stands for: a map's own maximum, or a value that is held.

A held value stays while class or photo change, so that equal colours stay equal values. The link
says it as the page does: "Hold 0.176 logit". A map of other units has its own scale meanwhile.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_ui.explain.heatmaps import map_figure, map_words, own_scale
from cnnviz_ui.frame import state
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import caption
from cnnviz_ui.widgets import controls, figures

if TYPE_CHECKING:
    from cnnviz_core.maps.results import Attribution
    from cnnviz_ui.explain.looks import Look

SMALLEST, LARGEST = 1e-30, 1e30
"""Between which a link may hold a scale: what maps, which are float32, can be divided by."""
OWN = "Own maximum"
_HELD = re.compile(r"Hold ([0-9]{1,9}(?:\.[0-9]{1,9})?(?:e[+-][0-9]{2})?) (.{1,80})")


def scale_picker(attribution: Attribution) -> float | None:
    """The value held for the strongest colour, in the map's units; None for the map's own maximum.

    A map whose floor is not zero has its range for itself, so none is held for it.
    """
    held = state.current().choices.asked(Key.SCALE) or state.value(Key.SCALE)
    value = _value(held, attribution.units)
    if attribution.floor or (attribution.empty and value is None):
        return None
    words = str(held) if value is not None else _words(attribution)
    chosen = controls.option("Colour scale", (OWN, words), key=Key.SCALE, in_sight=False)
    return _value(chosen, attribution.units)


def show_map(attribution: Attribution, look: Look, *, height: int) -> float | None:
    """The map as computed, what it is, and below it the choice of its scale, which it gives."""
    figure = st.container()
    scale = scale_picker(attribution)
    words = map_words(attribution, scale)
    with figure:
        drawn = map_figure(attribution, look, scale, height)
        figures.show(drawn, key="map", alt=words, grows=True)
    caption(words)
    return scale


def _words(attribution: Attribution) -> str:
    return f"Hold {own_scale(attribution):.3g} {attribution.units}"


def _value(held: object, units: str) -> float | None:
    """The value in what is held; None where it is none, or of other units."""
    found = _HELD.fullmatch(held) if isinstance(held, str) else None
    if found is None or found[2] != units:
        return None
    value = float(found[1])
    return value if SMALLEST <= value <= LARGEST else None

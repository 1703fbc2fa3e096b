"""The map that was looked at last: what the page Compare opens with as A."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz_core.attribution.catalogue import METHODS
from cnnviz_ui.explain import pickers
from cnnviz_ui.frame import state
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.widgets import controls

if TYPE_CHECKING:
    from cnnviz_engine.requests.attribution import AttributionRequest
    from cnnviz_ui.explain.pickers import Subject


A_SIDE = (Key.A_MODEL, Key.A_IMAGE, Key.A_METHOD, Key.A_TARGET, Key.A_AGAINST, Key.A_LAYER)
CLASSES = ((Key.A_TARGET, Key.B_TARGET), (Key.A_AGAINST, Key.B_AGAINST))
FIRST = METHODS["grad_cam"].title
"""A's method before anything is chosen."""


def remember(asked: Subject, request: AttributionRequest) -> None:
    """Note a map by what Compare's controls have to hold: for A to show it, B another."""
    labels = controls.class_labels(asked.structure)
    title, other = METHODS[request.method].title, pickers.shows_edges(asked.structure)
    chosen: dict[Key, object] = {
        Key.A_METHOD: title,
        Key.B_METHOD: FIRST if title == other else other,
    }
    if request.target is not None and request.output is None:
        chosen[Key.A_TARGET] = labels[request.target]
        if request.against is not None:
            chosen[Key.A_AGAINST] = labels[request.against]
    if request.layer not in (None, asked.structure.default_layer):
        chosen[Key.A_LAYER] = request.layer
    state.current().looked_at = chosen


def take_over() -> None:
    """Have Compare show it as A; B follows A's class where it did before, by another method.

    To be called before the controls are drawn. It happens once for each map, and never where the
    link says itself what A is.
    """
    held = state.current()
    noted, held.looked_at = held.looked_at, {}
    if not noted or held.choices.link.alone or held.choices.asked(Key.A_METHOD) is not None:
        return
    title, other = noted[Key.A_METHOD], noted.pop(Key.B_METHOD)
    following = [pair for pair in CLASSES if state.value(pair[0]) == state.value(pair[1])]
    state.forget(*(key for key in A_SIDE if key not in noted))
    state.choose(noted | {Key.CHECK_METHOD: title})
    state.forget(*(second for first, second in following if first not in noted))
    state.choose({second: noted[first] for first, second in following if first in noted})
    if state.value(Key.B_METHOD) == title or (state.value(Key.B_METHOD) is None and other == FIRST):
        state.choose({Key.B_METHOD: other})

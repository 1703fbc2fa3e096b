"""The map that was looked at last: what the page Compare opens with as A."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz_core.attribution.catalogue import METHODS
from cnnviz_ui.frame import state
from cnnviz_ui.frame.state import Key
from cnnviz_ui.widgets import controls

if TYPE_CHECKING:
    from cnnviz_engine.requests.attribution import AttributionRequest
    from cnnviz_ui.explain.pickers import Subject


def remember(asked: Subject, request: AttributionRequest) -> None:
    """Note a map by what Compare's controls have to hold to show it."""
    labels = controls.class_labels(asked.structure)
    chosen: dict[Key, object] = {Key.A_METHOD: METHODS[request.method].title}
    if request.target is not None and request.output is None:
        chosen[Key.A_TARGET] = labels[request.target]
        if request.against is not None:
            chosen[Key.A_AGAINST] = labels[request.against]
    if request.layer not in (None, asked.structure.default_layer):
        chosen[Key.A_LAYER] = request.layer
    state.current().looked_at = chosen


def take() -> dict[Key, object]:
    """What was noted, once; empty where nothing was looked at since."""
    held = state.current()
    noted, held.looked_at = held.looked_at, {}
    return noted

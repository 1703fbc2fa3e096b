"""Class activation: which places of the photo speak for a class, by the maps of one layer."""

from functools import partial

import streamlit as st

from cnnviz_core.maps.results import Attribution
from cnnviz_engine.requests.attribution import AttributionRequest
from cnnviz_ui.explain import heatmaps, multiples, own_photos, pickers, scales
from cnnviz_ui.explain.best_classes import best_classes
from cnnviz_ui.frame import shell
from cnnviz_ui.frame.page import facts, note, opening
from cnnviz_ui.frame.results import ask
from cnnviz_ui.frame.sidebar import current
from cnnviz_ui.lab import unit
from cnnviz_ui.layers import showable
from cnnviz_ui.trust import panel
from cnnviz_ui.widgets import pictures
from cnnviz_ui.widgets.drawer import controls_drawer
from cnnviz_ui.widgets.shown_photos import photo_file

FAMILY = "class activation"


def show() -> None:
    """Controls above; overlay, map and best classes below; then every method side by side."""
    choice = current()
    opening(
        "Class activation",
        "Which places of the photo raise the score of a class, told from the maps of one layer. "
        "Choose another class to see what the network would take for it.",
    )
    asked = pickers.subject(choice)
    if asked is None or not showable.has_maps(asked.structure):
        return
    with controls_drawer():
        request, look = pickers.request_pickers(asked, FAMILY)
    preview = partial(heatmaps.draw_preview, choice.photo, look)
    attribution = ask(request, choice.photo, noun=pickers.title(request), preview=preview)
    if attribution is not None:
        _pictures(asked, attribution, request, look)
        panel.offer(asked, attribution, request, look)
    multiples.every_method(asked, request, look, pickers.methods_of(FAMILY))
    own_photos.right_and_wrong(choice, asked.output)


def _pictures(
    asked: pickers.Subject,
    attribution: Attribution,
    request: AttributionRequest,
    look: heatmaps.Look,
) -> None:
    photo = asked.choice.photo
    facts([*heatmaps.target_facts(attribution), *heatmaps.measure_facts(attribution)])
    if attribution.empty:
        note(heatmaps.reading(attribution))
    main, side, last = st.columns([6, 4, 3.6], gap="medium")
    with side:
        scale = scales.show_map(attribution, look, height=330)
    with main:
        heatmaps.show_overlay(photo, attribution, request, look, height=340, scale=scale)
    with last:
        pictures.show_growing("photo", photo_file(photo), alt=photo.title, width=250, height=150)
        best_classes(asked, attribution)
        unit.offer_from_score(asked.structure, attribution.target)


if __name__ == "__main__":
    shell.run()

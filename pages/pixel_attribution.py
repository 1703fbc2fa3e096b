"""Pixel attribution: which pixels, patches or regions of the photo count for a class."""

from functools import partial

import streamlit as st

from cnnviz_core.maps.results import Attribution
from cnnviz_engine.requests.attribution import AttributionRequest
from cnnviz_ui.explain import heatmaps, own_photos, pickers, scales
from cnnviz_ui.frame import shell
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import facts, note, opening
from cnnviz_ui.frame.photos import Photo
from cnnviz_ui.frame.results import ask
from cnnviz_ui.frame.sidebar import current
from cnnviz_ui.trust import panel
from cnnviz_ui.widgets.drawer import controls_drawer

FAMILIES = ("gradient", "perturbation", "superpixel")


def show() -> None:
    """Controls above; overlay and map below, growing while they are computed."""
    choice = current()
    opening(
        "Pixel attribution",
        "How much each place of the photo itself counts for a class: by gradients, by covering it, "
        "or by regions. No layer is chosen; the whole network is asked.",
    )
    asked = pickers.subject(choice)
    if asked is None:
        return
    with controls_drawer():
        request, look = pickers.request_pickers(asked, *FAMILIES, key=Key.PIXEL_METHOD)
    preview = partial(heatmaps.draw_preview, choice.photo, look)
    attribution = ask(request, choice.photo, noun=pickers.title(request), preview=preview)
    if attribution is not None:
        _pictures(choice.photo, attribution, request, look)
        panel.offer(asked, attribution, request, look)
    own_photos.right_and_wrong(choice, asked.output)


def _pictures(
    photo: Photo, attribution: Attribution, request: AttributionRequest, look: heatmaps.Look
) -> None:
    facts([*heatmaps.target_facts(attribution), *heatmaps.measure_facts(attribution)])
    if attribution.empty:
        note(heatmaps.reading(attribution))
    main, side = st.columns([6, 5], gap="medium")
    with side:
        scale = scales.show_map(attribution, look, height=360)
    with main:
        heatmaps.show_overlay(photo, attribution, request, look, height=370, scale=scale)


if __name__ == "__main__":
    shell.run()

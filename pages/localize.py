"""Localize: from a map to the object: a box around it, and the object cut out."""

from functools import partial

import streamlit as st

from cnnviz_engine.requests.maps import GrabCutRequest
from cnnviz_ui.explain import heatmaps, localizing, own_photos, pickers
from cnnviz_ui.frame import shell
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import caption, facts, note, opening
from cnnviz_ui.frame.results import ask
from cnnviz_ui.frame.sidebar import current
from cnnviz_ui.trust import panel
from cnnviz_ui.widgets import controls
from cnnviz_ui.widgets.drawer import controls_drawer


def show() -> None:
    """Controls above; the box on the photo and the object cut out below, with their numbers."""
    choice = current()
    opening(
        "Localize",
        "A network that only learned to name photos also tells where things are: a box around the "
        "hot region of its map, and the object cut out.",
    )
    asked = pickers.subject(choice)
    if asked is None:
        return
    with controls_drawer():
        request, look = pickers.request_pickers(asked, *pickers.families(asked.structure))
        slider, regions, background = st.columns([4, 5, 3], vertical_alignment="bottom")
    with slider:
        threshold = controls.threshold_slider()
    with regions:
        region = controls.option("Box around", localizing.REGIONS, key=Key.REGIONS)
    with background:
        behind = controls.option("Cut-out", localizing.BACKGROUNDS, key=Key.CUTOUT)
    preview = partial(heatmaps.draw_preview, choice.photo, look)
    noun = pickers.title(request)
    attribution = ask(request, choice.photo, noun=noun, preview=preview)
    if attribution is not None:
        task = localizing.Search(choice.photo, request, attribution, look, threshold, region)
        _pictures(task, behind)
        panel.offer(asked, attribution, request, look)
    own_photos.right_and_wrong(choice, asked.output)


def _pictures(search: localizing.Search, background: str) -> None:
    facts(heatmaps.target_facts(search.found))
    if not search.boxes:
        note(heatmaps.nothing(search.found))
    main, side = st.columns(2, gap="medium")
    with main:
        localizing.show_boxes(search)
    with side:
        if search.boxes:
            _cut_out(search, background)


def _cut_out(search: localizing.Search, background: str) -> None:
    attribution = search.request
    request = GrabCutRequest(model=attribution.model, attribution=attribution)
    mask = ask(request, search.photo, noun="Cut-out", refused=caption)
    if mask is not None:
        localizing.show_cut(search, request, mask, background)


if __name__ == "__main__":
    shell.run()

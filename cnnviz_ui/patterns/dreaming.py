"""DeepDream: the photo beside what a layer makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_ui.frame.page import facts, note
from cnnviz_ui.patterns import view, words
from cnnviz_ui.widgets import pictures, snippets
from cnnviz_ui.widgets.shown_photos import photo_file

if TYPE_CHECKING:
    from cnnviz_core.maximization.results import Patterns
    from cnnviz_engine.requests.patterns import DreamRequest
    from cnnviz_ui.frame.photos import Photo

HEIGHT = 330


def noun(request: DreamRequest) -> str:
    """What is waited for."""
    return f"Dream of {excited(request)}"


def excited(request: DreamRequest) -> str:
    """What the photo is changed to excite."""
    whole = request.index is None
    return (
        f"all channels of {request.layer}" if whole else f"{request.layer}, channel {request.index}"
    )


def draw(dream: Patterns, request: DreamRequest, photo: Photo) -> None:
    """Photo and dream side by side, with what the dream raised."""
    unit = "mean squared activation" if request.index is None else "activation"
    facts(words.reached_facts(dream, request, unit, "On the photo"))
    if not dream.alive.all():
        note("The dream raises nothing: no picture near this photo moves it. Choose another layer.")
    left, right = st.columns(2, gap="medium")
    with left:
        text = f"{photo.title}, as it is."
        pictures.show(photo_file(photo), alt=photo.title, text=text, width=440, height=HEIGHT)
    with right:
        text = f"The photo changed to excite {excited(request)}, seed {dream.seed}."
        view.still_or_film(dream, request, text, HEIGHT)
        view.take_along(dream, request, snippets.code(request, dream, photo), name="dream")

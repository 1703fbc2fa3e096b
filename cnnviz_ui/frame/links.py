"""Links from one page to another that keep model and photo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_ui.frame import state
from cnnviz_ui.frame.keys import Key, View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamlit.navigation.page import Page

    from cnnviz_core.looking.results import Structure


TOUR = {
    "architecture": "its layers",
    "activations": "every channel",
    "patterns": "what each filter likes",
    "class_activation": "another class",
    "localize": "find the object",
    "compare": "trust the maps?",
}
"""Where to go from the first page, and why."""

WITHOUT_CLASSES = {
    "architecture": "its layers",
    "activations": "every channel",
    "filters": "its kernels",
    "patterns": "what each filter likes",
}
"""Where a network that tells no classes can be looked at."""


def remember(pages: Mapping[str, Page]) -> None:
    """Note the pages of this run, so that a page can link to another without importing it."""
    state.current().pages = dict(pages)


def link(name: str, why: str = "") -> None:
    """A link to a page by its own name, with the model and the photo chosen here."""
    drawn, page = state.current().choices.drawn, state.current().pages[name]
    kept = {
        key.value: drawn[key].words
        for key in (Key.MODEL, Key.IMAGE)
        if key in drawn and drawn[key].words
    }
    label = f"{page.title}: {why}" if why else page.title
    st.page_link(page, label=label, icon=page.icon, query_params=kept)


def open_maps(layer: str) -> None:
    """Go to the maps of a layer of the network in use."""
    state.choose({Key.LAYER: layer}, view=View.MAPS)
    st.switch_page(state.current().pages["activations"])


def tour(structure: Structure | None = None, *, photos: bool = True) -> None:
    """Where to go from here: all of `TOUR`, or what a network without classes or photos has."""
    classless = structure is not None and bool(structure.classless)
    offered = WITHOUT_CLASSES if classless or not photos else TOUR
    with st.container(horizontal=True, gap="small"):
        for name, why in offered.items():
            if photos or name != "activations":
                link(name, why)

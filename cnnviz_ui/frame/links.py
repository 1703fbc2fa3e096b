"""Links from one page to another that keep model and photo, one's own too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_ui.frame import link_internals, state
from cnnviz_ui.frame.keys import Key, View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamlit.navigation.page import Page

    from cnnviz_core.looking.results import Structure


STORY = "Two networks name a shape, one by an easier clue: five minutes on what maps are for."
TOUR = {
    "architecture": "its layers",
    "activations": "every channel",
    "patterns": "what each filter likes",
    "class_activation": "another class",
    "localize": "find the object",
    "compare": "trust the maps?",
}
"""Where to go from the first page, and why."""

OF_ITSELF = ("which_cheats",)
"""Pages about networks of their own, whatever model is chosen."""
WITHOUT_CLASSES = {
    "architecture": "its layers",
    "activations": "every channel",
    "filters": "its kernels",
    "patterns": "what each filter likes",
    "convolution": "the sum behind a pixel",
}
"""Where a network that tells no classes can be looked at."""


def remember(pages: Mapping[str, Page]) -> None:
    """Note the pages of this run, so that a page can link to another without importing it."""
    state.current().pages = dict(pages)


def link(name: str, why: str = "") -> None:
    """A link to a page by its own name, with the model and the photo chosen here."""
    page = state.current().pages[name]
    label = f"{page.title}: {why}" if why else page.title
    st.page_link(page, label=label, icon=page.icon, query_params=_kept())


def _kept() -> dict[str, tuple[str, ...]]:
    """The model and the photo as the link says them."""
    drawn = state.current().choices.drawn
    return {
        key.value: drawn[key].words
        for key in (Key.MINE, Key.MODEL, Key.IMAGE)
        if key in drawn and drawn[key].words
    }


def moved(key: Key, asked: str, name: str) -> None:
    """Lead an old link, whose control asked for what has become a page of its own, to that page."""
    choices = state.current().choices
    if choices.asked(key) == asked and not link_internals.comes_from_history():
        rest = {other: words for other, words in choices.link.says.items() if other != key}
        st.switch_page(state.current().pages[name], query_params=rest)


def open_maps(layer: str) -> None:
    """Go to the maps of a layer of the network in use."""
    state.choose({Key.LAYER: layer}, view=View.MAPS)
    st.switch_page(state.current().pages["activations"])


def tour(structure: Structure | None = None, *, photos: bool = True) -> None:
    """Where to go from here: the story, and all of `TOUR`, or what such a network has to show."""
    classless = structure is not None and bool(structure.classless)
    offered = WITHOUT_CLASSES if classless or not photos else TOUR
    page = state.current().pages["which_cheats"]
    label = f"**{page.title}** {STORY}"
    st.page_link(page, label=label, icon=page.icon, query_params=_kept())
    with st.container(horizontal=True, gap="small"):
        for name, why in offered.items():
            if photos or name != "activations":
                link(name, why)

"""The frame around every page: set-up, navigation, pickers, and the care for running jobs."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_ui.frame import (
    link,
    links,
    memory,
    receiving_internals,
    results,
    sidebar,
    state,
)
from cnnviz_ui.frame.page import note, problem

if TYPE_CHECKING:
    from streamlit.navigation.page import Page

STYLE = Path(__file__).with_name("style.css")
LOGO = Path(__file__).with_name("logo.svg")
SIDEBAR_WIDTH = 260

PAGES = (
    ("start", "Start", "home"),
    ("architecture", "Architecture", "account_tree"),
    ("activations", "Activations", "grid_view"),
    ("filters", "Filters", "blur_on"),
    ("patterns", "Patterns", "texture"),
    ("class_activation", "Class activation", "local_fire_department"),
    ("pixel_attribution", "Pixel attribution", "lens_blur"),
    ("localize", "Localize", "crop_free"),
    ("compare", "Compare", "balance"),
    ("which_cheats", "Which one cheats?", "troubleshoot"),
    ("your_model", "Your model", "upload_file"),
)
"""Module in `pages`, which is also the path in the link; title; icon. The first is the default.

A file's name is its path: a deep link that is the first request to a fresh server runs the page's
file alone, and Streamlit finds that file by its name.
"""


def run() -> None:
    """Set the page up, draw the pickers, and run the page that the link names."""
    receiving_internals.keep_in_memory()
    st.set_page_config(
        page_title="cnnviz", page_icon=str(LOGO), layout="wide", initial_sidebar_state=SIDEBAR_WIDTH
    )
    st.html(STYLE)
    st.logo(str(LOGO), size="large")
    page = st.navigation(_pages(), position="top")
    memory.settle()
    results.begin()
    link.one_step_each()
    link.read(page.url_path)
    amiss = st.container()
    if sidebar.choose() is None:
        problem("No photo can be read. Install scikit-image or upload a photo of your own.")
        return
    page.run()
    for sentence in state.current().choices.amiss:
        with amiss:
            note(sentence)
    link.write(whole=results.whole())
    results.end()


def _pages() -> list[Page]:
    pages = [
        st.Page(
            import_module(f"pages.{name}").show,
            title=title,
            icon=f":material/{icon}:",
            url_path=name,
            default=name == PAGES[0][0],
        )
        for name, title, icon in PAGES
    ]
    links.remember({name: page for (name, _, _), page in zip(PAGES, pages, strict=True)})
    return pages

"""The frame around every page: set-up, navigation, pickers, and the care for running jobs."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_ui.frame import (
    engine,
    link,
    links,
    results,
    sidebar,
    state,
)
from cnnviz_ui.frame.page import note, problem
from cnnviz_ui.server import memory, receiving_internals

if TYPE_CHECKING:
    from streamlit.navigation.page import Page

STYLES = [Path(__file__).with_name(name) for name in ("style.css", "screens.css")]
LOGO = Path(__file__).with_name("logo.svg")
SIDEBAR_WIDTH = 260

GROUPS = {
    "": (("start", "Start", "home"),),
    "See": (
        ("architecture", "Architecture", "account_tree"),
        ("activations", "Activations", "grid_view"),
        ("filters", "Filters", "blur_on"),
        ("patterns", "Patterns", "texture"),
    ),
    "Explain": (
        ("class_activation", "Class activation", "local_fire_department"),
        ("pixel_attribution", "Pixel attribution", "lens_blur"),
        ("localize", "Localize", "crop_free"),
        ("compare", "Compare", "balance"),
        ("which_cheats", "Which one cheats?", "troubleshoot"),
    ),
    "Learn": (("convolution", "Convolution", "calculate"),),
    "Yours": (("your_model", "Your model", "upload_file"),),
}
"""The menus and their pages; those of no menu stand by themselves, and the first is the default.

A page is its module in `pages`, which is also the path in the link; title; icon. A file's name is
its path: a deep link that is the first request to a fresh server runs the page's file alone, and
Streamlit finds that file by its name.
"""
PAGES = tuple(page for pages in GROUPS.values() for page in pages)
"""Every page, in the order of the menus."""


def run() -> None:
    """Set the page up, draw the pickers, and run the page that the link names."""
    receiving_internals.keep_in_memory()
    st.set_page_config(
        page_title="cnnviz", page_icon=str(LOGO), layout="wide", initial_sidebar_state=SIDEBAR_WIDTH
    )
    for style in STYLES:
        st.html(style)
    st.logo(str(LOGO), size="large")
    engine.announce()
    page = st.navigation(_pages(), position="top")
    st.set_page_config(page_title=f"{page.title} · cnnviz")
    _mark_menu(page.title)
    memory.settle()
    results.begin()
    link.teach_manners()
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


def _mark_menu(title: str) -> None:
    """Mark the menu that the page is in: Streamlit itself marks only a page of no menu."""
    menus = [menu for menu in GROUPS if menu]
    for position, menu in enumerate(menus, start=1 + len(GROUPS[""])):
        if title in (label for _, label, _ in GROUPS[menu]):
            item = f'[data-testid="stTopNav"] > :nth-child({position}) button'
            st.html(f"<style>{item} {{ font-weight: 650; text-decoration: underline; }}</style>")


def _pages() -> dict[str, list[Page]]:
    pages = {page[0]: _page(*page) for group in GROUPS.values() for page in group}
    links.remember(pages)
    return {menu: [pages[name] for name, *_ in group] for menu, group in GROUPS.items()}


def _page(name: str, title: str, icon: str) -> Page:
    return st.Page(
        import_module(f"pages.{name}").show,
        title=title,
        icon=f":material/{icon}:",
        url_path=name,
        default=name == PAGES[0][0],
    )

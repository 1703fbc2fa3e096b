"""The link in the browser: read as a run begins, written once as it ends.

Nothing else reads or writes it. Streamlit's own binding of controls to the link replaces the entry
of the browser's history with each choice, so that Back would not undo it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_ui.frame import link_internals, state
from cnnviz_ui.frame.keys import View

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

MANNERS = Path(__file__).with_name("manners.js")
VIEWS = {"activations": View.MAPS, "filters": View.KERNELS, "patterns": View.PATTERNS}
"""Pages that look at layers for another purpose than to explain."""


def read(page: str) -> None:
    """A run of a page begins: take over what the link says, where it is news."""
    says = {name: tuple(st.query_params.get_all(name)) for name in st.query_params}
    state.current().choices.arrive(
        page,
        VIEWS.get(page, View.EXPLAINING),
        says,
        back=link_internals.comes_from_history(),
    )


def write(*, whole: bool) -> None:
    """A run ends: have the link say what the page shows.

    Args:
        whole: whether the page was drawn whole: what it has no control for then leaves the link.
    """
    says = {name: list(words) for name, words in state.current().choices.says(whole=whole).items()}
    if says != {name: st.query_params.get_all(name) for name in st.query_params}:
        st.query_params.from_dict(says)


def teach_manners() -> None:
    """Make each thing that a visitor does one step of the browser's Back, and arrows a menu's own.

    A page that is opened changes path and choices one after the other, and one that waits may
    change its link again as the answer comes.
    """
    _manners()(key="_manners")


@cache
def _manners() -> ComponentRenderer:
    return st.components.v2.component("cnnviz.manners", js=MANNERS.read_text(encoding="utf-8"))

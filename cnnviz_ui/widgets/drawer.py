"""The controls of a page in one place: a row above its picture; on a narrow screen, a drawer.

Which of the two is a matter of the screen's width alone, so `frame/style.css` decides it, and no
server has to know the screen.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_ui.frame import binding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streamlit.delta_generator import DeltaGenerator

HANDLE = "<details class='handle'><summary>Controls</summary></details>"
"""What opens the drawer, with keys and to screen readers too. Streamlit's own containers that fold
are folded or open on every screen alike."""


@contextmanager
def controls_drawer() -> Iterator[None]:
    """Where a page draws its controls; once a page, before the picture.

    A drawer that holds a sentence, or how far a job is, does not fold.
    """
    with st.container(key="drawer"):
        st.html(HANDLE)
        with st.container(key="controls"):
            yield


@contextmanager
def folded_controls(label: str, icon: str) -> Iterator[None]:
    """Where a page draws controls that few need: behind a button."""
    with st.popover(label, icon=icon, width="stretch"), binding.folded():
        yield


def controls_row(widths: Sequence[float]) -> list[DeltaGenerator]:
    """The drawer of a page whose controls are one row of columns."""
    with controls_drawer():
        return st.columns(widths, vertical_alignment="bottom")

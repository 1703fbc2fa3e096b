"""Buttons to the one before and the one after, which arrow keys press too.

Streamlit presses them by key unless somebody types, or moves a control that takes arrows itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar

import streamlit as st

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Thing = TypeVar("Thing")
Axis = Literal["across", "along"]
KEYS: dict[Axis, tuple[str, str]] = {"across": ("Left", "Right"), "along": ("Up", "Down")}


def steps(
    noun: str,
    things: Sequence[Thing],
    current: Thing,
    *,
    axis: Axis,
    choose: Callable[[Thing], None],
) -> None:
    """A button to the neighbour before, and one to that after; at an end one has nothing to do.

    Args:
        noun: what the things are, one of them: "layer".
        things: in their order.
        current: the one that is shown.
        axis: "across" for the left and right arrow keys, "along" for up and down.
        choose: shows another; called before the page reruns.
    """
    place = things.index(current)
    with st.container(horizontal=True, gap=None, width="content", key=f"steps-{axis}"):
        for word, shortcut, to in zip(
            ("Previous", "Next"), KEYS[axis], (place - 1, place + 1), strict=True
        ):
            inside = 0 <= to < len(things)
            st.button(
                f"{word} {noun}",
                key=f"_{word}-{axis}",
                shortcut=shortcut,
                disabled=not inside,
                on_click=choose,
                args=(things[to],) if inside else (),
            )

"""Controls that pages share. Each is bound to the link, and no link can make one fail.

The order on every page: layer, channel or class, how to look at it.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Literal

import streamlit as st
from streamlit.errors import StreamlitAPIException

from cnnviz_core.images.rendering import LECTURE_INTENSITY
from cnnviz_core.maps.localization import THRESHOLD

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnnviz_core.looking.results import Structure

_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,12})?")
ONE_FILTER = "One filter"
MOST_PROBABLE = "Most probable class"


def layer_picker(names: Sequence[str], default: str | None = None) -> str:
    """A layer of the model; another model with other layers falls back to `default`."""
    index = names.index(default) if default in names else 0
    _carry("layer", names, names[index])
    chosen = st.selectbox(
        "Layer",
        list(names),
        index=index,
        key="layer",
        bind="query-params",
        on_change=_forget_channel,
        format_func=_as_is,
    )
    return chosen if chosen in names else names[index]


def channel_picker(count: int, default: int = 0, *, label: str = "Channel") -> int:
    """A channel or filter, from 0. After a change of layer it starts at `default` again."""
    if st.session_state.pop("_new_layer", False):
        st.session_state["channel"] = default
    return whole_number(label, count, key="channel", default=default, on_change=_leave_page)


def input_picker(count: int) -> int:
    """An input channel of a kernel, from 0."""
    return whole_number("Input channel", count, key="input", on_change=_leave_page)


def page_picker(count: int, current: int) -> int:
    """A page of tiles, from 0; it follows the kernel that the other controls choose."""
    if count == 1:
        return 0
    held = st.session_state.get("page")
    if st.session_state.pop("_leave_page", False) or (isinstance(held, int) and held > count):
        st.session_state["page"] = current + 1
    page = st.pagination(
        count, default=current + 1, key="page", bind=_bound_number("page"), max_visible_pages=7
    )
    return min(max(page, 1), count) - 1


def seed_picker(key: str = "seed") -> int:
    """The seed of a random start: the same seed gives the same picture."""
    return whole_number("Seed", 1_000_000, key=key, help_text="The same seed, the same picture.")


def intensity_slider(default: float = LECTURE_INTENSITY) -> float:
    """How strongly colours lie over a photo; the lecture's 0.4 unless a page says otherwise."""
    return float(
        st.slider(
            "Intensity",
            0.0,
            1.0,
            default,
            0.05,
            key="intensity",
            bind=_bound_number("intensity"),
        )
    )


def threshold_slider() -> float:
    """The share of a map's maximum that a region must exceed, 0.05 to 0.95."""
    return float(
        st.slider(
            "Threshold (share of the maximum)",
            0.05,
            0.95,
            THRESHOLD,
            0.05,
            key="threshold",
            bind=_bound_number("threshold"),
        )
    )


def depth_slider(count: int) -> int:
    """How many layers are randomized, 0 to `count`; the topmost at first."""
    held = st.session_state.get("depth")
    if isinstance(held, int) and not 0 <= held <= count:
        st.session_state["depth"] = count
    return int(
        st.slider(
            "Layers randomized from the top",
            0,
            count,
            1,
            key="depth",
            bind=_bound_number("depth"),
        )
    )


def whole_number(
    label: str,
    count: int,
    *,
    key: str,
    default: int = 0,
    on_change: Callable[[], None] | None = None,
    help_text: str | None = None,
) -> int:
    """A whole number from 0 to `count` - 1, whatever the link or the last model said."""
    held = st.session_state.get(key)
    if isinstance(held, int) and not 0 <= held < count:
        st.session_state[key] = min(max(held, 0), count - 1)
    chosen = st.number_input(
        label if count > 100_000 else f"{label} (0 to {count - 1})",
        min_value=0,
        max_value=count - 1,
        value=min(default, count - 1),
        step=1,
        key=key,
        bind=_bound_number(key),
        on_change=on_change,
        help=help_text,
    )
    return min(max(int(chosen), 0), count - 1)


def class_picker(structure: Structure, *, best_first: bool = True) -> int | None:
    """Any class by its name; None for the most probable one, where that is offered."""
    labels = class_labels(structure)
    offered = [MOST_PROBABLE, *labels] if best_first else labels
    _carry("target", offered, offered[0])
    chosen = st.selectbox(
        "Class",
        offered,
        key="target",
        bind="query-params",
        format_func=_as_is,
        help="Type to find a class by its name.",
    )
    return labels.index(chosen) if chosen in labels else None


def class_labels(structure: Structure) -> list[str]:
    """The classes' labels; where two share one, each carries its index."""
    times = Counter(structure.labels)
    return [
        label if times[label] == 1 else f"{label} ({index})"
        for index, label in enumerate(structure.labels)
    ]


def option(label: str, options: Sequence[str], *, key: str, help_text: str | None = None) -> str:
    """One of a few fixed options, all of them in sight; the first is the default."""
    chosen = st.segmented_control(
        label,
        list(options),
        default=options[0],
        key=key,
        bind="query-params",
        required=True,
        help=help_text,
    )
    return chosen if chosen in options else options[0]


def select(label: str, options: Sequence[str], *, key: str, help_text: str | None = None) -> str:
    """One of several options in a list; the first is the default.

    What another page or model offered under the same key goes, from the link too.
    """
    if st.session_state.get(key, options[0]) not in options:
        st.session_state[key] = options[0]
    _carry(key, options, options[0])
    chosen = st.selectbox(label, list(options), key=key, bind="query-params", help=help_text)
    return chosen if chosen in options else options[0]


def channel_to(channel: int) -> None:
    """Open a channel, as its control would; to be called before the control is drawn."""
    st.session_state["channel"] = channel


def kernel_to(place: tuple[int, int | None]) -> None:
    """Open a kernel, as its controls would; to be called before they are drawn."""
    index, channel = place
    st.session_state["channel"] = index
    if channel is not None:
        st.session_state["input"] = channel


def _carry(key: str, options: Sequence[str], default: str) -> None:
    """Keep what was chosen on the page before, where this page offers it, and put it in the link.

    A control that is new to a page takes its value from the link, not from the session. The link
    of one that is not new is its own: Streamlit lets nobody else write it.
    """
    held = st.session_state.get(key)
    if not isinstance(held, str) or held == default or key in st.query_params:
        return
    if held in options:
        with suppress(StreamlitAPIException):
            st.query_params[key] = held
            st.session_state[key] = held


def _bound_number(key: str) -> Literal["query-params"] | None:
    """Bind a number to the link, unless the link holds what is none: Streamlit fails on "1e999"."""
    linked = st.query_params.get(key)
    return "query-params" if linked is None or _NUMBER.fullmatch(linked) else None


def open_filter(index: int) -> None:
    """Open one filter of a sheet; to be called before the controls are drawn."""
    st.session_state["mode"] = ONE_FILTER
    st.session_state["channel"] = index
    # A control that the page did not have before does not write itself into the link.
    if index:
        st.query_params["channel"] = str(index)


def _leave_page() -> None:
    """Another kernel may stand on another page."""
    st.session_state["_leave_page"] = True


def _forget_channel() -> None:
    """Channel 17 of one layer has nothing to do with channel 17 of another."""
    st.session_state["_new_layer"] = True
    _leave_page()


def _as_is(name: object) -> str:
    return str(name)

"""Controls that pages share. Each is bound to the link, and no link can make one fail.

The order on every page: layer, channel or class, how to look at it.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Literal

import streamlit as st

from cnnviz_core.images.rendering import LECTURE_INTENSITY
from cnnviz_core.maps.localization import THRESHOLD
from cnnviz_ui.frame import link_internals, state
from cnnviz_ui.frame.state import Key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnnviz_core.looking.results import Structure

_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,12})?")
ONE_FILTER = "One filter"
MOST_PROBABLE = "Most probable class"


def layer_picker(names: Sequence[str], default: str | None = None) -> str:
    """A layer of the model; another model with other layers falls back to `default`."""
    index = names.index(default) if default in names else 0
    chosen = st.selectbox(
        "Layer",
        list(names),
        index=index,
        key=Key.LAYER,
        bind="query-params",
        on_change=_forget_channel,
        format_func=_as_is,
    )
    return chosen if chosen in names else names[index]


def channel_picker(count: int, default: int = 0, *, label: str = "Channel") -> int:
    """A channel or filter, from 0. Of another layer than before it starts at `default` again."""
    turns, layer = state.current().turns, state.value(Key.LAYER)
    if turns.channel_of not in (None, layer) and not link_internals.comes_from_history():
        # On another page, which has no such layer; on the same one the change has said so.
        state.forget(Key.CHANNEL, Key.INPUT, Key.PAGE)
        turns.first_channel = turns.own_page = True
    turns.channel_of = layer
    if turns.first_channel:
        turns.first_channel = False
        state.put(Key.CHANNEL, default)
    return whole_number(label, count, key=Key.CHANNEL, default=default, on_change=_leave_page)


def input_picker(count: int, default: int = 0) -> int:
    """An input channel of a kernel, from 0."""
    words = "Input channel"
    return whole_number(words, count, key=Key.INPUT, default=default, on_change=_leave_page)


def page_picker(count: int, current: int) -> int:
    """A page of tiles, from 0; it follows the kernel that the other controls choose."""
    if count == 1:
        return 0
    held, turns = state.value(Key.PAGE), state.current().turns
    if turns.own_page or (isinstance(held, int) and held > count):
        turns.own_page = False
        state.put(Key.PAGE, current + 1)
    page = st.pagination(
        count, default=current + 1, key=Key.PAGE, bind=_bound_number(Key.PAGE), max_visible_pages=7
    )
    return min(max(page, 1), count) - 1


def seed_picker(key: Key = Key.SEED) -> int:
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
            key=Key.INTENSITY,
            bind=_bound_number(Key.INTENSITY),
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
            key=Key.THRESHOLD,
            bind=_bound_number(Key.THRESHOLD),
        )
    )


def depth_slider(count: int) -> int:
    """How many layers are randomized, 0 to `count`; the topmost at first."""
    held = state.value(Key.DEPTH)
    if isinstance(held, int) and not 0 <= held <= count:
        state.put(Key.DEPTH, count)
    return int(
        st.slider(
            "Layers randomized from the top",
            0,
            count,
            1,
            key=Key.DEPTH,
            bind=_bound_number(Key.DEPTH),
        )
    )


def whole_number(
    label: str,
    count: int,
    *,
    key: Key,
    default: int = 0,
    on_change: Callable[[], None] | None = None,
    help_text: str | None = None,
) -> int:
    """A whole number from 0 to `count` - 1, whatever the link or the last model said."""
    held = state.value(key)
    if isinstance(held, int) and not 0 <= held < count:
        state.put(key, min(max(held, 0), count - 1))
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
    chosen = st.selectbox(
        "Class",
        offered,
        key=Key.TARGET,
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


def option(label: str, options: Sequence[str], *, key: Key, help_text: str | None = None) -> str:
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


def select(label: str, options: Sequence[str], *, key: Key, help_text: str | None = None) -> str:
    """One of several options in a list; the first is the default.

    What another page or model offered under the same key goes, from the link too.
    """
    if state.value(key) not in (None, *options):
        state.put(key, options[0])
    chosen = st.selectbox(label, list(options), key=key, bind="query-params", help=help_text)
    return chosen if chosen in options else options[0]


def channel_to(channel: int) -> None:
    """Open a channel, as its control would; to be called before the control is drawn."""
    state.choose({Key.CHANNEL: channel})
    _leave_page()


def layer_to(layer: str) -> None:
    """Open a layer, as its control would; to be called before the control is drawn."""
    state.choose({Key.LAYER: layer})


def toggle(label: str, *, key: Key, help_text: str | None = None) -> bool:
    """A choice that is on or off; off at first."""
    return bool(st.toggle(label, key=key, bind="query-params", help=help_text))


def kernel_to(place: tuple[int, int | None]) -> None:
    """Open a kernel, as its controls would; to be called before they are drawn."""
    index, channel = place
    chosen = {Key.CHANNEL: index}
    if channel is not None:
        chosen[Key.INPUT] = channel
    state.choose(chosen)
    _leave_page()


def _bound_number(key: Key) -> Literal["query-params"] | None:
    """Bind a number to the link, unless the link holds what is none: Streamlit fails on "1e999"."""
    linked = st.query_params.get(key)
    return "query-params" if linked is None or _NUMBER.fullmatch(linked) else None


def open_filter(index: int) -> None:
    """Open one filter of a sheet; to be called before the controls are drawn."""
    state.choose({Key.MODE: ONE_FILTER, Key.CHANNEL: index}, defaults={Key.CHANNEL: 0})


def _leave_page() -> None:
    """Another kernel may stand on another page."""
    state.current().turns.own_page = True
    state.forget(Key.PAGE)


def _forget_channel() -> None:
    """Channel 17 of one layer has nothing to do with channel 17 of another."""
    turns = state.current().turns
    turns.first_channel = turns.own_page = True
    state.forget(Key.CHANNEL, Key.PAGE)


def _as_is(name: object) -> str:
    return str(name)

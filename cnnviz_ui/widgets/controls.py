"""Controls that pages share. Each holds what was chosen, and no link can make one fail.

The order on every page: layer, channel or class, how to look at it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_core.maps.localization import THRESHOLD
from cnnviz_ui.frame import binding, choices, state
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.text import distinct

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnnviz_core.looking.results import Structure

_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,12})?")
ONE_FILTER = "One filter"
MOST_PROBABLE = "Most probable class"


def layer_picker(names: Sequence[str], default: str | None = None) -> str:
    """A layer of the model, kept for each kind of page; `default` until one is chosen."""
    return select("Layer", names, key=Key.LAYER, default=default)


def channel_picker(count: int, default: int = 0, *, label: str = "Channel") -> int:
    """A channel or filter, from 0, kept for each layer."""
    return whole_number(label, count, key=Key.CHANNEL, default=default, after=_leave_page)


def input_picker(count: int, default: int = 0) -> int:
    """An input channel of a kernel, from 0."""
    words = "Input channel"
    return whole_number(words, count, key=Key.INPUT, default=default, after=_leave_page)


def page_picker(count: int, current: int) -> int:
    """A page of tiles, from 0; it follows the kernel that the other controls choose."""
    if count == 1:
        return 0
    bound = _bound_number(Key.PAGE, 1, count, current + 1, called="page")
    page = st.pagination(count, key=Key.PAGE, on_change=bound.take, max_visible_pages=7)
    return bound.shown(page) - 1


def seed_picker(key: Key = Key.SEED) -> int:
    """The seed of a random start: the same seed gives the same picture."""
    return whole_number("Seed", 1_000_000, key=key, help_text="The same seed, the same picture.")


def threshold_slider() -> float:
    """The share of a map's maximum that a region must exceed, 0.05 to 0.95."""
    words = "Threshold (share of the maximum)"
    return share_slider(words, key=Key.THRESHOLD, default=THRESHOLD, low=0.05, high=0.95)


def share_slider(
    label: str, *, key: Key, default: float, low: float = 0.0, high: float = 1.0
) -> float:
    """A share in steps of 0.05."""
    return slider(label, low, high, step=0.05, key=key, default=default)


def slider(
    label: str,
    low: float,
    high: float,
    *,
    step: float,
    key: Key,
    default: float,
    written: str = "%.2f",
    help_text: str | None = None,
) -> float:
    """A number between two, in steps; `written` is how the slider says it, in printf's words."""

    def read(words: choices.Words) -> float | None:
        value = float(words[0]) if _NUMBER.fullmatch(words[0]) else None
        return value if value is not None and low <= value <= high else None

    bound = binding.bind(
        key, default, read, _between(low, high), called=label.lower(), offers=(low, high)
    )
    chosen = st.slider(
        label,
        low,
        high,
        step=step,
        key=key,
        on_change=bound.take,
        format=written,
        help=help_text,
    )
    return bound.shown(chosen)


def depth_slider(count: int) -> int:
    """How many layers are randomized, 0 to `count`; the topmost at first."""
    label = "Layers randomized from the top"
    bound = _bound_number(Key.DEPTH, 0, count, min(1, count), called=label.lower())
    return bound.shown(st.slider(label, 0, count, key=Key.DEPTH, on_change=bound.take))


def whole_number(
    label: str,
    count: int,
    *,
    key: Key,
    default: int = 0,
    after: Callable[[], None] | None = None,
    help_text: str | None = None,
) -> int:
    """A whole number from 0 to `count` - 1."""
    last = count - 1
    bound = _bound_number(key, 0, last, min(default, last), called=label.lower(), after=after)
    chosen = st.number_input(
        label if count > 100_000 else f"{label} (0 to {last})",
        min_value=0,
        max_value=last,
        step=1,
        key=key,
        on_change=bound.take,
        help=help_text,
    )
    return bound.shown(chosen)


def class_picker(structure: Structure, *, best_first: bool = True, default: int = 0) -> int | None:
    """Any class by its name; None for the most probable one, where that is offered.

    Args:
        structure: the network.
        best_first: whether the most probable one is offered, and the default.
        default: the class at first, where it is not.
    """
    labels = class_labels(structure)
    chosen = select(
        "Class",
        [MOST_PROBABLE, *labels] if best_first else labels,
        key=Key.TARGET,
        default=None if best_first else labels[default],
        help_text="Type to find a class by its name.",
    )
    return labels.index(chosen) if chosen in labels else None


def class_labels(structure: Structure) -> list[str]:
    """The classes' labels; where two share one, each carries its index."""
    return distinct(structure.labels)


def option(
    label: str,
    options: Sequence[str],
    *,
    key: Key,
    help_text: str | None = None,
    in_sight: bool = True,
) -> str:
    """One of a few fixed options, all of them in sight; the first is the default.

    Args:
        label: what it is called.
        options: in the order in which they are offered.
        key: its name in the link.
        help_text: behind a question mark.
        in_sight: whether its label is shown, or only read out.
    """
    bound = binding.one_of(key, options, options[0], called=label.lower())
    chosen = st.segmented_control(
        label,
        list(options),
        key=key,
        on_change=bound.take,
        required=True,
        help=help_text,
        label_visibility="visible" if in_sight else "collapsed",
    )
    return bound.shown(chosen)


def select(
    label: str,
    options: Sequence[str],
    *,
    key: Key,
    default: str | None = None,
    help_text: str | None = None,
    in_sight: bool = True,
    shown_as: Callable[[str], str] = str,
) -> str:
    """One of several options in a list, shown letter by letter.

    Args:
        label: what it is called.
        options: in the order in which they are offered.
        key: its name in the link.
        default: the first option where left out, or not offered.
        help_text: behind a question mark.
        in_sight: whether its label is shown, or only read out.
        shown_as: what the list calls an option, where that is not its name.
    """
    first = default if default is not None and default in options else options[0]
    bound = binding.one_of(key, options, first, called=label.lower())
    titles = {name: shown_as(name) for name in options}
    chosen = st.selectbox(
        label,
        list(options),
        key=key,
        on_change=bound.take,
        format_func=lambda name: titles.get(name, str(name)),
        help=help_text,
        label_visibility="visible" if in_sight else "collapsed",
    )
    return bound.shown(chosen)


def several(
    label: str,
    options: Sequence[str],
    *,
    key: Key,
    default: Sequence[str] = (),
    help_text: str | None = None,
) -> list[str]:
    """Any of several options, in any order."""
    bound = binding.bind(
        key,
        list(default),
        choices.some_of(options),
        lambda value: isinstance(value, list) and set(value) <= set(options),
        called=label.lower(),
        offers=tuple(options),
    )
    chosen = st.multiselect(label, list(options), key=key, on_change=bound.take, help=help_text)
    return bound.shown(chosen)


def toggle(label: str, *, key: Key, help_text: str | None = None) -> bool:
    """On or off; off at first."""
    bound = binding.one_of(key, (False, True), False, called=label.lower())
    return bound.shown(st.toggle(label, key=key, on_change=bound.take, help=help_text))


def channel_to(channel: int) -> None:
    """Open a channel, as its control would; to be called before the control is drawn."""
    state.choose({Key.CHANNEL: channel})
    _leave_page()


def layer_to(layer: str) -> None:
    """Open a layer, as its control would; to be called before the control is drawn."""
    state.choose({Key.LAYER: layer})


def kernel_to(place: tuple[int, int | None]) -> None:
    """Open a kernel, as its controls would; to be called before they are drawn."""
    index, channel = place
    chosen = {Key.CHANNEL: index}
    if channel is not None:
        chosen[Key.INPUT] = channel
    state.choose(chosen)
    _leave_page()


def open_filter(index: int) -> None:
    """Open one filter of a sheet; to be called before the controls are drawn."""
    state.choose({Key.MODE: ONE_FILTER, Key.CHANNEL: index})


def _leave_page() -> None:
    """Another kernel may stand on another page."""
    state.forget(Key.PAGE)


def _bound_number(
    key: Key,
    low: int,
    high: int,
    default: int,
    *,
    called: str,
    after: Callable[[], None] | None = None,
) -> binding.Bound[int]:
    """Bind a control of whole numbers between two."""

    def read(words: choices.Words) -> int | None:
        if not _NUMBER.fullmatch(words[0]) or not float(words[0]).is_integer():
            return None
        value = int(float(words[0]))
        return value if low <= value <= high else None

    fits, offers = _between(low, high), (low, high)
    return binding.bind(key, default, read, fits, called=called, offers=offers, after=after)


def _between(low: float, high: float) -> Callable[[object], bool]:
    def fits(value: object) -> bool:
        return isinstance(value, int | float) and low <= value <= high

    return fits

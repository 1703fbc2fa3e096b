"""A control and what was chosen for it: its value before it is drawn, its change, what it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Generic, TypeVar

import streamlit as st

from cnnviz_ui.frame import choices, state
from cnnviz_ui.frame.keys import Key

T = TypeVar("T")
After = Callable[[], None]
_folded = ContextVar("_folded", default=False)


@dataclass(frozen=True)
class Bound(Generic[T]):
    """A control that holds what was chosen.

    Attributes:
        key: its name in the link.
        default: what it holds where nobody has chosen.
        fits: whether it can hold a value.
        offers: what Streamlit tells it from others by: another offer is another control.
        after: what a change asks for besides.
    """

    key: Key
    default: T
    fits: Callable[[object], bool]
    offers: object
    after: After | None = None

    def take(self) -> None:
        """The visitor has moved it."""
        value = st.session_state.get(self.key)
        if value is None or not self.fits(value):
            return
        state.current().choices.take(self.key, value)
        if self.after is not None:
            self.after()

    def shown(self, value: object) -> T:
        """What it shows, noted for the link, of what Streamlit says that it holds."""
        held: T = value if self.fits(value) else self.default  # type: ignore[assignment]
        state.current().choices.end(self.key, held, self.default, self.offers)
        return held


@contextmanager
def folded() -> Iterator[None]:
    """Around controls that the browser makes only as what they lie in is opened.

    By then it has forgotten values that an earlier run told it, so that each run tells them anew.
    """
    token = _folded.set(True)
    try:
        yield
    finally:
        _folded.reset(token)


def bind(
    key: Key,
    default: T,
    read: Callable[[choices.Words], T | None],
    fits: Callable[[object], bool],
    *,
    called: str,
    offers: object,
    after: After | None = None,
) -> Bound[T]:
    """Give a control, which is drawn next, the value that was chosen.

    A control that has its value already is left alone: to put it again would undo what is being
    typed. One that is new has none, though the session may know one by the same key.

    Args:
        key: its name in the link, and Streamlit's key.
        default: what it holds where nobody has chosen.
        read: its value from the words of a link; None where they mean none.
        fits: whether it can hold a value.
        called: what people call it.
        offers: all that it can hold; another offer is another control.
        after: called as the visitor moves it.
    """
    chosen = state.current().choices
    value = chosen.begin(key, default, read, fits, called=called)
    stands = chosen.stands(key, (called, offers)) and not _folded.get()
    if not stands or st.session_state.get(key) != value:
        st.session_state[key] = value
    return Bound(key, default, fits, (called, offers), after)


def one_of(
    key: Key, options: Sequence[T], default: T, *, called: str, after: After | None = None
) -> Bound[T]:
    """Bind a control that holds one of some options."""
    return bind(
        key,
        default,
        choices.one_of(options),
        lambda value: value in options,
        called=called,
        offers=tuple(options),
        after=after,
    )

"""What a visitor has chosen: the one truth that controls, pages and the link are made from.

Only what was chosen is held. What nobody has touched begins anew with each page and network, so a
default is never carried from one to the other. A choice is held at its place: a class by network, a
layer by network and kind of page, a channel by its layer too (`keys.REACH`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from cnnviz_ui.frame.keys import REACH, Key, Reach, View

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

T = TypeVar("T")
Place = tuple[str, ...]
Words = tuple[str, ...]
"""A value as the link says it; of a control of several values one each."""


@dataclass
class Link:
    """A link that came from the browser, taken over control by control as they are drawn.

    Attributes:
        says: its words, by names of controls.
        alone: whether it means itself: a control that it does not name begins with its default.
        settled: controls that took over what it says of them, or were chosen since.
    """

    says: dict[str, Words] = field(default_factory=dict)
    alone: bool = True
    settled: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Drawn:
    """A control of this run: where its choice is held, its default, and what the link says."""

    place: Place
    default: object
    words: Words


@dataclass
class Choices:
    """All that was chosen in a session.

    Attributes:
        page: path of the page that is drawn; None before the first.
        view: which kind of page that is.
        model: the network that is looked at, by a name that stays while its file does.
        layer: the layer whose control was drawn last.
        held: what was chosen, by place.
        link: what came from the browser.
        said: what the link last said.
        drawn: controls of this run.
        standing: on which page a control was drawn last, and with what on offer.
        decided: controls that were chosen for, until they are drawn. A click that comes before the
            browser has their new values sends the old ones along.
        amiss: sentences about what the link asks for and nobody has.
    """

    page: str | None = None
    view: View = View.EXPLAINING
    model: str = ""
    layer: str = ""
    held: dict[Place, object] = field(default_factory=dict)
    link: Link = field(default_factory=Link)
    said: dict[str, Words] = field(default_factory=dict)
    drawn: dict[Key, Drawn] = field(default_factory=dict)
    standing: dict[Key, tuple[str | None, object]] = field(default_factory=dict)
    decided: set[Key] = field(default_factory=set)
    amiss: list[str] = field(default_factory=list)

    def arrive(self, page: str, view: View, says: Mapping[str, Words], *, back: bool) -> None:
        """A run begins: on which page, with what link, and whether by the browser's Back.

        A first link and one of Back or Forward mean themselves. On the way to another page only
        what differs from the link before is news: the browser takes the rest along.
        """
        first = self.page is None
        if first or back:
            self.link = Link(dict(says))
        elif page != self.page:
            news = {name: words for name, words in says.items() if self.said.get(name) != words}
            self.link = Link(news, alone=False)
        if first or back or page != self.page:
            self.amiss, self.said = [], {}
        self.page, self.view, self.layer = page, view, ""
        self.drawn = {}

    def asked(self, key: Key) -> str | None:
        """What the link asks a control to hold that has not been drawn since it came."""
        words = self.link.says.get(key, ()) if key not in self.link.settled else ()
        return words[0] if words else None

    def begin(
        self,
        key: Key,
        default: T,
        read: Callable[[Words], T | None],
        fits: Callable[[object], bool],
        *,
        called: str,
    ) -> T:
        """What a control is to hold as it is drawn.

        Args:
            key: its name in the link.
            default: what it holds where nobody has chosen.
            read: its value from the words of a link; None where they mean none.
            fits: whether it can hold a value that was chosen before.
            called: what people call it, to say that the link asks for one that is not there.
        """
        place = self.place(key)
        self.decided.discard(key)
        if key not in self.link.settled:
            self.link.settled.add(key)
            self._settle(key, place, read, called)
        value = self.held.get(place, default)
        return value if fits(value) else default  # type: ignore[return-value]

    def _settle(self, key: Key, place: Place, read: Callable[[Words], object], called: str) -> None:
        words = self.link.says.get(key)
        if words is not None or self.link.alone:
            self.held.pop(place, None)
        if words is None:
            return
        value = read(words)
        if value is None:
            asked = ", ".join(words)[:80]
            self.amiss.append(f"The link asks for the {called} “{asked}”, which is not here.")
        else:
            self.held[place] = value

    def stands(self, key: Key, offers: object) -> bool:
        """Whether a control stands on the page as the run before drew it."""
        return self.standing.get(key) == (self.page, offers)

    def end(self, key: Key, value: object, default: object, offers: object = None) -> None:
        """Note what a control holds, now that it is drawn."""
        self.standing[key] = self.page, offers
        if key == Key.LAYER:
            self.layer = str(value)
        words = () if value == default else spoken(value)
        self.drawn[key] = Drawn(self.place(key), default, words)

    def take(self, key: Key, value: object) -> None:
        """The visitor has moved a control; going back to its default is no choice."""
        if key in self.decided:
            return
        self.amiss = []
        drawn = self.drawn.get(key)
        place = drawn.place if drawn is not None else self.place(key)
        if drawn is not None and value == drawn.default:
            self.held.pop(place, None)
        else:
            self.held[place] = value

    def value(self, key: Key) -> object:
        """What a control holds: what was chosen, or its default as it was last drawn."""
        drawn = self.drawn.get(key)
        return self.held.get(self.place(key), drawn.default if drawn is not None else None)

    def choose(self, values: Mapping[Key, object], view: View | None = None) -> None:
        """Choose in place of the visitor, also for controls that are not drawn yet.

        Args:
            values: by controls. A layer counts for what is given with it.
            view: the kind of page for which it is chosen; this one's where left out.
        """
        self.amiss = []
        layer = str(values.get(Key.LAYER, self.layer))
        for key, value in values.items():
            self.held[self.place(key, view=view, layer=layer)] = value
            self.link.settled.add(key)
        self.decided |= values.keys()

    def forget(self, *keys: Key) -> None:
        """Let controls go back to their defaults."""
        for key in keys:
            self.held.pop(self.place(key), None)
            self.link.settled.add(key)

    def place(self, key: Key, *, view: View | None = None, layer: str | None = None) -> Place:
        """Where a choice of a control is held, by what it depends on."""
        model = self._model_of(key)
        match REACH.get(key, Reach.EVERYWHERE):
            case Reach.MODEL:
                return key, model
            case Reach.VIEW:
                return key, model, view or self.view
            case Reach.LAYER:
                return key, model, view or self.view, self.layer if layer is None else layer
        return (key,)

    def _model_of(self, key: Key) -> str:
        """The network a control is about: A's and B's may have one of their own."""
        side = {"a_": Key.A_MODEL, "b_": Key.B_MODEL}.get(key[:2])
        return self.model if side is None else str(self.held.get((side,), self.model))

    def says(self, *, whole: bool) -> dict[str, Words]:
        """What the link has to say now; it is silent on defaults.

        Of a page that still waits, controls that are yet to come stay in it as they were.
        """
        words = {key.value: drawn.words for key, drawn in self.drawn.items() if drawn.words}
        if not whole:
            words = self._waiting() | words
        self.said = words
        return words

    def _waiting(self) -> dict[str, Words]:
        """What the link says of controls that this run has not drawn."""
        waiting = {}
        for key in Key:
            if key in self.drawn:
                continue
            if key not in self.link.settled:
                waiting[key.value] = self.link.says.get(key, ())
            elif key in self.said and self.place(key) in self.held:
                waiting[key.value] = spoken(self.held[self.place(key)])
        return {name: words for name, words in waiting.items() if words}


def spoken(value: object) -> Words:
    """A value as the link says it."""
    match value:
        case bool():
            return (str(value).lower(),)
        case list() | tuple():
            return tuple(str(part) for part in value) or ("",)
    return (str(value),)


def one_of(options: Sequence[T]) -> Callable[[Words], T | None]:
    """Reads one of some options by its name."""

    def read(words: Words) -> T | None:
        return next((option for option in options if spoken(option) == words), None)

    return read


def some_of(options: Sequence[str]) -> Callable[[Words], list[str] | None]:
    """Reads several of some options; None where one is unknown."""

    def read(words: Words) -> list[str] | None:
        chosen = [] if words == ("",) else list(words)
        return chosen if set(chosen) <= set(options) else None

    return read

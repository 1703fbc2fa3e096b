"""What a session holds: the values of its controls, and everything beside them.

What is chosen on pages lies in `Choices`, from which controls and link are made. All that a session
holds lies in one `State`, which begins anew with each: a reload keeps what the link says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import streamlit as st

from cnnviz_core.looking.results import Prediction
from cnnviz_core.zoo.cards import ModelCard
from cnnviz_engine import Job, UploadedModel
from cnnviz_ui.frame.announcing import Said
from cnnviz_ui.frame.choices import Choices
from cnnviz_ui.frame.keys import Key, View
from cnnviz_ui.frame.own import Own
from cnnviz_ui.frame.photos import Photo
from cnnviz_ui.frame.tray import Tray

if TYPE_CHECKING:
    from streamlit.navigation.page import Page

__all__ = ["Key", "View"]
STATE = "_state"
"""Where Streamlit keeps the `State` of a session."""


@dataclass
class Sidebar:
    """What was chosen beside the page.

    Attributes:
        card: the model in use; None before the first run.
        photo: the photo in use; None where there is none at all.
        tray: the visitor's own photos.
        uploaded: names of the photos whose files lie in the control, by its names for them.
        refused_photos: files there that are no photos: their names, and why.
        told: predictions for photos of the tray, by keys of requests.
        lost_model: whether the link leads to a model or a photo that is no longer here.
    """

    card: ModelCard | None = None
    photo: Photo | None = None
    tray: Tray = field(default_factory=Tray)
    uploaded: dict[str, str] = field(default_factory=dict)
    refused_photos: dict[str, tuple[str, str]] = field(default_factory=dict)
    told: dict[str, Prediction] = field(default_factory=dict)
    lost_model: bool = False


@dataclass
class OwnModel:
    """The model that the visitor brought.

    Attributes:
        mine: the file in use, with what was chosen for it.
        arriving: the file that is being looked into.
        refused: name of the file that was refused last, and why.
        tried: the file with other preprocessings, by their names in requests.
        chosen_next: whether the next run chooses it on every page.
        ever: whether this session ever had one.
        removals: how often one was let go.
    """

    mine: Own | None = None
    arriving: UploadedModel | None = None
    refused: tuple[str, str] | None = None
    tried: dict[str, UploadedModel] = field(default_factory=dict)
    chosen_next: bool = False
    ever: bool = False
    removals: int = 0


@dataclass(frozen=True)
class Belongings:
    """What is one's own in a session.

    Attributes:
        model: the visitor's, with what was chosen for it.
        photos: the visitor's.
    """

    model: Own | None = None
    photos: Tray = field(default_factory=Tray)

    @property
    def sizes(self) -> dict[str, int]:
        """Bytes of what takes room, by digest."""
        sizes = {}
        if self.model is not None:
            held = self.model.upload.bytes_held
            sizes[held.digest] = len(held.data)
        return sizes | {photo.digest: photo.pixels.nbytes for photo in self.photos.photos}


@dataclass
class Left:
    """What is left for the session that a reload begins, see `coming_back`.

    Attributes:
        begun: whether this session has looked for what its link leads to.
        key: under which all that is one's own lies; empty where there is nothing.
        things: what lies there.
        keys: all under which it, or what it was before, lies.
    """

    begun: bool = False
    key: str = ""
    things: Belongings = field(default_factory=Belongings)
    keys: list[str] = field(default_factory=list)


@dataclass
class Run:
    """What one run of a page asked of the engine, by keys of requests.

    Attributes:
        asked: its requests.
        answered: those of them with a result, and what came of each, in words.
        waiting: those whose progress or cancel it has drawn.
    """

    asked: set[str] = field(default_factory=set)
    answered: dict[str, str] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)


@dataclass
class Jobs:
    """What was asked of the engine, by keys of requests.

    Attributes:
        running: jobs that the session waits for.
        cancelled: what there was of a job when the visitor cancelled it; None where nothing was.
        asked_again: requests asked again after a cancel that was not the visitor's.
        run: what this run of the page asked. The next has its own: one may overtake the other.
        said: what was told of it to those who listen.
        page: the page that was drawn last; None before the first.
    """

    running: dict[str, Job[Any]] = field(default_factory=dict)
    cancelled: dict[str, Any] = field(default_factory=dict)
    asked_again: set[str] = field(default_factory=set)
    run: Run = field(default_factory=Run)
    said: Said = field(default_factory=Said)
    page: str | None = None


@dataclass
class State:
    """All that a session holds beside the values of its controls.

    Attributes:
        sidebar: what was chosen beside the page.
        own: the model that the visitor brought.
        left: what is left for the session that a reload begins.
        jobs: what was asked of the engine.
        choices: what was chosen on its pages.
        pages: the pages of this run by their names, to link to.
        looked_at: the map that was looked at last, by what A's controls on Compare have to hold
            to show it; empty once they took it over.
    """

    sidebar: Sidebar = field(default_factory=Sidebar)
    own: OwnModel = field(default_factory=OwnModel)
    left: Left = field(default_factory=Left)
    jobs: Jobs = field(default_factory=Jobs)
    choices: Choices = field(default_factory=Choices)
    pages: Mapping[str, Page] = field(default_factory=dict)
    looked_at: dict[Key, object] = field(default_factory=dict)


def current() -> State:
    """The state of the session at the page."""
    state = st.session_state.get(STATE)
    if not isinstance(state, State):
        state = st.session_state[STATE] = State()
    return state


def value(key: str) -> Any:
    """What a control holds; None where it holds nothing yet."""
    return current().choices.value(key) if isinstance(key, Key) else st.session_state.get(key)


def put(key: str, held: object) -> None:
    """Give a control its value; to be called before it is drawn."""
    st.session_state[key] = held


def choose(values: Mapping[Key, object], *, view: View | None = None) -> None:
    """Choose in place of the visitor; to be called before the controls are drawn.

    Args:
        values: by controls, on this page or on one to be opened.
        view: the kind of page for which a layer is chosen; this page's where left out.
    """
    current().choices.choose(values, view)


def forget(*keys: Key) -> None:
    """Let controls go back to their defaults; to be called before they are drawn."""
    current().choices.forget(*keys)

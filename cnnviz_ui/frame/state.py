"""What a session holds: the values of its controls, and everything beside them.

A control that the link knows has a `Key`, which is also its name in the link. All else lies in one
`State`, which begins anew with each session: a reload keeps what the link says, and nothing more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import streamlit as st

from cnnviz_core.zoo.cards import ModelCard
from cnnviz_engine import Job, UploadedModel
from cnnviz_ui.frame import link_internals
from cnnviz_ui.frame.own import Own
from cnnviz_ui.frame.photos import Photo

if TYPE_CHECKING:
    from streamlit.navigation.page import Page

STATE = "_state"
"""Where Streamlit keeps the `State` of a session."""


class Key(StrEnum):
    """Controls that the link knows, by their names in it."""

    MODEL = "model"
    IMAGE = "image"
    SECOND = "second"
    LAYER = "layer"
    CHANNEL = "channel"
    INPUT = "input"
    PAGE = "page"
    SEED = "seed"
    TARGET = "target"
    AGAINST = "against"
    OUTPUT = "output"
    METHOD = "method"
    PIXEL_METHOD = "pixel_method"
    AMOUNT = "amount"
    COLORMAP = "colormap"
    INTENSITY = "intensity"
    DETAIL = "detail"
    TILES = "tiles"
    SHOWN = "shown"
    EACH = "each"
    EVERY_LAYER = "every_layer"
    THRESHOLD = "threshold"
    REGIONS = "regions"
    CUTOUT = "cutout"
    MODE = "mode"
    ORDER = "order"
    PRESET = "preset"
    CLASS_PRESET = "class_preset"
    DIRECTION = "direction"
    FACES = "faces"
    PLACE = "place"
    OTHER = "other"
    DREAM = "dream"
    PLAY = "play"
    COMPARE = "compare"
    SOURCE = "source"
    SECTION = "section"
    METHODS = "methods"
    MEASURED = "measured"
    MEASURE = "measure"
    CHECK_METHOD = "check_method"
    DEPTH = "depth"
    SCENE_SHAPE = "scene_shape"
    SCENE_BACKGROUND = "scene_background"
    SCENE_SEED = "scene_seed"
    SCENE_METHOD = "scene_method"
    REVEAL = "reveal"
    A_MODEL = "a_model"
    A_IMAGE = "a_image"
    A_METHOD = "a_method"
    A_TARGET = "a_target"
    A_AGAINST = "a_against"
    A_LAYER = "a_layer"
    B_MODEL = "b_model"
    B_IMAGE = "b_image"
    B_METHOD = "b_method"
    B_TARGET = "b_target"
    B_AGAINST = "b_against"
    B_LAYER = "b_layer"


@dataclass
class Sidebar:
    """What was chosen beside the page.

    Attributes:
        card: the model in use; None before the first run.
        photo: the photo in use; None where there is none at all.
        own_photo: the visitor's own.
        photo_problem: why the last file was no photo; empty where it was one.
        lost_model: whether the link names a model that stayed in another session.
    """

    card: ModelCard | None = None
    photo: Photo | None = None
    own_photo: Photo | None = None
    photo_problem: str = ""
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


@dataclass
class Run:
    """What one run of a page asked of the engine, by keys of requests.

    Attributes:
        asked: its requests.
        answered: those of them with a result.
        waiting: those whose progress or cancel it has drawn.
    """

    asked: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    waiting: set[str] = field(default_factory=set)


@dataclass
class Jobs:
    """What was asked of the engine, by keys of requests.

    Attributes:
        running: jobs that the session waits for.
        cancelled: what there was of a job when the visitor cancelled it; None where nothing was.
        asked_again: requests asked again after a cancel that was not the visitor's.
        run: what this run of the page asked. The next has its own: one may overtake the other.
    """

    running: dict[str, Job[Any]] = field(default_factory=dict)
    cancelled: dict[str, Any] = field(default_factory=dict)
    asked_again: set[str] = field(default_factory=set)
    run: Run = field(default_factory=Run)


@dataclass
class Turns:
    """What a choice asks of controls that are drawn after it.

    Attributes:
        first_channel: another layer was chosen, so the channel starts at its default again.
        own_page: another kernel was chosen, so the tiles turn to the page on which it stands.
        channel_of: the layer whose channel was drawn last; None before the first.
    """

    first_channel: bool = False
    own_page: bool = False
    channel_of: str | None = None


@dataclass
class State:
    """All that a session holds beside the values of its controls.

    Attributes:
        sidebar: what was chosen beside the page.
        own: the model that the visitor brought.
        jobs: what was asked of the engine.
        turns: what a choice asks of controls that are drawn after it.
        pages: the pages of this run by their names, to link to.
        linked: names that controls have had in the link.
    """

    sidebar: Sidebar = field(default_factory=Sidebar)
    own: OwnModel = field(default_factory=OwnModel)
    jobs: Jobs = field(default_factory=Jobs)
    turns: Turns = field(default_factory=Turns)
    pages: Mapping[str, Page] = field(default_factory=dict)
    linked: set[str] = field(default_factory=set)


def current() -> State:
    """The state of the session at the page."""
    state = st.session_state.get(STATE)
    if not isinstance(state, State):
        state = st.session_state[STATE] = State()
    return state


def value(key: str) -> Any:
    """What a control holds; None where it holds nothing yet."""
    return st.session_state.get(key)


def put(key: str, held: object) -> None:
    """Give a control its value; to be called before it is drawn."""
    st.session_state[key] = held


def choose(values: Mapping[Key, object], *, defaults: Mapping[Key, object] | None = None) -> None:
    """Give controls their values and say so in the link, all in one message.

    To be called before any of them is drawn.

    Args:
        values: of controls, on this page or about to be.
        defaults: of those that the page does not have yet. The link is silent on defaults.
    """
    for key, held in values.items():
        st.session_state[key] = held
    link_internals.say(_named(values), _named(defaults or {}))


def forget(*keys: Key) -> None:
    """Take controls out of the link, all in one message: they go back to their defaults."""
    link_internals.forget(key.value for key in keys)


def _named(values: Mapping[Key, object]) -> dict[str, object]:
    return {key.value: held for key, held in values.items()}

"""The model that a visitor brought: held in the session alone, chosen on every page like any other.

A link says no more of it than that there was one, so nobody else can open it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import streamlit as st

from cnnviz_core.model_files.limits import UNKNOWN_SIDE
from cnnviz_core.zoo.cards import ModelCard, available_models
from cnnviz_core.zoo.weight_files import imagenet_labels_here
from cnnviz_engine import UploadedModel
from cnnviz_engine.requests.base import is_upload
from cnnviz_ui.frame.text import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz_core.model_files.telling.summary import ModelSummary, OutputSummary

FAMILY = "own"
"""Of the card of such a model."""
OWN = "Your model"
"""What the picker calls it, and the link."""
MOST_NAMED = 120
"""Characters of a file's name that are kept."""


@dataclass(frozen=True, eq=False)
class Own:
    """A model file that can be opened, with what was chosen for it.

    Attributes:
        upload: bytes and choices, as the engine takes them.
        summary: what the file turned out to be.
    """

    upload: UploadedModel
    summary: ModelSummary

    @property
    def mode(self) -> str:
        """The pixel preprocessing, chosen or guessed."""
        return self.upload.preprocessing or self.summary.preprocessing.value

    @property
    def mark(self) -> str:
        """Tells the controls of one file from those of the next."""
        return self.upload.bytes_held.digest[:12]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels to which photos are resized."""
        height, width = (*self.summary.image.shape, None, None)[:2]
        return height or UNKNOWN_SIDE, width or UNKNOWN_SIDE

    @property
    def channels(self) -> int:
        """Channels of the image that it takes."""
        return self.summary.image.shape[-1] or 3

    @property
    def listed(self) -> OutputSummary | None:
        """The output whose numbers are, or could be, class scores; None where all are maps."""
        lists = [one for one in self.summary.outputs if len(one.shape) == 1 and one.shape[0]]
        return next((one for one in lists if one.classes), next(iter(lists), None))

    @property
    def tells_classes(self) -> bool:
        """Whether it has classes, as chosen or as guessed."""
        if self.upload.classes is None:
            return self.summary.classes > 0
        return self.upload.classes and self.listed is not None

    @property
    def classes(self) -> int:
        """How many labels it needs; 0 where it has no classes."""
        if not self.tells_classes or self.listed is None:
            return 0
        numbers = self.listed.shape[0] or 0
        return 2 if numbers == 1 else numbers

    @property
    def card(self) -> ModelCard:
        """What the pages know of it."""
        return ModelCard(
            name=self.upload.name,
            title=self.upload.file_name,
            description=self.words,
            family=FAMILY,
            input_size=self.size,
            preprocessing=self.mode,
            labels=self.upload.labels or self.summary.labels or (),
        )

    @property
    def words(self) -> str:
        """The model in half a sentence."""
        tells = count(self.classes, "class", "classes") if self.classes else "no classes"
        return f"{self.upload.file_name}, {self.summary.kind}, {tells}"


def own() -> Own | None:
    """This session's model, if it has one."""
    found = st.session_state.get("_own_model")
    return found if isinstance(found, Own) else None


def still(mark: str) -> Own | None:
    """The session's model, if it is the file that a control was drawn for; see `Own.mark`.

    A choice that arrives late must not fall on the file that came after.
    """
    mine = own()
    return mine if mine is not None and mine.mark == mark else None


def cards() -> dict[str, ModelCard]:
    """Every model that this session can choose, by what the picker calls it: its own first."""
    mine = own()
    offered = {OWN: mine.card} if mine is not None else {}
    return offered | {card.name: card for card in available_models()}


def default() -> str:
    """The model of a first visit; one's own is chosen when it comes, never by default."""
    return available_models()[0].name


def model_of(name: str) -> Own | None:
    """The session's model under a request's name for it, also as it is merely tried."""
    mine = own()
    if mine is None or mine.upload.name == name:
        return mine
    return replace(mine, upload=_tried()[name]) if name in _tried() else None


def upload_of(name: str) -> UploadedModel | None:
    """The upload that a request of such a model needs; None for a model of everybody."""
    if not is_upload(name):
        return None
    fresh = arriving()
    if fresh is not None and fresh.name == name:
        return fresh
    found = model_of(name)
    return found.upload if found is not None else None


def title_of(name: str) -> str:
    """What people call a model that requests know by this name."""
    if not is_upload(name):
        return name
    found = upload_of(name)
    return found.file_name if found is not None else OWN


def was_another_session(linked: str | None) -> bool:
    """Whether a link names a model that this session does not have."""
    if linked is None or st.session_state.get("_had_own"):
        return False
    return linked in (OWN, "own") or is_upload(linked)


def bring(file_name: str, content: bytes) -> None:
    """Take a file in: it is looked into next. The model chosen before stays until it is known."""
    st.session_state["_arriving"] = UploadedModel(content, shown_name(file_name))
    st.session_state["_refused_model"] = None


def arriving() -> UploadedModel | None:
    """The file that is being looked into."""
    found = st.session_state.get("_arriving")
    return found if isinstance(found, UploadedModel) else None


def settle(summary: ModelSummary) -> None:
    """Make the file that arrived this session's model, chosen on every page from the next run."""
    upload = arriving()
    if upload is None:
        return
    st.session_state["_arriving"] = None
    st.session_state["_own_model"] = Own(_named(upload, summary), summary)
    st.session_state["_choose_own"] = st.session_state["_had_own"] = True
    _tried().clear()


def _named(upload: UploadedModel, summary: ModelSummary) -> UploadedModel:
    """A network of 1,000 classes without names gets those of ImageNet, where they are here."""
    names = imagenet_labels_here() if summary.labels is None else None
    if names is None or summary.classes != len(names):
        return upload
    return replace(upload, labels=names)


def refuse(sentence: str) -> None:
    """Drop the file that arrived, and note why."""
    upload = arriving()
    st.session_state["_arriving"] = None
    st.session_state["_refused_model"] = (upload.file_name if upload else "", sentence)


def refused() -> tuple[str, str] | None:
    """Name of the file that was refused last, and why; None after another one was taken."""
    found = st.session_state.get("_refused_model")
    return found if isinstance(found, tuple) else None


def remove() -> None:
    """Let go of the session's model; to be called before the picker is drawn."""
    for key in ("_own_model", "_arriving", "_refused_model"):
        st.session_state[key] = None
    _tried().clear()
    st.session_state["_removed"] = removals() + 1
    if st.session_state.get("model") == OWN:
        st.session_state["model"] = default()


def removals() -> int:
    """How often a model was let go, each time with the file in the control that took it."""
    return int(st.session_state.get("_removed", 0))


def choose() -> None:
    """Have every page use it; to be called before the picker is drawn."""
    st.session_state["model"] = OWN


def change(**choices: Any) -> None:
    """Choose anew for the session's model; to be called before the picker is drawn."""
    mine = own()
    if mine is None:
        return
    changed = replace(mine.upload, **choices)
    known = _tried().get(changed.name, changed)
    if choices.keys() != {"preprocessing"}:
        _tried().clear()  # what was tried had the other choices
    st.session_state["_own_model"] = replace(mine, upload=known)


def tried(mine: Own, mode: str) -> UploadedModel:
    """The model with another preprocessing, to compare."""
    guessed = mine.summary.preprocessing.value
    if mode == mine.mode:
        return mine.upload
    upload = replace(mine.upload, preprocessing=None if mode == guessed else mode)
    return _tried().setdefault(upload.name, upload)


def values_of(mine: Own, name: str, values: Mapping[int, float], length: int) -> None:
    """Set some values of an input beside the image; zeros stand for what was not set."""
    before = mine.upload.inputs.get(name, (0.0,) * length)
    after = tuple(values.get(index, value) for index, value in enumerate(before))
    change(inputs={**mine.upload.inputs, name: after})


def shown_name(file_name: str) -> str:
    """A file's name without its folder and without signs that could disorder a line."""
    name = PurePath(file_name.replace("\\", "/")).name
    return "".join(sign for sign in name if sign.isprintable())[:MOST_NAMED] or "model"


def _tried() -> dict[str, UploadedModel]:
    found: dict[str, UploadedModel] = st.session_state.setdefault("_tried_models", {})
    return found

"""The model that a visitor brought: held in the session, chosen on every page like any other.

Links call it "own". What a reload finds it by is not in its name: see `coming_back`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from cnnviz_core.zoo.cards import APPLICATIONS, available_models
from cnnviz_core.zoo.weight_files import imagenet_labels_here, weights_present
from cnnviz_engine import UploadedModel
from cnnviz_engine.requests.base import is_upload
from cnnviz_engine.settings import Settings
from cnnviz_ui.frame import state
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.own import Own

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cnnviz_core.model_files.telling.summary import ModelSummary
    from cnnviz_core.zoo.cards import ModelCard

OWN = "own"
"""What links call it."""
TITLE = "Your model"
"""What people call one that is not here."""
AWAY = "no weights"
"""Of a network whose weights would have to be downloaded first."""
MOST_OFFERED = 6
MOST_NAMED = 120
"""Characters of a file's name that are kept."""


def own() -> Own | None:
    """This session's model, if it has one."""
    return state.current().own.mine


def still(mark: str) -> Own | None:
    """The session's model, if it is the file that a control was drawn for; see `Own.mark`.

    A choice that arrives late must not fall on the file that came after.
    """
    mine = own()
    return mine if mine is not None and mine.mark == mark else None


def cards() -> dict[str, ModelCard]:
    """Every model that this session can choose, by what links call it: its own first."""
    mine = own()
    offered = {OWN: mine.card} if mine is not None else {}
    return offered | {card.name: card for card in available_models()}


def words() -> Callable[[str], str]:
    """Gives what a picker of this run shows for each name of `cards`."""
    mine = own()
    shown = {name: f"{name} ({AWAY})" for name in _away()}
    if mine is not None:
        shown[OWN] = f"{mine.upload.file_name} (yours)"
    return lambda name: shown.get(name, name)


def without_weights() -> str:
    """What a visitor is told who chose a network without weights."""
    away = _away()
    names = [card.name for card in available_models() if card.name not in away]
    offered = ", ".join(names[:MOST_OFFERED])
    return (
        f"This network's weights are not on this server. Choose another model, such as {offered}."
    )


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
    model = model_of(name)
    return model.upload if model is not None else None


def title_of(name: str) -> str:
    """What people call a model that requests know by this name."""
    if not is_upload(name):
        return name
    upload = upload_of(name)
    return upload.file_name if upload is not None else TITLE


def was_another_session(linked: str | None) -> bool:
    """Whether a link names a model that this session never had."""
    if linked is None or state.current().own.ever:
        return False
    return linked in (OWN, TITLE) or is_upload(linked)


def take_back(mine: Own) -> None:
    """Take over the model of a session before this one."""
    held = state.current().own
    held.mine, held.ever = mine, True


def bring(file_name: str, content: bytes) -> None:
    """Take a file in: it is looked into next. The model chosen before stays until it is known."""
    held = state.current().own
    held.arriving = UploadedModel(content, shown_name(file_name))
    held.refused = None


def arriving() -> UploadedModel | None:
    """The file that is being looked into."""
    return state.current().own.arriving


def settle(summary: ModelSummary) -> None:
    """Make the file that arrived this session's model, chosen on every page from the next run."""
    held = state.current().own
    if held.arriving is None:
        return
    held.mine = Own(_named(held.arriving, summary), summary)
    held.arriving = None
    held.chosen_next = held.ever = True
    held.tried.clear()


def _named(upload: UploadedModel, summary: ModelSummary) -> UploadedModel:
    """A network of 1,000 classes without names gets those of ImageNet, where they are here."""
    names = imagenet_labels_here() if summary.labels is None else None
    if names is None or summary.classes != len(names):
        return upload
    return replace(upload, labels=names)


def refuse(sentence: str) -> None:
    """Drop the file that arrived, and note why."""
    held = state.current().own
    held.refused = (held.arriving.file_name if held.arriving else "", sentence)
    held.arriving = None


def refused() -> tuple[str, str] | None:
    """Name of the file that was refused last, and why; None after another one was taken."""
    return state.current().own.refused


def remove() -> None:
    """Let go of the session's model; to be called before the picker is drawn."""
    held = state.current().own
    held.mine = held.arriving = held.refused = None
    held.tried.clear()
    held.removals += 1
    if state.value(Key.MODEL) == OWN:
        state.choose({Key.MODEL: default()})


def removals() -> int:
    """How often a model was let go, each time with the file in the control that took it."""
    return state.current().own.removals


def choose() -> None:
    """Have every page use it; to be called before the picker is drawn."""
    state.choose({Key.MODEL: OWN})


def change(**choices: Any) -> None:
    """Choose anew for the session's model; to be called before the picker is drawn."""
    mine = own()
    if mine is None:
        return
    changed = replace(mine.upload, **choices)
    known = _tried().get(changed.name, changed)
    if choices.keys() != {"preprocessing"}:
        _tried().clear()  # what was tried had the other choices
    state.current().own.mine = replace(mine, upload=known)


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


def _away() -> set[str]:
    """Networks whose weights are not here; with workers elsewhere nobody knows of any."""
    if Settings.from_environment().scheduler:
        return set()
    return APPLICATIONS.keys() - weights_present()


def _tried() -> dict[str, UploadedModel]:
    return state.current().own.tried

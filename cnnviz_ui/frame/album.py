"""The photos that a session can choose from: samples, drawn shapes, and the visitor's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz_ui.frame import photos, samples, state

if TYPE_CHECKING:
    from cnnviz_core.zoo.cards import ModelCard
    from cnnviz_ui.frame.tray import Tray

BUNDLED = "bundled"
"""Family of the models that come with the project."""


def names(card: ModelCard) -> list[str]:
    """Names of the photos on offer for a model: first those of its classes, last one's own.

    Photos shipped for other bundled models are not offered to a bundled model that lacks their
    class; to a model whose classes nobody has told they are.
    """
    shapes = samples.drawn() if samples.fits(card.labels) else ()
    offered = samples.available()
    for_models = [sample.name for sample in samples.of_models() if sample.name in offered]
    ordered = [*for_models, *(name for name in offered if name not in for_models)]
    known = [name for name in ordered if _of_class(card, offered[name].label)]
    left_out = (*known, *for_models) if _claims(card) else tuple(known)
    return [*shapes, *known, *(name for name in offered if name not in left_out), *tray().names]


def photo(name: str) -> photos.Photo:
    """The photo of a name that `names` gives."""
    own = tray().find(name)
    return own if own is not None else photos.sample_photo(name)


def called(name: str) -> str:
    """What a list calls a photo: one's own by its file, any other as links do; no two alike."""
    mine = tray()
    own = mine.find(name)
    if own is None:
        return name
    taken = [photo.title for photo in mine.photos] + [*samples.available(), *samples.drawn()]
    return own.title if taken.count(own.title) == 1 else f"{own.title} ({name})"


def shows_no_class(card: ModelCard, name: str) -> bool:
    """Whether a model is known to have no class for what a photo shows.

    Nothing is claimed of one's own photos, and of models whose classes were not named by us.
    """
    if photos.is_own(name) or not _claims(card):
        return False
    return not _of_class(card, photo(name).label)


def mistaken_for(card: ModelCard, name: str) -> str | None:
    """The class that a model is known to take a photo for, where it is wrong."""
    sample = samples.available().get(name) or samples.drawn().get(name)
    return sample.mistaken.get(card.name) if sample is not None else None


def true_class(card: ModelCard, name: str) -> str:
    """The class of a model that a photo shows; empty where that is not known."""
    label = photo(name).label
    return label if _of_class(card, label) else ""


def tray() -> Tray:
    """The visitor's own photos of this session."""
    return state.current().sidebar.tray


def take(file_name: str, content: bytes) -> str:
    """Add a file to the visitor's own photos; gives the photo's name.

    Raises:
        ImageError: the bytes are no picture, or there is no room; the tray stays as it was.
    """
    held = state.current().sidebar
    held.tray.require_room()
    own = photos.own_photo(file_name, content)
    held.tray = held.tray.with_photo(own)
    return own.name


def remove(name: str) -> None:
    """Let go of one of the visitor's own photos."""
    held = state.current().sidebar
    held.tray = held.tray.without(name)


def say(name: str, label: str) -> None:
    """Note what one of the visitor's own photos shows; empty for nothing said."""
    held = state.current().sidebar
    held.tray = held.tray.labelled(name, label)


def _claims(card: ModelCard) -> bool:
    """Whether we know what a model's classes look like: those of the bundled ones."""
    return card.family == BUNDLED and bool(card.labels)


def _of_class(card: ModelCard, label: str) -> bool:
    return bool(label) and _spelled(label) in map(_spelled, card.labels)


def _spelled(label: str) -> str:
    return label.replace("_", " ").casefold()

"""One's own photos, right and wrong side by side, under every page that explains a class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_engine.requests.looking import DescribeRequest, PredictRequest
from cnnviz_ui.frame import album, photo_picker, state
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import caption, heading
from cnnviz_ui.frame.results import ask
from cnnviz_ui.frame.text import count, distinct, escaped, percent, plain
from cnnviz_ui.layers import showable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz_core.looking.results import Prediction
    from cnnviz_ui.frame.photos import Photo
    from cnnviz_ui.frame.sidebar import Choice

UNNAMED = "The classes of this model have no names by which to say what a photo shows."
MARKS = {False: "\u2717", True: "\u2713", None: "\u2013"}
STYLE = """
.st-key-own-strip [class*='st-key-own-tile'] { gap: .2rem !important; }
.st-key-own-strip button { width: 100%; aspect-ratio: 4 / 3; padding: 0; border-radius: 6px;
  background-size: cover; background-position: center; }
.st-key-own-strip button > div { opacity: 0; }
.st-key-own-strip button:focus-visible { outline: 3px dashed #2094b2; outline-offset: 1px; }
.st-key-own-strip p { margin: 0; font-size: .86rem; line-height: 1.35; overflow-wrap: anywhere; }
"""
RING = ".st-key-own-tile-{} button{{outline:3px solid #2094b2;outline-offset:1px}}"


@dataclass(frozen=True)
class Told:
    """What a network says of one photo.

    Attributes:
        photo: one of the visitor's own.
        label: the most probable class.
        share: its probability.
        right: whether the photo shows that class; None where nobody has said what it shows.
    """

    photo: Photo
    label: str
    share: float
    right: bool | None


def right_and_wrong(choice: Choice, output: str | None = None) -> None:
    """The strip; nothing where there are fewer than two photos of one's own."""
    mine = album.tray().photos
    if len(mine) < 2:
        return
    structure = ask(DescribeRequest(model=choice.model, output=output), noun="The network")
    if structure is None or showable.unexplained(structure):
        return
    heading(
        "Your photos, right and wrong",
        "The most probable class of each, and whether it is the true one. Click a photo to open it "
        "here.",
    )
    told = _asked(choice, output, mine, distinct(structure.labels))
    _draw(sorted(told, key=lambda each: (each.right is None, each.right)), choice.photo)
    caption(_score(told) if photo_picker.class_names(choice.card) else UNNAMED)


def _asked(
    choice: Choice, output: str | None, mine: Sequence[Photo], names: Sequence[str]
) -> list[Told]:
    """What is said of each photo, as far as that is known by now."""
    before, told = state.current().sidebar.told, []
    kept: dict[str, Prediction] = {}
    for photo in mine:
        request = PredictRequest(model=choice.model, image=photo.digest, output=output)
        best = before.get(request.key) or ask(
            request, photo, noun=f"Prediction for {photo.title}", refused=caption
        )
        if best is None:
            break
        kept[request.key] = best
        label = names[best.indices[0]]
        right = label == photo.label if photo.label in names else None
        told.append(Told(photo, label, float(best.probabilities[0]), right))
    state.current().sidebar.told = kept
    return told


def _draw(told: Sequence[Told], opened: Photo) -> None:
    thumbnails = "".join(_thumbnail_rule(place, each) for place, each in enumerate(told))
    rings = [RING.format(place) for place, each in enumerate(told) if each.photo is opened]
    with st.container(key="own-strip", horizontal=True, gap="small"):
        # Apart, as another photo that is opened then sends no thumbnail again.
        st.html(f"<style>{STYLE}{thumbnails}</style>")
        st.html(f"<style>{''.join(rings)}</style>")
        for place, each in enumerate(told):
            with st.container(key=f"own-tile-{place}", width=140):
                st.button(
                    plain(f"Open {each.photo.title}"),
                    key=f"_open-{each.photo.name}",
                    width="stretch",
                    on_click=_open,
                    args=(each.photo.name,),
                )
                st.html(
                    f"<p>{escaped(each.label)} <b>{percent(each.share)}</b></p>{_verdict(each)}"
                )


def _verdict(each: Told) -> str:
    """Whether the answer is right, in a mark and in words."""
    said = each.photo.label
    words = {True: "right", False: f"wrong: it shows {said}", None: "true class not said"}
    if each.right is None and said:
        words[None] = f"said to show {said}, none of these classes"
    return f"<p>{MARKS[each.right]} {escaped(words[each.right])}</p>"


def _thumbnail_rule(place: int, each: Told) -> str:
    picture = escaped(photo_picker.thumbnail(each.photo))
    return f".st-key-own-tile-{place} button{{background-image:url({picture})}}"


def _score(told: Sequence[Told]) -> str:
    """How many are right, of those whose true class is known."""
    judged = [each for each in told if each.right is not None]
    if not judged:
        return "Say beside the page what each of them shows, and right is told from wrong."
    right = sum(each.right is True for each in judged)
    return f"{right} right of {count(len(judged), 'photo')} whose true class is known."


def _open(name: str) -> None:
    state.choose({Key.IMAGE: name})

"""The pickers beside every page: which model looks, and at which photo."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from cnnviz_core.zoo.cards import ModelCard
from cnnviz_ui.frame import binding, coming_back, own_model, photos, state
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.own import FAMILY
from cnnviz_ui.frame.page import caption
from cnnviz_ui.frame.photo_picker import choose_photo, fit_photo

LOST = (
    "This link leads to a model or photo of somebody's own that is no longer here: they are kept "
    "for an hour after their last use, and until others need the room. Open the file again, or "
    "choose another model here."
)
SHARED = (
    "Whoever has the link of this page can open your own model and photos too, until an hour after "
    "their last use."
)


@dataclass(frozen=True)
class Choice:
    """What the sidebar has chosen for every page."""

    card: ModelCard
    photo: photos.Photo

    @property
    def model(self) -> str:
        """Name of the model, as requests say it."""
        return self.card.name


def choose() -> Choice | None:
    """Draw the pickers and note what is chosen; None where there is no photo at all."""
    coming_back.fetch()
    shared = coming_back.leave()
    with st.sidebar:
        card = _choose_model(shared=shared)
        photo = choose_photo(card)
    held = state.current().sidebar
    held.card, held.photo = card, photo
    return Choice(card, photo) if photo is not None else None


def current() -> Choice:
    """What the sidebar chose in this run of the page."""
    held = state.current().sidebar
    if held.card is None or held.photo is None:
        raise TypeError("The shell draws the sidebar before the page.")
    return Choice(held.card, held.photo)


def _choose_model(*, shared: bool) -> ModelCard:
    cards = own_model.cards()
    _choose_new_model()
    bound = binding.one_of(
        Key.MODEL, list(cards), own_model.default(), called="model", after=_fit_photo
    )
    name = st.selectbox(
        "Model",
        list(cards),
        key=Key.MODEL,
        on_change=bound.take,
        format_func=own_model.words(),
        help="Your own model comes first, then the bundled ones, then those of keras.applications. "
        "Of a network marked “no weights” they are not on this server; it may download them.",
    )
    card = cards[bound.shown(name)]
    mine = own_model.model_of(card.name)
    state.current().choices.model = mine.mark if mine is not None else card.name
    caption(_words(card))
    if shared:
        caption(SHARED)
    if state.current().sidebar.lost_model:
        st.info(LOST, icon=":material/info:")
    return card


def _choose_new_model() -> None:
    """A model that was just read is chosen; of one that is gone there is only a link."""
    held = state.current()
    if held.own.chosen_next:
        held.own.chosen_next = False
        own_model.choose()
        _fit_photo()
    if own_model.was_another_session(held.choices.asked(Key.MODEL)):
        held.sidebar.lost_model = True
        state.forget(Key.MODEL)


def _words(card: ModelCard) -> str:
    if card.family == FAMILY:
        return f"{card.description}."
    first_sentence = card.description.split(". ")[0].rstrip(".")
    return ". ".join(part for part in (first_sentence, card.accuracy) if part) + "."


def _fit_photo() -> None:
    """A model is chosen: what was said of a lost one is settled, and the photo is fitted to it."""
    state.current().sidebar.lost_model = False
    fit_photo(own_model.cards().get(str(state.value(Key.MODEL))))

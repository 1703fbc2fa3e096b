"""The pickers beside every page: which model looks, and at which photo."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePath

import streamlit as st
from PIL import Image
from streamlit.runtime.uploaded_file_manager import UploadedFile

from cnnviz_core.errors import CnnVizError
from cnnviz_core.zoo.cards import ModelCard
from cnnviz_ui.frame import album, binding, own_model, photos, samples, state
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.own import FAMILY
from cnnviz_ui.frame.page import caption
from cnnviz_ui.frame.text import escaped, plain

THUMBNAIL = 104
PHOTO_MEGABYTES = 30
"""A photo from any camera fits; the decoder has its own, stricter limits."""

LOST = (
    "This link points to a model that stayed in its own browser session; a reload begins a new "
    "one. Open its file on the page Your model, or choose another model here."
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
    with st.sidebar:
        card = _choose_model()
        photo = _choose_photo(card)
        _own_photo()
    held = state.current().sidebar
    held.card, held.photo = card, photo
    return Choice(card, photo) if photo is not None else None


def current() -> Choice:
    """What the sidebar chose in this run of the page."""
    held = state.current().sidebar
    if held.card is None or held.photo is None:
        raise TypeError("The shell draws the sidebar before the page.")
    return Choice(held.card, held.photo)


def _choose_model() -> ModelCard:
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
        help="Your own model comes first, then the bundled ones, then those of keras.applications.",
    )
    card = cards[bound.shown(name)]
    mine = own_model.model_of(card.name)
    state.current().choices.model = mine.mark if mine is not None else card.name
    caption(_words(card))
    if state.current().sidebar.lost_model:
        st.info(LOST, icon=":material/info:")
    return card


def _choose_new_model() -> None:
    """A model that was just read is chosen; of one in another session there is only a link."""
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
        return f"{card.description}. It stays in this session; links cannot carry it."
    first_sentence = card.description.split(". ")[0].rstrip(".")
    return ". ".join(part for part in (first_sentence, card.accuracy) if part) + "."


def _fit_photo() -> None:
    """A model of shapes opens on a shape, every other one on a photo; one's own photo stays."""
    state.current().sidebar.lost_model = False
    card = own_model.cards().get(str(state.value(Key.MODEL)))
    shapes = card is not None and samples.fits(card.labels)
    photo_name = state.value(Key.IMAGE)
    if photo_name != photos.OWN and shapes != (photo_name in samples.drawn()):
        state.forget(Key.IMAGE)


def _choose_photo(card: ModelCard) -> photos.Photo | None:
    names = album.names(shapes=samples.fits(card.labels))
    if not names:
        return None
    if state.current().choices.asked(Key.IMAGE) == photos.OWN and photos.OWN not in names:
        st.info("This link points to a photo that stayed in its own browser. Choose one here.")
        state.forget(Key.IMAGE)
    with st.container(key="photo-picker"):
        st.html(f"<style>{_thumbnail_rules(tuple(names))}</style>")
        bound = binding.one_of(Key.IMAGE, names, names[0], called="photo")
        name = st.radio("Photo", names, key=Key.IMAGE, horizontal=True, on_change=bound.take)
    photo = album.photo(bound.shown(name))
    licence = photo.licence or "Your own photo; it stays in this session, links cannot carry it"
    caption(f"{photo.title}. {licence}.")
    return photo


def _own_photo() -> None:
    with st.expander("Use your own photo", icon=":material/add_a_photo:"):
        st.file_uploader(
            "Upload a photo",
            type=["jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff"],
            key="_upload",
            max_upload_size=PHOTO_MEGABYTES,
            on_change=_take,
            args=("_upload",),
        )
        if st.toggle("Use the camera", key="_camera_on"):
            st.camera_input("Take a photo", key="_camera", on_change=_take, args=("_camera",))
    problem = state.current().sidebar.photo_problem
    if problem:
        st.error(plain(problem), icon=":material/broken_image:")


def _take(widget: str) -> None:
    """Take a new file over; one that cannot be read leaves the photo chosen before."""
    file, held = state.value(widget), state.current().sidebar
    held.photo_problem = ""
    if not isinstance(file, UploadedFile):  # taken away, or no longer held by the server
        return
    try:
        album.take(PurePath(file.name).name, file.getvalue())
    except CnnVizError as error:
        held.photo_problem = str(error)
    else:
        state.choose({Key.IMAGE: photos.OWN})


def _thumbnail_rules(names: tuple[str, ...]) -> str:
    """Style rules that put a thumbnail on each option of the photo picker."""
    own = album.own_photo()
    digest = own.digest if own is not None else ""
    rules = []
    for position, name in enumerate(names, start=1):
        data = _thumbnail(name, digest if name == photos.OWN else "")
        rules.append(
            f".st-key-photo-picker [role='radiogroup']>div:nth-child({position})>label"
            f"{{background-image:url(data:image/jpeg;base64,{escaped(data)})}}"
        )
    return "".join(rules)


@lru_cache(maxsize=64)
def _thumbnail(name: str, digest: str) -> str:
    """A small square JPEG in base64; the digest tells one own photo from the next."""
    picture = Image.fromarray(album.photo(name).pixels)
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    square = picture.resize(
        (THUMBNAIL, THUMBNAIL), box=(left, top, left + side, top + side), reducing_gap=2.0
    )
    buffer = io.BytesIO()
    square.save(buffer, "JPEG", quality=80)
    return base64.b64encode(buffer.getvalue()).decode()

"""The picker of photos beside every page, and the tray of one's own."""

from __future__ import annotations

import base64
import io
from pathlib import PurePath
from typing import TYPE_CHECKING

import streamlit as st
from PIL import Image
from streamlit.runtime.uploaded_file_manager import UploadedFile

from cnnviz_core.errors import CnnVizError
from cnnviz_core.zoo.weight_files import imagenet_labels_here
from cnnviz_ui.frame import album, binding, photos, state
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import caption
from cnnviz_ui.frame.text import distinct, escaped, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz_core.arrays import ImageArray
    from cnnviz_core.zoo.cards import ModelCard

THUMBNAIL = 144
PHOTO_MEGABYTES = 30
"""A photo from any camera fits; the decoder has its own, stricter limits."""
UPLOAD, CAMERA = "_upload", "_camera"
NOT_SAID = "Not said"
GONE = (
    "This link leads to a photo of somebody's own that is no longer here: they are kept for an "
    "hour after their last use. Choose one here."
)
TOO_MUCH = "It was sent with too many others. Send it again, alone or with a few."


def choose_photo(card: ModelCard) -> photos.Photo | None:
    """Draw the picker, what is known of the photo, and the tray; None where there is no photo."""
    names = album.names(card)
    photo = _pick(card, names) if names else None
    if photo is not None:
        caption(_words(card, photo))
        if photos.is_own(photo.name):
            _about(card, photo)
    _receive()
    return photo


def fit_photo(card: ModelCard | None) -> None:
    """Another model was chosen: a photo of none of its classes gives way to one that it knows.

    One's own photo stays, and so does any photo where nothing is known of the model's classes. To
    be called before the picker is drawn.
    """
    name = state.value(Key.IMAGE)
    if card is None or name is None or photos.is_own(name):
        return
    if name not in album.names(card) or album.shows_no_class(card, name):
        state.forget(Key.IMAGE)


def thumbnail(photo: photos.Photo) -> str:
    """A small square picture of a photo, as an address that style rules and pages can name."""
    return f"data:image/jpeg;base64,{_thumbnail(photo.digest, photo.pixels)}"


def class_names(card: ModelCard) -> list[str]:
    """The names of a model's classes, each once; none where they are not known before it runs."""
    if card.family == "keras.applications":
        return distinct(imagenet_labels_here() or ())
    return distinct(card.labels)


def _pick(card: ModelCard, names: Sequence[str]) -> photos.Photo:
    chosen = state.current().choices
    asked = chosen.asked(Key.IMAGE)
    if photos.is_own(asked) and asked not in names:
        if not state.current().sidebar.lost_model:  # which says as much
            chosen.amiss.append(GONE)
        state.forget(Key.IMAGE)
    strange = [name for name in names if album.shows_no_class(card, name)]
    # No two alike: Streamlit tells options apart by what they are called.
    titles = dict(zip(names, distinct([_title(card, name) for name in names]), strict=True))
    bound = binding.one_of(Key.IMAGE, names, names[0], called="photo")
    with st.container(key="photo-picker"):
        st.html(f"<style>{_rules(names, strange)}</style>")
        name = st.radio(
            "Photo",
            names,
            key=Key.IMAGE,
            horizontal=True,
            on_change=bound.take,
            format_func=lambda name: titles.get(name, str(name)),
        )
    return album.photo(bound.shown(name))


def _title(card: ModelCard, name: str) -> str:
    """What an option is called, for whoever does not see its thumbnail."""
    mark = ", none of its classes" if album.shows_no_class(card, name) else ""
    return plain(f"{album.photo(name).title}{mark}")


def _words(card: ModelCard, photo: photos.Photo) -> str:
    """What the photo shows, how the model fares with it, and whom to thank."""
    if photos.is_own(photo.name):
        return f"{photo.title}. Your own photo."
    sentences = [photo.title]
    if album.shows_no_class(card, photo.name):
        sentences.append(f"None of the classes of {card.name}")
    elif true := album.true_class(card, photo.name):
        sentences.append(f"True class: {true}")
    if mistake := album.mistaken_for(card, photo.name):
        sentences.append(f"{card.name} takes it for {mistake}: see where it looks")
    return ". ".join([*sentences, photo.licence]) + "."


def _about(card: ModelCard, photo: photos.Photo) -> None:
    """What one's own photo shows, if one likes to say, and a way to let go of it."""
    labels = class_names(card)
    if labels:
        key = f"_label-{photo.name}-{card.name}"
        st.selectbox(
            "True class",
            [NOT_SAID, *labels],
            index=labels.index(photo.label) + 1 if photo.label in labels else 0,
            key=key,
            format_func=str,
            on_change=_say,
            args=(photo.name, key),
            help="Pages that explain a class then tell right from wrong.",
        )
    st.button(
        "Remove this photo",
        key=f"_remove-{photo.name}",
        icon=":material/delete:",
        width="stretch",
        on_click=_remove,
        args=(photo.name,),
    )


def _say(name: str, key: str) -> None:
    label = state.value(key)
    album.say(name, "" if label in (None, NOT_SAID) else str(label))


def _remove(name: str) -> None:
    """Let go of a photo; the next one of one's own follows, else the model's first."""
    album.remove(name)
    if state.value(Key.IMAGE) != name:
        return
    if album.tray().names:
        state.choose({Key.IMAGE: album.tray().names[0]})
    else:
        state.forget(Key.IMAGE)


def _receive() -> None:
    with st.expander("Use your own photos", icon=":material/add_a_photo:"):
        st.file_uploader(
            "Upload photos",
            type=["jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff"],
            accept_multiple_files=True,
            key=UPLOAD,
            max_upload_size=PHOTO_MEGABYTES,
            on_change=_take_all,
        )
        if st.toggle("Use the camera", key="_camera_on"):
            st.camera_input("Take a photo", key=CAMERA, on_change=_take_shot)
    refused = state.current().sidebar.refused_photos
    if refused:
        lines = "\n".join(f"- {plain(f'{name}: {why}')}" for name, why in refused.values())
        st.error(lines, icon=":material/broken_image:")


def _take_all() -> None:
    """Take over the files that are new in the control; those taken out of it leave the tray."""
    held, files = state.current().sidebar, state.value(UPLOAD) or []
    here = {file.file_id: file for file in files}
    gone = {held.uploaded.pop(each) for each in [*held.uploaded] if each not in here}
    for name in gone - set(held.uploaded.values()):  # a photo may have come in two files
        album.remove(name)
    held.refused_photos = {
        identity: why for identity, why in held.refused_photos.items() if identity in here
    }
    fresh = [here[identity] for identity in here if identity not in held.uploaded]
    names = [_take(file) for file in fresh if file.file_id not in held.refused_photos]
    _open_first(names)


def _take_shot() -> None:
    """Take over what the camera saw; a shot that is cleared leaves its photo in the tray."""
    shot = state.value(CAMERA)
    if shot is not None:
        _open_first([_take(shot)])


def _open_first(names: Sequence[str | None]) -> None:
    taken = [name for name in names if name is not None]
    if taken:
        state.choose({Key.IMAGE: taken[0]})


def _take(file: object) -> str | None:
    """Add a file to the tray; one that cannot be read is noted with the reason."""
    held = state.current().sidebar
    identity = str(getattr(file, "file_id", ""))
    if not isinstance(file, UploadedFile):  # no longer held by the server
        held.refused_photos[identity] = ("A file", TOO_MUCH)
        return None
    file_name = PurePath(file.name).name
    try:
        name = album.take(file_name, file.getvalue())
    except CnnVizError as error:
        held.refused_photos[identity] = (file_name, str(error))
        return None
    held.uploaded[identity] = name
    return name


def _rules(names: Sequence[str], strange: Sequence[str]) -> str:
    """Style rules that put a thumbnail on each option; pale where the model has no such class."""
    rules = []
    for position, name in enumerate(names, start=1):
        option = f".st-key-photo-picker [role='radiogroup']>div:nth-child({position})>label"
        picture = escaped(thumbnail(album.photo(name)))
        rules.append(f"{option}{{background-image:url({picture})}}")
        if name in strange:
            rules.append(f"{option}:not(:has(input:checked)){{opacity:.45}}")
    return "".join(rules)


@st.cache_data(max_entries=1024, show_spinner=False)
def _thumbnail(digest: str, _pixels: ImageArray) -> str:
    """A small square JPEG in base64, made once."""
    picture = Image.fromarray(_pixels)
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    square = picture.resize(
        (THUMBNAIL, THUMBNAIL), box=(left, top, left + side, top + side), reducing_gap=2.0
    )
    buffer = io.BytesIO()
    square.save(buffer, "JPEG", quality=80)
    return base64.b64encode(buffer.getvalue()).decode()

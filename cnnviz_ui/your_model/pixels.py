"""What the network will see: preprocessings side by side, each with what it makes of the photo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from cnnviz_core.images.levels import levels
from cnnviz_core.images.preprocessing import to_network
from cnnviz_core.images.rendering import enlarge, normalize, to_png
from cnnviz_engine.requests.looking import PredictRequest
from cnnviz_ui.frame import own_model, state
from cnnviz_ui.frame.page import bars, caption, note
from cnnviz_ui.frame.results import ask
from cnnviz_ui.frame.text import number, percent
from cnnviz_ui.layers.showable import no_photos
from cnnviz_ui.widgets import pictures
from cnnviz_ui.your_model.words import MODES, SHORT_MODES, modes_for

if TYPE_CHECKING:
    from cnnviz_core.arrays import FloatArray, ImageArray
    from cnnviz_engine import UploadedModel
    from cnnviz_ui.frame.own import Own
    from cnnviz_ui.frame.photos import Photo
    from cnnviz_ui.frame.sidebar import Choice

TOP = 3
SHARP = 400
"""Pixels to which a small picture is enlarged, so that each pixel that the network sees is seen."""
MAIN = {"width": 300, "height": 215}
MIDDLE = {"width": 150, "height": 130}
SMALL = {"width": 150, "height": 120}
EXAMPLES = 3
"""Beside each other."""


def picker(mine: Own) -> None:
    """The preprocessing, the guessed one marked, and why it was guessed."""
    guess = mine.summary.preprocessing
    modes = modes_for(mine.channels)
    key = f"_mode-{mine.mark}"
    state.put(key, mine.mode)
    st.selectbox(
        "What its pixels go through",
        modes,
        key=key,
        format_func=lambda mode: f"{MODES[mode]}{' (guessed)' if mode == guess.value else ''}",
        on_change=lambda: _choose(mine.mark, state.value(key)),
    )
    chosen = (
        "" if mine.mode == guess.value else f"You chose otherwise; guessed: {MODES[guess.value]}. "
    )
    caption(f"{chosen}{guess.reason}")


def seen(mine: Own, photo: Photo) -> None:
    """The photo as the network gets it, with its best classes."""
    if amiss := no_photos(mine.channels):
        note(amiss)
        return
    left, right = st.columns([3, 2.6], gap="small")
    with left:
        _picture(photo, mine.size, mine.channels, mine.mode, MAIN)
    with right:
        if mine.classes:
            _prediction(mine.upload, photo)


def every_mode(mine: Own, photo: Photo) -> None:
    """All preprocessings on request: the network answers once for each."""
    if no_photos(mine.channels):
        return
    wanted = st.toggle(
        "Try every preprocessing",
        key="_every_mode",
        help="Choose by eye: the right one names a photo that you know. Each takes a few seconds "
        "the first time.",
    )
    if not wanted:
        return
    modes = modes_for(mine.channels)
    with st.container(key="every-mode"):
        grid = st.grid(len(modes), min_column_width=104)
    for mode in modes:
        with grid.cell():
            st.button(
                SHORT_MODES[mode],
                key=f"_use-{mode}",
                type="primary" if mode == mine.mode else "secondary",
                width="stretch",
                help=f"Use this one: {MODES[mode]}",
                on_click=_choose,
                args=(mine.mark, mode),
            )
            _picture(photo, mine.size, mine.channels, mode, SMALL)
            if mine.classes:
                _prediction(own_model.tried(mine, mode), photo)


def example(choice: Choice) -> None:
    """Before there is a file: what preprocessing does to the photo, at the size of the model's."""
    grid = st.grid(EXAMPLES, min_column_width=MIDDLE["width"])
    for mode in modes_for(3):
        with grid.cell():
            st.html(f"<p class='caption'><b>{SHORT_MODES[mode]}</b></p>")
            _picture(choice.photo, choice.card.input_size, 3, mode, MIDDLE)


def _picture(
    photo: Photo, size: tuple[int, int], channels: int, mode: str, box: dict[str, int]
) -> None:
    file, low, high = _seen(photo.digest, size, channels, mode, photo.pixels)
    alt = f"{photo.title} as the network sees it: {MODES[mode]}"
    pictures.show(file, alt=alt, text=_range_words(low, high), **box)


def _range_words(low: float, high: float) -> str:
    sign = "\u2212" if low < 0 else ""
    return f"Values {sign}{number(abs(low))} to {number(high)}, rescaled for the eye."


@st.cache_data(max_entries=64, show_spinner=False)
def _seen(
    digest: str, size: tuple[int, int], channels: int, mode: str, _pixels: ImageArray
) -> tuple[bytes, float, float]:
    """A picture's file of what enters the network, with its smallest and largest value."""
    values: FloatArray = to_network(_pixels, *size, channels, mode)
    low, high = float(values.min()), float(values.max())
    pixels = levels(normalize(values, low, high))
    picture = enlarge(np.broadcast_to(pixels, (*size, 3)), max(1, SHARP // max(size)))
    return to_png(np.ascontiguousarray(picture)), low, high


def _prediction(upload: UploadedModel, photo: Photo) -> None:
    request = PredictRequest(model=upload.name, image=photo.digest, top=TOP)
    prediction = ask(request, photo, noun="Prediction")
    if prediction is not None:
        rows = zip(prediction.labels, prediction.probabilities, strict=True)
        bars((label, float(share), percent(share)) for label, share in rows)


def _choose(mark: str, mode: str) -> None:
    """To be called before anything is drawn."""
    mine = own_model.still(mark)
    if mine is not None:
        guessed = mine.summary.preprocessing.value
        own_model.change(preprocessing=None if mode == guessed else mode)

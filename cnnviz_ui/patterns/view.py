"""One filter or class: its pattern large, how it grew, what it reached, and each preset's."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_core.images.levels import levels
from cnnviz_core.images.rendering import enlarge, montage
from cnnviz_ui.frame.page import caption, facts, note
from cnnviz_ui.frame.results import ask
from cnnviz_ui.patterns import charts, words
from cnnviz_ui.patterns.growing import PRESETS, direction_of
from cnnviz_ui.patterns.pickers import play_toggle
from cnnviz_ui.widgets import figures, films, pictures, snippets

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from cnnviz_core.arrays import ImageArray
    from cnnviz_core.looking.results import Structure
    from cnnviz_core.maximization.results import Patterns
    from cnnviz_engine.requests.patterns import DreamRequest, PatternsRequest

GAP = 6
WIDTH, HEIGHT = 440, 385
"""The box of the large picture."""
START = "On its start"


def draw_preview(grown: Patterns) -> None:
    """What has grown so far; previews may be smaller than the end."""
    small = picture(grown)
    preview = enlarge(small, max(1, HEIGHT // max(small.shape[:2])))
    pictures.show_passing(preview, alt="The pattern so far")


def draw(grown: Patterns, request: PatternsRequest, structure: Structure) -> None:
    """The finished pattern beside what it reached, its ascent and its spectrum."""
    unit = words.units(request)
    silent = words.silent_alone(grown, words.unit_word(structure, request.layer))
    left, right = st.columns([1, 1], gap="medium")
    with left:
        still_or_film(grown, request, words.picture_words(structure, request, grown), HEIGHT)
        take_along(grown, request, snippets.code(request, grown))
    with right:
        facts(words.reached_facts(grown, request, unit, START))
        if silent:
            note(silent)
        if linear := words.linear_sentence(structure, request.layer):
            caption(linear)
        lines = direction_of(request) * grown.history
        alt = words.history_words(grown, unit)
        figures.show(charts.history_figure(lines, units=unit), key="history", alt=alt)
        caption(alt)
        alt = "Its spatial spectrum: coarse structure on the left, fine structure on the right."
        figures.show(charts.spectrum_figure(grown.images), key="spectrum", alt=alt)
        caption(alt)


def compare_presets(request: PatternsRequest, structure: Structure) -> None:
    """The same question to every preset, side by side, with what each reached."""
    for column, (name, preset) in zip(
        st.columns(len(PRESETS), gap="medium"), PRESETS.items(), strict=True
    ):
        with column:
            asked = request.model_copy(update={"preset": preset})
            grown = ask(asked, noun=name, preview=draw_preview)
            if grown is not None:
                _beside(grown, asked, structure)


def _beside(grown: Patterns, request: PatternsRequest, structure: Structure) -> None:
    key = pictures.picture_key("pattern", request.key)
    content = pictures.encoded(key, lambda: picture(grown))
    text = words.picture_words(structure, request, grown)
    preset = ("Preset", words.preset_name(grown.preset))
    facts([preset, *words.reached_facts(grown, request, words.units(request), START)])
    pictures.show(content, alt=text, text=text, width=310, height=310)
    silent = words.silent_alone(grown, words.unit_word(structure, request.layer))
    if silent:
        note(silent)
    take_along(grown, request, snippets.code(request, grown), name=f"pattern-{grown.preset}")


def still_or_film(
    grown: Patterns, request: PatternsRequest | DreamRequest, text: str, height: int
) -> None:
    """The picture, or where the visitor wants, how it grew."""
    place: DeltaGenerator = st.container()
    moving = grown.frames is not None and play_toggle()
    with place:
        if moving:
            film = films.webp(pictures.picture_key("film", request.key), partial(frames_of, grown))
            films.show(film, alt=text, text=text, height=height, width=WIDTH)
            return
        key = pictures.picture_key("pattern", request.key)
        content = pictures.encoded(key, lambda: picture(grown))
        pictures.show(content, alt=text, text=text, width=WIDTH, height=height)


def take_along(
    grown: Patterns, request: PatternsRequest | DreamRequest, code: str, *, name: str = "pattern"
) -> None:
    """Picture, film, numbers and code."""
    film = None
    if grown.frames is not None:
        key = pictures.picture_key("film", request.key)
        film = {
            "GIF": lambda: films.gif(frames_of(grown)),
            "WebP": lambda: films.webp(key, partial(frames_of, grown)),
        }
    pictures.downloads(
        name,
        picture=lambda: picture(grown),
        arrays={
            "images": grown.images,
            "reached": grown.reached,
            "start": grown.start,
            "history": grown.history,
        },
        films=film,
        code=code,
    )


def picture(grown: Patterns) -> ImageArray:
    """One pattern in its own pixels, or its faces in two columns."""
    return montage(levels(grown.images), columns=_columns(grown), gap=GAP)


def frames_of(grown: Patterns) -> ImageArray:
    """How it grew, (frames, height, width, 3); the faces of each frame in two columns."""
    if grown.frames is None:
        raise ValueError("No frames were asked for.")
    return films.side_by_side(grown.frames, columns=_columns(grown), gap=GAP)


def _columns(grown: Patterns) -> int:
    return 1 if len(grown.names) == 1 else 2

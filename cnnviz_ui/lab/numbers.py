"""The lesson "An image is numbers": what OpenCV does with them, one topic at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_core.lab.code_lines import lines_of
from cnnviz_core.lab.pixel_basics import INTERPOLATIONS, reduced
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import caption, heading
from cnnviz_ui.lab import pixel_topics
from cnnviz_ui.lab.pixel_topics import Topic
from cnnviz_ui.widgets import controls, exports, pictures, snippets
from cnnviz_ui.widgets.drawer import controls_row

if TYPE_CHECKING:
    from cnnviz_core.arrays import ImageArray
    from cnnviz_ui.frame.photos import Photo
    from cnnviz_ui.frame.sidebar import Choice

ROOM = 900
"""Pixels that pictures side by side have in a window of 1280 x 720."""
HEIGHT, TALL = 250, 350
"""Of pictures with words below them, and of one that has the height for itself."""


def draw(choice: Choice) -> None:
    """One topic: its pictures side by side, with the lines that made them."""
    columns = controls_row([52, 48])
    interpolation = ""
    with columns[0]:
        name = controls.option("Topic", pixel_topics.NAMES, key=Key.PIXELS, in_sight=False)
    if name == pixel_topics.RESIZING:
        with columns[1]:
            interpolation = controls.option(
                "Interpolation", tuple(INTERPOLATIONS), key=Key.INTERPOLATION, in_sight=False
            )
    topic = told(name, reduced(choice.photo.pixels), interpolation)
    shares = topic.widths[: len(topic.panels)]
    places = st.columns(shares, gap="small")
    for number, (place, share) in enumerate(zip(places, shares, strict=True)):
        with place:
            key = pictures.picture_key(name, interpolation, choice.photo.digest, number)
            _picture(topic, number, key, ROOM * share // sum(shares))
    with places[0] if topic.tall else st.container():
        st.code(topic.lines, language="python", wrap_lines=True)
        caption(topic.words)
        _downloads(topic, pictures.file_name("numbers", name, interpolation), choice.photo)


def told(name: str, image: ImageArray, interpolation: str) -> Topic:
    """A topic by its name; the interpolation is that of resizing."""
    if name == pixel_topics.RESIZING:
        return pixel_topics.resizing(image, interpolation)
    return pixel_topics.TOPICS[name](image)


def code(topic: Topic, photo: Photo) -> str:
    """All lines from the photo to what is shown."""
    lines = f"{lines_of(reduced, 'image')}{topic.before}{topic.lines}"
    return snippets.of_photo(photo, lines, imports=topic.imports)


def _picture(topic: Topic, number: int, key: str, width: int) -> None:
    panel = topic.panels[number]
    heading(panel.title)
    pictures.show_growing(
        f"numbers-{number}",
        pictures.encoded(key, lambda: panel.picture),
        alt=panel.title,
        height=TALL if topic.tall else HEIGHT,
        width=width,
    )


def _downloads(topic: Topic, name: str, photo: Photo) -> None:
    pictures.downloads(
        name,
        picture=lambda: exports.tiled(
            [exports.Tile(panel.picture, panel.title) for panel in topic.panels],
            topic.words,
            columns=len(topic.panels),
            head=photo.title,
        ),
        arrays=topic.arrays,
        code=code(topic, photo),
    )

"""All layers at once, from edges to blobs: a small map of each, and the same as a film."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import cv2
import numpy as np
import streamlit as st
from PIL import Image, ImageDraw

from cnnviz_core.images.rendering import BACKGROUND, lecture_look, palette
from cnnviz_core.looking.results import LayerGlimpse
from cnnviz_engine.requests.looking import GlimpsesRequest
from cnnviz_ui.frame import state
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import caption
from cnnviz_ui.frame.photos import Photo
from cnnviz_ui.frame.results import ask
from cnnviz_ui.frame.text import count, times
from cnnviz_ui.layers import offered, pickers
from cnnviz_ui.widgets import controls, exports, films, pictures, snippets, tiles
from cnnviz_ui.widgets.fonts_internals import font
from cnnviz_ui.widgets.pictures import picture_key
from cnnviz_ui.widgets.shown_photos import photo_beside, shown_pixels, with_second_photo

if TYPE_CHECKING:
    from cnnviz_core.arrays import FloatArray, ImageArray
    from cnnviz_core.looking.results import Structure
    from cnnviz_ui.frame.sidebar import Choice

Glimpses = Sequence[LayerGlimpse]
Seen = tuple[Photo, GlimpsesRequest, Glimpses]
"""A photo with the request for all layers and what it gave."""
TELLING = "Most telling"
MEAN = "Mean of all"
SIDE = 96
"""Cells of a tile along its longer side."""
ACROSS = 7
FILM_SIDE = 400
MOST_FRAMES = 80
"""Of a network of more layers the film leaves some out, evenly."""
FRAME_MILLISECONDS = 700
"""Long enough to read a layer's name."""


def show(choice: Choice, structure: Structure, columns: pickers.Places, every: bool) -> None:
    """All layers of one photo or two, on Activations, with what is shown of each to choose."""
    names = offered.offered(structure, every=every)
    with columns[0]:
        look = controls.option("Channel of each layer", (TELLING, MEAN), key=Key.EACH)
    with columns[3]:
        photos = with_second_photo(choice.photo)
    seen: list[Seen] = []
    for photo in photos:
        request = GlimpsesRequest(model=choice.model, image=photo.digest, layers=names)
        glimpses = ask(request, photo, noun=f"All layers of {photo.title}")
        seen += [(photo, request, glimpses)] if glimpses is not None else []
    if seen:
        draw(seen, look, marked=state.value(Key.LAYER))


def draw(seen: list[Seen], look: str, *, marked: object) -> None:
    """The layers of one photo beside it, or of two photos in columns.

    Args:
        seen: photos with what was asked for and what came.
        look: what is shown of each layer.
        marked: name of the layer with a frame around it.
    """
    if len(seen) == 1:
        left, right = st.columns([1, 8])
        places = [(left, right)]
    else:
        places = [(column, column) for column in st.columns(len(seen), gap="medium")]
    for (photo, request, glimpses), (upper, lower) in zip(seen, places, strict=True):
        with upper:
            photo_beside(photo)
        with lower:
            _strip(photo, request, glimpses, look, marked)


def _strip(
    photo: Photo, request: GlimpsesRequest, glimpses: Glimpses, look: str, marked: object
) -> None:
    names = [glimpse.name for glimpse in glimpses]
    tiles.show(
        _tiles(glimpses, request, look),
        key=f"layers-{photo.name}",
        label=f"All layers, {photo.title}",
        marked=names.index(marked) if marked in names else None,
        on_tile=lambda place: pickers.open_layer(names[place]),
    )
    caption(words(glimpses, look, photo.title))
    frames = partial(film_frames, photo, glimpses, look)
    key = picture_key("layers", request.key, look)
    pictures.downloads(
        pictures.file_name(request.model, "all layers", look, photo.name),
        picture=lambda: _picture(glimpses, look, photo, request.model),
        arrays={glimpse.name.replace("/", "."): shown(glimpse, look) for glimpse in glimpses},
        films={
            "WebP": lambda: films.webp(key, frames, side=2 * FILM_SIDE, pace=FRAME_MILLISECONDS),
            "GIF": lambda: films.gif(frames(), side=2 * FILM_SIDE, pace=FRAME_MILLISECONDS),
        },
        code=snippets.code(request, tuple(glimpses), photo),
    )


def shown(glimpse: LayerGlimpse, look: str) -> FloatArray:
    """The map of a layer that is shown."""
    return glimpse.mean if look == MEAN else glimpse.values


def words(glimpses: Glimpses, look: str, title: str) -> str:
    """What the strip shows, and what was done to it for the eye."""
    of_each = (
        "the mean of its channels"
        if look == MEAN
        else "the channel whose values vary most over the photo, its borders aside"
    )
    return (
        f"{title}, {count(len(glimpses), 'layer')} from first to last; of each {of_each}, scaled "
        "for itself by mean and deviation, large maps in means of cells."
    )


def film_frames(photo: Photo, glimpses: Glimpses, look: str) -> ImageArray:
    """The photo beside one layer after the other, (layers, height, width, 3)."""
    still = _fitted(shown_pixels(photo), cv2.INTER_AREA)
    places = np.linspace(0, len(glimpses) - 1, min(len(glimpses), MOST_FRAMES)).round().astype(int)
    chosen = [glimpses[place] for place in places]
    return np.stack(
        [
            _frame(still, picture, " · ".join(_lines(glimpse, look)))
            for glimpse, picture in zip(chosen, _maps(chosen, look), strict=True)
        ]
    )


def _tiles(glimpses: Glimpses, request: GlimpsesRequest, look: str) -> tiles.Tiles:
    return tiles.Tiles(
        picture_key("layers", request.key, look),
        lambda: _maps(glimpses, look),
        _size(glimpses),
        [", ".join(_lines(glimpse, look)) for glimpse in glimpses],
        ["\n".join(_lines(glimpse, look)) for glimpse in glimpses],
        across=ACROSS,
        smallest=100,
    )


def _picture(glimpses: Glimpses, look: str, photo: Photo, model: str) -> ImageArray:
    """The strip as it is shown, to take along."""
    cells = [
        exports.Tile(picture, " · ".join(_lines(glimpse, look)))
        for glimpse, picture in zip(glimpses, _maps(glimpses, look), strict=True)
    ]
    said = words(glimpses, look, photo.title)
    return exports.tiled(cells, said, columns=ACROSS, head=model)


def _lines(glimpse: LayerGlimpse, look: str) -> tuple[str, str, str]:
    which = "mean" if look == MEAN else f"channel {glimpse.channel}"
    return glimpse.name, times(*glimpse.size, glimpse.channels), which


def _size(glimpses: Glimpses) -> tuple[int, int]:
    height, width = max((glimpse.size for glimpse in glimpses), key=max)
    return _within(height, width, SIDE)


def _maps(glimpses: Glimpses, look: str) -> ImageArray:
    """One coloured map a layer, all of one size, each cell as large as it comes out."""
    height, width = _size(glimpses)
    maps = []
    for glimpse in glimpses:
        levels = lecture_look(shown(glimpse, look)[..., None])[..., 0]
        large = cv2.resize(levels, (width, height), interpolation=cv2.INTER_NEAREST)
        maps.append(palette("viridis")[large.astype(np.uint8)])
    return np.stack(maps)


def _fitted(picture: ImageArray, interpolation: int) -> ImageArray:
    """A picture whole in a square, on the ground of montages."""
    height, width = _within(picture.shape[0], picture.shape[1], FILM_SIDE)
    square = np.full((FILM_SIDE, FILM_SIDE, 3), BACKGROUND, np.uint8)
    top, left = (FILM_SIDE - height) // 2, (FILM_SIDE - width) // 2
    large = cv2.resize(picture, (width, height), interpolation=interpolation)
    square[top : top + height, left : left + width] = large
    return square


def _within(height: int, width: int, side: int) -> tuple[int, int]:
    """The size of a picture whose longer side is `side`."""
    share = side / max(height, width)
    return max(1, round(height * share)), max(1, round(width * share))


def _frame(still: ImageArray, picture: ImageArray, line: str) -> ImageArray:
    square = _fitted(picture, cv2.INTER_NEAREST)
    footer = Image.new("RGB", (2 * FILM_SIDE, 40), (BACKGROUND,) * 3)
    ImageDraw.Draw(footer).text((10, 6), line, font=font(22), fill=(235, 235, 235))
    return np.concatenate([np.concatenate([still, square], axis=1), np.asarray(footer)])

"""A layer opened on a photo: the photo, one channel large, and all channels as tiles."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_core.arrays import FloatArray
from cnnviz_engine.requests.looking import ActivationsRequest
from cnnviz_ui.frame.page import caption
from cnnviz_ui.frame.photos import Photo
from cnnviz_ui.layers import channels, gallery
from cnnviz_ui.widgets import figures, pictures, snippets, tiles
from cnnviz_ui.widgets.controls import channel_to, page_picker
from cnnviz_ui.widgets.shown_photos import photo_beside

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.delta_generator import DeltaGenerator

Seen = tuple[Photo, ActivationsRequest, FloatArray]
"""A photo with the request for a layer's activations and what it gave."""


def draw(channel: int, look: str, seen: list[Seen], *, way_on: Callable[[], None]) -> None:
    """One photo: itself and its map beside its tiles. Two: each in a column of its own.

    Args:
        channel: the one shown large.
        look: how tiles are coloured, see `gallery`.
        seen: photos with what the layer gives for them.
        way_on: draws what leads on from the first photo's large map.
    """
    maps = [values for *_, values in seen]
    between, scale = channels.span(maps, channel), gallery.Scale.of(*maps)
    places, below = _places(len(seen))
    with below:
        amount = gallery.pages(maps[0].shape[-1])
        page = page_picker(amount, channel // gallery.AT_A_TIME)
    shown = gallery.on_page(maps[0].shape[-1], page)
    for each, (upper, lower) in zip(seen, places, strict=True):
        with upper:
            photo_beside(each[0])
            _channel(each, channel, between)
            if each is seen[0]:
                way_on()
        with lower:
            _tiles(each, channel, look, scale, shown)


def _places(amount: int) -> tuple[list[tuple[DeltaGenerator, DeltaGenerator]], DeltaGenerator]:
    """Where photo and map, and tiles, of each go; and where the pages of tiles are turned."""
    if amount > 1:
        pairs = [(column, column) for column in st.columns(amount, gap="medium")]
        return pairs, st.container()
    left, right = st.columns([36, 60], gap="medium")
    with right:
        return [(left, st.container())], st.container()


def _channel(seen: Seen, channel: int, between: channels.Span) -> None:
    photo, request, values = seen
    words = channels.channel_words(values, request.layer, channel, photo.title)
    figure = channels.channel_figure(values, channel, between)
    figures.show(figure, key=f"channel-{photo.name}", alt=words, grows=True)
    caption(words)
    pictures.downloads(
        _file_name(request, f"channel {channel}", photo),
        picture=partial(
            channels.channel_picture,
            values,
            channel,
            between,
            text=words,
            head=request.model,
        ),
        arrays={"values": values},
        code=snippets.code(request, values, photo),
    )


def _tiles(seen: Seen, channel: int, look: str, scale: gallery.Scale, shown: range) -> None:
    photo, request, values = seen
    words = gallery.words(values, request.layer, look, scale, shown)
    tiles.show(
        gallery.tiles(values, look, scale, shown, of=(request.key,)),
        key=f"tiles-{photo.name}",
        label=f"Channels of {request.layer}, {photo.title}",
        marked=channel - shown.start if channel in shown else None,
        on_tile=lambda place: channel_to(shown[place]),
    )
    gallery.draw_scale(look, scale)
    caption(words)
    pictures.downloads(
        _file_name(request, f"channels {shown.start} to {shown.stop - 1}", photo),
        picture=partial(
            gallery.picture,
            values,
            look,
            scale,
            shown,
            text=words,
            head=f"{request.model} · {photo.title}",
        ),
    )


def _file_name(request: ActivationsRequest, what: str, photo: Photo) -> str:
    return pictures.file_name(request.model, request.layer, what, photo.name)

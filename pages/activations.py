"""Activations: what each channel of a layer answers to the photo."""

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnnviz_core.arrays import FloatArray
from cnnviz_engine.requests.looking import ActivationsRequest, DescribeRequest, SparsityRequest
from cnnviz_ui.frame import shell
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import caption, opening
from cnnviz_ui.frame.photos import Photo
from cnnviz_ui.frame.results import ask
from cnnviz_ui.frame.sidebar import Choice, current
from cnnviz_ui.layers import channels, overview, showable
from cnnviz_ui.widgets import controls, drawer, figures, pictures
from cnnviz_ui.widgets.shown_photos import with_second_photo


def show() -> None:
    """Controls above; one channel large beside all channels and the sparsity of every layer."""
    choice = current()
    opening(
        "Activations",
        "Each channel of a layer is a map of where it found what it looks for in the photo. "
        "Click a tile to open its channel; point at the large map to read its values.",
    )
    structure = ask(DescribeRequest(model=choice.model), noun="The network")
    if structure is None or not showable.has_maps(structure):
        return
    columns = drawer.controls_row([3, 2, 2.4, 2])
    with columns[0]:
        layer = controls.layer_picker(structure.spatial_layers(), overview.early(structure))
    with columns[2]:
        look = controls.option("Tiles", (channels.LECTURE, channels.TRUE_VALUES), key=Key.TILES)
    with columns[3]:
        photos = with_second_photo(choice.photo)
    answers = [(photo, _activations(choice, layer, photo)) for photo in photos]
    maps = [(photo, values) for photo, values in answers if values is not None]
    if not maps:
        return
    with columns[1]:
        channel = controls.channel_picker(maps[0][1].shape[-1], channels.most_telling(maps[0][1]))
    with _pictures(layer, channel, look, maps):
        _sparsity(choice)


def _activations(choice: Choice, layer: str, photo: Photo) -> FloatArray | None:
    request = ActivationsRequest(model=choice.model, image=photo.digest, layer=layer)
    return ask(request, photo, noun=f"Activations of {photo.title}")


def _pictures(layer: str, channel: int, look: str, maps: list[channels.Seen]) -> DeltaGenerator:
    span = channels.Span.of(*(values[:, :, channel] for _, values in maps))
    wide = channels.Span.of(*(values for _, values in maps))
    for (photo, values), (upper, lower) in zip(maps, channels.places(len(maps)), strict=True):
        with upper:
            words = channels.channel_words(values, layer, channel, photo.title)
            figure = channels.channel_figure(values, channel, span)
            figures.show(figure, key=f"channel-{photo.name}", alt=words)
            caption(words)
            draw = partial(channels.channel_picture, values, channel, span)
            pictures.downloads(f"{photo.name}-{channel}", picture=draw, arrays={"values": values})
        with lower:
            figure = channels.montage_figure(values, look, wide, photo.digest, layer, channel)
            words = channels.layer_words(values, layer, look)
            figures.clickable(figure, key=photo.name, alt=words, on_tile=controls.channel_to)
            caption(words)
    return lower if len(maps) == 1 else st.container()


def _sparsity(choice: Choice) -> None:
    request = SparsityRequest(model=choice.model, image=choice.photo.digest)
    if silent := ask(request, choice.photo, noun="Sparsity"):
        channels.draw_sparsity(silent)


if __name__ == "__main__":
    shell.run()

"""How a value of a layer is made: the arithmetic of any of its units, and the way down."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_engine.requests.arithmetic import WorkingsRequest
from cnnviz_engine.requests.looking import GlimpsesRequest, PredictRequest
from cnnviz_ui.frame import state
from cnnviz_ui.frame.keys import Key, View
from cnnviz_ui.frame.page import caption, note
from cnnviz_ui.frame.results import ask
from cnnviz_ui.frame.text import plain
from cnnviz_ui.lab import unit_data, unit_export, unit_view, unit_way
from cnnviz_ui.layers import kernels, pickers, showable
from cnnviz_ui.widgets import controls
from cnnviz_ui.widgets.pictures import encoded, picture_key
from cnnviz_ui.widgets.shown_photos import shown_pixels

if TYPE_CHECKING:
    from cnnviz_core.lab.results import Workings
    from cnnviz_core.looking.results import Kernels, LayerInfo, Structure
    from cnnviz_ui.frame.photos import Photo
    from cnnviz_ui.frame.sidebar import Choice

THUMBNAIL = 420
"""Longer side of the photo beside the map, in pixels."""
ON_PHOTO = "Arithmetic on the photo"
ON_FILTERS = ("Kernels", ON_PHOTO)
"""What Filters shows."""
TO_PIXELS = "From this score to the pixels"
KEPT = (
    "This place is kept: a click, or Enter, on the map keeps another; a channel's name goes down "
    "to it."
)


def show(choice: Choice, structure: Structure, columns: pickers.Places, every: bool) -> None:
    """A layer and a channel to choose, on Activations, and their arithmetic."""
    with columns[0]:
        name = pickers.any_layer(structure, every=every)
    layer = next(each for each in structure.layers if each.name == name)
    first = _telling(choice, structure, layer)
    if first is None:
        return
    with columns[1]:
        channel = pickers.channel(layer.output_shape[-1] or 1, first)
    draw(choice, structure, name, channel)


def draw(
    choice: Choice, structure: Structure, layer: str, channel: int, *, leaves: bool = False
) -> None:
    """The arithmetic of a channel of a layer.

    Args:
        choice: model and photo.
        structure: the network.
        layer: one of its layers.
        channel: one of the layer's channels.
        leaves: whether the way down leads to another page.
    """
    request = WorkingsRequest(
        model=choice.model, image=choice.photo.digest, layer=layer, channel=channel
    )
    refused = partial(_refused, structure, layer)
    found = ask(request, choice.photo, noun=f"Arithmetic of {layer}", refused=refused)
    all_found = None if found is None else _all_colours(request, choice.photo, found, structure)
    if found is None or all_found is None:
        return
    names = unit_data.names_of(structure)
    pinned = unit_way.pinned(found)
    way = [] if leaves else unit_way.walked(structure, layer, channel)
    view = unit_view.View(
        key=request.key,
        numbers=unit_data.packed(request.key, all_found, names),
        pinned=pinned,
        photo=_thumbnail(choice.photo),
        photo_name=choice.photo.title,
        trail=[names.crumb(unit.layer, unit.channel) for unit in way],
    )
    taken = unit_view.show(view, _follow(way, found, leaves=leaves))
    if leaves and taken is not None and (chosen := unit_way.down([], found, taken)):
        unit_way.go(chosen)
        st.switch_page(state.current().pages["activations"])
    caption(f"{unit_export.words(found, pinned, names)} {KEPT}")
    unit_export.downloads(request, found, pinned, choice.photo, names)


def draw_filter(
    choice: Choice, structure: Structure, found: Kernels, columns: pickers.Places
) -> None:
    """A filter of a layer to choose, on Filters, and what it makes of the photo."""
    if not showable.takes_photos(structure):
        note(showable.no_photos(structure.channels))
        return
    kind = next(layer.kind for layer in structure.layers if layer.name == found.layer)
    if kind == "SeparableConv2D":
        note(
            "The kernels of a separable convolution give no values of their own: weights of "
            "1 x 1 mix what they give. Its channels are told on Activations, by Arithmetic."
        )
        return
    look = kernels.looks(found)[0]
    with columns[1]:
        index = pickers.kernel_filter(found, look)
    channel = index
    if found.depthwise:  # each input channel has filters, and maps, of its own
        with columns[2]:
            own = pickers.kernel_input(found, look, index)
        channel = own * found.weights.shape[3] + index
    draw(choice, structure, found.layer, channel, leaves=True)


def offer(layer: str, channel: int) -> None:
    """Below a channel's map: the way to how its values are made."""
    chosen = {Key.SHOWN: unit_way.ARITHMETIC, Key.LAYER: layer, Key.CHANNEL: channel}
    st.button(
        "How is a value made?",
        key="_how_made",
        icon=":material/calculate:",
        type="tertiary",
        on_click=state.choose,
        args=(chosen,),
    )


def offer_from_score(structure: Structure, target: object) -> None:
    """Beside a class's score: the way from it down to the photo's pixels."""
    layer, index = unit_data.class_layer(structure), getattr(target, "index", None)
    if layer is None or index is None:
        return
    if layer.output_shape[-1] == 1 and index == 0:
        return  # the layer's one number is the other class's
    if st.button(TO_PIXELS, key="_to_pixels", icon=":material/calculate:", type="tertiary"):
        channel = min(index, (layer.output_shape[-1] or 1) - 1)  # one number may tell two classes
        way = [unit_way.Unit(layer.name, channel, (0, 0))]
        state.choose(unit_way.back(way), view=View.MAPS)
        st.switch_page(state.current().pages["activations"])


def _follow(way: list[unit_way.Unit], found: Workings, *, leaves: bool) -> unit_view.Follow:
    def down(step: unit_view.Down) -> None:
        if chosen := unit_way.down(way, found, step):
            unit_way.go(chosen)

    def crumb(place: int) -> None:
        if place < len(way):
            unit_way.go(unit_way.back(way[: place + 1]))

    return unit_view.Follow(unit_way.pin, None if leaves else down, crumb)


def _telling(choice: Choice, structure: Structure, layer: LayerInfo) -> int | None:
    """The channel to open first: of classes the most probable one; None while it is not known."""
    if layer == unit_data.class_layer(structure):
        best = ask(
            PredictRequest(model=choice.model, image=choice.photo.digest),
            choice.photo,
            noun="Prediction",
        )
        return None if best is None else min(best.indices[0], (layer.output_shape[-1] or 1) - 1)
    if not layer.spatial or layer.kind == "InputLayer":
        return 0
    glimpses = ask(
        GlimpsesRequest(model=choice.model, image=choice.photo.digest, layers=(layer.name,)),
        choice.photo,
        noun=f"Channels of {layer.name}",
    )
    return None if glimpses is None else glimpses[0].channel


def _all_colours(
    request: WorkingsRequest, photo: Photo, found: Workings, structure: Structure
) -> list[Workings] | None:
    """The channel's own workings; of the photo's pixels those of every colour after it."""
    if not unit_data.reads_photo(found):
        return [found]
    each = [
        ask(request.model_copy(update={"channel": channel}), photo, noun="The photo's pixels")
        for channel in range(structure.channels)
    ]
    whole = [colour for colour in each if colour is not None]
    return [found, *whole] if len(whole) == len(each) else None


def _refused(structure: Structure, layer: str, sentence: str) -> None:
    """Why there is no arithmetic, and the layers before, where there may be."""
    note(sentence)
    before = next(each.inputs for each in structure.layers if each.name == layer)
    for name in dict.fromkeys(before):
        st.button(
            f"Go to the layer before: {plain(name)}",
            key=f"_before-{name}",
            icon=":material/arrow_upward:",
            on_click=controls.layer_to,
            args=(name,),
        )


def _thumbnail(photo: Photo) -> bytes:
    key = picture_key("unit-photo", photo.digest)
    return encoded(key, lambda: shown_pixels(photo, THUMBNAIL), lossy=True)

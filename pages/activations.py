"""Activations: what each channel of a layer answers to the photo, and all layers at once."""

from functools import partial

import streamlit as st

from cnnviz_core.looking.results import Structure
from cnnviz_engine.requests import looking
from cnnviz_ui.frame import shell
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import caption, opening
from cnnviz_ui.frame.results import ask
from cnnviz_ui.frame.sidebar import Choice, current
from cnnviz_ui.lab import unit
from cnnviz_ui.lab.unit_way import ARITHMETIC
from cnnviz_ui.layers import channels, gallery, opened, pickers, showable, strip
from cnnviz_ui.widgets import controls
from cnnviz_ui.widgets.drawer import controls_drawer
from cnnviz_ui.widgets.shown_photos import with_second_photo


def show() -> None:
    """Controls above; a layer's channels, or all layers, below; how silent each layer is."""
    choice = current()
    opening(
        "Activations",
        "Each channel of a layer is a map of where it found what it looks for in the photo. "
        "Click a tile, or open Arithmetic to see a value made.",
    )
    structure = ask(looking.DescribeRequest(model=choice.model), noun="The network")
    if structure is None or not showable.has_maps(structure):
        return
    with controls_drawer():
        columns = st.columns([30, 22, 24, 20], vertical_alignment="bottom", gap="small")
        with st.container(horizontal=True, vertical_alignment="center"):
            shown = controls.option("Show", tuple(SHOWN), key=Key.SHOWN, in_sight=False)
            every = pickers.every_layer()
            caption(pickers.KEYS)
    SHOWN[shown](choice, structure, columns, every)
    request = looking.SparsityRequest(model=choice.model, image=choice.photo.digest)
    if shown != ARITHMETIC and (silent := ask(request, choice.photo, noun="Sparsity")):
        channels.draw_sparsity(silent)


def _one_layer(choice: Choice, structure: Structure, columns: pickers.Places, every: bool) -> None:
    with columns[0]:
        layer = pickers.layer(structure, every=every)
    with columns[2]:
        look = controls.option("Tiles", (gallery.LECTURE, gallery.TRUE_VALUES), key=Key.TILES)
    with columns[3]:
        photos = with_second_photo(choice.photo)
    seen: list[opened.Seen] = []
    for photo in photos:
        request = looking.ActivationsRequest(model=choice.model, image=photo.digest, layer=layer)
        values = ask(request, photo, noun=f"Activations of {photo.title}")
        seen += [(photo, request, values)] if values is not None else []
    if not seen:
        return
    values = seen[0][2]
    with columns[1]:
        channel = pickers.channel(values.shape[-1], channels.most_telling(values))
    opened.draw(channel, look, seen, way_on=partial(unit.offer, layer, channel))


SHOWN = {pickers.ONE: _one_layer, pickers.ALL: strip.show, ARITHMETIC: unit.show}

if __name__ == "__main__":
    shell.run()

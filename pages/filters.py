"""Filters: the kernels that a convolution has learned."""

import streamlit as st

from cnnviz_core.looking.results import Kernels
from cnnviz_engine.requests.looking import DescribeRequest, KernelsRequest
from cnnviz_ui.frame import shell
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import caption, opening
from cnnviz_ui.frame.results import ask
from cnnviz_ui.frame.sidebar import current
from cnnviz_ui.lab import unit
from cnnviz_ui.layers import kernels, pickers
from cnnviz_ui.widgets import controls, pictures, snippets, tiles
from cnnviz_ui.widgets.drawer import controls_drawer


def show() -> None:
    """All kernels of a layer on the left, one kernel in numbers on the right."""
    choice = current()
    opening(
        "Filters",
        "A filter is a small grid of weights: it answers where its input looks like the grid.",
    )
    structure = ask(DescribeRequest(model=choice.model), noun="The network")
    if structure is None or not kernels.has_any(structure):
        return
    with controls_drawer():
        columns = st.columns([27, 20, 27, 15], vertical_alignment="bottom")
        with st.container(horizontal=True, vertical_alignment="center"):
            shown = controls.option("Show", unit.ON_FILTERS, key=Key.SHOWN, in_sight=False)
            caption(pickers.KEYS_OF_KERNELS)
    with columns[0]:
        layer = pickers.kernel_layer(structure)
    request = KernelsRequest(model=choice.model, layer=layer)
    layer_kernels = ask(request, noun="Kernels")
    if layer_kernels is not None and shown == unit.ON_PHOTO:
        unit.draw_filter(choice, structure, layer_kernels, columns)
    elif layer_kernels is not None:
        _kernels(request, layer_kernels, columns)


def _kernels(request: KernelsRequest, layer_kernels: Kernels, columns: pickers.Places) -> None:
    with columns[2]:
        look = controls.option("Tiles", kernels.looks(layer_kernels), key=Key.TILES)
    with columns[1]:
        index = pickers.kernel_filter(layer_kernels, look)
    with columns[3]:
        channel = pickers.kernel_input(layer_kernels, look, index)
    left, right = st.columns([60, 36], gap="medium")
    with right:
        kernels.draw_numbers(layer_kernels, index, channel)
    with left:
        _sheet(request, layer_kernels, look, index, channel)


def _sheet(request: KernelsRequest, found: Kernels, look: str, index: int, channel: int) -> None:
    own = kernels.page_of(found, look, index, channel)
    page = controls.page_picker(kernels.pages(found, look), own)
    sheet = kernels.sheet(found, look, page)
    words = kernels.sheet_words(found, look, sheet)
    name = pictures.file_name(request.model, request.layer, "kernels", look, str(page + 1))
    tiles.show(
        kernels.sheet_tiles(sheet, key=f"{request.key}-{look}-{page}"),
        key="kernels",
        label=words,
        marked=sheet.position(index, channel),
        on_tile=lambda tile: controls.kernel_to(sheet.places[tile]),
    )
    caption(words)
    pictures.downloads(
        name,
        picture=lambda: kernels.sheet_picture(sheet, text=words, head=request.model),
        arrays=kernels.arrays(found),
        code=snippets.code(request, found),
    )


if __name__ == "__main__":
    shell.run()

"""Filters: the kernels that a convolution has learned."""

import streamlit as st

from cnnviz_core.looking.results import Kernels
from cnnviz_engine.requests.looking import DescribeRequest, KernelsRequest
from cnnviz_ui.frame import shell
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import caption, note, opening
from cnnviz_ui.frame.results import ask
from cnnviz_ui.frame.sidebar import current
from cnnviz_ui.layers import kernels
from cnnviz_ui.widgets import controls, drawer, figures, pictures


def show() -> None:
    """All kernels of a layer on the left, one kernel in numbers on the right."""
    choice = current()
    opening(
        "Filters",
        "A filter is a small grid of weights that slides over its input; it answers where the "
        "input looks like the grid. Click a tile to read its numbers.",
    )
    structure = ask(DescribeRequest(model=choice.model), noun="The network")
    if structure is None:
        return
    if not structure.kernel_layers():
        note("This model has no convolution, so there are no kernels to show. Choose another one.")
        return
    columns = drawer.controls_row([3, 2, 3, 2])
    with columns[0]:
        layer = controls.layer_picker(structure.kernel_layers())
    layer_kernels = ask(KernelsRequest(model=choice.model, layer=layer), noun="Kernels")
    if layer_kernels is None:
        return
    inputs, filters = layer_kernels.weights.shape[2:]
    with columns[1]:
        index = controls.channel_picker(filters, label="Filter")
    with columns[3]:
        channel = controls.input_picker(inputs)
    with columns[2]:
        look = controls.option("Tiles", kernels.looks(layer_kernels), key=Key.TILES)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _sheet(layer_kernels, look, index, channel, f"{choice.model}-{layer}")
    with right:
        _numbers(layer_kernels, index, channel)


def _sheet(layer_kernels: Kernels, look: str, index: int, channel: int, name: str) -> None:
    amount = kernels.pages(layer_kernels, look)
    page = controls.page_picker(amount, kernels.page_of(layer_kernels, look, index, channel))
    sheet = kernels.sheet(layer_kernels, look, page)
    key = f"{name}-{look}-{page}"
    figure = kernels.sheet_figure(sheet, key=key, marked=sheet.position(index, channel))
    words = kernels.sheet_words(layer_kernels, look, sheet)
    figures.clickable(
        figure,
        key="kernels",
        alt=words,
        on_tile=lambda tile: controls.kernel_to(sheet.places[tile]),
    )
    caption(words)
    arrays = {"weights": layer_kernels.weights}
    if layer_kernels.bias is not None:
        arrays["bias"] = layer_kernels.bias
    pictures.downloads("kernels", picture=lambda: kernels.sheet_picture(sheet), arrays=arrays)


def _numbers(layer_kernels: Kernels, index: int, channel: int) -> None:
    weights = kernels.one_kernel(layer_kernels, index, channel)
    words = kernels.kernel_words(layer_kernels, index, channel)
    figure = figures.kernel_figure(weights, limit=kernels.limit(layer_kernels))
    figures.show(figure, key="numbers", alt=words)
    caption(words)


if __name__ == "__main__":
    shell.run()

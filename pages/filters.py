"""Filters: the kernels that a convolution has learned."""

import streamlit as st

from cnnviz_core.looking.results import Kernels
from cnnviz_engine.requests.looking import DescribeRequest, KernelsRequest
from cnnviz_ui.frame import shell
from cnnviz_ui.frame.page import caption, note, opening
from cnnviz_ui.frame.results import ask
from cnnviz_ui.frame.sidebar import current
from cnnviz_ui.frame.state import Key
from cnnviz_ui.layers import kernels
from cnnviz_ui.widgets import controls, figures, pictures


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
    columns = st.columns([3, 2, 3, 2], vertical_alignment="bottom")
    with columns[0]:
        layer = controls.layer_picker(structure.kernel_layers())
    found = ask(KernelsRequest(model=choice.model, layer=layer), noun="Kernels")
    if found is None:
        return
    inputs, filters = found.weights.shape[2:]
    with columns[1]:
        index = controls.channel_picker(filters, label="Filter")
    with columns[3]:
        channel = controls.input_picker(inputs)
    with columns[2]:
        look = controls.option("Tiles", kernels.looks(found), key=Key.TILES)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _sheet(found, look, index, channel, f"{choice.model}-{layer}")
    with right:
        _numbers(found, index, channel)


def _sheet(found: Kernels, look: str, index: int, channel: int, name: str) -> None:
    amount = kernels.pages(found, look)
    page = controls.page_picker(amount, kernels.page_of(found, look, index, channel))
    sheet = kernels.sheet(found, look, page)
    key = f"{name}-{look}-{page}"
    figure = kernels.sheet_figure(sheet, key=key, marked=sheet.position(index, channel))
    words = kernels.sheet_words(found, look, sheet)
    figures.clickable(
        figure,
        key="kernels",
        alt=words,
        on_tile=lambda tile: controls.kernel_to(sheet.places[tile]),
    )
    caption(words)
    arrays = {"weights": found.weights}
    if found.bias is not None:
        arrays["bias"] = found.bias
    pictures.downloads("kernels", picture=lambda: kernels.sheet_picture(sheet), arrays=arrays)


def _numbers(found: Kernels, index: int, channel: int) -> None:
    weights = kernels.one_kernel(found, index, channel)
    words = kernels.kernel_words(found, index, channel)
    figure = figures.kernel_figure(weights, limit=kernels.limit(found))
    figures.show(figure, key="numbers", alt=words)
    caption(words)


if __name__ == "__main__":
    shell.run()

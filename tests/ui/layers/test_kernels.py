"""Kernels as tiles: which looks a layer has, and which kernel stands for a filter."""

import numpy as np
import pytest

from cnnviz_core.looking.results import Kernels
from cnnviz_ui.layers import kernels


def layer(*shape, depthwise=False):
    """Weights drawn once, the strongest kernel of filter 1 being that of input channel 2."""
    weights = np.random.default_rng(0).normal(0, 0.1, shape).astype(np.float32)
    if shape[2] > 2 and shape[3] > 1:
        weights[:, :, 2, 1] = -3
    return Kernels("conv", weights, None, depthwise)


@pytest.mark.parametrize(
    ("shape", "depthwise", "looks"),
    [
        ((7, 7, 3, 48), False, [kernels.RGB, kernels.GREY]),
        ((3, 3, 192, 192), False, [kernels.FILTERS, kernels.GREY]),
        ((3, 3, 1, 16), False, [kernels.FILTERS, kernels.GREY]),
        ((1, 1, 64, 32), False, [kernels.GREY]),
        ((3, 3, 32, 1), True, [kernels.GREY]),
    ],
)
def test_looks_of_a_layer(shape, depthwise, looks):
    """Each filter has one tile where a kernel has a shape and can stand for its filter."""
    assert kernels.looks(layer(*shape, depthwise=depthwise)) == looks


def test_a_filter_is_shown_by_its_strongest_kernel():
    """That of the largest sum of squares; its tile opens it, its sign is seen."""
    found = layer(3, 3, 5, 70)
    energies = [[np.sum(found.weights[:, :, c, f] ** 2) for c in range(5)] for f in range(70)]
    assert kernels.strongest(found) == [int(np.argmax(row)) for row in energies]
    sheet = kernels.sheet(found, kernels.FILTERS, 0)
    assert len(sheet.places) == 64
    assert sheet.places[1] == (1, 2)
    assert sheet.names[1] == "filter 1, input channel 2"
    assert (sheet.pictures[1] == 0).all()
    assert kernels.places(found, kernels.FILTERS)[:64] == sheet.places


def test_the_second_page_has_what_is_left():
    """Sixty-four filters a page; a filter is marked whichever input channel is read."""
    found = layer(3, 3, 5, 70)
    assert kernels.pages(found, kernels.FILTERS) == 2
    sheet = kernels.sheet(found, kernels.FILTERS, 1)
    assert [index for index, _ in sheet.places] == list(range(64, 70))
    assert kernels.page_of(found, kernels.FILTERS, 66, 4) == 1
    assert sheet.position(66, 4) == 2
    assert sheet.position(3, 0) is None


def test_words_say_how_much_of_a_filter_its_tile_is():
    """The share of squared weights, averaged over filters; one input channel is all of it."""
    alone = layer(3, 3, 1, 4)
    sheet = kernels.sheet(alone, kernels.FILTERS, 0)
    assert "100.0\u00a0% of the filter's on average" in kernels.sheet_words(
        alone, kernels.FILTERS, sheet
    )
    silent = Kernels("conv", np.zeros((3, 3, 2, 2), np.float32), None, depthwise=False)
    sheet = kernels.sheet(silent, kernels.FILTERS, 0)
    assert "0.0\u00a0%" in kernels.sheet_words(silent, kernels.FILTERS, sheet)
    assert len(np.unique(sheet.pictures)) == 1


def test_grey_pages_stay():
    """Every filter for every input channel, on as many pages as that takes."""
    found = layer(3, 3, 192, 192)
    assert kernels.pages(found, kernels.GREY) == 128
    sheet = kernels.sheet(found, kernels.GREY, 9)
    assert kernels.page_of(found, kernels.GREY, *sheet.places[0]) == 9
    assert kernels.sheet_tiles(sheet, key="x").fixed

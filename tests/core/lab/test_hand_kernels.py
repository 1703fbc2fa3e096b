"""Kernels made by hand do what their sentences say."""

import dataclasses
from itertools import combinations

import numpy as np
import pytest
from scipy import ndimage

from cnnviz_core.lab.convolution import convolve
from cnnviz_core.lab.hand_kernels import KERNELS

EDGES = {
    "Vertical edges": (0, 1), "Horizontal edges": (1, 0), "Diagonal edges": (1, 1),
    "Sobel x": (0, 1), "Sobel y": (1, 0), "Prewitt x": (0, 1), "Prewitt y": (1, 0),
}  # fmt: skip
"""Where the image gets brighter, (down, across)."""
BLURS = ("Box blur", "Gaussian 3 x 3", "Gaussian 5 x 5")


def response(name, image):
    """What a kernel gives."""
    return convolve(image, KERNELS[name].weights)


def ramp(down, across):
    """Brighter by so much with each row and column."""
    y, x = np.mgrid[0:9, 0:9]
    return down * y + across * x


def test_each_is_named_told_and_kept():
    """By its own name, in a sentence; nobody can change one, and no two are the same."""
    for name, kernel in KERNELS.items():
        assert kernel.name == name
        assert kernel.purpose.endswith(".")
        assert kernel.weights.dtype == np.float32
        with pytest.raises(ValueError, match="read-only"):
            kernel.weights[0, 0] = 1
        with pytest.raises(dataclasses.FrozenInstanceError):
            kernel.name = "Mine"
    for first, second in combinations(KERNELS.values(), 2):
        assert not np.array_equal(first.weights, second.weights)
    with pytest.raises(TypeError):
        KERNELS["Mine"] = KERNELS["Identity"]


@pytest.mark.parametrize(("name", "direction"), EDGES.items())
def test_edges_are_positive_where_it_gets_brighter(name, direction):
    """Along their own direction; nothing across it, nor where the image is flat."""
    down, across = direction
    assert (response(name, ramp(down, across)) > 0).all()
    assert (response(name, ramp(-down, -across)) < 0).all()
    assert not response(name, ramp(-across, down)).any()
    assert not response(name, np.full((9, 9), 7)).any()


@pytest.mark.parametrize("name", ["Laplacian", "Edge detect"])
def test_what_detects_all_edges_sees_neither_flat_nor_slope(name):
    """But a step of whatever direction, with both signs."""
    assert not response(name, ramp(2, 3)).any()
    for step in (ramp(0, 1) > 4, ramp(1, 0) > 4, ramp(1, 1) > 8):
        found = response(name, step)
        assert found.min() < 0 < found.max()


@pytest.mark.parametrize("name", BLURS)
def test_blurs_are_means(name):
    """Their weights add up to 1: what is flat stays, and noise gets less."""
    weights = KERNELS[name].weights
    assert (weights > 0).all()
    np.testing.assert_allclose(weights.sum(), 1, rtol=1e-6)
    noise = np.random.default_rng(0).normal(size=(64, 64))
    assert response(name, noise).std() < noise.std() / 2


def test_a_gaussian_is_alike_in_all_directions():
    """Its variance in pixels is the binomial distribution's, 1/2 and 1, down and across."""
    for name, variance in (("Gaussian 3 x 3", 0.5), ("Gaussian 5 x 5", 1.0)):
        weights = KERNELS[name].weights
        places = np.arange(len(weights)) - len(weights) // 2
        for axis in (0, 1):
            np.testing.assert_allclose((weights.sum(axis=axis) * places**2).sum(), variance)


def test_sobel_and_prewitt_are_scipys(photo):
    """Away from the border, where SciPy mirrors."""
    grey = photo.mean(axis=2)
    for name, function, axis in (
        ("Sobel x", ndimage.sobel, 1),
        ("Sobel y", ndimage.sobel, 0),
        ("Prewitt x", ndimage.prewitt, 1),
        ("Prewitt y", ndimage.prewitt, 0),
    ):
        expected = function(grey, axis=axis)[1:-1, 1:-1]
        np.testing.assert_allclose(response(name, grey), expected, rtol=1e-4, atol=1e-3)


def test_sharpening_takes_the_laplacian_away(photo):
    """And identity plus emboss's slope is emboss."""
    weights = {name: kernel.weights for name, kernel in KERNELS.items()}
    np.testing.assert_array_equal(weights["Sharpen"], weights["Identity"] - weights["Laplacian"])
    grey = photo[..., 0]
    np.testing.assert_array_equal(response("Identity", grey), grey[1:-1, 1:-1])
    slope = weights["Emboss"] - weights["Identity"]
    np.testing.assert_array_equal(slope, -slope[::-1, ::-1])

"""Gabor filters: scikit-image's, and what gratings, planes and turned pictures answer to them."""

import subprocess
import sys
from math import asin, exp, pi

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.filters import gabor_kernel as kernel_of_scikit_image

from cnnviz_core.errors import OptionError
from cnnviz_core.lab.gabor import filter_bank, gabor_kernel, response_magnitude, spectrum
from tests.core.replicas import replica_of
from tests.places import ROOT

SIDE, SIGMA = 61, 6.0
NEAR = 0.04
"""Cycles per pixel to the next wave: a bell of `SIGMA` passes a third of it, and hardly more."""
numbers = st.floats(0, 1).map(lambda share: round(share, 6))


@replica_of("gabor_kernel")
def slow_kernel(frequency, theta, sigma, phase, side):
    """The formula, pixel by pixel from the middle."""
    reach = side // 2
    kernel = np.zeros((side, side), complex)
    for row, column in np.ndindex(kernel.shape):
        x, y = column - reach, row - reach
        bell = np.exp(-(x**2 + y**2) / (2 * sigma**2)) / (2 * pi * sigma**2)
        along = x * np.cos(theta) + y * np.sin(theta)
        kernel[row, column] = bell * np.exp(1j * (2 * pi * frequency * along + phase))
    return kernel


@pytest.mark.parametrize(
    ("frequency", "theta", "sigma"), [(0.1, 0, 3), (0.31, 1.1, 2.5), (0.5, -4, 1)]
)
@pytest.mark.parametrize("phase", [0, 1.2])
def test_a_kernel_is_scikit_images_and_its_formula(frequency, theta, sigma, phase):
    """To the last bit the one, and pixel by pixel the other, cut off where the former ends."""
    found = gabor_kernel(frequency, theta, sigma, phase=phase)
    other = kernel_of_scikit_image(frequency, theta, sigma_x=sigma, sigma_y=sigma, offset=phase)
    np.testing.assert_array_equal(found, other)
    whole = slow_kernel(frequency, theta, sigma, phase, 41)
    top, left = ((41 - length) // 2 for length in found.shape)
    inner = whole[top : top + found.shape[0], left : left + found.shape[1]]
    np.testing.assert_allclose(found, inner, atol=1e-12)


@replica_of("response_magnitude")
def slow_magnitude(grey, kernel, row, column):
    """One place: both sums written out, the image mirrored beyond its border."""
    height, width = kernel.shape
    total = 0j
    for down, across in np.ndindex(height, width):
        y, x = row - (down - height // 2), column - (across - width // 2)
        y, x = (-1 - y if y < 0 else y), (-1 - x if x < 0 else x)
        y = 2 * grey.shape[0] - 1 - y if y >= grey.shape[0] else y
        x = 2 * grey.shape[1] - 1 - x if x >= grey.shape[1] else x
        total += grey[y, x] * kernel[down, across]
    return abs(total)


@pytest.mark.parametrize("coloured", [False, True])
def test_a_magnitude_is_the_convolution_written_out(coloured):
    """In the middle, beside borders and in corners; colours count as grey does."""
    rng = np.random.default_rng(3)
    image = rng.integers(0, 256, (20, 24, 3)).astype(np.uint8)
    grey = image @ np.array([0.299, 0.587, 0.114])
    found = response_magnitude(image if coloured else grey, 0.2, 0.7, 2)
    kernel = slow_kernel(0.2, 0.7, 2, 0, 11)
    for row, column in [(10, 12), (0, 0), (19, 5), (3, 23), (19, 23)]:
        expected = slow_magnitude(grey, kernel, row, column)
        np.testing.assert_allclose(found[row, column], expected, rtol=1e-4)
    assert found.dtype == np.float32


@replica_of("filter_bank")
def test_a_bank_holds_every_kernel_in_its_middle():
    """Frequencies first, then angles; what is cut off at an angle is zero."""
    frequencies, thetas = (0.1, 0.2, 0.35), (0, 0.6, pi / 2)
    found = filter_bank(frequencies, thetas, 2.5)
    assert found.shape[:2] == (3, 3)
    assert found.shape[2] == found.shape[3] == 17
    for i, j in np.ndindex(3, 3):
        whole = slow_kernel(frequencies[i], thetas[j], 2.5, 0, 17)
        inside = found[i, j] != 0
        np.testing.assert_allclose(found[i, j][inside], whole[inside], atol=1e-12)
        assert inside.sum() == gabor_kernel(frequencies[i], thetas[j], 2.5).size


def grating(frequency, theta, phase):
    """Stripes of amplitude 1."""
    y, x = np.mgrid[:SIDE, :SIDE]
    return np.cos(2 * pi * frequency * (x * np.cos(theta) + y * np.sin(theta)) + phase)


def middle_of(image, frequency, theta):
    """How the middle answers, far enough from every border."""
    return response_magnitude(image, frequency, theta, SIGMA)[SIDE // 2, SIDE // 2]


@settings(max_examples=60)
@given(numbers, numbers, numbers)
def test_the_answer_to_a_grating_peaks_at_its_own_wave(frequency_at, angle_at, phase_at):
    """A bell of 6 pixels passes exp(-2 pi^2 36 d^2) of a wave d away: at 0.04 less than a third.

    Half of the amplitude comes through at its own wave, as the other half is the wave that runs the
    other way, which lies 0.16 away or more. Scikit-image cuts the bell after 3 sigmas along the
    axes, at 45 degrees after 2.1 on each, which costs 7 % at most and widens the filter a little.
    """
    frequency, theta = 0.08 + 0.32 * frequency_at, pi * angle_at
    image = grating(frequency, theta, 2 * pi * phase_at)
    own = middle_of(image, frequency, theta)
    np.testing.assert_allclose(own, 0.5, rtol=0.07)
    turn = 2 * asin(NEAR / 2 / frequency)
    for other in (frequency - NEAR, frequency + NEAR):
        assert middle_of(image, other, theta) < 0.4 * own
    for angle in (theta - turn, theta + turn):
        assert middle_of(image, frequency, angle) < 0.4 * own


@settings(max_examples=20)
@given(numbers, numbers)
def test_a_turned_image_answers_as_the_turned_filter(frequency_at, angle_at):
    """A quarter of a turn of both leaves the answer, turned."""
    frequency, theta = 0.05 + 0.4 * frequency_at, pi * angle_at
    image = np.random.default_rng(1).normal(size=(40, 30))
    turned = response_magnitude(np.rot90(image), frequency, theta + pi / 2, 3)
    as_it_was = np.rot90(response_magnitude(image, frequency, theta, 3))
    np.testing.assert_allclose(turned, as_it_was, atol=1e-5)


def test_a_plane_answers_with_the_share_that_is_told():
    """exp(-2 pi^2 sigma^2 frequency^2) of its level, but for the cut of the bell."""
    found = response_magnitude(np.full((50, 50), 200.0), 0.05, 0.4, 4)
    np.testing.assert_allclose(found, 200 * exp(-2 * (pi * 4 * 0.05) ** 2), atol=0.6)


def test_a_spectrum_is_one_bell_at_the_filters_wave():
    """exp(-2 pi^2 sigma^2 d^2), d from (frequency, 0): columns are the frequency along x."""
    frequency, theta, sigma = 0.2, 0.0, 4
    found = spectrum(gabor_kernel(frequency, theta, sigma), 64)
    down, across = (np.mgrid[:64, :64] - 32) / 64
    squares = (across - frequency) ** 2 + down**2
    np.testing.assert_allclose(found, np.exp(-2 * (pi * sigma) ** 2 * squares), atol=0.01)


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (3, 2)])
def test_the_smallest_image_takes_the_largest_filter(shape):
    """It goes on as in mirrors, again and again; of a plane nothing but the leak is left."""
    found = response_magnitude(np.full(shape, 9.0), 0.1, 0.3, 40)
    assert found.shape == shape
    assert np.isfinite(found).all()
    assert found.max() < 0.1


@pytest.mark.parametrize(
    "value", [0, -0.1, 0.51, float("nan"), float("inf"), "wide", None, [0.1, 0.2]]
)
def test_a_wave_that_is_none_is_refused(value):
    """Nothing is slower than no wave, or finer than from pixel to pixel."""
    with pytest.raises(OptionError, match=r"frequency=.*cycles per pixel.*expected"):
        gabor_kernel(value, 0, 3)


@pytest.mark.parametrize("value", [0, 0.1, 41, 1e300, float("nan"), -3, "3 px"])
def test_a_bell_that_makes_no_kernel_is_refused(value):
    """Nor is memory taken for one that is too large."""
    with pytest.raises(OptionError, match=r"sigma=.*0.3 to 40 pixels.*expected"):
        gabor_kernel(0.2, 0, value)


@pytest.mark.parametrize("name", ["theta", "phase"])
def test_an_angle_that_is_none_is_refused(name):
    """What is no finite number turns nothing."""
    with pytest.raises(OptionError, match=rf"{name}=nan.*radians"):
        gabor_kernel(**{"frequency": 0.2, "theta": 0.0, "sigma": 3, name: float("nan")})


def test_a_bank_that_is_none_is_refused():
    """Without a filter, and with too many."""
    with pytest.raises(OptionError, match=r"thetas=\[\].*at least one"):
        filter_bank([0.1], [], 3)
    with pytest.raises(OptionError, match=r"20 frequencies and 20 angles.*at most 256"):
        filter_bank(np.linspace(0.1, 0.4, 20), np.arange(20), 3)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((3, 3, 4)),
        np.zeros(5),
        np.zeros((0, 4)),
        np.zeros((4, 4), complex),
        np.full((4, 4), "a"),
        np.full((4, 4), np.nan),
    ],
)
def test_an_image_that_is_none_is_refused(image):
    """Whatever its shape or numbers."""
    with pytest.raises(OptionError, match="image"):
        response_magnitude(image, 0.2, 0, 3)


def test_importing_loads_neither_tensorflow_nor_scikit_image():
    """The web process draws filters, and starts without either."""
    code = (
        "import sys, cnnviz_core.lab.gabor, cnnviz_core.lab.gabor_fit;"
        "print(sorted({'tensorflow', 'keras', 'skimage', 'scipy.optimize'} & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert answer.stdout.strip() == "[]"

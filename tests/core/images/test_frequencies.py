"""Spatial spectra: identities of the Fourier transform."""

import numpy as np
import pytest

from cnnviz_core.errors import OptionError
from cnnviz_core.images.frequencies import radial_power
from tests.core.replicas import replica_of


@pytest.fixture
def rng():
    """The same numbers each time."""
    return np.random.default_rng(5)


@pytest.mark.parametrize("shape", [(64, 64), (48, 80), (33, 20), (2, 90), (64, 64, 3)])
def test_all_bins_together_hold_the_variance(rng, shape):
    """Parseval: every coefficient but the mean's is in one bin, so their power is the variance."""
    image = rng.normal(3, 2, shape)
    spectrum = radial_power(image)
    luminance = image @ [0.2126, 0.7152, 0.0722] if image.ndim == 3 else image
    assert spectrum.count.sum() == luminance.size - 1
    held = (spectrum.power * spectrum.count).sum() / luminance.size
    np.testing.assert_allclose(held, luminance.var(), rtol=1e-5)


@replica_of("radial_power")
def slow_radial_power(values):
    """Each Fourier coefficient as a sum over pixels, put into the bin of its nearest circle."""
    height, width = values.shape
    y, x = np.mgrid[:height, :width]
    bins = {}
    for v, u in np.ndindex(height, width):
        cycles = (v - height * (v > height / 2)) / height, (u - width * (u > width / 2)) / width
        wave = np.exp(-2j * np.pi * (v * y / height + u * x / width))
        place = max(1, round(np.hypot(*cycles) * min(height, width)))
        if v or u:
            bins.setdefault(place, []).append(abs((values * wave).sum()) ** 2 / values.size)
    return {place: (np.mean(powers), len(powers)) for place, powers in sorted(bins.items())}


@pytest.mark.parametrize("shape", [(13, 17), (12, 7)])
def test_equals_the_sums_written_out(rng, shape):
    """Bins, counts and powers are those of coefficients summed one by one."""
    values = rng.normal(size=shape)
    spectrum, expected = radial_power(values), slow_radial_power(values)
    np.testing.assert_allclose(spectrum.frequency, np.array([*expected]) / min(shape), rtol=1e-6)
    np.testing.assert_allclose(spectrum.power, [power for power, _ in expected.values()], rtol=1e-5)
    assert spectrum.count.tolist() == [count for _, count in expected.values()]


@pytest.mark.parametrize(("down", "across"), [(0, 8), (8, 0), (16, 12), (0, 32), (1, 0)])
def test_a_grating_lies_in_the_bin_of_its_frequency(down, across):
    """A wave of so many cycles has power there and nowhere else, whatever its direction."""
    y, x = np.mgrid[0:64, 0:64] / 64
    spectrum = radial_power(np.cos(2 * np.pi * (down * y + across * x)) + 5)
    best = int(spectrum.power.argmax())
    assert spectrum.frequency[best] == np.float32(np.rint(np.hypot(down, across)) / 64)
    assert np.delete(spectrum.power, best).max() < 1e-12 * spectrum.power[best]


def test_white_noise_is_flat_at_its_variance(rng):
    """Each frequency of white noise has its variance, on average over a circle."""
    spectrum = radial_power(rng.normal(0, 2, (256, 256)))
    many = spectrum.count > 200
    assert np.abs(spectrum.power[many] / 4 - 1).max() < 0.3
    assert spectrum.frequency[0] == np.float32(1 / 256)


def test_turning_a_picture_leaves_its_spectrum(rng):
    """Direction does not count, and neither does a brighter picture."""
    image = rng.random((40, 40, 3))
    upright, turned = radial_power(image), radial_power(np.rot90(image) + 0.5)
    np.testing.assert_allclose(upright.power, turned.power, rtol=1e-5)


@pytest.mark.parametrize("shape", [(8,), (8, 8, 4), (1, 8), (8, 1, 3), (2, 8, 8, 3)])
def test_other_shapes_are_refused(shape):
    """One picture is expected, with room for a wave."""
    with pytest.raises(OptionError, match=r"was given; .* was expected"):
        radial_power(np.zeros(shape))

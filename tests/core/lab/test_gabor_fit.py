"""The closest Gabor filter: planted ones are found again, and noise is told from them."""

from math import atan2, cos, pi, sin

import numpy as np
import pytest
from scipy.optimize import differential_evolution

from cnnviz_core.errors import OptionError
from cnnviz_core.lab.gabor import gabor_kernel
from cnnviz_core.lab.gabor_fit import fit_gabor
from tests.core.replicas import replica_of


def drawn(sides, frequency, theta, along, across, phase, x, y, amplitude=1.0, offset=0.0):
    """The formula of a fit, place by place."""
    values = np.zeros(sides)
    for row, column in np.ndindex(sides):
        u = (column - x) * cos(theta) + (row - y) * sin(theta)
        v = (row - y) * cos(theta) - (column - x) * sin(theta)
        bell = np.exp(-((u / along) ** 2 + (v / across) ** 2) / 2)
        values[row, column] = amplitude * bell * cos(2 * pi * frequency * u + phase) + offset
    return values


def redrawn(fit):
    """A fit's numbers, drawn by the formula."""
    numbers = (fit.frequency, fit.theta, fit.sigma_along, fit.sigma_across, fit.phase, fit.x, fit.y)
    return drawn(fit.values.shape, *numbers, fit.amplitude, fit.offset)


@pytest.mark.parametrize("side", [7, 11])
@pytest.mark.parametrize("seed", range(24))
def test_a_planted_filter_is_found_again(side, seed):
    """All nine numbers, whatever they are; the filter is the same half a turn on."""
    rng = np.random.default_rng(seed)
    # At least one wave over the kernel, and a bell that ends in it: else the numbers blur.
    frequency, theta = rng.uniform(1.4 / side, 0.4), rng.uniform(0, pi)
    along, across = rng.uniform(side / 7, side / 4, 2)
    phase, (x, y) = rng.uniform(-pi, pi), rng.uniform(side * 0.35, side * 0.55, 2)
    planted = drawn((side, side), frequency, theta, along, across, phase, x, y, 0.03, -0.01)
    fit = fit_gabor(planted.astype(np.float32))
    assert fit.r_squared > 0.999
    found = (fit.frequency, fit.sigma_along, fit.sigma_across, fit.x, fit.y, fit.offset)
    np.testing.assert_allclose(found, (frequency, along, across, x, y, -0.01), rtol=2e-3)
    np.testing.assert_allclose(fit.amplitude, 0.03, rtol=2e-3)
    turn = fit.theta - theta
    assert abs(sin(turn)) < 2e-3
    same = fit.phase - phase if cos(turn) > 0 else fit.phase + phase
    assert abs(atan2(sin(same), cos(same))) < 5e-3
    np.testing.assert_allclose(redrawn(fit), planted, atol=1e-4)


@pytest.mark.parametrize("sides", [(3, 3), (5, 5), (7, 7), (4, 9), (16, 3)])
def test_what_a_fit_says_is_one_thing(sides):
    """Its numbers give its values; its R squared is that of these; all within their bounds."""
    values = np.random.default_rng(7).normal(size=sides)
    fit = fit_gabor(values)
    np.testing.assert_allclose(redrawn(fit), fit.values, atol=1e-4)
    left = np.square(values - fit.values).sum() / np.square(values - values.mean()).sum()
    np.testing.assert_allclose(fit.r_squared, 1 - left, atol=1e-6)
    assert 0 < fit.frequency <= 0.5
    assert 0 <= fit.theta < pi
    assert fit.amplitude >= 0
    assert 0 <= fit.r_squared <= 1
    assert fit.degrees_of_freedom == values.size - 9


def test_the_angle_and_widths_are_those_of_the_filter():
    """The real part of `gabor_kernel` is found with the numbers that made it."""
    kernel = gabor_kernel(0.22, 0.5, 2).real
    fit = fit_gabor(kernel)
    found = (fit.frequency, fit.theta, fit.sigma_along, fit.sigma_across)
    np.testing.assert_allclose(found, (0.22, 0.5, 2, 2), rtol=1e-3)


@replica_of("fit_gabor")
@pytest.mark.parametrize("seed", range(3))
def test_a_search_of_the_whole_space_finds_nothing_better(seed):
    """Evolution over all shapes, amplitudes by linear least squares: slow, and no closer."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 0.25, (7, 7))
    values = drawn((7, 7), 0.2, rng.uniform(0, pi), 1.6, 2.2, 1.0, 3.2, 2.7) + noise
    y, x = np.mgrid[:7, :7].reshape(2, -1)

    def left(shape):
        frequency, theta, along, across, centre_x, centre_y = shape
        u = (x - centre_x) * cos(theta) + (y - centre_y) * sin(theta)
        v = (y - centre_y) * cos(theta) - (x - centre_x) * sin(theta)
        bell = np.exp(-((u / along) ** 2 + (v / across) ** 2) / 2)
        wave = 2 * pi * frequency * u
        spans = np.stack([bell * np.cos(wave), bell * np.sin(wave), np.ones(49)], axis=1)
        best = np.linalg.lstsq(spans, values.ravel())[0]
        return np.square(spans @ best - values.ravel()).sum()

    bounds = [(0.5 / 7, 0.5), (0, pi), (0.5, 7), (0.5, 7), (0, 6), (0, 6)]
    found = differential_evolution(left, bounds, rng=seed, maxiter=60, popsize=8)
    best = 1 - found.fun / np.square(values - values.mean()).sum()
    assert fit_gabor(values).r_squared > best - 0.005


def test_the_first_start_is_not_always_the_best():
    """Under much noise another wave of the grid leads closer: to what it reaches from twelve."""
    rng = np.random.default_rng(24)
    noise = rng.normal(0, 0.4, (7, 7))
    values = drawn((7, 7), 0.2, rng.uniform(0, pi), 1.6, 2.2, 1.0, 3.2, 2.7) + noise
    assert fit_gabor(values).r_squared > 0.425


def test_noise_is_told_from_a_filter():
    """The more places, the less of noise is explained; little more than nine numbers of each."""
    rng = np.random.default_rng(0)
    means = {
        side: np.mean([fit_gabor(rng.normal(size=(side, side))).r_squared for _ in range(12)])
        for side in (5, 7, 11)
    }
    assert means[5] < 0.65
    assert means[7] < 0.45
    assert means[11] < 0.25


def test_r_squared_is_adjusted_for_nine_numbers():
    """Of noise little is left; on nine places it says nothing, and is not told."""
    rng = np.random.default_rng(1)
    fit = fit_gabor(rng.normal(size=(7, 7)))
    np.testing.assert_allclose(fit.adjusted, 1 - (1 - fit.r_squared) * 48 / 40)
    assert fit.adjusted < fit.r_squared
    nine = fit_gabor(rng.normal(size=(3, 3)))
    assert nine.adjusted is None
    assert nine.r_squared > 0.8


@pytest.mark.parametrize("scale", [1e-12, 1e9])
def test_units_do_not_matter(scale):
    """A kernel in other units has the same filter in those."""
    values = np.random.default_rng(2).normal(size=(7, 7))
    one, other = fit_gabor(values), fit_gabor(values * scale)
    np.testing.assert_allclose(other.r_squared, one.r_squared, atol=1e-6)
    np.testing.assert_allclose(other.values, one.values * scale, atol=1e-4 * scale)


@pytest.mark.parametrize("kernel", [np.zeros((7, 7)), np.full((5, 5), 0.3, np.float32)])
def test_a_kernel_without_variation_is_refused(kernel):
    """There is nothing to explain."""
    with pytest.raises(OptionError, match="no variation"):
        fit_gabor(kernel)


@pytest.mark.parametrize("shape", [(2, 2), (1, 9), (17, 17), (7, 7, 3), (49,)])
def test_a_kernel_of_another_shape_is_refused(shape):
    """On fewer places there is no wave; more take too long."""
    with pytest.raises(OptionError, match="sides from 3 to 16"):
        fit_gabor(np.ones(shape))


def test_a_kernel_of_no_numbers_is_refused():
    """Nor is what follows from one shown."""
    with pytest.raises(OptionError, match="no finite number"):
        fit_gabor(np.full((5, 5), np.inf))

"""Comparison of maps: the rule of scales, differences, ranks, and masks known to be true."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from cnnviz_core.errors import EmptyMapError, OptionError
from cnnviz_core.maps.comparison import (
    OWN_MAXIMUM,
    common_scale,
    difference,
    evidence_inside,
    outline,
    rank_correlation,
)
from cnnviz_core.targets import Target
from cnnviz_core.trust.results import Curve, margin


def maps(seed=0, shape=(9, 13)):
    """Two maps at random."""
    return np.random.default_rng(seed).normal(size=(2, *shape)).astype(np.float32)


def test_one_unit_gives_one_divisor():
    """Maps of one unit are divided by the largest maximum of all."""
    scale = common_scale([2.0, 8.0, 3.0], ["logit"] * 3)
    assert scale.divisors == (8.0, 8.0, 8.0)
    assert (scale.strongest, scale.units, scale.shared) == (8.0, "logit", True)


def test_different_units_give_each_its_own():
    """Maps of different units are divided each by its own maximum, and that is the unit."""
    scale = common_scale([2.0, 8.0], ["logit", "activation"])
    assert scale.divisors == (2.0, 8.0)
    assert (scale.strongest, scale.units, scale.shared) == (1.0, OWN_MAXIMUM, False)


def test_shares_can_be_asked_for():
    """Maps of one unit are divided each by its own maximum where shares are to be compared."""
    scale = common_scale([2.0, 8.0], ["logit", "logit"], shares=True)
    assert scale == common_scale([2.0, 8.0], ["logit", "activation"])


@pytest.mark.parametrize("units", [["logit", "logit"], ["logit", "activation"]])
def test_empty_maps_are_never_divided_by_zero(units):
    """Where no map has a value above zero, every divisor is 1."""
    assert common_scale([0.0, 0.0], units).divisors == (1.0, 1.0)


@pytest.mark.parametrize(("maxima", "units"), [([], []), ([1.0], ["logit", "logit"])])
def test_scale_refuses_what_does_not_pair_up(maxima, units):
    """No map at all, or a map without a unit, is refused."""
    with pytest.raises(OptionError, match="one of each was expected"):
        common_scale(maxima, units)


def test_difference_changes_sign_when_sides_are_swapped():
    """B - A is the negative of A - B, and a map differs from itself nowhere."""
    first, second = maps()
    np.testing.assert_array_equal(difference(first, second), -difference(second, first))
    assert not difference(first, first).any()


def test_difference_of_proportional_maps_is_zero_after_division():
    """A map and five times that map are equal once each is divided by its own maximum."""
    first = maps()[0]
    second = 5 * first
    divisors = (float(first.max()), float(second.max()))
    np.testing.assert_allclose(difference(first, second, divisors), 0, atol=1e-6)


@pytest.mark.parametrize("levels", [None, 4, 2])
def test_rank_correlation_is_spearmans(levels):
    """It equals SciPy's, with and without equal values."""
    first, second = maps(3)
    second = second + 0.5 * first
    if levels is not None:
        first, second = np.rint(first * levels / 4), np.rint(second * levels / 4)
    expected = spearmanr(first.ravel(), second.ravel()).statistic
    assert rank_correlation(first, second) == pytest.approx(expected, abs=1e-12)


def test_rank_correlation_sees_order_alone():
    """Any rising function of a map leaves it at 1; a falling one turns it to -1."""
    first = maps()[0]
    assert rank_correlation(first, np.exp(first)) == pytest.approx(1)
    assert rank_correlation(first, -(first**3)) == pytest.approx(-1)


def test_rank_correlation_with_a_constant_map_is_zero():
    """A map that is the same everywhere orders nothing, and gives no NaN."""
    first = maps()[0]
    assert rank_correlation(first, np.full_like(first, 7)) == 0


def test_constant_map_has_chance_evidence_inside():
    """Evidence spread evenly lies inside by as much as the mask covers; parts add up to 1."""
    mask = np.zeros((10, 10), bool)
    mask[2:5, 3:8] = True
    even = np.ones((10, 10), np.float32)
    assert evidence_inside(even, mask) == pytest.approx(0.15)
    values = maps(shape=(10, 10))[0]
    assert evidence_inside(values, mask) + evidence_inside(values, ~mask) == pytest.approx(1)


def test_negative_values_are_no_evidence():
    """What speaks against the class adds nothing and takes nothing away."""
    mask = np.array([[True, True], [False, False]])
    values = np.array([[3, -50], [1, -9]], np.float32)
    assert evidence_inside(values, mask) == pytest.approx(0.75)


def test_evidence_of_a_map_without_any_is_refused():
    """A map without a positive value has no share anywhere."""
    with pytest.raises(EmptyMapError, match="positive nowhere"):
        evidence_inside(np.zeros((2, 2), np.float32), np.ones((2, 2), bool))


def test_outline_of_a_square_is_its_border():
    """The frame of a square, one pixel thick, also where it touches the picture's edge."""
    mask = np.zeros((6, 7), bool)
    mask[0:4, 2:6] = True
    frame = mask.copy()
    frame[1:3, 3:5] = False
    np.testing.assert_array_equal(outline(mask), frame)


def curve(measure, area):
    """A curve of a given area, level."""
    fractions = np.array([0, 1], np.float32)
    scores = np.array([area, area], np.float32)
    return Curve(fractions, scores, area, measure, "any", "grey", Target(0, "disc"))


@pytest.mark.parametrize(
    ("measure", "area", "expected"),
    [
        ("deletion", 0.1, 0.2),
        ("road", 0.4, -0.1),
        ("insertion", 0.6, 0.1),
        ("insertion", 0.4, -0.1),
    ],
)
def test_margin_is_over_the_best_baseline(measure, area, expected):
    """Lower is better for deletion and ROAD, higher for insertion; the best baseline counts."""
    baselines = [curve(measure, 0.3), curve(measure, 0.5)]
    assert margin(curve(measure, area), baselines) == pytest.approx(expected)


@pytest.mark.parametrize("baselines", [[], [curve("road", 0.3)]])
def test_margin_needs_a_baseline_of_the_same_measure(baselines):
    """Without one there is nothing to be better than."""
    with pytest.raises(OptionError, match="of the same measure was expected"):
        margin(curve("deletion", 0.1), baselines)


@pytest.mark.parametrize("compare", [difference, rank_correlation, evidence_inside])
def test_shapes_must_agree(compare):
    """Maps on different grids are refused before anything is computed."""
    with pytest.raises(OptionError, match="resize both to one grid"):
        compare(np.ones((2, 3), np.float32), np.ones((3, 2), bool))

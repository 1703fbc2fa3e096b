"""XRAI against its algorithm written out, and on a network of which the region is known."""

import numpy as np
import pytest
from skimage.segmentation import felzenszwalb
from skimage.transform import resize as resize_smoothly

from cnnviz_core import integrated_gradients, xrai
from cnnviz_core.attribution.regions import density, regions
from cnnviz_core.errors import OptionError, TargetError
from cnnviz_core.network.wrapping import wrap
from tests.core import networks
from tests.core.replicas import replica_of


def slow_density(choice, attribution):
    """Algorithm 1 of XRAI as written: every region summed anew at every step."""
    remaining, covered = list(choice), np.zeros(attribution.shape, bool)
    result = np.full(attribution.shape, np.nan)
    while True:
        remaining = [region for region in remaining if (region & ~covered).sum() >= 50]
        if not remaining:
            break
        gains = [attribution[region & ~covered].mean() for region in remaining]
        best = remaining.pop(int(np.argmax(gains)))
        result[best & ~covered] = max(gains)
        covered |= best
    result[np.isnan(result)] = attribution[np.isnan(result)].mean() if not covered.all() else 0
    return result


def test_density_equals_slow_version():
    """Keeping sums up to date takes the same regions, gaps and small remainders included."""
    rng = np.random.default_rng(2)
    y, x = np.mgrid[0:60, 0:60]
    discs = [
        (y - row) ** 2 + (x - column) ** 2 < radius**2
        for row, column, radius in rng.integers((0, 0, 3), (60, 60, 18), (40, 3))
    ]
    attribution = rng.normal(0, 1, (60, 60)).astype(np.float32)
    choice = np.array(discs)
    assert not choice.any(axis=0).all()
    densities = density(choice, attribution)
    np.testing.assert_allclose(densities, slow_density(choice, attribution), atol=1e-6)


def test_regions_are_the_segments_of_six_scales(photo):
    """Each scale covers the image, coarser scales have fewer segments, each grown by 5 pixels."""
    masks = regions(photo)
    flat = (photo - np.float64(photo.min())) / (float(photo.max()) - photo.min()) * 2 - 1
    small = resize_smoothly(flat, (224, 224), order=3, mode="constant", anti_aliasing=True)
    first = 0
    for scale in (50, 100, 150, 250, 500, 1200):
        labels = felzenszwalb(small, scale=scale, sigma=0.8, min_size=150)
        for label in range(labels.max() + 1):
            inside = np.argwhere(labels == label)
            y, x = np.argwhere(masks[first])[:: max(1, masks[first].sum() // 20)].T
            away = np.hypot(y[:, None] - inside[:, 0], x[:, None] - inside[:, 1]).min(axis=1)
            assert away.max() <= 5
            assert masks[first][labels == label].all()
            assert masks[first].sum() > len(inside) or len(inside) == 224 * 224
            first += 1
    assert first == len(masks)


def test_regions_of_a_blank_image():
    """An image of one colour is one region."""
    assert regions(np.full((40, 50, 3), 9, np.uint8)).all()


@replica_of("xrai")
def test_xrai_equals_slow_version(photo):
    """Integrated gradients from black and white, averaged and ranked by loops, give the map."""
    model = wrap(networks.residual(), name="residual", preprocessing="tf")
    both = [
        integrated_gradients(model, photo, 2, num_steps=6, baseline=baseline)
        for baseline in ("black", "white")
    ]
    mean = (both[0].values + both[1].values) / 2
    places = np.clip((np.arange(224) + 0.5) / 7 - 0.5, 0, 31)
    tall = np.stack([np.interp(places, np.arange(32), column) for column in mean.T], axis=1)
    large = np.stack([np.interp(places, np.arange(32), row) for row in tall])
    ranking = xrai(model, photo, 2, num_steps=6)
    expected = slow_density(regions(photo), large)
    # Two regions may add the same pixels with sums that differ by rounding.
    np.testing.assert_allclose(ranking.values, expected, atol=1e-5)
    assert ranking.options == {"num_steps": 12, "baselines": ("black", "white")}
    assert ranking.units == "logit per pixel"
    errors = [gradients.measures["completeness_error"] for gradients in both]
    assert ranking.measures["completeness_error"] == pytest.approx(np.mean(errors), abs=1e-5)


def test_xrai_ranks_the_region_that_counts_first():
    """Where the score comes from one bright rectangle alone, that is taken first."""
    image = np.full((64, 64, 3), 90, np.uint8)
    image[16:32, 32:56] = (250, 200, 220)
    weights = np.zeros((32, 32, 3), np.float32)
    weights[8:16, 16:28] = 1
    model = wrap(networks.linear_until_zero(weights, 1.0), name="linear", preprocessing="unit")
    ranking = xrai(model, image, 0, num_steps=2).values
    inside, near = np.zeros((2, 224, 224), bool)
    inside[56:112, 112:196] = near[46:122, 102:206] = True
    assert ranking[inside].min() > 3 * ranking[~near].max()
    high = ranking > ranking.max() / 2
    assert (high & inside).sum() / (high | inside).sum() > 0.7


@pytest.mark.parametrize("last", [8, 16, 24])
def test_xrai_stopped_ranks_what_there_is(photo, last):
    """False stops in either half: the map is made from the gradients so far."""
    model = wrap(networks.conv_mean_dense(), name="flat", preprocessing="unit")
    steps = []

    def on_step(step, total, preview):
        steps.append((step, total, preview is not None))
        return step < last

    ranking = xrai(model, photo, 1, num_steps=16, on_step=on_step)
    expected = [(8, 32, False), (16, 32, True), (24, 32, False)]
    assert steps == expected[: last // 8]
    assert ranking.options["num_steps"] == last
    assert ranking.options["baselines"] == ("black", "white")[: 1 + (last > 16)]
    assert np.isfinite(ranking.values).all()
    assert ranking.values.any()


@pytest.mark.parametrize("twin", [networks.nested_twin, networks.sequential_twin])
def test_nested_twin_gives_the_same_map(photo, twin):
    """A base inside a model changes nothing."""
    flat = networks.conv_mean_dense()
    model = wrap(flat, name="flat", preprocessing="unit")
    nested = wrap(twin(flat, "conv2"), name="nested", preprocessing="unit")
    expected = xrai(model, photo, 1, num_steps=2).values
    np.testing.assert_allclose(xrai(nested, photo, 1, num_steps=2).values, expected, atol=1e-6)


def test_network_is_unchanged(photo, weights_hash):
    """Weights and their trainable flags hash the same before and after."""
    network = networks.residual()
    model = wrap(network, name="residual", preprocessing="unit")
    before = weights_hash(network)
    xrai(model, photo, 1, num_steps=2)
    assert weights_hash(network) == before


@pytest.mark.parametrize(
    ("options", "error", "sentence"),
    [
        ({"num_steps": 0}, OptionError, "num_steps=0 was given; a whole number"),
        ({"target": "wolf"}, TargetError, "no class 'wolf'"),
        ({"output": "b"}, TargetError, "no output 'b'"),
    ],
)
def test_refusals(photo, options, error, sentence):
    """What cannot be computed is refused with what was expected."""
    model = wrap(networks.conv_mean_dense(), name="flat", preprocessing="unit")
    with pytest.raises(error, match=sentence):
        xrai(model, photo, **options)

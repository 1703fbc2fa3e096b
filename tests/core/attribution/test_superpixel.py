"""LIME against loops, and on networks whose superpixels add up."""

import numpy as np
import pytest
from skimage.segmentation import slic
from sklearn.metrics import pairwise_distances

from cnnviz_core import Contrast, lime
from cnnviz_core.attribution.linear_surrogate import fit, kernel
from cnnviz_core.attribution.regions import superpixels
from cnnviz_core.errors import OptionError, TargetError
from cnnviz_core.images.preprocessing import resize
from cnnviz_core.network.wrapping import wrap
from tests.core import networks
from tests.core.replicas import replica_of


def decided():
    """A residual network whose answer moves with the image: logits thirty times as large."""
    network = networks.residual()
    layer = network.get_layer("logits")
    layer.kernel.assign(30 * layer.kernel)
    return network


@replica_of("lime")
def slow_lime(model, image, index, samples, segments, seed):
    """LIME with a loop over samples and superpixels, and ridge regression solved outright."""
    small = resize(image, 32, 32).astype(np.uint8)
    labels = slic(small, segments, compactness=10, sigma=1, start_label=0)
    names = np.unique(labels)
    rows = np.random.default_rng(seed).integers(0, 2, (samples, len(names)))
    rows[0] = 1
    answers = []
    for row in rows:
        covered = small.copy()
        for name, on in zip(names, row, strict=True):
            if not on:
                covered[labels == name] = np.rint(small[labels == name].mean(axis=0))
        answers.append(np.asarray(model.network(model.preprocess(covered)))[0, index])
    distance = pairwise_distances(rows, rows[:1], metric="cosine").ravel()
    weights = np.sqrt(np.exp(-(distance**2) / 0.25**2))
    design = np.column_stack([np.ones(samples), rows])
    penalty = np.diag([0, *np.ones(len(names))])
    normal = design.T @ (weights[:, None] * design) + penalty
    solved = np.linalg.solve(normal, design.T @ (weights * answers))
    left = weights @ (answers - design @ solved) ** 2
    all_of_it = weights @ (answers - np.average(answers, weights=weights)) ** 2
    heatmap = np.zeros((32, 32))
    for name, coefficient in zip(names, solved[1:], strict=True):
        heatmap[labels == name] = coefficient
    return heatmap, 1 - left / all_of_it * (samples - 1) / (samples - len(names) - 1)


def test_lime_equals_slow_version(photo):
    """Loops over samples and superpixels and the normal equations give the same map and R2."""
    model = wrap(decided(), name="residual", preprocessing="tf")
    expected, r2 = slow_lime(model, photo, 2, 80, 20, seed=4)
    attribution = lime(model, photo, 2, num_samples=80, num_segments=20, seed=4, batch_size=33)
    np.testing.assert_allclose(attribution.values, expected, atol=1e-5)
    assert np.abs(attribution.values).max() > 1e-3
    assert attribution.measures["r2"] == pytest.approx(r2, abs=1e-3)
    assert attribution.measures["segments"] == len(np.unique(expected))
    assert attribution.options == {"num_samples": 80, "num_segments": 20, "seed": 4}


def test_lime_recovers_a_linear_network(photo):
    """On a network linear in its pixels a coefficient is what its superpixel adds, with R2 of 1."""
    weights = np.random.default_rng(0).normal(0, 1, (32, 32, 3)).astype(np.float32)
    model = wrap(networks.linear_until_zero(weights, 500.0), name="linear", preprocessing="unit")
    labels, colours = superpixels(photo, (32, 32), 25)
    parts = (weights * (model.preprocess(photo) - model.preprocess(colours))[0]).sum(axis=-1)
    expected = np.bincount(labels.ravel(), weights=parts.ravel())[labels]
    attribution = lime(model, photo, 0, num_samples=1500, num_segments=25)
    assert attribution.measures["r2"] > 0.999
    np.testing.assert_allclose(attribution.values, expected, atol=0.03 * np.abs(expected).max())
    assert attribution.score_units == "score"


def test_lime_of_a_blind_network_is_zero(photo):
    """Where the answer does not depend on the image every coefficient is zero."""
    model = wrap(
        networks.linear_until_zero(np.zeros((32, 32, 3)), 3.0), name="blind", preprocessing="unit"
    )
    attribution = lime(model, photo, 0, num_samples=50, num_segments=12)
    assert np.abs(attribution.values).max() < 1e-6
    assert "r2" not in attribution.measures


def test_lime_does_not_praise_itself_with_few_samples(photo):
    """A few samples fit anything: then no coefficient of determination is told."""
    model = wrap(decided(), name="residual", preprocessing="tf")
    few = lime(model, photo, 2, num_samples=12, num_segments=12)
    assert "r2" not in few.measures


def test_fit_of_noise_explains_nothing():
    """Where answers do not depend on the features, R2 is zero in the mean, with few samples too."""
    explained = []
    for seed in range(300):
        random = np.random.default_rng(seed)
        features = random.integers(0, 2, (30, 12)).astype(np.float32)
        explained.append(fit(features, random.normal(size=30)).measures["r2"])
    assert np.mean(explained) == pytest.approx(0, abs=0.05)


def test_lime_standard_error_tells_the_spread(photo):
    """The error reported is the deviation of coefficients over seeds."""
    model = wrap(decided(), name="residual", preprocessing="tf")
    options = {"num_samples": 300, "num_segments": 12}
    maps = [lime(model, photo, 2, seed=seed, **options) for seed in range(12)]
    labels, _ = superpixels(photo, (32, 32), 12)
    first = np.unique(labels, return_index=True)[1]
    spread = np.std(
        [attribution.values.ravel()[first] for attribution in maps], axis=0, ddof=1
    ).mean()
    error = np.mean([attribution.measures["standard_error"] for attribution in maps])
    assert error == pytest.approx(spread, rel=0.3)


def test_lime_is_seeded(photo):
    """The same seed gives the same map whatever the batch, another seed another map."""
    model = wrap(networks.conv_mean_dense(), name="flat", preprocessing="unit")
    options = {"num_samples": 40, "num_segments": 10}
    first = lime(model, photo, 1, seed=3, **options)
    again = lime(model, photo, 1, seed=3, batch_size=7, **options)
    np.testing.assert_allclose(again.values, first.values, atol=1e-6)
    assert not np.allclose(lime(model, photo, 1, seed=4, **options).values, first.values)


def test_lime_of_a_contrast_is_the_difference(photo):
    """Ridge regression is linear in the answers: a contrast's map is the difference of two."""
    model = wrap(decided(), name="residual", preprocessing="unit")
    options = {"num_samples": 60, "num_segments": 10}
    attribution = lime(model, photo, Contrast(1, 3), **options)
    first, second = (lime(model, photo, index, **options).values for index in (1, 3))
    np.testing.assert_allclose(attribution.values, first - second, atol=1e-6)


def test_lime_stopped_is_that_of_the_samples_so_far(photo):
    """False stops: the map is that of as many samples as were done."""
    model = wrap(networks.conv_mean_dense(), name="flat", preprocessing="unit")
    steps = []

    def on_step(step, total, preview):
        steps.append((step, total, preview.values))
        return step < 20

    options = {"num_segments": 10, "batch_size": 10}
    attribution = lime(model, photo, 1, num_samples=50, on_step=on_step, **options)
    assert [step for step, *_ in steps] == [10, 20]
    np.testing.assert_array_equal(attribution.values, steps[-1][2])
    expected = lime(model, photo, 1, num_samples=20, **options)
    np.testing.assert_allclose(attribution.values, expected.values, atol=1e-6)
    assert attribution.options["num_samples"] == 20


def test_lime_traces_nothing_anew(photo, monkeypatch):
    """Another image, number of superpixels and last batch run what is compiled."""
    model = wrap(networks.residual(), name="residual", preprocessing="unit")
    lime(model, photo, 1, num_samples=8, num_segments=10)
    monkeypatch.setattr(model.graph, "run", None)
    attribution = lime(model, photo[::-1], 2, num_samples=9, num_segments=20, batch_size=4)
    assert attribution.target.index == 2


def test_one_sample_has_no_measures():
    """From a single sample nothing is known of the fit."""
    assert fit(np.ones((1, 3), np.float32), np.ones(1, np.float32)).measures == {}


def test_kernel_is_of_the_cosine_distance():
    """The closed form equals the cosine distance of pairs, also of a sample with all off."""
    rows = np.random.default_rng(0).integers(0, 2, (40, 9)).astype(np.float64)
    rows[0], rows[1] = 1, 0
    distance = pairwise_distances(rows, rows[:1], metric="cosine").ravel()
    np.testing.assert_allclose(kernel(rows), np.sqrt(np.exp(-(distance**2) / 0.25**2)))


@pytest.mark.parametrize("twin", [networks.nested_twin, networks.sequential_twin])
def test_nested_twin_gives_the_same_map(photo, twin):
    """A base inside a model changes nothing."""
    flat = networks.conv_mean_dense()
    model = wrap(flat, name="flat", preprocessing="unit")
    nested = wrap(twin(flat, "conv2"), name="nested", preprocessing="unit")
    options = {"num_samples": 30, "num_segments": 10}
    expected = lime(model, photo, 1, **options).values
    np.testing.assert_allclose(lime(nested, photo, 1, **options).values, expected, atol=1e-6)


def test_network_is_unchanged(photo, weights_hash):
    """Weights and their trainable flags hash the same before and after."""
    network = networks.residual()
    model = wrap(network, name="residual", preprocessing="unit")
    before = weights_hash(network)
    lime(model, photo, 1, num_samples=8, num_segments=10)
    assert weights_hash(network) == before


@pytest.mark.parametrize(
    ("options", "error", "sentence"),
    [
        ({"num_samples": 1}, OptionError, "num_samples=1 was given; a whole number, at least 2"),
        ({"num_segments": 1}, OptionError, "num_segments=1 was given; 2 to 1024"),
        ({"num_segments": 1025}, OptionError, "num_segments=1025 .* the pixels"),
        ({"batch_size": 0}, OptionError, "batch_size=0 was given; at least 1"),
        ({"target": 9}, TargetError, "Class 9 does not exist"),
    ],
)
def test_refusals(photo, options, error, sentence):
    """What cannot be computed is refused with what was expected."""
    model = wrap(networks.conv_mean_dense(), name="flat", preprocessing="unit")
    with pytest.raises(error, match=sentence):
        lime(model, photo, **options)

"""Deletion, insertion and ROAD against loops from the papers and on networks of known answer."""

from itertools import pairwise

import keras
import numpy as np
import pytest
from keras import layers

from cnnviz_core import baseline_map, deletion, grad_cam, insertion, road
from cnnviz_core.attribution.cam import hires_cam
from cnnviz_core.errors import OptionError, TargetError
from cnnviz_core.maps.results import Attribution
from cnnviz_core.network.wrapping import wrap
from cnnviz_core.targets import Contrast, Target
from cnnviz_core.trust.faithfulness import places
from cnnviz_core.trust.imputation import impute
from tests.core import networks
from tests.core.replicas import replica_of

MEAN = np.array([123.675, 116.28, 103.53])


def hot_map(values, index=0):
    """An attribution around given values."""
    values = np.asarray(values, np.float32)
    return Attribution(
        values, True, Target(index, f"class {index}"), "layer", "Mine", "logit", 1.0, 0.5
    )


def decided():
    """A network whose probabilities move by tenths."""
    network = networks.conv_mean_dense()
    dense = network.get_layer("predictions")
    dense.kernel.assign(dense.kernel * 8)
    return network


def probability(model, batch, index):
    """The network's own answer for one preprocessed image."""
    return float(np.asarray(model.network(batch[None]))[0, index])


def ranked(values):
    """Pixels from the highest value to the lowest; none may be equal."""
    cells = sorted(np.ndindex(values.shape), key=lambda cell: -values[cell])
    assert len(np.unique(values)) == values.size
    return cells


@pytest.fixture(scope="module")
def model():
    """Conv, mean, dense, softmax, with weights large enough to tell images apart."""
    return wrap(decided(), name="flat", preprocessing="torch")


@pytest.fixture(scope="module")
def order():
    """A map with no equal values, of both signs, at the input's size."""
    return np.random.default_rng(2).normal(size=(32, 32)).astype(np.float32)


@replica_of("deletion")
def test_deletion_equals_slow_version(photo, model, order):
    """Pixels set to the mean colour one by one, highest first; on torch's scale that is zero."""
    curve = deletion(model, photo, hot_map(order), target=2, steps=7)
    batch = model.preprocess(photo)[0].copy()
    scores, removed = [probability(model, batch, 2)], 0
    for step in range(1, 8):
        for cell in ranked(order)[removed : round(step * 1024 / 7)]:
            batch[cell] = 0
        removed = round(step * 1024 / 7)
        scores.append(probability(model, batch, 2))
    np.testing.assert_allclose(curve.scores, scores, atol=1e-5)
    np.testing.assert_allclose(curve.fractions, np.rint(np.arange(8) * 1024 / 7) / 1024)
    heights = [(a + b) / 2 for a, b in pairwise(scores)]
    assert curve.area == pytest.approx(np.dot(heights, np.diff(curve.fractions)), abs=1e-5)
    assert np.ptp(scores) > 0.01
    assert (curve.measure, curve.method, curve.target.index) == ("deletion", "Mine", 2)


@replica_of("insertion")
def test_insertion_equals_slow_version(photo, model, order):
    """A blurred image gets its pixels back, highest first; the blur is a sum over a Gaussian."""
    curve = insertion(model, photo, hot_map(order), target=1, steps=5)
    whole, deviation = model.preprocess(photo)[0], 10 * 32 / 224
    reach = np.arange(-8, 9)
    weights = np.exp(-(reach**2) / (2 * deviation**2))
    padded = np.pad(whole, ((8, 8), (8, 8), (0, 0)), mode="reflect").astype(np.float64)
    along = sum(w * padded[8 + d : 40 + d] for d, w in zip(reach, weights, strict=True))
    blurred = sum(w * along[:, 8 + d : 40 + d] for d, w in zip(reach, weights, strict=True))
    batch = (blurred / weights.sum() ** 2).astype(np.float32)
    scores, restored = [probability(model, batch, 1)], 0
    for step in range(1, 6):
        for cell in ranked(order)[restored : round(step * 1024 / 5)]:
            batch[cell] = whole[cell]
        restored = round(step * 1024 / 5)
        scores.append(probability(model, batch, 1))
    np.testing.assert_allclose(curve.scores, scores, atol=2e-5)
    assert "1.4 pixels" in curve.fill


@replica_of("road")
def test_road_equals_slow_version(photo, order):
    """At each share the removed pixels are imputed, with noise of 1 % of the range on top."""
    model = wrap(decided(), name="flat", preprocessing="tf")
    curve = road(model, photo, hot_map(order), target=3, steps=4, seed=6)
    whole = model.preprocess(photo)[0]
    noise = np.random.default_rng(6).normal(size=whole.shape)
    for share, score in zip([0, 0.2, 0.4, 0.6, 0.8], curve.scores, strict=True):
        removed = np.zeros((32, 32), bool)
        for cell in ranked(order)[: round(share * 1024)]:
            removed[cell] = True
        filled = impute(whole, removed)
        filled[removed] += (0.01 * 2 * noise)[removed]
        assert score == pytest.approx(probability(model, filled.astype(np.float32), 3), abs=1e-5)
    np.testing.assert_allclose(curve.fractions, [0, 0.2, 0.4, 0.6, 0.8], atol=1e-3)
    assert curve.measure == "road"


def test_ends_are_the_whole_and_the_filled_image(photo, model):
    """Deletion goes from the photo to the mean colour; insertion ends at the photo."""
    attribution = grad_cam(model, photo, 1)
    whole = probability(model, model.preprocess(photo)[0], 1)
    gone = probability(model, np.zeros((32, 32, 3), np.float32), 1)
    removed, restored = deletion(model, photo, attribution), insertion(model, photo, attribution)
    assert removed.scores[[0, -1]] == pytest.approx([whole, gone], abs=1e-6)
    assert restored.scores[-1] == pytest.approx(whole, abs=1e-6)
    assert road(model, photo, attribution).scores[0] == pytest.approx(whole, abs=1e-6)
    assert removed.fractions[[0, -1]].tolist() == [0, 1]
    assert len(removed.scores) == 29


@pytest.mark.parametrize("preprocessing", ["raw", "unit", "tf", "torch", "caffe"])
def test_a_photo_of_the_mean_colour_loses_nothing(preprocessing):
    """Whatever the preprocessing, deletion fills in the same colour: such a photo stays."""
    model = wrap(networks.conv_mean_dense(), name="flat", preprocessing=preprocessing)
    grey = np.broadcast_to(np.rint(MEAN).astype(np.uint8), (20, 30, 3))
    curve = deletion(model, grey, baseline_map("random", grey, (32, 32)), target=0)
    # A photo has whole grey levels, so it is off by half a level where levels go in as they are.
    assert np.ptp(curve.scores) < (0.05 if preprocessing in ("raw", "caffe") else 1e-3)


@pytest.fixture(scope="module")
def linear():
    """A logit that is a weighted sum of the input's grey levels, and its negative: one channel."""
    inputs = keras.Input((12, 12, 1))
    weights = np.random.default_rng(4).normal(size=(144, 1)) / 6
    dense = layers.Dense(2, activation="softmax", use_bias=False)
    network = keras.Model(inputs, dense(layers.Flatten()(inputs)))
    dense.kernel.assign(np.concatenate([weights, -weights], axis=1))
    return wrap(network, name="linear", preprocessing="unit"), weights.reshape(12, 12)


def test_true_contributions_beat_chance_and_chance_beats_their_reverse(photo, linear):
    """On a linear network the true contributions lose the class first, the reversed ones last."""
    model, weights = linear
    fill = MEAN @ [0.299, 0.587, 0.114] / 255
    truth = (model.preprocess(photo)[0, ..., 0] - fill) * weights
    chance = baseline_map("random", photo, (12, 12))
    best, worst = hot_map(truth), hot_map(-truth)
    removed = [deletion(model, photo, heatmap, target=0).area for heatmap in (best, chance, worst)]
    assert removed[0] < removed[1] - 0.05
    assert removed[1] < removed[2] - 0.05
    restored = [insertion(model, photo, heatmap, target=0).area for heatmap in (best, worst)]
    assert restored[0] > restored[1]


def test_signed_maps_keep_their_order(photo, linear):
    """What speaks against the class goes last: adding a constant to a map changes nothing."""
    model, weights = linear
    moved = [deletion(model, photo, hot_map(weights + shift)).scores for shift in (0, 10, -10)]
    np.testing.assert_array_equal(moved[0], moved[1])
    np.testing.assert_array_equal(moved[0], moved[2])


def test_equal_values_go_in_random_order():
    """A flat map is taken away all over the image, not from the top; the seed decides how."""
    place = places(np.ones((30, 40), np.float32), seed=1)
    assert sorted(place.ravel()) == list(range(1200))
    first = np.argwhere(place < 120)
    assert np.abs(first.mean(axis=0) - [14.5, 19.5]).max() < 3
    assert not np.array_equal(place, places(np.ones((30, 40), np.float32), seed=2))
    halves = np.repeat([[0.0], [1.0]], 15, axis=0) * np.ones((30, 40))
    assert places(halves.astype(np.float32), seed=1)[15:].max() == 599


def test_coarse_maps_are_resized_to_the_input(photo, model):
    """A map of few cells gives the order of its pixels on the network's input."""
    attribution = grad_cam(model, photo, 1)
    fine = hot_map(attribution.resized(32, 32), index=1)
    np.testing.assert_array_equal(
        deletion(model, photo, attribution).scores, deletion(model, photo, fine).scores
    )


def test_contrasts_and_defaults(photo, model):
    """A contrast's curve is the difference of two; no target means the map's, or the top class."""
    attribution = grad_cam(model, photo, 2)
    of_class, of_rival = (
        deletion(model, photo, attribution, target=index).scores for index in (2, 0)
    )
    both = deletion(model, photo, attribution, target=Contrast(2, 0))
    np.testing.assert_allclose(both.scores, of_class - of_rival, atol=1e-6)
    np.testing.assert_array_equal(deletion(model, photo, attribution).scores, of_class)
    top = int(np.argmax(model.network(model.preprocess(photo))))
    chance = baseline_map("random", photo, (32, 32))
    assert deletion(model, photo, chance).target.index == top
    assert deletion(model, photo, chance).method == "Random"


def test_another_output(photo):
    """On a network with two outputs the map's own output is watched, or the one named."""
    keras.utils.set_random_seed(3)
    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(6, 3, strides=2, activation="relu", name="conv")(inputs)
    x = layers.Flatten()(x)
    network = keras.Model(
        inputs,
        {
            "a": layers.Dense(3, "softmax", name="a")(x),
            "b": layers.Dense(4, "softmax", name="b")(x),
        },
    )
    model = wrap(network, name="two", preprocessing="unit")
    attribution = hires_cam(model, photo, 1, output="b")
    answers = network(model.preprocess(photo))
    assert deletion(model, photo, attribution).scores[0] == pytest.approx(float(answers["b"][0, 1]))
    other = deletion(model, photo, attribution, target=1, output="a").scores[0]
    assert other == pytest.approx(float(answers["a"][0, 1]))
    with pytest.raises(TargetError, match="map explains output 'b'; on output 'a' its class is"):
        deletion(model, photo, attribution, output="a")


def test_a_stop_keeps_the_points_so_far(photo, model, order):
    """Returning False ends the curve where it is; its points are those of the whole curve."""
    points = []

    def stop(step, total, preview):
        points.append((step, total, len(preview.scores)))
        return False

    whole = deletion(model, photo, hot_map(order), steps=100)
    curve = deletion(model, photo, hot_map(order), steps=100, on_step=stop)
    assert points == [(31, 100, 32)]
    np.testing.assert_allclose(curve.scores, whole.scores[:32], atol=1e-6)
    assert curve.area == pytest.approx(
        np.trapezoid(curve.scores, curve.fractions) / curve.fractions[-1]
    )


def test_network_and_photo_are_unchanged(photo, weights_hash, model, order):
    """Weights and the photo are the same before and after all three."""
    before, pixels = weights_hash(model.network), photo.copy()
    for measure in (deletion, insertion, road):
        measure(model, photo, hot_map(order))
    assert weights_hash(model.network) == before
    np.testing.assert_array_equal(photo, pixels)


@pytest.mark.parametrize(
    ("options", "error", "sentence"),
    [
        ({"steps": 0}, OptionError, "steps=0 was given; a whole number, 1 to 1024"),
        ({"steps": 1025}, OptionError, "steps=1025 was given"),
        ({"target": 9}, TargetError, "Class 9 does not exist"),
        ({"output": "x"}, TargetError, "no output 'x'"),
    ],
)
@pytest.mark.parametrize("measure", [deletion, insertion, road])
def test_refusals(photo, model, order, measure, options, error, sentence):
    """Steps outside what is accepted, and classes that do not exist, are refused."""
    with pytest.raises(error, match=sentence):
        measure(model, photo, hot_map(order), **options)

"""A unit's arithmetic is the network's own: whole networks, photos and ends."""

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

import cnnviz_core as cnnviz
from cnnviz_core.lab import sums
from cnnviz_core.lab.combining import arithmetic_at
from cnnviz_core.lab.told import told_layers
from cnnviz_core.lab.workings import arithmetic, workings
from cnnviz_core.network import compiled_parts
from cnnviz_core.network.wrapping import wrap
from tests.core import builds, networks
from tests.core.lab.units import (
    PHOTO,
    as_maps,
    assert_adds_up,
    assert_is_own,
    own,
    wrapped,
)
from tests.core.replicas import replica_of
from tests.places import ROOT

BUNDLED = sorted(path.parent.name for path in Path(ROOT, "models").glob("*/model.keras"))


@pytest.mark.parametrize("name", BUNDLED)
def test_every_layer_of_the_bundled_networks_is_told(name, photo):
    """From the photo's pixels to the classes there is no layer without its arithmetic."""
    model = cnnviz.load_model(name)
    values, chance = own(model, photo), np.random.default_rng(1)
    names = [step.name for step in model.graph.steps]
    assert list(told_layers(cnnviz.structure(model))) == names
    for step in model.graph.steps:
        for _ in range(3):
            assert_is_own(model, photo, values, step, chance)


@pytest.mark.parametrize(
    "build",
    ["MobileNetV2", "ResNet50V2", "EfficientNetB0", "DenseNet121", "Xception"],
)
def test_a_thousand_units_of_known_networks_are_the_networks_own(build, monkeypatch):
    """Two hundred each, by chance, of networks with random weights, against Keras alone."""
    monkeypatch.setattr(compiled_parts, "_TENSOR_BYTES", 2**30)  # one forward pass is enough
    keras.utils.set_random_seed(2)
    network = getattr(keras.applications, build)(weights=None, input_shape=(75, 75, 3), classes=10)
    model = wrap(network, name=build, preprocessing="unit")
    parts = keras.Model(network.input, [layer.output for layer in network.layers])
    tensors = parts(model.preprocess(PHOTO), training=False)
    named = zip(network.layers, tensors, strict=True)
    values = {layer.name: as_maps(tensor) for layer, tensor in named}
    steps = model.graph.steps
    everything = [step.outputs[0] for step in steps]
    model.parts.tensors(everything, PHOTO, lambda: model.preprocess(PHOTO))
    told, chance = set(told_layers(cnnviz.structure(model))), np.random.default_rng(4)
    for number in chance.integers(len(steps), size=200):
        assert steps[number].name in told
        assert_is_own(model, PHOTO, values, steps[number], chance)


@replica_of("arithmetic", "workings")
def test_a_unit_is_the_sum_written_out(photo):
    """Patch times kernel, number by number from the network's weights, bias, ReLU."""
    network = networks.conv_mean_dense()
    model = wrap(network, name="flat", preprocessing="unit")
    entry = keras.Model(network.inputs[0], network.get_layer("conv1").output)
    before = np.pad(np.asarray(entry(model.preprocess(photo)))[0], [(1, 1), (1, 1), (0, 0)])
    kernel, bias = network.get_layer("conv2").get_weights()
    whole = workings(model, photo, "conv2", 4)
    for y, x in [(0, 0), (7, 9), (15, 3)]:
        unit = arithmetic(model, photo, "conv2", 4, y, x)
        total = float(bias[4])
        for i, j, n in np.ndindex(3, 3, 8):
            product = before[y + i, x + j, n] * kernel[i, j, n, 4]
            term = next(term for term in unit.terms if term.source.channel == n)
            assert term.products[i, j] == pytest.approx(product, rel=1e-5, abs=1e-7)
            total += product
        assert unit.total == pytest.approx(total, rel=1e-4, abs=1e-6)
        assert unit.value == max(unit.total, 0)
        assert (whole.totals[y, x], whole.values[y, x]) == (unit.total, unit.value)
        assert unit.padded.any() == (y in (0, 15))


def test_a_gate_is_spread_over_the_map(photo):
    """Squeeze-and-excitation multiplies a map by one number."""
    model = wrap(networks.residual(), name="residual", preprocessing="unit")
    unit = arithmetic(model, photo, "scale", 3, 5, 6)
    assert unit.rule == "multiply"
    assert {term.source.layer for term in unit.terms} == {"block_conv2", "excite"}
    assert np.prod([term.total for term in unit.terms]) == pytest.approx(unit.value, rel=1e-4)


def test_an_activation_is_told_from_the_convolution_on(photo):
    """A ReLU after batch normalization names the window, and each step with its numbers."""
    model = wrap(networks.residual(), name="residual", preprocessing="unit")
    unit = arithmetic(model, photo, "stem_relu", 2, 4, 4)
    assert unit.by == "stem"
    assert [kind for _, kind, _ in unit.following] == ["BatchNormalization", "relu"]
    whole = workings(model, photo, "stem_relu", 2)
    numbers = whole.following[0].numbers
    normalized = (whole.totals - numbers["mean"]) / np.sqrt(
        numbers["variance"] + numbers["epsilon"]
    )
    expected = normalized * numbers["gamma"] + numbers["beta"]
    np.testing.assert_allclose(whole.following[0].values, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(whole.values, np.maximum(whole.following[0].values, 0))


def test_a_class_is_its_logit_and_then_its_probability(photo):
    """Of a classifier's last layer the total is the logit; the softmax follows."""
    model = wrap(networks.conv_mean_dense(), name="flat", preprocessing="unit")
    best = cnnviz.predict(model, photo, top=1)
    unit = arithmetic(model, photo, "predictions", best.indices[0])
    assert unit.total == pytest.approx(float(best.logits[0]), rel=1e-4)
    assert unit.value == pytest.approx(float(best.probabilities[0]), rel=1e-4)


@pytest.mark.parametrize("mode", ["raw", "unit", "tf", "torch", "caffe"])
def test_the_walk_ends_at_the_photos_pixels(mode, photo):
    """The input's channel is made of the photo's own numbers, of the right colour."""
    network = networks.conv_mean_dense()
    model = wrap(network, name="flat", preprocessing=mode)
    resized = np.asarray(cnnviz.images.preprocessing.resize(photo, 32, 32))
    entry = model.graph.steps[0].name
    for channel in range(3):
        unit = arithmetic(model, photo, entry, channel, 7, 9)
        source = unit.terms[0].source
        assert source.layer == ""
        assert unit.total == resized[7, 9, source.channel]
        assert unit.value == model.preprocess(photo)[0, 7, 9, channel]
        assert source.channel == (2 - channel if mode == "caffe" else channel)


def test_grey_pixels_are_the_photos_luminance(photo):
    """A network of one input channel reads what grey makes of the photo."""
    model = wrapped(layers.Conv2D(2, 3), channels=1)
    unit = arithmetic(model, photo, model.graph.steps[0].name, 0, 4, 5)
    assert unit.value == pytest.approx(unit.total / 255, rel=1e-5)
    assert unit.value == model.preprocess(photo)[0, 4, 5, 0]


@pytest.mark.parametrize("build", [builds.nested, builds.doubly_nested, builds.multi_output])
def test_nested_networks_are_told_too(build, photo):
    """Layers of a model inside a model, by their names there."""
    model = wrap(build().network, name="n", preprocessing="unit")
    values, chance = own(model, photo), np.random.default_rng(6)
    for step in model.graph.steps:
        assert_is_own(model, photo, values, step, chance)


def test_maps_beyond_the_bound_are_summed(monkeypatch):
    """Those that give most are told; the rest adds up to the same."""
    model = wrapped(layers.Conv2D(32, 3, padding="same"), layers.Conv2D(2, 3, name="it"))
    whole = workings(model, PHOTO, "it", 1)
    monkeypatch.setattr(sums, "MOST_BYTES", 5 * 9 * 8 * 4)
    fewer = workings(model, PHOTO, "it", 1)
    assert (len(fewer.sources), fewer.left_out) == (5, 27)
    np.testing.assert_array_equal(fewer.totals, whole.totals)
    shares = [arithmetic_at(whole, 3, 3).terms, arithmetic_at(fewer, 3, 3).terms]
    by_source = {term.source: term.total for term in shares[0]}
    assert all(term.total == pytest.approx(by_source[term.source]) for term in shares[1])
    assert_adds_up(arithmetic_at(fewer, 3, 3))

"""A unit's arithmetic is the network's own, on every kind of layer that it is told of."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

import cnnviz_core as cnnviz
from cnnviz_core.errors import (
    ArchitectureError,
    CnnVizError,
    LayerNotFoundError,
    NotSpatialError,
    OptionError,
)
from cnnviz_core.lab import readings, told
from cnnviz_core.lab import workings as module
from cnnviz_core.lab.combining import arithmetic_at
from cnnviz_core.lab.workings import arithmetic, workings
from cnnviz_core.network.wrapping import wrap
from tests.core import builds, networks
from tests.core.replicas import replica_of

BUNDLED = ("photos20", "shapes")
PHOTO = np.random.default_rng(3).integers(0, 256, (40, 30, 3), dtype=np.uint8)


def wrapped(*stack, size=(9, 8), channels=3):
    """A small network of layers in a row, none of which the head takes for classes."""
    keras.utils.set_random_seed(5)
    tensor = inputs = keras.Input((*size, channels))
    for layer in stack:
        tensor = layer(tensor)
    return wrap(keras.Model(inputs, tensor), name="n", preprocessing="unit")


def own(model, photo):
    """What every step of a network gives, by the network itself, (height, width, channels)."""
    slots = [step.outputs[0] for step in model.graph.steps]
    tensors = model.graph.run(model.parts.fed(model.preprocess(photo)), slots)
    arrays = [np.asarray(tensor, np.float32)[0] for tensor in tensors]
    return {
        step.name: array if array.ndim == 3 else array[None, None]
        for step, array in zip(model.graph.steps, arrays, strict=True)
    }


def assert_adds_up(unit):
    """Terms, bias and rest are the total, to 1e-4 of it or 1e-6 of all that is added."""
    if unit.rule not in ("weigh", "mean", "max", "pass", "add"):
        return
    added = sum(term.total for term in unit.terms) + unit.rest + (unit.bias or 0.0)
    sizes = sum(np.abs(term.products).sum() for term in unit.terms) + abs(unit.bias or 0.0)
    allowed = 1e-4 * abs(unit.total) + 2e-6 * (sizes + abs(unit.rest))
    assert abs(added - unit.total) <= allowed


def assert_is_own(model, photo, values, step, chance):
    """One unit by chance of a layer: its value is the network's, and its sum adds up."""
    height, width, channels = values[step.name].shape
    place = (chance.integers(height), chance.integers(width))
    channel = int(chance.integers(channels))
    unit = arithmetic(model, photo, step.name, channel, *place)
    expected = float(values[step.name][*place, channel])
    assert unit.value == pytest.approx(expected, rel=1e-4, abs=1e-5)
    assert_adds_up(unit)
    if unit.following:
        told = {name: value for name, _, value in unit.following}
        assert all(
            value == pytest.approx(float(values[name][*place, channel]), rel=1e-4, abs=1e-5)
            for name, value in told.items()
        )


@pytest.mark.parametrize("name", BUNDLED)
def test_every_layer_of_the_bundled_networks_is_told(name, photo):
    """From the photo's pixels to the classes there is no layer without its arithmetic."""
    model = cnnviz.load_model(name)
    values, chance = own(model, photo), np.random.default_rng(1)
    for step in model.graph.steps:
        for _ in range(3):
            assert_is_own(model, photo, values, step, chance)


@pytest.mark.parametrize(
    "build",
    ["MobileNetV2", "ResNet50V2", "EfficientNetB0", "DenseNet121", "Xception"],
)
def test_a_thousand_units_of_known_networks_are_the_networks_own(build):
    """Two hundred each, by chance, of networks with random weights."""
    keras.utils.set_random_seed(2)
    network = getattr(keras.applications, build)(weights=None, input_shape=(96, 96, 3), classes=10)
    model = wrap(network, name=build, preprocessing="unit")
    values, chance = own(model, PHOTO), np.random.default_rng(4)
    steps = model.graph.steps
    for number in chance.integers(len(steps), size=200):
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


@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from(["Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Conv2DTranspose"]),
    kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    stride=st.integers(1, 3),
    dilation=st.integers(1, 2),
    padding=st.sampled_from(["same", "valid"]),
    activation=st.sampled_from([None, "relu", "tanh"]),
    seed=st.integers(0, 99),
)
def test_convolutions_of_every_kind(kind, kernel, stride, dilation, padding, activation, seed):
    """Kernels of any shape, strides, gaps and padding, with their own activation."""
    if stride > 1:
        dilation = 1  # Keras refuses both together
    options = {} if kind == "DepthwiseConv2D" else {"filters": 4}
    layer = getattr(layers, kind)(
        kernel_size=kernel,
        strides=stride,
        dilation_rate=dilation,
        padding=padding,
        activation=activation,
        bias_initializer="random_normal",
        name="it",
        **options,
    )
    model = wrapped(layer)
    values, chance = own(model, PHOTO), np.random.default_rng(seed)
    for _ in range(4):
        assert_is_own(model, PHOTO, values, model.graph.step("it"), chance)


@pytest.mark.parametrize(
    "layer",
    [
        layers.Conv2D(6, 3, groups=3, name="it"),
        layers.DepthwiseConv2D(3, depth_multiplier=2, name="it"),
        layers.SeparableConv2D(5, 3, depth_multiplier=2, name="it"),
        layers.MaxPooling2D((3, 2), strides=2, padding="same", name="it"),
        layers.AveragePooling2D(3, strides=2, padding="same", name="it"),
        layers.GlobalMaxPooling2D(name="it"),
        layers.GlobalAveragePooling2D(keepdims=True, name="it"),
        layers.Dense(5, activation="sigmoid", name="it"),
        layers.ZeroPadding2D(((1, 2), (0, 3)), name="it"),
        layers.Cropping2D(((1, 2), (0, 3)), name="it"),
        layers.UpSampling2D((2, 3), name="it"),
        layers.Flatten(name="it"),
        layers.Reshape((9, 8, 3), name="it"),
        layers.Rescaling(2.0, offset=-1.0, name="it"),
        layers.LeakyReLU(name="it"),
        layers.BatchNormalization(axis=1, name="it"),
        layers.Softmax(name="it"),
        layers.Dropout(0.5, name="it"),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_layers_of_other_kinds(layer):
    """Groups, multipliers, pooling, borders, copies, and what works on each number by itself."""
    model = wrapped(layer)
    values, chance = own(model, PHOTO), np.random.default_rng(6)
    for _ in range(12):
        assert_is_own(model, PHOTO, values, model.graph.step("it"), chance)


@pytest.mark.parametrize(
    "kind", ["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"]
)
def test_maps_that_are_put_together(kind):
    """Each operand is a term, and names the layer it came from."""
    keras.utils.set_random_seed(8)
    inputs = keras.Input((6, 7, 3))
    one, two = layers.Conv2D(4, 3, padding="same", name="one")(inputs), layers.Conv2D(4, 1)(inputs)
    network = keras.Model(inputs, getattr(layers, kind)(name="it")([one, two]))
    model = wrap(network, name="n", preprocessing="unit")
    values, chance = own(model, PHOTO), np.random.default_rng(6)
    for _ in range(8):
        assert_is_own(model, PHOTO, values, model.graph.step("it"), chance)
    unit = arithmetic(model, PHOTO, "it", 1, 2, 3)
    first = next(term for term in unit.terms if term.source.layer == "one")
    assert first.total == pytest.approx(float(values["one"][2, 3, 1]), rel=1e-5)


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


def test_only_the_place_of_the_largest_wins():
    """Max pooling names the winner; padding never is one."""
    model = wrapped(layers.MaxPooling2D(3, strides=3, padding="same", name="it"))
    values = own(model, PHOTO)
    entry = values[model.graph.steps[0].name][..., 1]
    whole = workings(model, PHOTO, "it", 1)
    for y, x in np.ndindex(whole.values.shape):
        unit = arithmetic_at(whole, y, x)
        i, j = unit.winner
        assert not unit.padded[i, j]
        assert entry[unit.rows[i], unit.columns[j]] == unit.value


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
    monkeypatch.setattr(module, "MOST_BYTES", 5 * 9 * 8 * 4)
    fewer = workings(model, PHOTO, "it", 1)
    assert (len(fewer.sources), fewer.left_out) == (5, 27)
    np.testing.assert_array_equal(fewer.totals, whole.totals)
    shares = [arithmetic_at(whole, 3, 3).terms, arithmetic_at(fewer, 3, 3).terms]
    by_source = {term.source: term.total for term in shares[0]}
    assert all(term.total == pytest.approx(by_source[term.source]) for term in shares[1])
    assert_adds_up(arithmetic_at(fewer, 3, 3))


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (layers.LayerNormalization(name="it"), "is a LayerNormalization: it mixes numbers"),
        (layers.Permute((2, 1, 3), name="it"), "is a Permute"),
        (layers.UpSampling2D(2, interpolation="bilinear", name="it"), "blends cells"),
        (layers.Reshape((8, 9, 3), name="it"), "in another order"),
        (layers.Conv2DTranspose(2, 3, strides=2, output_padding=1, name="it"), "output"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_told_is_refused_with_its_reason(layer, reason):
    """No number is shown that might be another than the network's."""
    with pytest.raises(ArchitectureError, match=reason):
        workings(wrapped(layer), PHOTO, "it", 0)


def test_what_follows_an_unknown_layer_begins_there():
    """An activation after a layer that is not told is told from what that gives."""
    model = wrapped(layers.LayerNormalization(name="norm"), layers.ReLU(name="it"))
    unit = arithmetic(model, PHOTO, "it", 1, 2, 2)
    assert (unit.by, unit.rule) == ("norm", "pass")
    assert unit.value == max(unit.total, 0)


class Doubled(layers.Conv2D):
    """Says it is a convolution, and gives twice that."""

    def call(self, inputs):
        """Not what its weights say."""
        return 2 * super().call(inputs)


Doubled.__name__ = "Conv2D"


def test_a_layer_that_gives_other_numbers_than_it_says_is_refused():
    """What is shown was held against the network."""
    with pytest.raises(ArchitectureError, match="other numbers than its weights"):
        workings(wrapped(Doubled(2, 3, name="it")), PHOTO, "it", 0)


def test_pages_offer_what_is_told():
    """The light list of kinds is that of the table that reads them."""
    assert set(readings._READINGS) == told.READ
    assert told.is_told("BatchNormalization")
    assert told.is_told("Activation")
    assert not told.is_told("LayerNormalization")


def test_places_and_channels_that_are_not_there_are_refused(photo):
    """Each with what was expected."""
    model = wrap(networks.conv_mean_dense(), name="flat", preprocessing="unit")
    with pytest.raises(OptionError, match="channel=8"):
        workings(model, photo, "conv1", 8)
    with pytest.raises(OptionError, match=r"x=16 .* 0 to 15"):
        arithmetic(model, photo, "conv1", 0, 3, 16)
    with pytest.raises(LayerNotFoundError):
        workings(model, photo, "nowhere", 0)


def test_neither_maps_nor_a_list_is_refused():
    """Tokens are no picture."""
    model = wrapped(layers.Reshape((72, 3)), layers.Dense(2, name="it"))
    with pytest.raises(NotSpatialError, match="neither maps nor a list"):
        workings(model, PHOTO, "it", 0)


def test_half_precision_is_told_within_its_own_rounding(photo):
    """A network of mixed precision computes in sixteen bits."""
    model = wrap(builds.mixed_precision().network, name="half", preprocessing="unit")
    for step in model.graph.steps:
        try:
            unit = arithmetic(model, photo, step.name, 0)
        except CnnVizError:
            assert step.kind not in ("Conv2D", "Dense")
        else:
            assert np.isfinite(unit.value)

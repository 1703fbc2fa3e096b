"""Score-CAM against its algorithm written out, and folding, which its speed rests on."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from cnnviz_core import Contrast, score_cam
from cnnviz_core.errors import NotSpatialError, OptionError, TargetError
from cnnviz_core.network.compiled_parts import End
from cnnviz_core.network.folding import folded
from cnnviz_core.network.tracing import trace
from cnnviz_core.network.wrapping import wrap
from tests.core import networks
from tests.core.replicas import replica_of


def interpolated(values, size):
    """Bilinear interpolation with half-pixel centres, one axis after the other."""
    rows = (np.arange(size[0]) + 0.5) * values.shape[0] / size[0] - 0.5
    columns = (np.arange(size[1]) + 0.5) * values.shape[1] / size[1] - 0.5
    known = np.arange(values.shape[0]), np.arange(values.shape[1])
    tall = np.stack([np.interp(rows, known[0], column) for column in values.T], axis=1)
    return np.stack([np.interp(columns, known[1], row) for row in tall])


@replica_of("score_cam")
def slow_score_cam(network, batch, layer, index, channels=None):
    """Algorithm 1 of the paper, one channel at a time, with the network's last layer cut open."""
    inner = keras.Model(network.input, network.get_layer(layer).output)
    maps = np.asarray(inner(batch))[0].astype(np.float64)
    chosen = [k for k in range(maps.shape[-1]) if np.ptp(maps[..., k]) > 0]
    chosen = sorted(chosen, key=lambda k: -maps[..., k].std())[:channels]
    baseline = logit(network, np.zeros_like(batch), index)
    increases = []
    for k in chosen:
        mask = interpolated(maps[..., k], batch.shape[1:3])
        mask = (mask - mask.min()) / (mask.max() - mask.min())
        masked = (batch * mask[None, ..., None]).astype(np.float32)
        increases.append(logit(network, masked, index) - baseline)
    alpha = np.exp(increases) / np.sum(np.exp(increases))
    heatmap = sum(a * maps[..., k] for a, k in zip(alpha, chosen, strict=True))
    return np.maximum(heatmap, 0)


def logit(network, batch, index):
    """A class's logit of a network whose last layer holds its softmax, or is it."""
    last = network.layers[-1]
    before = np.asarray(keras.Model(network.input, last.input)(batch), np.float64)[0]
    if hasattr(last, "kernel"):
        before = before @ np.asarray(last.kernel, np.float64) + np.asarray(last.bias, np.float64)
    return before[index]


def decided(network, layer, factor):
    """The network with the logits of its last dense layer so many times as large."""
    kernel = network.get_layer(layer).kernel
    kernel.assign(factor * kernel)
    return network


@pytest.mark.parametrize("layer", ["stem_relu", "block_add", "block_relu"])
def test_equals_slow_version(photo, layer):
    """The paper's algorithm with loops gives the same map, over a residual network with norm."""
    network = decided(networks.residual(), "logits", 10)
    norm = network.get_layer("stem_bn")
    norm.gamma.assign(20 * norm.gamma)
    model = wrap(network, name="residual", preprocessing="tf")
    expected = slow_score_cam(network, model.preprocess(photo), layer, 3)
    attribution = score_cam(model, photo, 3, layer=layer, batch_size=3)
    np.testing.assert_allclose(attribution.values, expected, atol=1e-5)
    assert attribution.values.max() > 1e-2
    opposite = score_cam(model, photo, 0, layer=layer)
    assert np.abs(attribution.values - opposite.values).max() > 0.02 * attribution.values.max()
    assert (attribution.units, attribution.method, attribution.layer) == (
        "activation",
        "Score-CAM",
        layer,
    )


def test_top_channels_are_those_that_vary_most(photo):
    """With fewer channels the map is that of the channels of largest standard deviation."""
    network = decided(networks.conv_mean_dense(), "predictions", 20)
    model = wrap(network, name="flat", preprocessing="tf")
    expected = slow_score_cam(network, model.preprocess(photo), "conv1", 1, channels=3)
    attribution = score_cam(model, photo, 1, layer="conv1", top_channels=3)
    np.testing.assert_allclose(attribution.values, expected, atol=1e-5)
    assert attribution.options == {"channels": 3}
    more = score_cam(model, photo, 1, layer="conv1", top_channels=99)
    np.testing.assert_array_equal(more.values, score_cam(model, photo, 1, layer="conv1").values)


def test_one_channel_weighs_one(photo):
    """A layer of one channel has weight 1: the map is its positive part."""
    keras.utils.set_random_seed(3)
    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(1, 3, name="conv")(inputs)
    x = layers.GlobalAveragePooling2D()(x)
    network = keras.Model(inputs, layers.Dense(3, activation="softmax")(x))
    model = wrap(network, name="one", preprocessing="tf")
    inner = keras.Model(network.input, network.get_layer("conv").output)
    maps = np.asarray(inner(model.preprocess(photo)))[0, ..., 0]
    assert maps.max() > 0 > maps.min()
    np.testing.assert_allclose(score_cam(model, photo, 1).values, np.maximum(maps, 0), atol=1e-6)


def test_constant_channels_are_left_out(photo):
    """Channels that are the same everywhere have no mask: the map is that of the others."""
    network = networks.conv_mean_dense()
    model = wrap(network, name="flat", preprocessing="tf")
    layer = network.get_layer("conv2")
    kernel, bias = np.array(layer.kernel), np.array(layer.bias)
    kernel[..., [1, 4]] = 0
    bias[[1, 4]] = [0, 7]
    layer.kernel.assign(kernel)
    layer.bias.assign(bias)
    expected = slow_score_cam(network, model.preprocess(photo), "conv2", 2)
    attribution = score_cam(model, photo, 2, layer="conv2")
    np.testing.assert_allclose(attribution.values, expected, atol=1e-5)
    assert attribution.options == {"channels": 4}


def test_all_channels_constant_is_empty(photo):
    """A layer in which nothing varies gives a map without evidence, not NaN."""
    network = networks.conv_mean_dense()
    model = wrap(network, name="flat", preprocessing="tf")
    layer = network.get_layer("conv2")
    layer.kernel.assign(np.zeros_like(np.array(layer.kernel)))
    layer.bias.assign(np.ones(6, np.float32))
    attribution = score_cam(model, photo, 2)
    assert attribution.empty
    assert attribution.options == {"channels": 0}


def test_contrast_weighs_by_the_difference_of_logits(photo):
    """For a contrast the softmax is over differences of two logits."""
    network = decided(networks.conv_mean_dense(), "predictions", 20)
    model = wrap(network, name="flat", preprocessing="tf")
    last = network.get_layer("predictions")
    kernel, bias = np.array(last.kernel), np.array(last.bias)
    attribution = score_cam(model, photo, Contrast(1, 3))
    last.kernel.assign(np.stack([kernel[:, 1] - kernel[:, 3]] * 4, axis=1))
    last.bias.assign(np.full(4, bias[1] - bias[3]))
    expected = slow_score_cam(network, model.preprocess(photo), "conv2", 0)
    np.testing.assert_allclose(attribution.values, expected, atol=1e-5)


@pytest.mark.parametrize("twin", [networks.nested_twin, networks.sequential_twin])
def test_nested_twin_gives_the_same_map(photo, twin):
    """A base inside a model is opened: its layers are found and the map is the flat one's."""
    flat = networks.conv_mean_dense()
    model = wrap(flat, name="flat", preprocessing="unit")
    nested = wrap(twin(flat, "conv2"), name="nested", preprocessing="unit")
    expected = score_cam(model, photo, 1).values
    np.testing.assert_allclose(score_cam(nested, photo, 1).values, expected, atol=1e-6)


def test_sides_of_a_sigmoid_differ(photo):
    """Class 0 of a single sigmoid weighs channels by the logit with its sign flipped."""
    network = networks.binary()
    model = wrap(network, name="binary", preprocessing="unit")
    expected = slow_score_cam(network, model.preprocess(photo), "conv", 0)
    positive, negative = (score_cam(model, photo, side).values for side in (1, 0))
    np.testing.assert_allclose(positive, expected, atol=1e-5)
    assert not np.allclose(negative, positive)


def test_stopping_returns_the_map_so_far(photo):
    """False stops: the map is that of the channels done, as with so many top channels."""
    model = wrap(networks.conv_mean_dense(), name="flat", preprocessing="unit")
    steps = []

    def on_step(step, total, preview):
        steps.append((step, total, preview.options["channels"]))
        return step < 4

    attribution = score_cam(model, photo, 1, layer="conv1", batch_size=2, on_step=on_step)
    assert steps == [(2, steps[0][1], 2), (4, steps[0][1], 4)]
    assert steps[0][1] > 4
    expected = score_cam(model, photo, 1, layer="conv1", top_channels=4)
    np.testing.assert_allclose(attribution.values, expected.values, atol=1e-6)


def test_another_layer_class_and_image_trace_nothing(photo, monkeypatch):
    """The masked pass is compiled once for a network, whatever the layer and the last batch."""
    model = wrap(networks.residual(), name="residual", preprocessing="unit")
    for layer in ("stem", "pool"):
        score_cam(model, photo, 1, layer=layer, top_channels=1)
    monkeypatch.setattr(model.graph, "run", None)
    attribution = score_cam(model, photo[::-1], 2, layer="pool", batch_size=3)
    other = score_cam(model, photo[::-1], 0, layer="stem", batch_size=5)
    assert attribution.values.shape != other.values.shape


def test_network_is_unchanged(photo, weights_hash):
    """Weights and their trainable flags hash the same before and after, and so do outputs."""
    network = networks.residual()
    model = wrap(network, name="residual", preprocessing="unit")
    before, answer = weights_hash(network), np.asarray(network(model.preprocess(photo)))
    score_cam(model, photo, 1)
    assert weights_hash(network) == before
    np.testing.assert_array_equal(np.asarray(network(model.preprocess(photo))), answer)


@pytest.mark.parametrize(
    ("options", "error", "sentence"),
    [
        ({"top_channels": 0}, OptionError, "top_channels=0 was given; a whole number"),
        ({"batch_size": 0}, OptionError, "batch_size=0 was given; at least 1"),
        ({"target": 4}, TargetError, "Class 4 does not exist"),
        ({"layer": "mean"}, NotSpatialError, "without height and width"),
    ],
)
def test_refusals(photo, options, error, sentence):
    """What cannot be computed is refused with what was expected."""
    model = wrap(networks.conv_mean_dense(), name="flat", preprocessing="unit")
    with pytest.raises(error, match=sentence):
        score_cam(model, photo, **options)


def normalized_network():
    """Every kind of convolution and normalization that folds, and some that must not."""
    keras.utils.set_random_seed(5)
    options = {
        "beta_initializer": "random_normal",
        "gamma_initializer": keras.initializers.RandomUniform(0.5, 2),
        "moving_mean_initializer": "random_normal",
        "moving_variance_initializer": keras.initializers.RandomUniform(0.2, 2),
    }
    unscaled = {key: options[key] for key in options if key != "gamma_initializer"}
    inputs = keras.Input((24, 24, 3))
    x = layers.Conv2D(8, 3, strides=2, padding="same", name="biased")(inputs)
    x = layers.BatchNormalization(name="biased_bn", **options)(x)
    x = layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False, name="deep")(x)
    x = layers.BatchNormalization(name="deep_bn", epsilon=0.1, **options)(x)
    x = layers.Conv2D(8, 3, groups=4, dilation_rate=2, padding="same", name="grouped")(x)
    x = layers.BatchNormalization(name="grouped_bn", scale=False, **unscaled)(x)
    x = layers.Conv2D(8, 3, activation="elu", name="active")(x)
    x = layers.BatchNormalization(name="active_bn", **options)(x)
    y = layers.Conv2D(8, 1, name="shared")(x)
    x = layers.Add()([y, layers.BatchNormalization(name="shared_bn", center=False)(y)])
    x = layers.Conv2D(8, 1, name="halves", dtype="mixed_bfloat16")(x)
    x = layers.BatchNormalization(name="halves_bn", dtype="mixed_bfloat16", **options)(x)
    x = layers.Flatten(dtype="float32")(x)
    return keras.Model(inputs, layers.Dense(4, activation="softmax")(x))


def test_folding_changes_no_output(photo):
    """With normalizations folded the logits agree to 1e-5, also after the weights changed."""
    model = wrap(normalized_network(), name="normalized", preprocessing="tf")
    substitutes = folded(model.graph)
    names = {"biased", "deep", "grouped"}
    assert set(substitutes) == names | {f"{name}_bn" for name in names}
    run = tf.function(lambda batch: model.parts.trace(batch, (End.LOGITS,), substitutes)[0])
    batch = tf.constant(np.concatenate([model.preprocess(photo), model.preprocess(photo[::-1])]))
    for _ in range(2):
        expected = model.parts.trace(batch, (End.LOGITS,))[0]
        np.testing.assert_allclose(run(batch), expected, atol=1e-5)
        assert np.ptp(expected) > 0.1
        gamma = model.network.get_layer("deep_bn").gamma
        gamma.assign(-3 * gamma)


def test_folding_leaves_what_is_an_output():
    """A convolution that is itself an output of the network is not folded."""
    inputs = keras.Input((24, 24, 3))
    conv = layers.Conv2D(5, 3, name="conv")(inputs)
    norm = layers.BatchNormalization(name="norm")(conv)
    assert set(folded(trace(keras.Model(inputs, norm)))) == {"conv", "norm"}
    assert folded(trace(keras.Model(inputs, [norm, conv]))) == {}

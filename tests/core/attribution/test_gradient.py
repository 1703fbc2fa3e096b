"""Gradients at the input against tapes, identities, and the errors of other libraries."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from cnnviz_core import (
    Contrast,
    guided_backpropagation,
    input_times_gradient,
    integrated_gradients,
    saliency,
    smooth_grad,
)
from cnnviz_core.attribution.path_gradient import _spread_order
from cnnviz_core.errors import ArchitectureError, OptionError
from cnnviz_core.network.wrapping import wrap
from tests.core import networks
from tests.core.replicas import replica_of


def logits_twin(network):
    """A network of Keras alone that ends before its softmax, weights shared."""
    last = network.layers[-1]
    if isinstance(last, layers.Activation):
        return keras.Model(network.input, last.input)
    dense = layers.Dense(last.units)
    outputs = dense(last.input)
    dense.set_weights(last.get_weights())
    return keras.Model(network.input, outputs)


def slow_gradient(network, batch, index):
    """Gradient of a logit by a tape around Keras's own call."""
    twin, inputs = logits_twin(network), tf.constant(batch)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        logit = twin(inputs, training=False)[:, index]
    return tape.gradient(logit, inputs).numpy()


@pytest.fixture(params=[networks.conv_mean_dense, networks.residual])
def pair(request):
    """A network and its loaded model."""
    network = request.param()
    return network, wrap(network, name="n", preprocessing="torch")


def linear_network(classes=3):
    """Logits that are linear in the input."""
    keras.utils.set_random_seed(3)
    inputs = keras.Input((12, 12, 3))
    x = layers.Conv2D(4, 3, name="conv")(inputs)
    x = layers.Flatten()(x)
    dense = layers.Dense(classes, bias_initializer="random_normal", name="logits")
    return keras.Model(inputs, layers.Softmax()(dense(x)))


@replica_of("saliency")
def test_saliency_equals_the_tapes_gradient(pair, photo):
    """Maximum over colours of the absolute gradient of the logit, not of the probability."""
    network, model = pair
    expected = np.abs(slow_gradient(network, model.preprocess(photo), 2)[0]).max(axis=-1)
    attribution = saliency(model, photo, 2)
    np.testing.assert_allclose(attribution.values, expected, rtol=1e-4, atol=1e-6)
    assert attribution.values.max() > 0


@replica_of("input_times_gradient")
def test_input_times_gradient_sums_over_colours(pair, photo):
    """Preprocessed pixels meet gradients at preprocessed pixels."""
    network, model = pair
    batch = model.preprocess(photo)
    expected = (batch * slow_gradient(network, batch, 1))[0].sum(axis=-1)
    attribution = input_times_gradient(model, photo, 1)
    np.testing.assert_allclose(attribution.values, expected, rtol=1e-4, atol=1e-5)
    assert attribution.values.min() < 0 < attribution.values.max()


def test_input_times_gradient_adds_up_on_a_linear_network(photo):
    """On a network linear in its input the map sums to the logit less what a zero input gives."""
    model = wrap(linear_network(), name="n", preprocessing="tf")
    at_zero = model.parts.scores(np.zeros((1, 12, 12, 3), np.float32))[0][0]
    for index in range(3):
        attribution = input_times_gradient(model, photo, index)
        assert attribution.values.sum() == pytest.approx(
            attribution.score - at_zero[index], abs=1e-4
        )


@pytest.mark.parametrize("method", [input_times_gradient, integrated_gradients])
def test_a_contrast_is_the_difference_of_two_maps(pair, photo, method):
    """The gradient of A - B is the gradient of A less that of B, and not of -A - B."""
    _, model = pair
    first, second = method(model, photo, 0), method(model, photo, 2)
    both = method(model, photo, Contrast(0, 2))
    np.testing.assert_allclose(both.values, first.values - second.values, atol=1e-5)
    assert both.score == pytest.approx(first.score - second.score, abs=1e-5)
    assert both.score_units == "logit difference"
    assert both.target.label == "class 0 rather than class 2"
    assert not np.allclose(first.values, second.values, atol=1e-3)


def test_two_sides_of_a_sigmoid_are_opposite(photo):
    """The negative class has the positive's logit with its sign flipped, and so its gradient."""
    model = wrap(networks.binary(), name="n", preprocessing="unit")
    positive, negative = (input_times_gradient(model, photo, side) for side in (1, 0))
    np.testing.assert_allclose(positive.values, -negative.values, atol=1e-7)
    assert positive.probability == pytest.approx(1 - negative.probability, abs=1e-6)
    assert np.abs(positive.values).max() > 0
    np.testing.assert_allclose(
        input_times_gradient(model, photo, Contrast(1, 0)).values, 2 * positive.values, atol=1e-6
    )


def test_smooth_grad_without_noise_is_saliency(pair, photo):
    """Copies without noise average to the gradient itself, and their error is nothing."""
    _, model = pair
    attribution = smooth_grad(model, photo, 2, num_samples=3, noise=0.0)
    np.testing.assert_allclose(attribution.values, saliency(model, photo, 2).values, rtol=1e-5)
    assert attribution.measures["standard_error"] == pytest.approx(0, abs=1e-6)


@replica_of("smooth_grad")
def test_smooth_grad_equals_its_slow_version(pair, photo):
    """The mean of gradients at x + N(0, (0.15 range)^2), written as a loop."""
    network, model = pair
    batch = model.preprocess(photo)
    deviation = np.float32(0.15) * (batch.max() - batch.min())
    rng = np.random.default_rng(5)
    gradients = []
    for _ in range(11):
        noise = rng.standard_normal(batch.shape, dtype=np.float32)
        gradients.append(slow_gradient(network, batch + deviation * noise, 1)[0])
    expected = np.abs(np.mean(gradients, axis=0)).max(axis=-1)
    attribution = smooth_grad(model, photo, 1, num_samples=11, seed=5)
    np.testing.assert_allclose(attribution.values, expected, rtol=1e-3, atol=1e-5)
    error = np.std(gradients, axis=0, ddof=1).mean() / np.sqrt(11)
    assert attribution.measures["standard_error"] == pytest.approx(error, rel=1e-3)


def test_smooth_grad_repeats_with_its_seed_and_stops(photo):
    """Equal seeds give equal maps; a stop leaves the map of the copies done."""
    model = wrap(networks.conv_mean_dense(), name="n", preprocessing="unit")
    first, again, other = (smooth_grad(model, photo, 1, num_samples=8, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(first.values, again.values)
    assert not np.array_equal(first.values, other.values)
    steps = []

    def stop(step, total, preview):
        steps.append((step, total, preview.options["num_samples"]))
        return False

    stopped = smooth_grad(model, photo, 1, num_samples=30, seed=1, on_step=stop)
    assert steps == [(8, 30, 8)]
    np.testing.assert_array_equal(stopped.values, first.values)


@pytest.mark.parametrize("mode", ["raw", "unit", "tf", "torch", "caffe"])
def test_integrated_gradients_add_up(photo, mode):
    """The map, summed over space, is the change of the logit, however pixels are preprocessed."""
    model = wrap(networks.conv_mean_dense(), name="n", preprocessing=mode)
    attribution = integrated_gradients(model, photo, 3, num_steps=128)
    black = model.parts.scores(model.preprocess(np.zeros_like(photo)))[0][0]
    change = attribution.score - float(black[3])
    assert abs(change) > 1e-3
    assert attribution.values.sum() == pytest.approx(change, rel=0.02, abs=1e-4)
    assert attribution.measures["score_change"] == pytest.approx(change, abs=1e-4)
    error = attribution.values.sum() - change
    assert attribution.measures["completeness_error"] == pytest.approx(error, abs=1e-4)


@replica_of("integrated_gradients")
def test_integrated_gradients_equal_their_slow_version(pair, photo):
    """The midpoint rule as a loop over the way, summed over colours."""
    network, model = pair
    batch = model.preprocess(photo)
    start = model.preprocess(np.full_like(photo, 255))
    total = np.zeros_like(batch)
    for step in range(10):
        point = start + (step + 0.5) / 10 * (batch - start)
        total += slow_gradient(network, point.astype(np.float32), 0) / 10
    expected = ((batch - start) * total)[0].sum(axis=-1)
    attribution = integrated_gradients(model, photo, 0, num_steps=10, baseline="white")
    np.testing.assert_allclose(attribution.values, expected, rtol=1e-3, atol=1e-5)


def test_one_step_of_integrated_gradients_is_one_gradient_times_the_difference(photo):
    """On a linear network the way does not matter: one step is exact."""
    model = wrap(linear_network(), name="n", preprocessing="unit")
    attribution = integrated_gradients(model, photo, 1, num_steps=1)
    np.testing.assert_allclose(
        attribution.values, input_times_gradient(model, photo, 1).values, atol=1e-5
    )
    assert abs(attribution.measures["completeness_error"]) < 1e-4


def test_steps_so_far_cover_the_whole_way():
    """Every number comes once, and each beginning of the order is spread out."""
    order = _spread_order(64)
    assert sorted(order) == list(range(64))
    assert np.diff(np.sort(order[:8])).max() < 16


def test_integrated_gradients_stop_with_an_estimate(photo):
    """A stop leaves the map of the points done, near the full one."""
    model = wrap(networks.conv_mean_dense(), name="n", preprocessing="unit")
    full = integrated_gradients(model, photo, 3, num_steps=64)
    stopped = integrated_gradients(model, photo, 3, num_steps=64, on_step=lambda *_: False)
    assert stopped.options["num_steps"] == 8
    assert np.corrcoef(full.values.ravel(), stopped.values.ravel())[0, 1] > 0.95


def relu_network(way):
    """One network whose ReLUs are written in one of the ways that Keras knows."""
    keras.utils.set_random_seed(11)
    inputs = keras.Input((16, 16, 3))
    inside = "relu" if way == "inside a layer" else None
    x = inputs
    for number in range(2):
        x = layers.Conv2D(6, 3, activation=inside, name=f"conv{number}")(x)
        x = {
            "inside a layer": lambda x: x,
            "layer": lambda x: layers.ReLU()(x),
            "Activation": lambda x: layers.Activation("relu")(x),
            "operation": lambda x: keras.ops.relu(x),
            "tensorflow's function": lambda x: layers.Activation(tf.nn.relu)(x),
        }[way](x)
    x = layers.Flatten()(x)
    return keras.Model(inputs, layers.Dense(3, activation="softmax", name="dense")(x))


WAYS = ["inside a layer", "layer", "Activation", "operation", "tensorflow's function"]


@replica_of("guided_backpropagation")
def slow_guided(network, batch, index):
    """Guided backpropagation by hand through conv, ReLU, conv, ReLU, dense."""
    first, second = (network.get_layer(f"conv{n}") for n in range(2))
    dense = network.get_layer("dense")
    x0 = tf.constant(batch)
    a1 = x0
    kernels = [first, second]
    values = []
    for conv in kernels:
        a1 = tf.nn.conv2d(a1, conv.kernel, 1, "VALID") + conv.bias
        values.append(a1)
        a1 = tf.maximum(a1, 0)
    upstream = tf.reshape(dense.kernel[:, index], a1.shape)
    shapes = [x0.shape, tf.nn.relu(values[0]).shape]
    for conv, value, shape in zip(kernels[::-1], values[::-1], shapes[::-1], strict=True):
        upstream = tf.where((value > 0) & (upstream > 0), upstream, 0.0)
        upstream = tf.nn.conv2d_transpose(upstream, conv.kernel, shape, 1, "VALID")
    return upstream.numpy()[0]


@pytest.mark.parametrize("way", WAYS)
def test_guided_backpropagation_equals_the_rule_by_hand(photo, way):
    """However the ReLUs are written the rule holds at both, and it is not the plain gradient."""
    network = relu_network(way)
    model = wrap(network, name="n", preprocessing="tf")
    expected = np.abs(slow_guided(network, model.preprocess(photo), 1)).max(axis=-1)
    attribution = guided_backpropagation(model, photo, 1)
    np.testing.assert_allclose(attribution.values, expected, rtol=1e-4, atol=1e-6)
    assert attribution.measures["relus"] == 2
    assert not np.allclose(attribution.values, saliency(model, photo, 1).values, rtol=0.05)


def test_guided_backpropagation_stops_at_a_ceiling(photo):
    """A ReLU6 passes nothing where it has reached six."""
    keras.utils.set_random_seed(2)
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(5, 1, kernel_initializer=keras.initializers.RandomNormal(stddev=6))(inputs)
    x = layers.ReLU(6.0)(x)
    network = keras.Model(inputs, layers.Dense(2)(layers.Flatten()(x)))
    model = wrap(network, name="n", preprocessing="unit")
    batch = model.preprocess(photo)
    conv, dense = network.layers[1], network.layers[-1]
    before = conv(batch).numpy()
    upstream = np.reshape(np.asarray(dense.kernel)[:, 1], before.shape)
    passed = np.where((before > 0) & (before < 6) & (upstream > 0), upstream, 0)
    expected = np.abs(passed @ np.asarray(conv.kernel)[0, 0].T)[0].max(axis=-1)
    assert (before >= 6).any()
    attribution = guided_backpropagation(model, photo, 1)
    np.testing.assert_allclose(attribution.values, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("twin", [networks.nested_twin, networks.sequential_twin])
def test_guided_backpropagation_reaches_into_nested_models(photo, twin):
    """ReLUs inside a base inside a model are guided too."""
    flat = networks.conv_mean_dense()
    expected = guided_backpropagation(wrap(flat, name="f", preprocessing="unit"), photo, 1)
    model = wrap(twin(flat, "conv2"), name="n", preprocessing="unit")
    attribution = guided_backpropagation(model, photo, 1)
    assert attribution.measures["relus"] == expected.measures["relus"] == 2
    np.testing.assert_allclose(attribution.values, expected.values, atol=1e-6)


class Hidden(layers.Layer):
    """A layer whose ReLU no one can see from outside."""

    def call(self, inputs):
        """Rectify, by TensorFlow's own function."""
        return tf.nn.relu(tf.convert_to_tensor(inputs))


def test_guided_backpropagation_refuses_networks_it_cannot_guide(photo):
    """Without a ReLU, or with one out of reach, the result would be the plain gradient."""
    with pytest.raises(ArchitectureError, match="this network has none"):
        guided_backpropagation(wrap(linear_network(), name="n"), photo, 0)
    inputs = keras.Input((16, 16, 3))
    x = layers.Conv2D(4, 3, activation="relu")(inputs)
    x = Hidden()(layers.Conv2D(4, 3)(x))
    network = keras.Model(inputs, layers.Dense(3)(layers.Flatten()(x)))
    with pytest.raises(ArchitectureError, match="1 of the network's 2 ReLUs"):
        guided_backpropagation(wrap(network, name="n"), photo, 0)


@pytest.mark.parametrize(
    ("method", "options", "sentence"),
    [
        (smooth_grad, {"num_samples": 0}, "num_samples=0 was given"),
        (smooth_grad, {"noise": -0.1}, "noise=-0.1 was given"),
        (smooth_grad, {"noise": float("nan")}, "noise=nan was given"),
        (integrated_gradients, {"num_steps": 0}, "num_steps=0 was given"),
        (integrated_gradients, {"baseline": "pink"}, "Baseline 'pink' is unknown"),
    ],
)
def test_options_out_of_range_are_refused(photo, method, options, sentence):
    """What cannot be computed is refused with what was expected."""
    model = wrap(networks.conv_mean_dense(), name="n")
    with pytest.raises(OptionError, match=sentence):
        method(model, photo, 1, **options)


def test_networks_stay_as_they_are_and_nothing_is_traced_twice(photo, monkeypatch):
    """Weights keep their values, and a second image runs what the first one built."""
    network = networks.residual()
    model = wrap(network, name="n", preprocessing="unit")
    before = [weight.numpy().copy() for weight in network.weights]
    methods = (saliency, guided_backpropagation, integrated_gradients, smooth_grad)
    for method in methods:
        method(model, photo, 1)
    monkeypatch.setattr(model.graph, "run", None)
    for method in methods:
        assert method(model, photo[::-1], 2).values.max() > 0
    for weight, value in zip(network.weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value)

"""Logits and probabilities: recovered, proved, or called a score."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import cnnviz_core as cnnviz
from cnnviz_core.errors import (
    OptionError,
    TargetError,
    UnsupportedModelError,
)
from cnnviz_core.network.proof import prove
from cnnviz_core.network.wrapping import wrap
from tests.core import networks
from tests.core.replicas import replica_of


def random_batch(network, count=2):
    """Noise of the network's input shape."""
    return np.random.default_rng(3).uniform(0, 1, (count, *network.input_shape[1:])).astype("f4")


def head_variants():
    """The same logits behind every common ending."""
    kinds = {}

    def ending(name, finish):
        inputs = keras.Input((16, 16, 3))
        x = layers.Conv2D(5, 3, activation="relu", name="conv")(inputs)
        kinds[name] = keras.Model(inputs, finish(layers.GlobalAveragePooling2D(keepdims=True)(x)))

    ending("dense", lambda x: layers.Dense(3, activation="softmax")(layers.Flatten()(x)))
    ending("apart", lambda x: layers.Activation("softmax")(layers.Dense(3)(layers.Flatten()(x))))
    ending("layer", lambda x: layers.Softmax()(layers.Dense(3)(layers.Flatten()(x))))
    ending("operation", lambda x: keras.ops.softmax(layers.Dense(3)(layers.Flatten()(x))))
    ending("conv", lambda x: layers.Reshape((3,))(layers.Conv2D(3, 1, activation="softmax")(x)))
    ending(
        "cast",
        lambda x: layers.Activation("linear", dtype="float32")(
            layers.Dense(3, activation="softmax")(layers.Flatten()(x))
        ),
    )
    return kinds


@pytest.mark.parametrize("name", head_variants())
def test_logits_are_recovered(name):
    """Softmax of the logits is the prediction, wherever the softmax hides; the sum is not 1."""
    network = head_variants()[name]
    model = wrap(network, name="n")
    assert model.score_units == "logit"
    assert model.head.kind == "softmax"
    batch = random_batch(network)
    logits, probabilities = model.parts.scores(batch)
    np.testing.assert_allclose(tf.nn.softmax(logits), network(batch), atol=1e-6)
    np.testing.assert_allclose(probabilities, network(batch), atol=1e-6)
    assert not np.allclose(logits.sum(axis=1), 1, atol=1e-3)


def test_false_softmax_is_not_taken_for_logits(photo):
    """An activation that is only called softmax fails the proof: its output is used, and said."""

    def softmax(x):
        return tf.nn.softmax(3.0 * x)

    inputs = keras.Input((16, 16, 3))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(5, 3, name="conv")(inputs))
    network = keras.Model(inputs, layers.Dense(3, activation=softmax)(x))
    model = wrap(network, name="n", preprocessing="unit")
    prediction = cnnviz.predict(model, photo, top=3)
    expected = np.sort(np.asarray(network(model.preprocess(photo)))[0])[::-1]
    assert prediction.score_units == cnnviz.grad_cam(model, photo, 1).units == "score"
    np.testing.assert_allclose(prediction.probabilities, expected, atol=1e-6)
    np.testing.assert_allclose(prediction.logits, expected, atol=1e-6)


def probability_heads():
    """Heads that give probabilities in ways that no logit can be read from."""
    kinds = {}

    def ending(name, finish, units=3):
        inputs = keras.Input((16, 16, 3))
        x = layers.Conv2D(5, 3, activation="relu", name="conv")(inputs)
        kinds[name] = keras.Model(inputs, finish(x))
        return units

    def dense(x, **options):
        return layers.Dense(3, **options)(layers.GlobalAveragePooling2D()(x))

    ending("nameless", lambda x: dense(x, activation=lambda z: keras.ops.softmax(z)))
    ending("rescaled", lambda x: layers.Rescaling(1.0)(dense(x, activation="softmax")))
    ending(
        "ensemble",
        lambda x: layers.Average()(
            [dense(x, activation="softmax"), dense(x, activation="softmax")]
        ),
    )
    ending(
        "mean",
        lambda x: layers.GlobalAveragePooling2D()(layers.Conv2D(3, 1, activation="softmax")(x)),
    )
    ending(
        "hard",
        lambda x: layers.Dense(1, activation="hard_sigmoid")(layers.GlobalAveragePooling2D()(x)),
    )
    return kinds


@pytest.mark.parametrize("name", probability_heads())
def test_probabilities_are_never_taken_for_logits(name, photo):
    """Where no logits can be proved, the network's own output is shown, and called score."""
    keras.utils.set_random_seed(3)
    network = probability_heads()[name]
    model = wrap(network, name="n", preprocessing="unit")
    output = np.asarray(network(model.preprocess(photo)))[0]
    expected = output if len(output) > 1 else np.array([1 - output[0], output[0]])
    prediction = cnnviz.predict(model, photo, top=9)
    assert prediction.score_units == cnnviz.grad_cam(model, photo, 1).units == "score"
    np.testing.assert_allclose(prediction.probabilities, np.sort(expected)[::-1], atol=1e-6)
    assert list(prediction.indices) == list(np.argsort(-expected))
    with pytest.raises(TargetError, match="could not be recovered and proved"):
        cnnviz.maximize(model, cnnviz.ClassLogit(1), steps=1)


def test_cast_behind_a_softmax_is_looked_through(photo):
    """A cast to 32 bits at the end, as mixed precision asks for, hides no softmax."""
    inputs = keras.Input((16, 16, 3))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(5, 3, name="conv")(inputs))
    x = keras.ops.cast(layers.Dense(3, activation="softmax")(x), "float32")
    assert wrap(keras.Model(inputs, x), name="n").head.kind == "softmax"


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_mixed_precision_equals_its_twin(policy, photo):
    """A network of 16 bits gives the map of its 32-bit twin, as closely as 16 bits can."""
    exact = networks.conv_mean_dense()
    keras.config.set_dtype_policy(policy)
    try:
        mixed = networks.conv_mean_dense()
    finally:
        keras.config.set_dtype_policy("float32")
    mixed.set_weights(exact.get_weights())
    expected = cnnviz.grad_cam(wrap(exact, name="a", preprocessing="unit"), photo, 1)
    attribution = cnnviz.grad_cam(wrap(mixed, name="b", preprocessing="unit"), photo, 1)
    assert attribution.units == "logit"
    np.testing.assert_allclose(
        attribution.values, expected.values, atol=0.05 * expected.values.max()
    )


def test_sigmoid_has_two_classes(photo):
    """A single sigmoid predicts both classes, probabilities adding up to 1, logits mirrored."""
    model = wrap(networks.binary(), name="n", labels=["cat", "dog"], preprocessing="unit")
    prediction = cnnviz.predict(model, photo)
    positive = float(np.asarray(model.network(model.preprocess(photo)))[0, 0])
    by_label = dict(zip(prediction.labels, prediction.probabilities, strict=True))
    assert by_label["dog"] == pytest.approx(positive, abs=1e-6)
    assert by_label["cat"] == pytest.approx(1 - positive, abs=1e-6)
    assert prediction.logits[0] == pytest.approx(-prediction.logits[1])


@replica_of("predict")
def test_predict_order_and_top(photo):
    """The best class comes first; `top` beyond the classes gives them all; 0 is refused."""
    model = wrap(networks.residual(), name="n", preprocessing="unit")
    prediction = cnnviz.predict(model, photo, top=99)
    expected = np.asarray(model.network(model.preprocess(photo)))[0]
    assert list(prediction.indices) == list(np.argsort(-expected))
    np.testing.assert_allclose(prediction.probabilities, np.sort(expected)[::-1], atol=1e-6)
    with pytest.raises(OptionError, match="top=0"):
        cnnviz.predict(model, photo, top=0)


def test_large_logits_round_in_proportion(photo):
    """Small logits may carry the rounding of large ones beside them, and no more than that."""
    network = networks.residual()
    kernel, bias = network.get_layer("logits").get_weights()
    spread = np.geomspace(1e6, 1e-3, kernel.shape[1])
    network.get_layer("logits").set_weights([kernel * spread, bias])
    linear = keras.Model(network.input, network.get_layer("logits").output)
    model = wrap(linear, name="large", preprocessing="unit")
    batch = model.preprocess(photo)
    logits = np.asarray(linear(batch))
    peak = float(np.abs(logits).max())
    assert peak > 1000
    prove("n", lambda _: tf.constant(logits + 5e-7 * peak), model.parts, [batch])
    with pytest.raises(UnsupportedModelError, match="another output than as a whole"):
        prove("n", lambda _: tf.constant(logits + 5e-5 * peak), model.parts, [batch])

"""Fresh weights against a clone that is given them by hand, on networks of many builds."""

import keras
import numpy as np
import pytest
from keras import layers
from scipy.stats import spearmanr

from cnnviz_core import explain, randomization_check
from cnnviz_core.network.compiled_parts import CompiledParts
from cnnviz_core.network.wrapping import wrap
from cnnviz_core.trust.reinitialization import Twin, cascade, fresh
from tests.core import networks
from tests.core.replicas import replica_of


def flat(**options):
    """Conv, conv, mean, dense, wrapped."""
    return wrap(networks.conv_mean_dense(**options), name="flat", preprocessing="unit")


def read_as(twin, variables):
    """The values that a twin reads for some variables."""
    with twin._scope:
        return [np.array(variable.value) for variable in variables]


@replica_of("randomization_check")
@pytest.mark.parametrize(("method", "target"), [("grad_cam", 1), ("saliency", 3)])
def test_equals_a_clone_randomized_by_hand(photo, method, target):
    """A copy of the network, given the same fresh weights layer by layer, gives the same maps."""
    model = wrap(networks.residual(), name="residual", preprocessing="unit")
    check = randomization_check(model, photo, target=target, method=method, seed=5, layers=100)
    learned = {layer.name: layer for layer in cascade(model)}
    drawn = Twin(model, list(learned.values()))
    clone = networks.residual()
    first = explain(model, photo, target, method=method)
    np.testing.assert_array_equal(check.maps[0], first.values)
    other = wrap(clone, name="clone", preprocessing="unit")
    for name, values, correlation in zip(check.layers, check.maps[1:], check.spearman, strict=True):
        drawn.randomize(learned[name], 5)
        clone.get_layer(name).set_weights(read_as(drawn, model.network.get_layer(name).weights))
        other.parts.forget()
        expected = explain(other, photo, target, method=method).values
        np.testing.assert_allclose(values, expected, rtol=1e-4, atol=1e-6)
        ranks = spearmanr(first.values.ravel(), values.ravel()).statistic if np.ptp(values) else 0
        assert correlation == pytest.approx(ranks, abs=1e-4)
    assert check.maps[1:].max() > 0


def test_fresh_weights_are_the_initializers_own():
    """A drawn kernel has its initializer's range; batch normalization starts over entirely."""
    model = wrap(networks.residual(), name="residual", preprocessing="unit")
    norm = model.network.get_layer("stem_bn")
    norm.moving_mean.assign(np.full(8, 3.0))
    norm.moving_variance.assign(np.full(8, 7.0))
    learned = {layer.name: layer for layer in cascade(model)}
    twin = Twin(model, list(learned.values()))
    twin.randomize(learned["stem_bn"], 0)
    mean, variance = read_as(twin, [norm.moving_mean, norm.moving_variance])
    np.testing.assert_array_equal(mean, 0)
    np.testing.assert_array_equal(variance, 1)
    assert np.asarray(norm.moving_variance).tolist() == [7.0] * 8
    dense = model.network.get_layer("dense")
    twin.randomize(learned["dense"], 0)
    kernel, bias = read_as(twin, [dense.kernel, dense.bias])
    limit = np.sqrt(6 / sum(kernel.shape))
    assert 0.95 * limit < np.abs(kernel).max() <= limit
    assert abs(np.corrcoef(kernel.ravel(), np.asarray(dense.kernel).ravel())[0, 1]) < 0.1
    np.testing.assert_array_equal(bias, 0)


def test_weights_without_initializer_are_shuffled():
    """Where nothing says how a weight was drawn, its own values come in another order."""
    variable = keras.Variable(np.arange(60.0).reshape(3, 20))
    values = fresh(variable, None, np.random.default_rng(0))
    np.testing.assert_array_equal(np.sort(values.ravel()), np.arange(60))
    assert values.shape == (3, 20)
    assert not np.array_equal(values, variable)


@pytest.mark.parametrize("twin", [networks.nested_twin, networks.sequential_twin])
def test_nested_twin_is_randomized_alike(photo, twin):
    """A base inside a model is randomized layer by layer, as the flat network is."""
    nested = wrap(twin(networks.conv_mean_dense(), "conv2"), name="nested", preprocessing="unit")
    check = randomization_check(nested, photo, target=2)
    assert check.layers == ("predictions", "base/conv2", "base/conv1")
    expected = randomization_check(flat(), photo, target=2)
    np.testing.assert_allclose(check.maps[:2], expected.maps[:2], atol=1e-6)


@networks.seeded
def shared_backbone():
    """One convolution called twice, and a second input that is a vector."""
    image, vector = keras.Input((16, 16, 3), name="image"), keras.Input((4,), name="vector")
    conv = layers.Conv2D(3, 3, padding="same", activation="relu", name="conv")
    x = conv(conv(image))
    gate = layers.Dense(3, activation="sigmoid", name="gate")(vector)
    x = layers.Multiply(name="scale")([x, layers.Reshape((1, 1, 3))(gate)])
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model([image, vector], layers.Dense(3, name="logits")(x))


def test_shared_layers_and_other_inputs(photo):
    """A layer called twice is randomized once, for both calls; a vector input stays as given."""
    network = shared_backbone()
    model = wrap(network, name="shared", preprocessing="unit", inputs={"vector": [1, -1, 2, 0]})
    check = randomization_check(model, photo, target=1, method="saliency")
    assert sorted(check.layers) == ["conv:2", "gate", "logits"]
    learned = cascade(model)
    twin = Twin(model, learned)
    for layer in learned:
        twin.randomize(layer, 0)
    clone = shared_backbone()
    clone.set_weights(read_as(twin, network.weights))
    other = wrap(clone, name="clone", preprocessing="unit", inputs={"vector": [1, -1, 2, 0]})
    np.testing.assert_allclose(
        check.maps[-1], explain(other, photo, 1, method="saliency").values, atol=1e-6
    )


@networks.seeded
def two_outputs():
    """A trunk with two heads."""
    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(6, 3, strides=2, activation="relu", name="conv")(inputs)
    x = layers.GlobalAveragePooling2D()(x)
    heads = {name: layers.Dense(3, "softmax", name=name)(x) for name in ("kind", "colour")}
    return keras.Model(inputs, heads)


def test_several_outputs(photo):
    """Only what the explained output depends on is randomized."""
    model = wrap(two_outputs(), name="two", preprocessing="unit")
    for name in ("colour", "kind"):
        check = randomization_check(model, photo, target=1, method="saliency", output=name)
        assert check.layers == (name, "conv")


@keras.saving.register_keras_serializable("tests")
class Gate(keras.layers.Layer):
    """A layer of somebody's own, whose weight has no initializer to be found."""

    def build(self, shape):
        """One factor a channel."""
        self.factor = self.add_weight(
            shape=(shape[-1],), initializer="random_normal", name="factor"
        )

    def call(self, x):
        """Scale the channels."""
        return x * (1 + self.factor)


class Written(keras.Model):
    """A subclassed model that no configuration describes."""

    def __init__(self, secret):
        super().__init__()
        self.conv = layers.Conv2D(6, 3, activation="relu", name="conv")
        self.gate, self.norm = Gate(name="gate"), layers.Normalization(name="measured")
        self.mean = layers.GlobalAveragePooling2D(name="mean")
        self.out = layers.Dense(3, name="out")

    def call(self, x):
        """Run the layers."""
        return self.out(self.mean(self.gate(self.conv(self.norm(x)))))


def test_models_and_layers_of_own_code(photo):
    """No clone is made, so a model that none can be made of is checked like any other."""
    keras.utils.set_random_seed(1)
    network = Written(secret=object())
    network.norm.adapt(np.random.default_rng(0).random((8, 16, 16, 3)))
    network(np.zeros((1, 16, 16, 3), np.float32))
    check = randomization_check(wrap(network, name="own", preprocessing="unit"), photo, target=1)
    assert check.layers == ("out", "gate", "conv")
    assert np.ptp(check.maps, axis=(1, 2)).min() > 0


def test_half_precision(photo):
    """A network that computes in 16 bits is checked; its weights are drawn in 32."""
    keras.utils.set_random_seed(1)
    inputs = keras.Input((16, 16, 3))
    x = layers.Conv2D(6, 3, activation="relu", dtype="mixed_float16", name="conv")(inputs)
    x = layers.GlobalAveragePooling2D(dtype="float32")(x)
    network = keras.Model(inputs, layers.Dense(3, dtype="float32", name="out")(x))
    check = randomization_check(wrap(network, name="half", preprocessing="unit"), photo, target=1)
    assert check.layers == ("out", "conv")
    assert np.isfinite(check.spearman).all()


def test_forgetting_drops_features(photo):
    """A parts that forgot computes the layer again; one that did not answers from memory."""
    model = flat()
    parts = CompiledParts(model.graph, model.head, model.input_size)
    values = parts.features("conv2", photo, lambda: model.preprocess(photo)).values
    remembered = parts.features("conv2", photo, lambda: None).values
    assert remembered is values
    parts.forget()
    assert parts.features("conv2", photo, lambda: model.preprocess(photo)).values is not values

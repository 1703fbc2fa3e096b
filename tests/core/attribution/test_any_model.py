"""Every method on every way of building a network: the flat twin's map, or a refusal."""

from functools import cache

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from cnnviz_core import explain, load_model, predict
from cnnviz_core.attribution.catalogue import METHODS
from cnnviz_core.errors import (
    ArchitectureError,
    ModelFileError,
    TargetError,
    UnsupportedModelError,
)
from cnnviz_core.network.wrapping import wrap
from tests.core import networks
from tests.core.builds import BUILDS

FEW = {"num_masks": 12, "num_samples": 12, "num_steps": 4, "top_channels": 4}
REFUSED = {
    # Both halves of a shared backbone are averaged, and a map of one of them is not CAM.
    ("shared_backbone", "class_activation_map"): "CAM needs a network that ends in the mean",
    # The mean is an operation there and the vector joins it: more than a mean and a dense layer.
    ("image_and_vector", "class_activation_map"): "CAM needs a network that ends in the mean",
    ("subclassed", "class_activation_map"): "CAM needs a network that ends in the mean",
}


@cache
def models(name):
    """A build and its flat twin, loaded."""
    build = BUILDS[name]()
    labels = {"labels": {"predictions": list("abcd")}} if name == "multi_output" else {}
    network = wrap(build.network, name=name, preprocessing="unit", **labels, **build.options)
    flat = wrap(build.flat, name="flat", preprocessing="unit")
    return build, network, flat


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", BUILDS)
def test_every_method_gives_the_flat_twins_map(photo, name, method):
    """Whatever the build, a method's map is the one of the same network written flat."""
    build, network, flat = models(name)
    layered = METHODS[method].takes_layer
    amount = FEW.get(METHODS[method].amount)
    if (name, method) in REFUSED:
        with pytest.raises(ArchitectureError, match=REFUSED[name, method]):
            explain(network, photo, 2, method=method, layer=build.layer)
        return
    attribution, expected = (
        explain(model, photo, 2, method=method, layer=layer if layered else None, amount=amount)
        for model, layer in ((network, build.layer), (flat, build.flat_layer))
    )
    assert np.abs(expected.values).max() > 0
    np.testing.assert_allclose(attribution.values, expected.values, atol=1e-5)
    assert attribution.score == pytest.approx(expected.score, abs=1e-5)
    assert attribution.probability == pytest.approx(expected.probability, abs=1e-5)


def test_refusals_are_not_for_the_flat_twin(photo):
    """What a build is refused for is its build: CAM is defined on the flat network."""
    for name, method in REFUSED:
        if name != "shared_backbone":
            assert explain(models(name)[2], photo, 2, method=method).signed


@pytest.mark.parametrize("name", BUILDS)
def test_predictions_are_the_networks_own(photo, name):
    """Probabilities are what the network as a whole answers."""
    build, model, _ = models(name)
    batch = model.preprocess(photo)
    fed = [build.options["inputs"]["vector"][None], batch] if build.options else batch
    whole = keras.tree.flatten(build.network(fed, training=False))
    expected = np.asarray(whole[1 if name == "multi_output" else 0])[0]
    prediction = predict(model, photo, top=4)
    tolerance = 1e-3 if name == "mixed_precision" else 1e-6
    np.testing.assert_allclose(prediction.probabilities, np.sort(expected)[::-1], atol=tolerance)


def test_each_output_is_read_for_itself(photo):
    """Labels, logits and maps belong to the output named; a map is no list of classes."""
    _, model, _ = models("multi_output")
    assert model.output == "predictions"
    assert tuple(model.views) == ("predictions", "other")
    assert model.labels == tuple("abcd")
    other = model.with_output("other")
    assert other.labels == ("class 0", "class 1")
    assert other.with_output("predictions") is model
    whole = keras.tree.flatten(model.network(model.preprocess(photo), training=False))
    prediction = predict(other, photo, top=2)
    assert sorted(prediction.logits) == pytest.approx(sorted(np.asarray(whole[2])[0]), abs=1e-5)
    first, second = (explain(model, photo, 1, output=name) for name in ("predictions", "other"))
    assert (first.output, second.output) == ("predictions", "other")
    assert first.score != second.score


class Unsymbolic(keras.Model):
    """A network whose code asks for values while it computes."""

    def __init__(self):
        super().__init__(name="asking")
        self.dense = layers.Dense(3)

    def build(self, input_shape):
        """Build the layer inside, so that the input's shape is known."""
        self.dense.build((None, 48))

    def call(self, inputs):
        """Branch on what the picture shows."""
        x = tf.reshape(inputs, (-1, 48))
        return self.dense(x) if float(tf.reduce_sum(x)) >= 0 else -self.dense(x)


def test_code_that_cannot_be_followed_is_refused():
    """A `call` that needs values, or that has never run, gives a reason and a way out."""
    network = Unsymbolic()
    with pytest.raises(UnsupportedModelError, match="holds no shape of one image input"):
        wrap(network, name="n")
    network(np.zeros((1, 4, 4, 3), np.float32))
    with pytest.raises(UnsupportedModelError, match="does not run on symbolic tensors"):
        wrap(network, name="n")


class Opaque(layers.Layer):
    """A layer of layers whose code needs values, so that it stays one step."""

    def __init__(self, flat):
        super().__init__(name="opaque")
        self.inner = flat.get_layer("conv1")

    def call(self, inputs):
        """Run the layer inside, by way of TensorFlow."""
        return self.inner(tf.identity(inputs))


def test_a_layer_that_cannot_be_opened_stays_one_step(photo):
    """Its output can be looked at, and what follows it is explained exactly."""
    flat = networks.conv_mean_dense()
    inputs = keras.Input((32, 32, 3))
    x = inputs
    for layer in (Opaque(flat), *flat.layers[2:]):
        x = layer(x)
    model = wrap(keras.Model(inputs, x), name="n", preprocessing="unit")
    assert [step.name for step in model.graph.steps][1] == "opaque"
    expected = explain(wrap(flat, name="f", preprocessing="unit"), photo, 1, layer="conv1")
    np.testing.assert_allclose(
        explain(model, photo, 1, layer="opaque").values, expected.values, atol=1e-6
    )
    with pytest.raises(ArchitectureError, match="1 of the network's 2 ReLUs"):
        explain(model, photo, 1, method="guided_backpropagation")


def test_networks_and_their_weights_stay_as_they_are(photo):
    """Opening and explaining a network changes none of its weights, and none of its answers."""
    for name in ("nested", "subclassed", "layer_of_layers"):
        build = BUILDS[name]()
        before = [np.asarray(weight).copy() for weight in build.network.weights]
        batch = np.full((1, 32, 32, 3), 0.3, np.float32)
        answer = np.asarray(build.network(batch, training=False))
        model = wrap(build.network, name=name, preprocessing="unit")
        explain(model, photo, 1, method="guided_backpropagation")
        for weight, value in zip(build.network.weights, before, strict=True):
            np.testing.assert_array_equal(np.asarray(weight), value)
        np.testing.assert_array_equal(np.asarray(build.network(batch, training=False)), answer)


def test_outputs_that_share_a_layer_keep_apart(photo):
    """One dense layer called for two outputs gives two names, and each its own answer."""
    inputs = keras.Input((32, 32, 3))
    dense = layers.Dense(3, "softmax", name="kind")
    views = [layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(inputs)) for _ in range(2)]
    network = keras.Model(inputs, [dense(view) for view in views])
    model = wrap(network, name="n", preprocessing="unit")
    assert tuple(model.views) == ("kind", "kind:2")
    for name, whole in zip(model.views, network(model.preprocess(photo)), strict=True):
        prediction = predict(model.with_output(name), photo, top=3)
        np.testing.assert_allclose(prediction.probabilities, np.sort(whole[0])[::-1], atol=1e-6)


def test_outputs_in_a_dictionary_go_by_their_keys(photo):
    """Names and labels are those that the author gave the outputs, not those of their layers."""
    inputs = keras.Input((32, 32, 3))
    x = layers.GlobalAveragePooling2D()(inputs)
    outputs = {"zeta": layers.Dense(2, name="d1")(x), "alpha": layers.Dense(3, name="d2")(x)}
    network = keras.Model(inputs, outputs)
    model = wrap(network, name="n", labels={"alpha": list("abc")}).with_output("alpha")
    assert model.labels == ("a", "b", "c")
    whole = network(model.preprocess(photo))["alpha"][0]
    np.testing.assert_allclose(sorted(predict(model, photo, top=3).logits), np.sort(whole), 1e-4)
    with pytest.raises(ModelFileError, match=r"Labels were given for \['beta'\]"):
        wrap(network, name="n", labels={"beta": list("abc")})


def test_a_nested_model_called_by_names_is_followed(photo):
    """The inputs of a model inside a model are told apart by their names, not by their order."""
    first, second = keras.Input((8, 8, 3), name="z_in"), keras.Input((8, 8, 3), name="a_in")
    difference = layers.Subtract()([first, second])
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(3, 3, activation="relu")(difference))
    inner = keras.Model([first, second], x, name="inner")
    inputs = keras.Input((8, 8, 3))
    pair = {"z_in": inputs, "a_in": layers.Rescaling(0.5)(inputs)}
    network = keras.Model(inputs, layers.Dense(2)(inner(pair)))
    model = wrap(network, name="n", preprocessing="unit")
    whole = np.sort(np.asarray(network(model.preprocess(photo)))[0])
    np.testing.assert_allclose(np.sort(predict(model, photo, top=2).logits), whole, atol=1e-5)


def test_a_network_in_memory_is_loaded_as_it_is(photo):
    """What somebody has just built or trained needs no file."""
    build, _, flat = models("nested")
    loaded = load_model(build.network, labels=list("abcd"), preprocessing="unit")
    assert (loaded.name, loaded.labels) == (build.network.name, tuple("abcd"))
    expected = explain(flat, photo, 2).values
    np.testing.assert_allclose(explain(loaded, photo, "c").values, expected, atol=1e-5)


def test_a_class_of_another_output_is_refused(photo):
    """A class that a result names is never taken for the class of that number elsewhere."""
    _, model, _ = models("multi_output")
    attribution = explain(model, photo, "b", output="predictions")
    with pytest.raises(TargetError, match="Class 1, 'b', is not one of this output"):
        explain(model, photo, attribution.target, output="other")

"""Graphs, preprocessing and structure: the ground that every method stands on."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import cnnviz_core as cnnviz
from cnnviz_core.errors import (
    OptionError,
    UnsupportedModelError,
)
from cnnviz_core.images.preprocessing import MODES
from cnnviz_core.network.compiled_parts import End
from cnnviz_core.network.wrapping import wrap
from cnnviz_core.zoo import cards
from tests.core import networks
from tests.core.replicas import replica_of


def random_batch(network, count=2):
    """Noise of the network's input shape."""
    return np.random.default_rng(3).uniform(0, 1, (count, *network.input_shape[1:])).astype("f4")


@pytest.mark.parametrize("build", [networks.conv_mean_dense, networks.residual, networks.binary])
def test_steps_equal_the_whole(build):
    """Run step by step, the output is the network's own."""
    network = build()
    model = wrap(network, name="n")
    batch = random_batch(network)
    (output,) = model.parts.outputs((End.OUTPUT,))(tf.constant(batch))
    np.testing.assert_allclose(output, network(batch, training=False), atol=1e-6)


def test_shared_layer_is_two_steps():
    """A layer called twice is listed twice, computes twice, and its weights count once."""
    inputs = keras.Input((16, 16, 3))
    shared = layers.Conv2D(3, 3, padding="same", name="shared")
    x = layers.GlobalAveragePooling2D()(shared(shared(inputs)))
    network = keras.Model(inputs, layers.Dense(2, activation="softmax")(x))
    table = cnnviz.structure(wrap(network, name="n"))
    names = [layer.name for layer in table.layers]
    assert names[1:3] == ["shared", "shared:2"]
    assert table.parameters == network.count_params()


def test_doubly_nested_names_and_values():
    """Models inside models are opened to the last, and named by their path."""
    flat = networks.conv_mean_dense()
    inner = networks.nested_twin(flat, "conv2")
    outer_input = keras.Input((32, 32, 3))
    outer = keras.Model(outer_input, inner(outer_input))
    model = wrap(outer, name="n")
    assert "nested/base/conv1" in model.spatial_layers
    batch = random_batch(flat)
    conv1 = keras.Model(flat.input, flat.get_layer("conv1").output)
    (maps,) = model.parts.outputs(("nested/base/conv1",))(tf.constant(batch))
    np.testing.assert_allclose(maps, conv1(batch), atol=1e-6)


def test_shared_backbone_is_opened_twice(photo):
    """A base called on two views of the image has its layers listed for each call."""
    flat = networks.conv_mean_dense()
    base = keras.Model(flat.input, flat.get_layer("conv2").output, name="base")
    inputs = keras.Input((32, 32, 3))
    both = layers.Concatenate()([base(inputs), base(1.0 - inputs)])
    x = layers.GlobalAveragePooling2D()(both)
    network = keras.Model(inputs, layers.Dense(3, activation="softmax")(x))
    model = wrap(network, name="n", preprocessing="unit")
    assert {"base/conv2", "base:2/conv2"} <= set(model.spatial_layers)
    first = cnnviz.activations(model, photo, ["base/conv2", "base:2/conv2"])
    direct = np.asarray(base(1.0 - model.preprocess(photo)))[0]
    np.testing.assert_allclose(first["base:2/conv2"], direct, atol=1e-6)
    assert cnnviz.grad_cam(model, photo, 0, layer="base:2/conv2").values.shape == (16, 16)


def test_any_size_network_counts_at_its_shown_size():
    """Shapes and multiply-adds of a network for any size are those at the size it is shown at."""
    inputs = keras.Input((None, None, 3))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3, padding="same", name="conv")(inputs))
    table = cnnviz.structure(wrap(keras.Model(inputs, layers.Dense(2)(x)), name="n"))
    conv = next(layer for layer in table.layers if layer.name == "conv")
    assert conv.output_shape == (224, 224, 4)
    assert conv.multiply_adds == 224 * 224 * 9 * 3 * 4


def test_fine_tuning_shape_works_whole(photo):
    """Augmentation, rescaling and a nested pretrained base inside a Sequential are all opened."""
    base = keras.applications.MobileNetV2(
        include_top=False, weights=None, input_shape=(64, 64, 3), alpha=0.35
    )
    network = keras.Sequential(
        [
            keras.Input((64, 64, 3)),
            keras.Sequential([layers.RandomFlip(), layers.RandomRotation(0.1)], name="augment"),
            layers.Rescaling(1 / 127.5, offset=-1),
            base,
            layers.GlobalAveragePooling2D(),
            layers.Dropout(0.2),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model = wrap(network, name="n")
    assert model.default_layer.endswith("out_relu")
    table = cnnviz.structure(model)
    assert {la.name: la.receptive_field for la in table.layers}[model.default_layer] == (491, 491)
    assert cnnviz.grad_cam(model, photo, 1).values.shape == (2, 2)


@pytest.mark.parametrize("name", sorted(cards.APPLICATIONS))
def test_preprocessing_equals_keras(name):
    """Our mode of each keras.applications model is that module's own preprocess_input."""
    application = cards.APPLICATIONS[name]
    constructor = getattr(keras.applications, application.constructor)
    module = getattr(keras.applications, constructor.__module__.rsplit(".", 1)[-1])
    pixels = np.random.default_rng(0).uniform(0, 255, (4, 5, 3)).astype(np.float32)
    expected = module.preprocess_input(pixels.copy())
    np.testing.assert_allclose(MODES[application.preprocessing](pixels), expected, atol=1e-4)


@replica_of("structure")
def test_structure_counts_what_keras_counts():
    """Parameters equal count_params; multiply-adds and receptive fields equal those by hand."""
    table = cnnviz.structure(wrap(networks.conv_mean_dense(), name="n"))
    by_name = {layer.name: layer for layer in table.layers}
    assert table.parameters == networks.conv_mean_dense().count_params()
    assert by_name["conv1"].multiply_adds == 16 * 16 * 5 * 5 * 3 * 8
    assert by_name["conv2"].multiply_adds == 16 * 16 * 3 * 3 * 8 * 6
    assert by_name["predictions"].multiply_adds == 6 * 4
    assert by_name["conv1"].receptive_field == (5, 5)
    assert by_name["conv2"].receptive_field == (9, 9)
    assert by_name["mean"].receptive_field is None
    assert by_name["conv2"].inputs == ("conv1",)


def test_receptive_field_is_what_moves_a_unit():
    """Changing a pixel inside the field can change a unit, outside it never does."""
    inputs = keras.Input((65, 65, 1))
    x = layers.Conv2D(1, 3, kernel_initializer="ones", name="a")(inputs)
    x = layers.AveragePooling2D(2, name="b")(x)
    x = layers.Conv2D(1, 3, dilation_rate=2, kernel_initializer="ones", name="c")(x)
    network = keras.Model(inputs, layers.Dense(2)(layers.Flatten()(x)))
    model = wrap(network, name="n")
    size = {la.name: la.receptive_field for la in cnnviz.structure(model).layers}["c"][0]
    with tf.GradientTape() as tape:
        batch = tf.Variable(random_batch(network, 1))
        (maps,) = model.parts.trace(batch, ("c",))
        unit = maps[0, 10, 10, 0]
    reached = np.flatnonzero(tape.gradient(unit, batch).numpy()[0, :, :, 0].any(axis=1))
    assert reached.max() - reached.min() + 1 == size == 12


def test_subclassed_model_is_refused():
    """A network that computes in its own code is refused with the reason."""

    class Own(keras.Model):
        def call(self, inputs):
            return inputs

    with pytest.raises(UnsupportedModelError, match="computes in code of its own"):
        wrap(Own(), name="own")


def test_other_shapes_are_refused():
    """Inputs without values and vectors alone are refused."""
    image, vector = keras.Input((8, 8, 3)), keras.Input((5,))
    flat = layers.Flatten()(image)
    both = keras.Model([image, vector], layers.Dense(2)(layers.Concatenate()([flat, vector])))
    with pytest.raises(OptionError, match="values were given for nothing"):
        wrap(both, name="n")
    with pytest.raises(UnsupportedModelError, match=r"inputs of shape \(5,\)"):
        wrap(keras.Model(vector, layers.Dense(2)(vector)), name="n")
    with pytest.raises(UnsupportedModelError, match="without an input size"):
        wrap(keras.Sequential([layers.Flatten(), layers.Dense(2)]), name="n")
    grey = keras.Input((8, 8, 1))
    with pytest.raises(OptionError, match="'caffe' is made for RGB"):
        wrap(
            keras.Model(grey, layers.Dense(2)(layers.Flatten()(grey))),
            name="n",
            preprocessing="caffe",
        )
    broken = networks.binary()
    broken.get_layer("output").bias.assign([np.nan])
    with pytest.raises(UnsupportedModelError, match="values that are not numbers"):
        wrap(broken, name="n")
    with pytest.raises(OptionError, match="Preprocessing 'imagenet' is unknown"):
        wrap(networks.binary(), name="n", preprocessing="imagenet")

"""A network's head and the inspection of its file give one answer about how it ends."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from cnnviz_core.model_files.inspecting import inspect_model_file
from cnnviz_core.network.endings import LOGITS, PROBABILITIES, ends_in
from cnnviz_core.network.heads import readings
from cnnviz_core.network.tracing import trace

HALF = {"dtype": "mixed_float16"}
WHOLE = {"dtype": "float32"}


def dense(x, activation=None, units=3, **options):
    """A dense layer on the means of maps."""
    return layers.Dense(units, activation=activation, **options)(layers.Flatten()(x))


def inside(*parts, functional=False):
    """A model of some layers, for vectors of 3."""
    model = keras.Sequential([keras.Input((3,)), *parts], name="inside")
    return keras.Model(model.inputs, model.outputs, name="inside") if functional else model


def second_of(first, second):
    """What a nested model of two inputs and outputs gives second: its second input."""
    first_input, second_input = keras.Input((3,)), keras.Input((3,))
    nested = keras.Model(
        [first_input, second_input],
        [layers.Dense(2)(first_input), layers.Dropout(0.1)(second_input)],
    )
    return nested([first, second])[1]


ENDINGS = {
    "softmax inside": ("softmax", lambda x: dense(x, "softmax")),
    "sigmoid inside": ("sigmoid", lambda x: dense(x, "sigmoid")),
    "one sigmoid": ("sigmoid", lambda x: dense(x, "sigmoid", units=1)),
    "none": ("linear", dense),
    "relu inside": ("relu", lambda x: dense(x, "relu")),
    "log-softmax inside": ("log_softmax", lambda x: dense(x, "log_softmax")),
    "a layer inside": ("softmax", lambda x: dense(x, layers.Softmax())),
    "a leaky layer inside": ("leaky_relu", lambda x: dense(x, layers.LeakyReLU())),
    "softmax layer": ("softmax", lambda x: layers.Softmax()(dense(x))),
    "relu layer": ("relu", lambda x: layers.ReLU()(dense(x))),
    "leaky layer": ("leaky_relu", lambda x: layers.LeakyReLU()(dense(x))),
    "activation layer": ("softmax", lambda x: layers.Activation("softmax")(dense(x))),
    "swish layer": ("silu", lambda x: layers.Activation("silu")(dense(x))),
    "softmax operation": ("softmax", lambda x: ops.softmax(dense(x))),
    "sigmoid operation": ("sigmoid", lambda x: ops.sigmoid(dense(x))),
    "relu operation": ("relu", lambda x: ops.relu(dense(x))),
    "tanh operation": ("tanh", lambda x: ops.tanh(dense(x))),
    "log-softmax operation": ("log_softmax", lambda x: ops.log_softmax(dense(x))),
    "mixed precision, one sigmoid": (
        "sigmoid",
        lambda x: layers.Activation("linear", **WHOLE)(dense(x, "sigmoid", units=1, **HALF)),
    ),
    "mixed precision, softmax": (
        "softmax",
        lambda x: layers.Activation("softmax", **WHOLE)(dense(x, **HALF)),
    ),
    "cast": ("softmax", lambda x: ops.cast(dense(x, "softmax", **HALF), "float32")),
    "dropout after": ("softmax", lambda x: layers.Dropout(0.5)(dense(x, "softmax"))),
    "noise after": ("sigmoid", lambda x: layers.GaussianNoise(0.5)(dense(x, "sigmoid"))),
    "flatten after": (
        "softmax",
        lambda x: layers.Flatten()(layers.Conv2D(3, 6, activation="softmax")(x)),
    ),
    "reshape after": (
        "softmax",
        lambda x: layers.Reshape((3,))(layers.Conv2D(3, 6, activation="softmax")(x)),
    ),
    "squeeze after": (
        "softmax",
        lambda x: ops.squeeze(layers.Conv2D(3, 6, activation="softmax")(x), (1, 2)),
    ),
    "rescaled": ("linear", lambda x: layers.Rescaling(0.5)(dense(x, "softmax"))),
    "several that are joined": (
        "linear",
        lambda x: layers.Average()([dense(x, "softmax"), dense(x, "softmax")]),
    ),
    "nested head": ("softmax", lambda x: inside(layers.Dense(4, "softmax"))(dense(x))),
    "nested functional head": (
        "sigmoid",
        lambda x: inside(layers.Dense(4, "sigmoid"), functional=True)(dense(x)),
    ),
    "nested and handed on": (
        "softmax",
        lambda x: inside(layers.Dropout(0.5), layers.Flatten())(dense(x, "softmax")),
    ),
    "nested functional and handed on": (
        "softmax",
        lambda x: inside(layers.Dropout(0.5), functional=True)(dense(x, "softmax")),
    ),
    "second input of a nested model": (
        "sigmoid",
        lambda x: second_of(dense(x, "softmax"), dense(x, "sigmoid")),
    ),
}


def ending_with(finish):
    """A small network."""
    keras.utils.set_random_seed(5)
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3)(inputs)
    return keras.Model(inputs, finish(x))


def head_of(ending):
    """How a head reads an ending, before it is proved."""
    return ending if ending in PROBABILITIES else "linear" if ending in LOGITS else "score"


@pytest.mark.parametrize("name", ENDINGS)
def test_head_and_inspection_agree(name, tmp_path):
    """On the ending, and on whether the network built from the file gives classes."""
    ending, finish = ENDINGS[name]
    network = ending_with(finish)
    network.save(tmp_path / "model.keras")
    file = inspect_model_file(tmp_path / "model.keras")
    (output,) = file.outputs
    assert output.activation == ending
    (head,) = readings(trace(network)).values()
    assert head.kind == head_of(ending)
    model = file.build()
    assert (model.head.kind == "none") == (output.meaning.value == "numbers")
    if ending in PROBABILITIES:
        assert model.head.kind == ending
        batch = np.random.default_rng(0).uniform(0, 1, (1, 8, 8, 3)).astype("f4")
        _, probabilities = model.parts.scores(batch)
        expected = np.asarray(network(batch))
        assert 0.01 < expected.max() < 0.99
        np.testing.assert_allclose(probabilities[:, -expected.shape[1] :], expected, atol=5e-3)


def test_several_outputs_each_have_their_ending(tmp_path):
    """Each by itself, one that two outputs share, and one without classes."""
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3)(inputs)
    softmax, sigmoid = dense(x, "softmax"), dense(x, "sigmoid", units=1)
    outputs = {
        "a": layers.Activation("linear", **WHOLE)(sigmoid),
        "b": softmax,
        "c": x,
        "d": dense(x),
    }
    network = keras.Model(inputs, {**outputs, "e": layers.Dropout(0.5)(softmax)})
    network.save(tmp_path / "model.keras")
    file = inspect_model_file(tmp_path / "model.keras")
    endings = {output.name: (output.activation, output.meaning.value) for output in file.outputs}
    assert endings == {
        "a": ("sigmoid", "classes"),
        "b": ("softmax", "classes"),
        "c": ("linear", "numbers"),
        "d": ("linear", "classes"),
        "e": ("softmax", "classes"),
    }
    graph = trace(network)
    heads = {graph.output_names[place]: head.kind for place, head in readings(graph).items()}
    assert heads == {"a": "sigmoid", "b": "softmax", "d": "linear", "e": "softmax"}
    assert set(file.build().views) == set(heads)


def test_a_network_that_hands_its_input_on_ends_in_nothing(tmp_path):
    """From its output back to its input there is no activation."""
    inputs = keras.Input((1, 1, 3))
    network = keras.Model(inputs, layers.Flatten()(layers.Dropout(0.5)(inputs)))
    network.save(tmp_path / "model.keras")
    (output,) = inspect_model_file(tmp_path / "model.keras").outputs
    (head,) = readings(trace(network)).values()
    assert (output.activation, head.kind) == ("linear", "linear")


def test_the_end_of_one_layer():
    """What a layer says of the end, or that the layer before it does."""
    assert ends_in("Dense", "softmax") == "softmax"
    assert ends_in("Dense", "linear") == ends_in("Conv2D", None) == "linear"
    assert ends_in("Softmax", None) == "softmax"
    assert ends_in("Activation", "tanh") == "tanh"
    assert ends_in("Activation", "linear") is None
    assert ends_in("Dropout", None) is None
    assert ends_in("SomebodysLayer", None) == "linear"

"""Layers around layers: read exactly, or refused with a sentence."""

import json

import keras
import numpy as np
import pytest

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.allowed.checking import check
from cnnviz_core.model_files.inspecting import inspect_model_file

layers = keras.layers
READERS = (layers.LSTM, layers.GRU, layers.SimpleRNN)


def saved(network, path):
    """Draw every weight anew, so that no two arrays are alike, and save."""
    rng = np.random.default_rng(3)
    network.set_weights([rng.normal(0, 0.4, weight.shape) for weight in network.get_weights()])
    network.save(path)
    return path


def rows(*reading):
    """A network that reads the rows of an image."""
    image = keras.Input((6, 5, 1))
    x = layers.Reshape((6, 5))(image)
    for layer in reading:
        x = layer(x)
    return keras.Model(image, layers.Dense(2)(layers.Flatten()(x)))


def raw(network):
    """The configuration as a file has it."""
    return json.loads(json.dumps(keras.saving.serialize_keras_object(network)))


def entry(configuration, class_name):
    """The settings of the only layer of a class."""
    matches = [
        layer for layer in configuration["config"]["layers"] if layer["class_name"] == class_name
    ]
    assert len(matches) == 1
    return matches[0]["config"]


def same(network, path):
    """Whether what is read of a file predicts what the network does."""
    image = np.random.default_rng(1).uniform(0, 1, (2, *network.input_shape[1:])).astype("float32")
    model_file = inspect_model_file(path)
    assert model_file.sizes.parameters == network.count_params()
    answer = np.asarray(model_file.network()(image, training=False))
    np.testing.assert_allclose(answer, network(image, training=False), rtol=0, atol=1e-6)
    return np.ptp(answer) > 1e-3


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file:UserWarning")
@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.parametrize("reader", READERS)
def test_each_direction_gets_its_own_weights(reader, ending, tmp_path):
    """What reads in both directions predicts as the saved network, in either format."""
    network = rows(
        layers.Bidirectional(reader(3, return_sequences=True, name="reader")),
        layers.Bidirectional(reader(2), merge_mode="mul"),
    )
    assert same(network, saved(network, tmp_path / f"model.{ending}"))


@pytest.mark.parametrize("mode", ["sum", "ave", "concat"])
def test_directions_are_merged_as_the_file_says(mode, tmp_path):
    """Each way to merge has the shape and the values of Keras's own."""
    network = rows(layers.Bidirectional(layers.GRU(3), merge_mode=mode))
    assert same(network, saved(network, tmp_path / "model.keras"))


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file:UserWarning")
@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_a_layer_is_called_on_each_row(ending, tmp_path):
    """Layers with and without weights, one wrapper inside another too."""
    image = keras.Input((6, 5, 2))
    x = layers.TimeDistributed(layers.Conv1D(3, 2))(image)
    x = layers.TimeDistributed(layers.BatchNormalization())(x)
    x = layers.TimeDistributed(layers.TimeDistributed(layers.Dense(4)))(x)
    x = layers.TimeDistributed(layers.Flatten())(x)
    network = keras.Model(image, layers.Dense(2)(layers.Flatten()(x)))
    rng = np.random.default_rng(3)
    network.set_weights([rng.uniform(0.1, 1, weight.shape) for weight in network.get_weights()])
    network.save(tmp_path / f"model.{ending}")
    assert same(network, tmp_path / f"model.{ending}")


def test_a_whole_model_for_each_image_of_a_sequence_is_refused():
    """The sentence says what such a model is for."""
    image = keras.Input((6, 5, 2))
    inner = keras.Sequential([keras.Input((5, 2)), layers.Flatten()])
    network = keras.Model(image, layers.Flatten()(layers.TimeDistributed(inner)(image)))
    with pytest.raises(ModelFileError, match="calls a whole model on each image of a sequence"):
        check(raw(network))


def test_another_layer_for_the_way_back_is_refused():
    """Only what Keras makes of the layer itself is read."""
    back = layers.LSTM(2, go_backwards=True, activation="relu")
    network = rows(layers.Bidirectional(layers.LSTM(2), backward_layer=back))
    with pytest.raises(ModelFileError, match="reads backwards by another layer than forwards"):
        check(raw(network))


@pytest.mark.parametrize(
    ("wrapper", "inside"),
    [("TimeDistributed", layers.InputLayer((3,))), ("Bidirectional", layers.Dense(3))],
)
def test_a_wrapper_takes_only_its_own_kinds_of_layers(wrapper, inside):
    """Inputs, and what reads no sequence, are refused by name."""
    network = rows(layers.TimeDistributed(layers.Dense(2)), layers.Bidirectional(layers.GRU(2)))
    configuration = raw(network)
    settings = entry(configuration, wrapper)
    settings["layer"] = keras.saving.serialize_keras_object(inside)
    settings.pop("backward_layer", None)
    with pytest.raises(ModelFileError, match=f"holds a layer {type(inside).__name__}"):
        check(json.loads(json.dumps(configuration)))


@pytest.mark.parametrize("inside", [None, 3, [], {"class_name": "Dense"}, {"config": {}}])
def test_a_wrapper_without_a_layer_is_refused(inside):
    """Whatever stands there instead."""
    configuration = raw(rows(layers.TimeDistributed(layers.Dense(2))))
    entry(configuration, "TimeDistributed")["layer"] = inside
    with pytest.raises(ModelFileError):
        check(configuration)


def test_wrappers_in_wrappers_have_an_end():
    """As many as models inside models."""
    configuration = raw(rows(layers.TimeDistributed(layers.Dense(2))))
    settings = entry(configuration, "TimeDistributed")
    for _ in range(20):
        settings["layer"] = {
            "module": "keras.layers",
            "class_name": "TimeDistributed",
            "config": {"name": "again", "layer": settings["layer"]},
            "registered_name": None,
        }
    with pytest.raises(ModelFileError, match="lies more than 12 layers deep"):
        check(configuration)


def test_code_inside_a_wrapper_is_refused():
    """What is refused as a layer is refused inside one."""
    configuration = raw(rows(layers.TimeDistributed(layers.Dense(2))))
    inside = entry(configuration, "TimeDistributed")["layer"]
    inside["class_name"] = "Lambda"
    with pytest.raises(ModelFileError, match="holds Python code"):
        check(configuration)

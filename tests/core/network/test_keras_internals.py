"""What is changed inside Keras for a moment: there, with the effect that is meant, and put back."""

import importlib
import inspect

import h5py
import keras
import numpy as np
import pytest
from keras.src.backend.common import global_state
from keras.src.saving import saving_lib
from keras.src.utils import file_utils

from cnnviz_core.network.keras_internals import fresh_names, keras_finds
from tests.places import ROOT

COUNTERS = "object_name_uids"
SMALL = {"alpha": 0.25, "input_shape": (128, 128, 3)}
FILE = "mobilenet_2_5_128_tf.h5"
"""Of the weights of a network with these options, as Keras calls it."""


def parameters(function):
    """Names of a function's parameters."""
    return list(inspect.signature(function).parameters)


def test_what_is_reached_for_is_there():
    """The names, and the first of the parameters."""
    assert parameters(global_state.get_global_attribute)[:2] == ["name", "default"]
    assert parameters(global_state.set_global_attribute) == ["name", "value"]
    assert parameters(file_utils.get_file)[:2] == ["fname", "origin"]


def test_layers_are_numbered_from_the_start():
    """Keras counts as in a fresh process, and goes on with its own count afterwards."""
    before = [keras.layers.Dense(1).name for _ in range(2)]
    assert before[0] != before[1]
    with fresh_names():
        assert [keras.layers.Dense(1).name for _ in range(2)] == ["dense", "dense_1"]
    counted = dict(global_state.get_global_attribute(COUNTERS))
    number = int(before[1].rpartition("_")[2])
    assert keras.layers.Dense(1).name == f"dense_{number + 1}"
    assert counted != global_state.get_global_attribute(COUNTERS)


def test_the_count_is_put_back_after_an_error():
    """Whatever was raised."""
    keras.layers.Dense(1)
    number = int(keras.layers.Dense(1).name.rpartition("_")[2])
    with pytest.raises(ValueError, match="positive integer"), fresh_names():
        keras.layers.Dense(-1)
    assert keras.layers.Dense(1).name == f"dense_{number + 1}"


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5")
def test_a_constructor_takes_the_file_that_was_found(tmp_path):
    """Keras asks for weights by the file's name and loads ours, whatever folder it lies in."""
    original = file_utils.get_file
    network = keras.applications.MobileNet(weights=None, **SMALL)
    network.save(tmp_path / FILE)
    with keras_finds(tmp_path / FILE):
        found = keras.applications.MobileNet(weights="imagenet", **SMALL)
    assert file_utils.get_file is original
    for ours, theirs in zip(found.get_weights(), network.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_another_file_is_not_taken_for_the_one_that_was_found(tmp_path):
    """A version of Keras with another file of weights fails, rather than to load the wrong one."""
    path = tmp_path / "another.h5"
    with keras_finds(path), pytest.raises(FileNotFoundError, match=r"not for another\.h5"):
        keras.applications.MobileNet(weights="imagenet", **SMALL)


@pytest.fixture
def listing(monkeypatch):
    """What lists the applications, which lies beside the script that does."""
    monkeypatch.syspath_prepend(str(ROOT / "models"))
    return importlib.import_module("listing_internals")


def test_keras_says_which_file_it_wants(listing):
    """Name and address, and nothing is downloaded."""
    original = file_utils.get_file
    name, address, digest = listing.wanted("MobileNet", SMALL)
    assert name == FILE
    assert address.endswith(f"/{FILE}")
    assert digest is None
    assert file_utils.get_file is original


def test_networks_without_values_leave_nothing_behind(listing):
    """They have shapes, and Keras does not wait for their values afterwards."""
    with listing.without_values():
        network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    assert network.count_params() == 9
    assert network.weights[0]._value is None
    assert global_state.get_global_attribute("uninitialized_variables") == []


def test_what_would_be_saved_is_what_is_saved(listing, tmp_path):
    """The record's paths and shapes are those of the file that Keras writes."""
    assert parameters(saving_lib._save_state) == [
        "saveable",
        "weights_store",
        "assets_store",
        "inner_path",
        "visited_saveables",
    ]
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    network = keras.Sequential([keras.Input((4,)), inner, keras.layers.BatchNormalization()])
    recorded = {
        f"{path}/{name}": tuple(array.shape)
        for path, variables in listing.saved(network).items()
        for name, array in variables.items()
    }
    path = tmp_path / "written.weights.h5"
    network.save_weights(path)
    written = {}
    with h5py.File(path) as file:

        def note(name, entry):
            if isinstance(entry, h5py.Dataset):
                written[name.replace("/vars/", "/")] = entry.shape

        file.visititems(note)
    assert len(written) == 6
    assert recorded == written

"""Grey images without an axis of channels, where the network gives them one."""

import keras
import numpy as np
import pytest

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.inspecting import inspect_model_file

layers = keras.layers


def first_layers(kind):
    """Begins a network in one of the ways of tutorials; the image is not yet a map of channels."""
    image = keras.Input((6, 5))
    scaled = layers.Rescaling(0.5)(image)
    if kind == "reshape":
        x = layers.Reshape((6, 5, 1))(image)
    elif kind == "scaled":
        x = layers.Reshape((6, 5, 1))(layers.Dropout(0.1)(scaled))
    elif kind == "flatten":
        x = layers.Reshape((6, 5, 1))(layers.Flatten()(image))
    elif kind == "both":
        reshaped = layers.Reshape((6, 5, 1))(scaled)
        x = layers.Add()([reshaped, layers.Reshape((6, 5, 1))(image)])
    elif kind == "rows":
        x = layers.Reshape((6, 5, 1))(layers.Dense(5)(image))
    else:
        x = layers.Reshape((6, 5, 1))(layers.Add()([scaled, image]))
    x = layers.Flatten()(layers.Conv2D(2, 3)(x))
    return keras.Model(image, layers.Dense(3)(x))


@pytest.mark.parametrize("kind", ["reshape", "scaled", "flatten", "both"])
def test_the_input_is_given_a_channel_where_all_stays_the_same(kind, tmp_path):
    """The network predicts the same of the same values, and the change is named."""
    network = first_layers(kind)
    network.save(tmp_path / "model.keras")
    model_file = inspect_model_file(tmp_path / "model.keras")
    image = np.random.default_rng(0).uniform(0, 1, (2, 6, 5)).astype("float32")
    answer = np.asarray(model_file.network()(image[..., None], training=False))
    np.testing.assert_allclose(answer, network(image, training=False), rtol=0, atol=1e-6)
    assert model_file.inputs[0].shape == (6, 5, 1)
    assert any("an axis of one channel" in repair.what for repair in model_file.repairs)


def test_a_row_of_layers_may_begin_so(tmp_path):
    """The first network of most lessons: an image, flattened."""
    network = keras.Sequential([keras.Input((6, 5)), layers.Flatten(), layers.Dense(3)])
    network.save(tmp_path / "model.keras")
    model_file = inspect_model_file(tmp_path / "model.keras")
    image = np.random.default_rng(0).uniform(0, 1, (2, 6, 5)).astype("float32")
    answer = np.asarray(model_file.network()(image[..., None], training=False))
    np.testing.assert_allclose(answer, network(image, training=False), rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", ["rows", "sum"])
def test_what_reads_rows_stays_refused(kind, tmp_path):
    """Where a layer would compute otherwise, or none is known to compute the same."""
    first_layers(kind).save(tmp_path / "model.keras")
    with pytest.raises(ModelFileError, match="images without an axis of channels"):
        inspect_model_file(tmp_path / "model.keras")

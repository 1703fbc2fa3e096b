import dataclasses

import keras
import numpy as np
import pytest
from keras import layers

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.constructing import construct
from cnnviz_core.model_files.weights.kernel_conversions import CONVERSIONS
from cnnviz_core.model_files.weights.planning import plan
from tests.core.model_files.saved_models import edited, randomized, read, saved


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    """A file of a small network with a convolution and a classifier."""
    model = keras.Sequential(
        [keras.Input((6, 6, 2)), layers.Conv2D(3, 3), layers.Flatten(), layers.Dense(2)]
    )
    return saved(randomized(model), tmp_path_factory.mktemp("model"), ".keras")


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_arrays_become_numbers_of_the_variable(content, dtype):
    """A kernel stored in 16 or 64 bits is cast to the variable's 32, value by value."""

    def edit(file):
        kernel = file["layers/conv2d/vars/0"][()].astype(dtype)
        del file["layers/conv2d/vars/0"]
        file["layers/conv2d/vars/0"] = kernel

    network, variables, contents = read(edited(content, edit))
    built = construct(network, plan(network, variables, contents), variables, contents)
    kernel = built.layers[0].kernel
    assert kernel.dtype == "float32"
    stored = contents.store.read("layers/conv2d/vars/0")
    assert stored.dtype == dtype
    np.testing.assert_array_equal(np.array(kernel), stored.astype("float32"))


def test_each_variable_needs_its_assignment(content):
    """A plan with one assignment too few, or too many, is no plan of this network."""
    network, variables, contents = read(content)
    assignments = plan(network, variables, contents)
    with pytest.raises(ModelFileError, match="cannot be rebuilt exactly"):
        construct(network, assignments[1:], variables, contents)
    with pytest.raises(ModelFileError, match="cannot be rebuilt exactly"):
        construct(network, (*assignments, assignments[0]), variables, contents)


@pytest.mark.parametrize(
    "change",
    [
        {"shape": (3, 3, 2, 4)},
        {"name": "weight"},
    ],
)
def test_keras_must_build_what_was_computed(content, change):
    """A variable of another shape or name than Keras makes is refused, and the layer named."""
    network, variables, contents = read(content)
    assignments = plan(network, variables, contents)
    path = next(iter(variables))
    first, *rest = variables[path]
    wrong = {**variables, path: (dataclasses.replace(first, **change), *rest)}
    with pytest.raises(ModelFileError, match=rf"rebuilt exactly.*of layer '{path[-1]}'"):
        construct(network, assignments, wrong, contents)
    with pytest.raises(ModelFileError, match=rf"rebuilt exactly.*layer '{path[-1]}'"):
        construct(network, assignments, {**variables, path: (first,)}, contents)


def test_an_error_of_keras_becomes_a_sentence(content, monkeypatch):
    """Whatever Keras raises while it builds, the user reads one sentence."""
    network, variables, contents = read(content)

    def fail(*_, **__):
        raise TypeError("config={...}\n\nException encountered: no such axis\nmore")

    monkeypatch.setattr(keras.saving, "deserialize_keras_object", fail)
    with pytest.raises(ModelFileError, match="cannot rebuild this network: 'no such axis'"):
        construct(network, plan(network, variables, contents), variables, contents)


def test_a_fixed_batch_is_opened(tmp_path):
    """A network saved for batches of four images takes any number of them."""
    image = keras.Input(batch_shape=(4, 6, 6, 2))
    model = randomized(keras.Model(image, layers.Conv2D(3, 3)(image)))
    network, variables, contents = read(saved(model, tmp_path, ".keras"))
    built = construct(network, plan(network, variables, contents), variables, contents)
    images = np.random.default_rng(0).uniform(size=(4, 6, 6, 2)).astype("float32")
    expected = np.array(model(images))
    given = images if isinstance(built.input, keras.KerasTensor) else [images]
    np.testing.assert_allclose(np.array(keras.tree.flatten(built(given))[0]), expected, atol=1e-6)
    alone = images[:1] if given is images else [images[:1]]
    assert keras.tree.flatten(built(alone))[0].shape == (1, 4, 4, 3)


@pytest.mark.parametrize("strides", [1, 2])
def test_theanos_kernels_are_turned_and_reordered(strides):
    """A convolution in Theano's way, written out, is Keras's with the converted kernel."""
    rng = np.random.default_rng(0)
    stored, image = rng.normal(size=(4, 2, 3, 3)), rng.normal(size=(7, 7, 2))
    expected = np.zeros((5, 5, 4))
    for y, x, out in np.ndindex(expected.shape):
        for down, right, channel in np.ndindex(3, 3, 2):
            weight = stored[out, channel, 2 - down, 2 - right]
            expected[y, x, out] += image[y + down, x + right, channel] * weight
    kernel = CONVERSIONS["Theano's order, turned by 180 degrees"].apply(stored)
    ours = keras.ops.conv(image[None], kernel, strides=strides, padding="valid")
    np.testing.assert_allclose(np.array(ours)[0], expected[::strides, ::strides], atol=1e-5)


@pytest.mark.parametrize("name", CONVERSIONS)
def test_conversions_say_the_shape_they_make(name):
    """Shapes are known before any array is read."""
    conversion = CONVERSIONS[name]
    shape = tuple(5 if axis in conversion.axes else 1 for axis in range(max(conversion.axes) + 1))
    shape = tuple(side + axis if side > 1 else 1 for axis, side in enumerate(shape))
    array = np.arange(np.prod(shape)).reshape(shape)
    made = conversion.apply(array)
    assert made.shape == conversion.shape(shape)
    assert sorted(made.ravel()) == sorted(array.ravel())
    assert conversion.shape(shape[:-1]) is None

"""What is built of a file: what its numbers mean, what it is called, what its other inputs get."""

import keras
import numpy as np
import pytest
from keras import layers

import cnnviz_core as cnnviz
from cnnviz_core.errors import NoClassesError, UnsupportedModelError
from cnnviz_core.model_files.allowed.networks import Network, TensorRef
from cnnviz_core.model_files.telling.describing import output_names


@pytest.fixture
def saved(tmp_path):
    """Inspect a network as a file of the name "mine.keras"."""

    def inspect(network):
        network.save(tmp_path / "mine.keras")
        return cnnviz.inspect_model_file(tmp_path / "mine.keras")

    return inspect


def one_number():
    """A network that ends in one number without a sigmoid."""
    image = keras.Input((8, 8, 3))
    return keras.Model(image, layers.Dense(1)(layers.Flatten()(image)))


def test_labels_say_that_numbers_are_classes(saved, photo):
    """One number is taken for a measure, unless two labels are given, or it is said outright."""
    model_file = saved(one_number())
    assert model_file.summary().outputs[0].meaning.value == "numbers"
    with pytest.raises(NoClassesError, match="mine answers a picture with one number"):
        cnnviz.predict(model_file.build(), photo)
    named = model_file.build(labels=["husky", "wolf"])
    assert set(cnnviz.predict(named, photo).labels) == {"husky", "wolf"}
    assert model_file.build(classes=True).labels == ("class 0", "class 1")


def test_of_several_outputs_those_that_list_classes_are_read(saved, photo):
    """Labels fit the classes; a box beside them is no list of four classes."""
    image = keras.Input((8, 8, 3))
    flat = layers.Flatten()(image)
    kind = layers.Dense(3, activation="softmax", name="kind")(flat)
    box = layers.Dense(4, activation="relu", name="box")(flat)
    model = saved(keras.Model(image, [kind, box])).build(labels=["a", "b", "c"])
    assert list(model.views) == ["kind"]
    assert len(cnnviz.predict(model, photo).labels) == 3


def test_inputs_beside_the_image_are_zeros_until_given(saved, photo):
    """The summary says so; another value gives another answer."""
    image, age = keras.Input((8, 8, 3), name="image"), keras.Input((1,), name="age")
    joined = layers.Concatenate()([layers.Flatten()(image), age])
    network = keras.Model([image, age], layers.Dense(2, activation="softmax")(joined))
    network.layers[-1].kernel.assign(
        np.vstack([np.zeros((192, 2), np.float32), np.array([[1, -1]], np.float32)])
    )
    model_file = saved(network)
    assert [entry.image for entry in model_file.inputs] == [True, False]
    assert "'age', which stay the same" in model_file.summary().notes[0]
    even = cnnviz.predict(model_file.build(), photo)
    np.testing.assert_allclose(even.probabilities, [0.5, 0.5])
    older = cnnviz.predict(model_file.build(inputs={"age": [2.0]}), photo)
    np.testing.assert_allclose(older.logits, [2.0, -2.0], atol=1e-6)


def test_weights_that_are_no_numbers_are_refused_under_the_files_name(saved):
    """Nothing is shown of a network that diverged; the sentence calls it as its owner does."""
    network = one_number()
    network.layers[-1].bias.assign([np.nan])
    with pytest.raises(UnsupportedModelError, match="'mine' answers a picture with values that"):
        saved(network).build()


def test_names_of_outputs_go_as_keras_goes_through_them():
    """By sorted keys, as their values do, whatever the file's order."""
    ends = {"kind": TensorRef("first", 0, 0), "box": TensorRef("second", 0, 0)}
    assert output_names(Network("mine", "Functional", (), outputs=ends)) == ("box", "kind")


def test_outputs_in_a_dictionary_keep_their_names(saved, photo):
    """Each name has its own shape, and classes are read where they are."""
    image = keras.Input((8, 8, 3))
    flat = layers.Flatten()(image)
    kind = layers.Dense(3, activation="softmax")(flat)
    model_file = saved(keras.Model(image, {"kind": kind, "box": layers.Dense(4, "relu")(flat)}))
    assert {output.name: output.shape for output in model_file.outputs} == {
        "kind": (3,),
        "box": (4,),
    }
    model = model_file.build(labels=["a", "b", "c"])
    assert list(model.views) == ["kind"]
    np.testing.assert_allclose(cnnviz.predict(model, photo).probabilities.sum(), 1, atol=1e-6)

"""Layers that Keras 2 named otherwise: found where Keras 3 has them, or refused."""

import numpy as np
import pytest

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.allowed.checking import check
from cnnviz_core.model_files.allowed.networks import CheckedLayer, Variable
from cnnviz_core.model_files.allowed.refusals import refusal
from cnnviz_core.model_files.container.contents import ArrayEntry
from cnnviz_core.model_files.weights.assignments import WaitingVariable
from cnnviz_core.model_files.weights.entries import Entry
from tests.core.model_files.legacy_files import (
    FIRST,
    graph,
    image,
    layer,
    loaded,
    modern,
    node,
    row,
)


@pytest.mark.parametrize(
    "named",
    [
        {"class_name": "Custom>CustomScaleLayer"},
        {
            "class_name": "CustomScaleLayer",
            "module": "keras.src.applications.inception_resnet_v2",
            "registered_name": "Custom>CustomScaleLayer",
        },
    ],
)
def test_the_layer_that_keras_2_registered_itself_is_found(named):
    """The scaled sum of InceptionResNetV2, as 2.11 to 2.15 wrote it in HDF5 and in archives."""
    scale = {**node("x", "scale", [[["image", 0, 0, {}], ["image", 0, 0, {}]]], scale=0.5), **named}
    model, _ = modern(graph(image(), scale, inputs=[["image", 0, 0]], outputs=[["scale", 0, 0]]))
    answer = loaded(model)(np.ones((1, 4, 4, 3), np.float32))
    np.testing.assert_allclose(answer, np.full((1, 4, 4, 3), 1.5))


@pytest.mark.parametrize(
    "named",
    [
        {"class_name": "CustomScaleLayer", "module": "my.code", "registered_name": "My>Scale"},
        {"class_name": "CustomScaleLayer", "module": None, "registered_name": "My>Scale"},
    ],
)
def test_a_layer_of_that_name_of_somebody_else_is_not(named):
    """Then its module is not made Keras's, and the check refuses it."""
    scale = {**node("x", "scale", [[["image", 0, 0, {}], ["image", 0, 0, {}]]], scale=0.5), **named}
    model, _ = modern(graph(image(), scale, inputs=[["image", 0, 0]], outputs=[["scale", 0, 0]]))
    with pytest.raises(ModelFileError, match="custom"):
        check(model)


@pytest.mark.parametrize("class_name", ["LSTM", "GRU"])
def test_the_hard_sigmoid_of_a_recurrence_is_refused(class_name):
    """Keras 3 has another function of that name."""
    settings = {"units": 2, "recurrent_activation": "hard_sigmoid"}
    with pytest.raises(ModelFileError, match="recurrent_activation='sigmoid'"):
        modern(
            row(
                layer("Reshape", "rows", target_shape=[4, 12], **FIRST),
                layer(class_name, "r", **settings),
            )
        )


@pytest.mark.parametrize(
    ("class_name", "old"),
    [
        ("LSTM", {"implementation": 2, "time_major": False, "unroll": True}),
        ("GRU", {"implementation": 1, "reset_after": True}),
        ("SimpleRNN", {}),
    ],
)
def test_settings_of_speed_are_left_out(class_name, old):
    """They never changed what is computed; a GRU that is silent has one bias, as it had then."""
    reader = layer(class_name, "reader", units=2, activation="tanh", use_bias=True, **old)
    model, _ = modern(row(layer("Reshape", "rows", target_shape=[4, 12], **FIRST), reader))
    assert check(model).layers[-1].kind == class_name
    settings = model["config"]["layers"][-1]["config"]
    assert not {"implementation", "time_major"} & set(settings)
    assert settings.get("reset_after", True) or class_name != "GRU"


@pytest.mark.parametrize(
    ("class_name", "words"),
    [
        ("LocallyConnected2D", "that Keras 3 no longer has"),
        ("CuDNNLSTM", "that Keras 3 no longer has"),
        ("Patches", "is custom: its code is not in the file"),
        ("Conv3D", "videos or volumes"),
    ],
)
def test_the_sentence_says_why_a_layer_is_not_read(class_name, words):
    """What is in no version of Keras is custom."""
    assert words in refusal("keras.layers", class_name, None, "layer")


@pytest.mark.parametrize("name", ["scale/Variable:0", "scale/gamma:0", "scale/variable"])
def test_the_scale_of_convnext_is_found_by_each_of_its_names(name):
    """Keras 2 called it Variable, then gamma; of any other layer it is neither."""
    entry = Entry.of(name, ArrayEntry(name, (3,), "float32"))
    variable = Variable("variable", (3,), "vars/0")
    scale = CheckedLayer("scale", "keras.src.applications.convnext.LayerScale", {})
    assert entry.is_called(WaitingVariable(("scale",), scale, variable))
    assert "variable" in entry.leaves
    other = WaitingVariable(("scale",), CheckedLayer("scale", "Dense", {}), variable)
    assert entry.is_called(other) == (name == "scale/variable")


@pytest.mark.parametrize(("backend", "right"), [("tensorflow", True), ("theano", False)])
def test_a_wrapped_convolution_of_theano_is_refused(backend, right):
    """Theano turns kernels round, which is undone for layers of their own only."""
    inside = layer("Conv1D", "inside", filters=2, kernel_size=[3])
    wrapped = layer("TimeDistributed", "each", layer=inside, **FIRST)
    if right:
        assert check(modern(row(wrapped), backend=backend)[0]).layers[-1].wrapped is not None
        return
    with pytest.raises(ModelFileError, match="wraps a convolution"):
        modern(row(wrapped), backend=backend)


def test_a_model_of_text_is_said_to_be_one():
    """Before anything is found amiss with the layers that follow its words."""
    words = {"class_name": "Embedding", "config": {"name": "words", "batch_input_shape": [None, 9]}}
    gated = {"recurrent_activation": "hard_sigmoid", "units": 4, "name": "memory"}
    layers = [words, {"class_name": "LSTM", "config": gated}]
    with pytest.raises(ModelFileError, match="'words' \\(Embedding\\) reads text or words"):
        modern({"class_name": "Sequential", "config": layers}, "2.2.4")

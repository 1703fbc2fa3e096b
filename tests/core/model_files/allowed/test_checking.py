import copy
import json

import keras
import pytest
from keras import layers

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.allowed.checking import check
from cnnviz_core.model_files.allowed.networks import TensorRef
from cnnviz_core.model_files.allowed.sizing import size
from tests.core.model_files.models_to_check import MODELS, classifier, shared
from tests.core.model_files.rebuilding import assert_rebuilt, raw


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_rebuilt_as_it_was(name):
    """However layers were put together, the clean configuration gives the same outputs."""
    assert_rebuilt(MODELS[name]())


def test_names_and_order_are_those_of_the_file():
    """Layers keep their names and come in the file's order; calls say what they read."""
    network = check(raw(classifier()))
    assert [layer.name for layer in network.layers] == [
        "image",
        "rescaling",
        "conv",
        "norm",
        "pool",
        "head",
    ]
    assert network.layer("head").calls[0].inputs() == (TensorRef("pool", 0, 0),)


def test_calls_of_a_nested_model_count_from_nought():
    """Keras counts them from 1 among outputs and from 0 among arguments; here both are from 0."""
    network = check(raw(shared()))
    assert network.outputs["b"] == TensorRef("base", 2, 0)
    assert network.configuration()["config"]["output_layers"]["b"] == ["base", 3, 0]


def test_settings_of_training_are_left_out():
    """Regularizers, constraints and compilation do not reach Keras."""
    model = classifier()
    model.compile("adam", "mse")
    written = json.dumps(check(raw(model)).configuration())
    assert "compile_config" not in written
    assert "build_config" not in written
    assert "regularizer" not in written


def test_a_sequential_model_takes_its_shape_from_what_the_file_tells():
    """Where no input layer is listed, the shape that the model was built with stands in."""
    model = keras.Sequential([layers.Conv2D(2, 3)])
    model.build((None, 8, 8, 3))
    configuration = raw(model)
    configuration["config"]["layers"] = configuration["config"]["layers"][1:]
    network = check(configuration)
    assert network.layers[0].settings["batch_shape"] == [None, 8, 8, 3]
    assert size(network).results == ((None, 6, 6, 2),)
    for place in (configuration["config"], configuration):
        place.pop("build_input_shape", None)
        place.pop("build_config", None)
    with pytest.raises(ModelFileError, match=r"which images it takes\. Put keras\.Input"):
        check(configuration)


def test_functions_are_called_with_what_they_were_called_with():
    """Every layer is asked not to train, as nothing is trained here."""
    image = keras.Input((8, 8, 3))
    model = keras.Model(image, layers.Dropout(0.5)(image, training=True))
    assert check(raw(model)).layers[1].calls[0].kwargs == {"training": False}


@pytest.mark.parametrize(
    ("shape", "taken"),
    [
        ((4,), "rows of numbers"),
        ((28, 28), "sequences, or images without an axis of channels"),
        ((5, 8, 8, 3), "videos"),
    ],
)
def test_a_model_that_takes_no_images_is_refused(shape, taken):
    """The sentence says what it takes instead."""
    given_input = keras.Input(shape)
    model = keras.Model(given_input, layers.Flatten()(given_input))
    with pytest.raises(ModelFileError, match=taken):
        check(raw(model))


def test_of_several_maps_one_must_surely_be_an_image():
    """It has 1 or 3 channels; where none has, the file is refused before anything is reckoned."""
    many, three = keras.Input((8, 8, 5)), keras.Input((8, 8, 3))
    join = layers.Concatenate()
    with pytest.raises(ModelFileError, match="none is surely an image"):
        check(raw(keras.Model([many, keras.Input((8, 8, 2))], layers.Flatten()(many))))
    check(raw(keras.Model([many, three], join([many, three]))))
    check(raw(keras.Model(many, layers.Flatten()(many))))


def _first(model, name):
    return next(entry for entry in model["config"]["layers"] if entry["config"]["name"] == name)


def _set(name, key, value):
    def change(model):
        _first(model, name)["config"][key] = value

    return change


def _called(name, **changes):
    def change(model):
        _first(model, name)["inbound_nodes"][0].update(changes)

    return change


def _history(name, *history):
    def change(model):
        tensor = _first(model, name)["inbound_nodes"][0]["args"][0]
        tensor["config"]["keras_history"] = list(history)

    return change


def _rename(name, other):
    def change(model):
        layer = _first(model, name)
        layer["name"] = layer["config"]["name"] = other

    return change


def _top(**changes):
    return lambda model: model["config"].update(changes)


def _object(name, **config):
    return {"class_name": name, "config": config}


HOSTILE = {
    "a flag for a number": (_set("conv", "filters", True), "a whole number"),
    "a fraction": (_set("conv", "filters", 2.5), "a whole number"),
    "no filters": (_set("conv", "filters", 0), "a whole number"),
    "endless": (_set("norm", "epsilon", float("inf")), "finite"),
    "no number": (_set("norm", "epsilon", float("nan")), "finite"),
    "huge": (_set("conv", "filters", 10**400), "a whole number"),
    "a list": (_set("conv", "use_bias", []), "true or false"),
    "unknown key": (_set("conv", "function", "x"), "setting 'function' that is not known"),
    "quantized": (_set("head", "quantization_config", {"a": 1}), "empty"),
    "low rank": (_set("head", "lora_rank", 4), "empty"),
    "channels first": (_set("conv", "data_format", "channels_first"), "channels first"),
    "custom activation": (
        _set("conv", "activation", {"class_name": "f", "module": "m", "config": {}}),
        "activation",
    ),
    "code": (_set("conv", "activation", _object("__lambda__", value="")), "activation"),
    "custom initializer": (
        _set(
            "conv",
            "kernel_initializer",
            {
                "class_name": "Zeros",
                "module": "keras.initializers",
                "config": {},
                "registered_name": "p>Z",
            },
        ),
        "initializer",
    ),
    "policy": (_set("conv", "dtype", "int8"), "float32"),
    "slash": (_rename("conv", "a/b"), "slash"),
    "newline": (_rename("conv", "a\nb"), "printable"),
    "long name": (_rename("conv", "a" * 300), "printable"),
    "twice": (_rename("conv", "norm"), "damaged|called"),
    "missing": (_history("conv", "nothing", 0, 0), "not in the file"),
    "call too many": (_history("conv", "rescaling", 1, 0), "not in the file"),
    "call below": (_history("conv", "rescaling", -1, 0), "whole number"),
    "cycle": (_history("rescaling", "norm", 0, 0), "own output"),
    "itself": (_history("conv", "conv", 0, 0), "own output"),
    "unused": (_top(output_layers=[["pool", 0, 0]]), "leads to no output"),
    "no outputs": (_top(output_layers=[]), "from 1 to"),
    "output elsewhere": (_top(output_layers=[["x", 0, 0]]), "tensors of its layers"),
    "no input": (_top(input_layers=[["conv", 0, 0]]), "not its input layers"),
    "no layers": (_top(layers=None), "no list of layers"),
    "extra": (_top(custom_objects={}), "not known"),
    "no call": (lambda model: _first(model, "conv").update(inbound_nodes=[]), "nothing"),
    "no tensor": (_called("conv", args=[1]), "given a tensor"),
    "a mask": (_called("conv", kwargs={"mask": [1]}), "argument 'mask'"),
    "unknown argument": (_called("conv", kwargs={"f": 1}), "argument 'f'"),
    "two arguments": (lambda m: _first(m, "conv")["inbound_nodes"][0]["args"].append(1), "at most"),
    "an array for a layer": (
        _called("conv", args=[_object("__numpy__", value=[1], dtype="float32")]),
        "plain values",
    ),
    "a type": (_called("conv", args=[_object("__typespec__")]), "plain values"),
    "bytes": (_called("conv", args=[_object("__bytes__", value="x")]), "plain values"),
    "a layer": (lambda m: m["config"]["layers"].append(None), "no settings"),
    "two names": (lambda m: _first(m, "conv").update(name="other"), "two names"),
    "build": (lambda m: _first(m, "conv").update(safe_mode=False), "not known"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_not_allowed_is_refused_by_name(name):
    """Each is refused with a sentence about it."""
    change, sentence = HOSTILE[name]
    model = copy.deepcopy(raw(classifier()))
    change(model)
    with pytest.raises(ModelFileError, match=sentence):
        check(model)

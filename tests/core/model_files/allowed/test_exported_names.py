import types
from functools import cache

import keras
import pytest

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.allowed.checking import check
from cnnviz_core.model_files.allowed.refusals import LAYERS, OTHERS, PLACES, decision, refusal
from cnnviz_core.model_files.allowed.rules import RULES
from tests.core.model_files.rebuilding import on_image, raw


@cache
def exported():
    """Every public name of Keras with its object, walked from the package itself."""
    objects, visited, waiting = {}, set(), [("keras", keras)]
    while waiting:
        path, module = waiting.pop(0)
        if id(module) in visited:
            continue
        visited.add(id(module))
        for name in sorted(vars(module)):
            value = getattr(module, name)
            if name.startswith("_"):
                continue
            if not isinstance(value, types.ModuleType):
                objects[f"{path}.{name}"] = value
            elif value.__name__.startswith("keras.") and "keras.src" not in value.__name__:
                waiting.append((f"{path}.{name}", value))
    return objects


def decided():
    """What is decided about each object, by all of its names."""
    by_object = {}
    for symbol, value in exported().items():
        by_object.setdefault(id(value), []).append(symbol)
    return {
        symbol: next(filter(None, map(decision, names)), None)
        if "allowed" not in map(decision, names)
        else "allowed"
        for names in by_object.values()
        for symbol in names
    }


def test_every_exported_name_of_keras_is_decided():
    """A version of Keras with a new name is noticed here, before it can be loaded."""
    assert len(exported()) > 1000
    assert [symbol for symbol, reason in decided().items() if reason is None] == []


def test_every_decision_is_about_a_name_that_keras_exports():
    """A name that Keras gave up leaves the table too."""
    symbols = exported()
    assert [name for name in LAYERS if f"keras.layers.{name}" not in symbols] == []
    assert [name for name in OTHERS if name not in symbols] == []
    unused = [
        place
        for place in PLACES
        if not any(symbol == place or symbol.startswith(f"{place}.") for symbol in symbols)
    ]
    assert unused == []


def test_every_rule_is_about_a_class_of_keras():
    """Each rule's module and class exist, and are a layer or an operation."""
    for rule in RULES.values():
        module = __import__(rule.module, fromlist=[rule.class_name])
        assert issubclass(getattr(module, rule.class_name), keras.Operation), rule.kind


@cache
def _template():
    return raw(on_image(keras.layers.Conv2D(2, 3, name="held")))


def _with(**changes):
    model = {**_template(), "config": dict(_template()["config"])}
    layers = list(model["config"]["layers"])
    settings = {**layers[1]["config"], **changes.pop("config", {})}
    layers[1] = {**layers[1], **changes, "config": settings}
    model["config"]["layers"] = layers
    return model


def test_the_template_is_allowed():
    """What the refusals below change is a model that is read as it stands."""
    assert check(_with()).layers[1].name == "held"


def _forms(symbol):
    module, name = symbol.rsplit(".", 1)
    plain = {"module": module, "class_name": name, "config": {}, "registered_name": None}
    function = {**plain, "class_name": "function", "config": name, "registered_name": name}
    for form in (plain, function):
        yield _with(**{**form, "config": {}})
        for key in ("activation", "kernel_initializer", "kernel_regularizer", "bias_constraint"):
            yield _with(config={key: form})
        yield _with(config={"dtype": form})
        yield {**_template(), **form}


def test_no_refused_name_gets_in_anywhere():
    """A refused name is refused as a layer, a function, an activation, an initializer, a model."""
    refused = [symbol for symbol, reason in decided().items() if reason != "allowed"]
    assert len(refused) > 1000
    for symbol in refused:
        for form in _forms(symbol):
            with pytest.raises(ModelFileError):
                check(form)


@pytest.mark.parametrize("name", ["glu", "deserialize", "get", "serialize", "add", "Lambda", ""])
def test_an_activation_is_one_by_name(name):
    """A text in the place of an activation leads to no other function."""
    with pytest.raises(ModelFileError, match="activation"):
        check(_with(config={"activation": name}))


@pytest.mark.parametrize(
    ("module", "name", "registered", "sentence"),
    [
        ("keras.layers", "Lambda", None, r"Layer 'x' \(Lambda\) holds Python code"),
        ("keras.layers", "TFSMLayer", None, "TensorFlow graph"),
        ("keras.layers", "TorchModuleWrapper", None, "another library"),
        ("keras.layers", "TextVectorization", None, "text"),
        ("keras.layers", "StringLookup", None, "text"),
        ("keras.layers", "Conv3D", None, "videos"),
        ("keras.layers", "IntegerLookup", None, "table"),
        ("keras.layers", "MixUp", None, "training"),
        ("my_code", "Foo", "package>Foo", r"Layer 'x' \(package>Foo\) is custom"),
        (None, "Foo", "Foo", "custom"),
        ("keras.layers", "Dense", "package>Dense", r"\(package>Dense\) is custom"),
        ("tensorflow_hub.keras_layer", "KerasLayer", None, "TensorFlow Hub"),
        ("keras_hub.src.models", "Backbone", "keras_hub>Backbone", "package beside Keras"),
        ("keras.src.layers.core.tf_op_layer", "TFOpLambda", None, "TensorFlow function"),
        ("keras.config", "enable_unsafe_deserialization", None, "tool"),
        ("keras.losses", "MeanSquaredError", None, "training"),
        ("keras.ops", "load", None, "function"),
        (3, ["x"], {}, "custom"),
    ],
)
def test_a_refusal_says_what_it_is_and_what_to_do(module, name, registered, sentence):
    """Each is one sentence or two, by the layer's name."""
    import re

    text = refusal(module, name, registered, "x")
    assert re.search(sentence, text)
    assert text.count(". ") <= 1

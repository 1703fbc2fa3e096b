"""Configurations that nobody's Keras wrote: a configuration or a sentence, never another error."""

from __future__ import annotations

import copy
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz_core.errors import ModelFileError
from tests.core.model_files.legacy_files import after_image, layer, modern, node, row
from tests.counting import counting_lines

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
KEYS = st.sampled_from(
    [
        "class_name",
        "config",
        "layers",
        "name",
        "inbound_nodes",
        "input_layers",
        "output_layers",
        "module",
        "args",
        "kwargs",
        "batch_input_shape",
        "batch_shape",
        "axis",
        "activation",
        "node_def",
        "constants",
        "function",
        "padding",
        "data_format",
        "dim_ordering",
        "layer",
        "items",
        "value",
        "type",
        "units",
        "kernel_initializer",
        "dtype",
    ]
)
VALUES = st.sampled_from(
    [
        "Sequential",
        "Model",
        "Functional",
        "Dense",
        "Conv2D",
        "InputLayer",
        "Merge",
        "TFOpLambda",
        "TensorFlowOpLayer",
        "a",
        "b",
        "Deconvolution2D",
        "ZeroPadding2D",
        "channels_first",
        "th",
        "__tuple__",
        "__keras_tensor__",
        "hard_sigmoid",
        "Flatten",
        "BatchNormalization",
        "math.add",
        "__numpy__",
    ]
)
LIKELY = st.recursive(
    VALUES | st.integers(-2, 5) | st.none() | JSON,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=30,
)


def outcome(value: Any, version: str | None) -> str:
    """The configuration as text, or the sentence of a refusal."""
    try:
        return str(modern(value, version)[0]["config"])
    except ModelFileError as error:
        return str(error)


@given(LIKELY, st.sampled_from(["1.2.2", "2.2.4", "2.13.1", "3.0.5", None, "x"]))
def test_any_json_gives_a_configuration_or_a_sentence(value: Any, version: str | None) -> None:
    """Whatever a file says, no other error escapes."""
    for configuration in (value, {"class_name": "Sequential", "config": {"layers": [value]}}):
        assert outcome(configuration, version)


ENTRIES = (
    node("Conv2D", "a", [[["image", 0, 0, {}]]], filters=2, kernel_size=[3, 3]),
    node("TFOpLambda", "op", [["a", 0, 0, {"y": 2}]], function="math.multiply"),
    node("Flatten", "flat", [[["op", 0, 0, {}]]], data_format="channels_first"),
    node("Merge", "out", [[["flat", 0, 0]]], mode="concat"),
)


@given(st.data(), st.sampled_from(["1.2.2", "2.10.0", "3.0.5"]))
def test_any_damage_gives_a_configuration_or_a_sentence(data: Any, version: str) -> None:
    """A good configuration with something else in any one place makes no other error."""
    model = copy.deepcopy(after_image(*ENTRIES))
    at: Any = model
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        key = data.draw(st.sampled_from(keys))
        inner = at[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            at[key] = data.draw(LIKELY)
            break
        at = inner
    assert outcome(model, version)


def in_the_worst_order(count: int) -> Any:
    """So many layers, each before the one that it reads."""
    names = ["image", *(f"r{number}" for number in range(count))]
    pairs = list(itertools.pairwise(names))
    rows = [node("ReLU", after, [[[before, 0, 0, {}]]]) for before, after in pairs]
    pool = node("MaxPooling2D", "pool", [[[names[-1], 0, 0, {}]]], data_format="channels_first")
    return after_image(pool, *reversed(rows), shape=(3, 4, 4))


@pytest.mark.parametrize("version", ["2.10.0", "3.0.5"])
def test_layers_in_the_worst_order_take_twice_the_steps_for_twice_as_many(version: str) -> None:
    """Each layer before the one that it reads: not four times, and three thousand are done."""
    steps = []
    for count in (150, 300):
        with counting_lines() as done:
            modern(in_the_worst_order(count), version)
        steps.append(done.total)
    assert steps[1] < 2.1 * steps[0]
    model, _ = modern(in_the_worst_order(2900), version)
    assert model["config"]["layers"][1]["config"]["data_format"] == "channels_last"


def test_too_many_layers_are_refused() -> None:
    """Those of models inside count."""
    inner = [row(*(layer("ReLU", f"r{k}") for k in range(400)), name=f"m{n}") for n in range(9)]
    with pytest.raises(ModelFileError, match="more than 3,000 layers"):
        modern(row(*inner))


def test_layers_in_a_circle_are_refused() -> None:
    """Two layers that read each other never come to be."""
    rows = [
        node("MaxPooling2D", "a", [[["b", 0, 0, {}]]], data_format="channels_first"),
        node("ReLU", "b", [[["a", 0, 0, {}]]]),
    ]
    with pytest.raises(ModelFileError, match="never comes to be"):
        modern(after_image(*rows, shape=(3, 4, 4)))


TENSOR = {
    "class_name": "__keras_tensor__",
    "config": {"shape": [None], "dtype": "float32", "keras_history": ["image", 0, 0]},
}


@pytest.mark.parametrize("kwargs", [{}, {"x": TENSOR}])
@pytest.mark.parametrize("class_name", ["TFOpLambda", "TensorFlowOpLayer"])
def test_a_function_called_on_nothing_is_refused(class_name: str, kwargs: Any) -> None:
    """Its first argument is missing, whatever others there are."""
    settings = {"function": "math.exp", "node_def": {"op": "Exp"}}
    call = {"args": [], "kwargs": kwargs}
    with pytest.raises(ModelFileError, match="'op' runs the TensorFlow function"):
        modern(after_image(node(class_name, "op", [call], **settings)), "2.10.0")


@pytest.mark.parametrize("version", ["2.\u00b2", "\u00b2.1-tf", "2." + "9" * 5000, "2", "2.x"])
def test_a_version_that_is_no_number_is_of_unknown_age(version: str) -> None:
    """Digits that are none, or too many, say as little as no version at all."""
    entry = node("UpSampling2D", "up", [[["image", 0, 0, {}]]], interpolation="bilinear")
    with pytest.raises(ModelFileError, match="half a pixel off"):
        modern(after_image(entry), version)


@pytest.mark.parametrize("name", [[], {}, ["f"], 1])
def test_a_name_in_the_settings_is_a_text(name: Any) -> None:
    """Also where the layer has another name beside them."""
    image = layer("InputLayer", "image", batch_shape=[None, 28, 28])
    image |= {"module": "keras.layers", "name": "image"}
    image["config"]["name"] = name
    flat = {"module": "keras.layers", **layer("Flatten", "flat")}
    with pytest.raises(ModelFileError, match="'image' has something else than a text for a name"):
        modern(row(image, flat), "3.4.0")


@pytest.mark.parametrize("name", [[], {}, 1])
def test_a_wrapped_layer_that_is_found_by_its_name_needs_no_name(name: Any) -> None:
    """What is said about it names the layer around it."""
    inside = layer("LayerScale", "scale", init_values=1.0, projection_dim=3)
    entry = node("TimeDistributed", "rows", [[["image", 0, 0, {}]]], layer=inside | {"name": name})
    _, repairs = modern(after_image(entry), "2.10.0")
    assert any(
        "found by its name" in repair.what and repair.layers == ("rows",) for repair in repairs
    )

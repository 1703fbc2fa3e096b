"""Old configurations in the form of Keras 3: containers, calls, names and settings."""

from __future__ import annotations

import copy
import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.repair.repairs import Repair
from tests.core.model_files.legacy_files import (
    FIRST,
    after_image,
    classes,
    graph,
    histories,
    image,
    layer,
    loaded,
    modern,
    node,
    notes,
    row,
    settings,
)
from tests.places import FIXTURES


def clean_model() -> Any:
    """A model of Keras 3 with a model inside, operations and a shared layer."""
    inner = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Conv2D(3, 3, padding="same")])
    base_input = keras.Input((4, 4, 3))
    base = keras.Model(base_input, keras.layers.BatchNormalization()(base_input), name="base")
    shared = keras.layers.Dense(2, activation="hard_sigmoid")
    x = keras.Input((4, 4, 3))
    y = base(inner(x / 127.5 - 1))
    z = keras.layers.Add()([shared(y), shared(y[..., ::-1])])
    return keras.Model(x, [keras.layers.Flatten()(z), base(y)])


def test_clean_keras_3_is_left_alone() -> None:
    """A file of today's Keras comes out equal, without a repair, and is not changed itself."""
    before = json.loads(clean_model().to_json())
    given_to = copy.deepcopy(before)
    model, repairs = modern(given_to, keras.__version__)
    assert model == before
    assert given_to == before
    assert repairs == ()


@pytest.mark.parametrize(
    "configuration",
    [
        [layer("Dense", "a", units=2, **FIRST)],
        row(layer("Dense", "a", units=2, **FIRST)),
        {"class_name": "Sequential", "config": [layer("Dense", "a", units=2, **FIRST)]},
    ],
)
def test_sequential_of_any_form(configuration: Any) -> None:
    """A bare list, a list as settings and a dictionary become the same row with its input."""
    model, repairs = modern(configuration)
    assert classes(model) == ["InputLayer", "Dense"]
    assert settings(model, "a_input")["batch_shape"] == [None, 4, 4, 3]
    assert "batch_input_shape" not in settings(model, "a")
    assert loaded(model).output_shape == (None, 4, 4, 2)
    assert "input layer" in notes(repairs)


def test_input_of_a_model_inside() -> None:
    """A row that begins with a Functional model has that model's input."""
    inner = after_image(node("Flatten", "flat", [[["image", 0, 0, {}]]]))
    inner["config"]["name"] = "base"
    model, _ = modern(row(inner, layer("Dense", "d", units=2)))
    assert classes(model) == ["InputLayer", "Functional", "Dense"]
    assert loaded(model).input_shape == (None, 4, 4, 3)


def test_unknown_input_is_refused() -> None:
    """A row whose input has no size in the file says so."""
    with pytest.raises(ModelFileError, match="does not say how large"):
        modern(row(layer("Dense", "d", units=2)))


def test_functional_lists_become_arguments() -> None:
    """Calls as lists, inputs one level too deep and a Model become what Keras 3 writes."""
    model, repairs = modern(
        graph(
            image(),
            node("Conv2D", "a", [[["image", 0, 0, {}]]], filters=2, kernel_size=[1, 1]),
            node("Conv2D", "b", [[["image", 0, 0]]], filters=2, kernel_size=[1, 1]),
            node("Add", "sum", [[["a", 0, 0, {}], ["b", 0, 0, {}]]]),
            inputs=[[["image", 0, 0]]],
            outputs=[["sum", 0, 0]],
        )
    )
    assert model["class_name"] == "Functional"
    assert model["config"]["input_layers"] == ["image", 0, 0]
    assert model["config"]["output_layers"] == ["sum", 0, 0]
    assert histories(model, "a") == [["image", 0, 0]]
    assert len(model["config"]["layers"][3]["inbound_nodes"][0]["args"][0]) == 2
    assert loaded(model).output_shape == (None, 4, 4, 2)
    assert repairs == (
        Repair("The configuration was rewritten from Keras 2's form to that of Keras 3."),
    )


@pytest.mark.parametrize("offset", [0, 1])
def test_calls_of_models_inside_count_from_zero(offset: int) -> None:
    """A model called twice is read by its first and second call, whether its making counted."""
    inner = {**row(layer("Dense", "d", units=3, **FIRST)), "name": "inner"}
    inner["inbound_nodes"] = [[["image", 0, 0, {}]], [["inner", offset, 0, {}]]]
    model, _ = modern(
        graph(
            image(),
            inner,
            node("Flatten", "flat", [[["inner", offset + 1, 0, {}]]]),
            inputs=[["image", 0, 0]],
            outputs=[["flat", 0, 0]],
        )
    )
    assert histories(model, "flat") == [["inner", 1, 0]]
    assert histories(model, "inner") == [["image", 0, 0], ["inner", 0, 0]]
    assert loaded(model).output_shape == (None, 48)


def test_functional_output_counts_from_one() -> None:
    """In a list of outputs Keras counts calls of a Functional model from 1, and so is it read."""
    inner = after_image(node("Flatten", "flat", [[["image", 0, 0, {}]]]))
    inner |= {"name": "inner", "inbound_nodes": [[["image", 0, 0, {}]]]}
    model, _ = modern(graph(image(), inner, inputs=[["image", 0, 0]], outputs=[["inner", 1, 0]]))
    assert model["config"]["output_layers"] == ["inner", 1, 0]
    assert loaded(model).output_shape == (None, 48)


def test_unclear_calls_are_refused() -> None:
    """A number of a call that no rule explains is not guessed."""
    broken = after_image(
        node("Conv2D", "a", [[["image", 0, 0, {}]], [["image", 0, 0, {}]]], filters=1),
        node("Flatten", "flat", [[["a", 7, 0, {}]]]),
    )
    with pytest.raises(ModelFileError, match="unclear"):
        modern(broken)


def test_tensors_among_arguments() -> None:
    """A tensor given by name, as attention layers take it, stays one."""
    attention = node(
        "MultiHeadAttention",
        "look",
        [[["image", 0, 0, {"value": ["image", 0, 0]}]]],
        num_heads=1,
        key_dim=2,
        query_shape=[None, 4, 4, 3],
    )
    model, _ = modern(after_image(attention), "2.10.0")
    kwargs = model["config"]["layers"][1]["inbound_nodes"][0]["kwargs"]
    assert kwargs["value"]["config"]["keras_history"] == ["image", 0, 0]
    assert loaded(model).output_shape == (None, 4, 4, 3)


def test_slashes_in_names() -> None:
    """Slashes become underscores in names and wherever they are read; nothing may collide."""
    model, repairs = modern(after_image(node("Flatten", "a/b", [[["image", 0, 0, {}]]])))
    assert model["config"]["output_layers"] == ["a_b", 0, 0]
    assert "('a_b',)" in notes(repairs)
    assert loaded(model).layers[-1].name == "a_b"
    with pytest.raises(ModelFileError, match="Two layers"):
        modern(row(layer("Dense", "a/b", units=1, **FIRST), layer("Dense", "a_b", units=1)))


def test_modules_of_every_age() -> None:
    """Modules of Keras's past lead to today's; somebody else's classes keep their names."""
    own = layer("Dense", "a", units=1, **FIRST) | {"module": "keras.src.layers.core.dense"}
    other = layer("Thing", "b") | {"module": "mine", "registered_name": "mine>Thing"}
    made = {**row(own, other), "module": "keras.engine.sequential", "build_config": {}}
    model, _ = modern(made, "2.13.1")
    assert model["module"] == "keras"
    assert model["config"]["layers"][1]["module"] == "keras.layers"
    assert model["config"]["layers"][2]["registered_name"] == "mine>Thing"
    assert "build_config" not in model


def test_gap_in_calls_of_keras_3_is_closed() -> None:
    """Calls that are numbered from 1 by mistake are those that the file holds."""
    raw = json.loads(clean_model().to_json())
    text = json.dumps(raw)
    for entry in raw["config"]["layers"]:
        for call in entry["inbound_nodes"]:
            for argument in call["args"]:
                if isinstance(argument, dict) and "true_divide" in str(argument.get("config")):
                    argument["config"]["keras_history"][1] = 1
    assert json.dumps(raw) != text
    model, repairs = modern(raw, keras.__version__)
    assert model == json.loads(text)
    assert "gaps" in notes(repairs)


def test_operations_in_hdf5_of_keras_3() -> None:
    """They are stored without a module: an operation is told from a layer of the same name."""

    def stripped(value: Any) -> Any:
        value["config"].pop("build_input_shape", None)
        for entry in value["config"]["layers"]:
            for key in ("module", "registered_name", "build_config"):
                entry.pop(key, None)
            if "layers" in entry["config"]:
                stripped(entry)
        return value

    model, repairs = modern(stripped(json.loads(clean_model().to_json())), keras.__version__)
    modules = {entry["class_name"]: entry["module"] for entry in model["config"]["layers"]}
    assert modules["TrueDivide"] == modules["GetItem"] == "keras.src.ops.numpy"
    assert modules["Add"] == modules["Flatten"] == "keras.layers"
    assert "found by its name" in notes(repairs)
    x = np.random.default_rng(0).normal(size=(2, 4, 4, 3))
    assert [output.shape for output in loaded(model)(x)] == [(2, 32), (2, 4, 4, 3)]


RECORDS = sorted([*FIXTURES.glob("*.h5.json"), *FIXTURES.glob("*.keras.json")])


@pytest.mark.parametrize("record", RECORDS, ids=[record.name[:-5] for record in RECORDS])
def test_files_of_old_versions(record: Path) -> None:
    """What old Keras wrote itself is loaded by Keras 3, or refused where it must be."""
    if json.loads(record.read_text())["expected"] != "opens":
        return
    path = record.with_suffix("")
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            configuration = json.loads(archive.read("config.json"))
            metadata = json.loads(archive.read("metadata.json"))
        model, _ = modern(configuration, metadata["keras_version"], backend=None)
    else:
        with h5py.File(path) as file:
            version, backend = file.attrs.get("keras_version"), file.attrs.get("backend")
            model, _ = modern(
                json.loads(file.attrs["model_config"]), text(version), backend=text(backend)
            )
    model.pop("compile_config", None)
    assert loaded(model).inputs


def text(value: Any) -> str | None:
    """An attribute of an old file: text or bytes."""
    return value.decode() if isinstance(value, bytes) else value

"""Small configurations as old Keras wrote them, and what comes of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import keras

from cnnviz_core.model_files.container.contents import Contents
from cnnviz_core.model_files.repair import modernize

if TYPE_CHECKING:
    from cnnviz_core.model_files.repair.repairs import Repair


FIRST = {"batch_input_shape": [None, 4, 4, 3]}
"""Settings by which Keras 2 made an input of a first layer."""


class NoArrays:
    """A weight store of which nothing is read."""

    def __init__(self, *paths: str) -> None:
        self.arrays: dict[str, Any] = dict.fromkeys(paths)
        self.groups: frozenset[str] = frozenset()


def contents(
    configuration: Any,
    version: str | None = "2.2.4",
    backend: str | None = "tensorflow",
    paths: tuple[str, ...] = (),
) -> Contents:
    """A file of this configuration."""
    store: Any = NoArrays(*paths)
    return Contents("hdf5", configuration, version, backend, store, "")


def modern(
    configuration: Any, version: str | None = "2.2.4", **options: Any
) -> tuple[dict[str, Any], tuple[Repair, ...]]:
    """What becomes of it."""
    return modernize(contents(configuration, version, **options))


def loaded(model: dict[str, Any]) -> Any:
    """The model, as Keras 3 makes it."""
    return keras.saving.deserialize_keras_object(json.loads(json.dumps(model)))


def layer(class_name: str, name: str, **config: Any) -> dict[str, Any]:
    """An entry of a Sequential model's list."""
    return {"class_name": class_name, "config": {"name": name, **config}}


def node(class_name: str, name: str, inbound: Any, **config: Any) -> dict[str, Any]:
    """An entry of a Functional model's list."""
    return {**layer(class_name, name, **config), "name": name, "inbound_nodes": inbound}


def image(name: str = "image", shape: tuple[int | None, ...] = (4, 4, 3)) -> dict[str, Any]:
    """An input as Keras 2 wrote it."""
    settings = {"batch_input_shape": [None, *shape], "dtype": "float32", "sparse": False}
    return node("InputLayer", name, [], **settings)


def row(*layers: dict[str, Any], name: str = "row") -> dict[str, Any]:
    """A Sequential model."""
    return {"class_name": "Sequential", "config": {"name": name, "layers": list(layers)}}


def graph(
    *layers: dict[str, Any], inputs: Any, outputs: Any, class_name: str = "Model"
) -> dict[str, Any]:
    """A Functional model."""
    config = {
        "name": "graph",
        "layers": list(layers),
        "input_layers": inputs,
        "output_layers": outputs,
    }
    return {"class_name": class_name, "config": config}


def after_image(*layers: dict[str, Any], shape: tuple[int | None, ...] = (4, 4, 3)) -> Any:
    """A Functional model of an input and layers, of which the last is the output."""
    return graph(
        image(shape=shape),
        *layers,
        inputs=[["image", 0, 0]],
        outputs=[[layers[-1]["name"], 0, 0]],
    )


def settings(model: dict[str, Any], name: str) -> dict[str, Any]:
    """Settings of a layer of a model."""
    matches = [entry for entry in model["config"]["layers"] if entry["config"].get("name") == name]
    assert len(matches) == 1
    config: dict[str, Any] = matches[0]["config"]
    return config


def classes(model: dict[str, Any]) -> list[str]:
    """Classes of a model's layers in order."""
    return [entry["class_name"] for entry in model["config"]["layers"]]


def histories(model: dict[str, Any], name: str) -> list[list[Any]]:
    """What each call of a layer reads first."""
    named = next(entry for entry in model["config"]["layers"] if entry["name"] == name)
    return [call["args"][0]["config"]["keras_history"] for call in named["inbound_nodes"]]


def notes(repairs: tuple[Repair, ...]) -> str:
    """All repairs as text."""
    return "\n".join(f"{repair.what} {repair.layers}" for repair in repairs)

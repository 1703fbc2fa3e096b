"""Sequential models of Keras 1 that begin with a Merge of several: as Functional ones."""

from __future__ import annotations

from typing import Any

from cnnviz_core.model_files.repair.context import Context, Json, refuse
from cnnviz_core.model_files.repair.entries import first_shape, named


def begins_with_merge(config: Json) -> bool:
    """Whether a Sequential model's first layer joins other models."""
    layers = config["layers"]
    first: Any = layers[0] if layers else None
    if not isinstance(first, dict) or first.get("class_name") != "Merge":
        return False
    inner = first.get("config")
    return (
        isinstance(inner, dict) and isinstance(inner.get("layers"), list) and bool(inner["layers"])
    )


def as_functional(config: Json, context: Context) -> None:
    """Write a branch for each of the models joined, with an input of its own, then the rest.

    Keras 1 stored the branches' layers beside the others, so they are laid flat here too.

    Raises:
        ModelFileError: a branch is no row of layers, or its input's size is not known.
    """
    merge = named(config["layers"][0], 0)
    made: list[Json] = []
    inputs: list[Any] = []
    ends: list[Any] = []
    for position, branch in enumerate(merge["config"].pop("layers")):
        rows = _branch(branch, merge["name"])
        shape, dtype = first_shape(named(rows[0], 0), {})
        if shape is None:
            raise refuse(merge["name"], "joins models whose inputs have no size in the file.")
        name = f"{merge['name']}_input_{position + 1}"
        source = {"name": name, "batch_input_shape": shape, "dtype": dtype, "sparse": False}
        made.append(_called("InputLayer", name, source, []))
        inputs.append([name, 0, 0])
        ends.append(_row(rows, [name, 0, 0], made))
    made.append(_called("Merge", merge["name"], merge["config"], [ends]))
    last = _row(config["layers"][1:], [merge["name"], 0, 0], made)
    config.update(layers=made, input_layers=inputs, output_layers=[last])
    context.note(
        "A Sequential model that begins with a Merge layer was written as a Functional one.",
        merge["name"],
    )


def _branch(branch: Any, name: str) -> list[Any]:
    config = branch.get("config") if isinstance(branch, dict) else None
    if isinstance(config, dict):
        config = config.get("layers")
    if not isinstance(config, list) or not config or branch.get("class_name") != "Sequential":
        raise refuse(name, "joins something that is no Sequential model, which is not read.")
    return config


def _row(rows: list[Any], at: list[Any], made: list[Json]) -> list[Any]:
    """Add layers that are each called on the one before; returns the last."""
    for position, row in enumerate(rows):
        entry = named(row, position)
        made.append(_called(entry["class_name"], entry["name"], entry["config"], [[at]]))
        at = [entry["name"], 0, 0]
    return at


def _called(class_name: str, name: str, config: Json, calls: list[Any]) -> Json:
    return {"class_name": class_name, "name": name, "config": config, "inbound_nodes": calls}

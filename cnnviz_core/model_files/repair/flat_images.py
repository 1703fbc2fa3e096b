"""Grey images without an axis of channels, which the network itself gives one or flattens."""

from __future__ import annotations

from typing import Any

from cnnviz_core.model_files.repair import nodes
from cnnviz_core.model_files.repair.context import Context, Json

ENDS = frozenset({"Flatten", "Reshape"})
"""Layers that give the same for an image with one channel as for one without channels."""
EACH_VALUE = frozenset({"Rescaling", "Dropout", "GaussianNoise"})
"""Layers that compute each value by itself."""
MAX_BETWEEN = 8
WHAT = (
    "The network takes grey images without an axis of channels and reshapes them itself; its input"
    " was given an axis of one channel, with the same values."
)


def with_channel(model: Json, context: Context) -> Json:
    """Give a model's only input an axis of one channel, in place, where all stays the same."""
    config = model["config"]
    inputs = [layer for layer in config["layers"] if layer.get("class_name") == "InputLayer"]
    if len(inputs) != 1:
        return model
    settings = inputs[0]["config"]
    shape = settings.get("batch_shape")
    if not isinstance(shape, list) or len(shape) != 3 or None in shape[1:]:
        return model
    sequential = model["class_name"] == "Sequential"
    if _row_ends(config["layers"]) if sequential else _all_end(config, inputs[0]):
        settings["batch_shape"] = [*shape, 1]
        context.note(WHAT, settings.get("name"))
    return model


def _row_ends(layers: list[Json]) -> bool:
    """Whether a row of layers begins so."""
    after = (
        layer for layer in layers[1:] if not (_is_own(layer) and layer["class_name"] in EACH_VALUE)
    )
    first = next(after, None)
    return first is not None and _is_own(first) and first["class_name"] in ENDS


def _all_end(config: Json, first: Json) -> bool:
    """Whether every path from the input of a Functional model begins so."""
    waiting, seen = [first["name"]], {first["name"]}
    while waiting:
        name = waiting.pop()
        if len(seen) > MAX_BETWEEN:
            return False
        if any(reference[0] == name for reference in nodes.references(config["output_layers"])):
            return False
        for layer in config["layers"]:
            origins = [
                nodes.history(tensor) for tensor in nodes.tensors(layer.get("inbound_nodes", []))
            ]
            if not any(at is not None and at[0] == name for at in origins):
                continue
            if not _is_own(layer) or layer["class_name"] not in ENDS | EACH_VALUE:
                return False
            if layer["class_name"] in EACH_VALUE and layer["name"] not in seen:
                seen.add(layer["name"])
                waiting.append(layer["name"])
    return True


def _is_own(layer: Any) -> bool:
    return layer.get("module") == "keras.layers"

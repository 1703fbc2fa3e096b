"""Names of layers: Keras 3 takes no slash in them, which older files hold."""

from __future__ import annotations

from typing import Any

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.repair import nodes
from cnnviz_core.model_files.repair.context import NESTED, Context, Json


def without_slash(name: str) -> str:
    """A layer's name as Keras 3 takes it: the file's weights still stand under the old one."""
    return name.replace("/", "_")


def without_slashes(entry: Json, context: Context) -> Json:
    """Replace slashes in the names of all layers by underscores, and wherever they are named."""
    config = entry["config"]
    if isinstance(config.get("name"), str):
        config["name"] = without_slash(config["name"])
    seen: set[str] = set()
    for layer in config["layers"]:
        _rename(layer, seen, context)
        if layer.get("class_name") in NESTED:
            without_slashes(layer, context)
    for tensor in nodes.tensors([layer.get("inbound_nodes", []) for layer in config["layers"]]):
        reference = nodes.history(tensor)
        if reference is not None and "/" in reference[0]:
            tensor["config"]["keras_history"] = list(_changed(reference))
    for key in ("input_layers", "output_layers"):
        if key in config:
            config[key] = nodes.mapped(config[key], _changed)
    return entry


def _changed(reference: nodes.Reference) -> nodes.Reference:
    return without_slash(reference[0]), reference[1], reference[2]


def _rename(layer: Json, seen: set[str], context: Context) -> None:
    name: Any = layer.get("name", layer["config"].get("name"))
    if not isinstance(name, str):
        return
    if "/" in name:
        context.note(
            "Slashes in names of layers, which Keras 3 does not take, became underscores.",
            without_slash(name),
        )
    for holder in (layer, layer["config"]):
        if isinstance(holder.get("name"), str):
            holder["name"] = without_slash(holder["name"])
    if without_slash(name) in seen:
        raise ModelFileError(f"Two layers of this model would have the name {name[:80]!r}.")
    seen.add(without_slash(name))

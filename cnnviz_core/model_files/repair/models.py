"""Models of layers: Sequential as a list, Functional with its calls, one inside another."""

from __future__ import annotations

from typing import Any

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.limits import MAX_NESTING
from cnnviz_core.model_files.repair import merging, nodes, tensorflow_operations
from cnnviz_core.model_files.repair.context import NESTED, Context, Json, refuse
from cnnviz_core.model_files.repair.entries import first_shape, named, set_module, single_layer
from cnnviz_core.model_files.repair.splitting import Chain, plain_layer, split

MODULES = {"Sequential": "keras", "Functional": "keras.src.models.functional"}


def model(entry: Json, context: Context, nesting: int = 0) -> Json:
    """A model, and all models inside, in Keras 3's form; changes and returns the entry."""
    if nesting > MAX_NESTING:
        raise ModelFileError("This model holds models inside models too deeply to be read.")
    config = entry.get("config")
    if isinstance(config, list):
        config = {"layers": config}
    if not isinstance(config, dict) or not isinstance(config.get("layers"), list):
        raise ModelFileError(
            "This model's layers are not described in the file, or its class is"
            " one of its own; save it as a Functional or Sequential model."
        )
    context.count(len(config["layers"]))
    entry["config"] = config
    if entry["class_name"] in ("Model", "Network", "Container"):
        entry["class_name"] = "Functional"
    set_module(entry, MODULES.get(entry["class_name"], "keras"), context)
    if "name" not in config:
        config["name"] = entry.get("name") or entry["class_name"].lower()
    if context.era < 3:
        for key in ("build_config", "compile_config", "shared_object_id"):
            entry.pop(key, None)
        for key in ("batch_input_shape", "dtype"):
            config.pop(key, None)
    if entry["class_name"] == "Sequential" and merging.begins_with_merge(config):
        merging.as_functional(config, context)
        entry["class_name"] = "Functional"
        set_module(entry, MODULES["Functional"], context)
    if entry["class_name"] == "Sequential":
        sequential(entry, config, context, nesting)
    else:
        functional(config, context, nesting)
    return entry


def layer(entry: Json, name: str, context: Context, nesting: int) -> Chain:
    """An entry of a model's list of layers."""
    if entry.get("class_name") in NESTED:
        return Chain([model(entry, context, nesting + 1)])
    single_layer(entry, name, context)
    return split(entry, name, context) if context.era < 3 else Chain([entry])


def sequential(entry: Json, config: Json, context: Context, nesting: int) -> None:
    """Layers of a row, the input first."""
    given = [named(layer_entry, position) for position, layer_entry in enumerate(config["layers"])]
    shape, dtype = first_shape(given[0], config) if given else (None, "float32")
    rows: list[Json] = []
    for layer_entry in given:
        rows += layer(layer_entry, layer_entry["name"], context, nesting).layers
    for layer_entry in rows:
        layer_entry.pop("name", None)
        layer_entry.pop("inbound_nodes", None)
    config["layers"] = rows
    if context.era < 3:
        config.pop("build_input_shape", None)
    if rows and rows[0].get("class_name") != "InputLayer" and shape is not None:
        first = given[0]["config"]["name"]
        settings = {"batch_shape": shape, "dtype": dtype, "sparse": False, "ragged": False}
        made = plain_layer("InputLayer", f"{first}_input", settings)
        del made["config"]["trainable"], made["name"]
        rows.insert(0, made)
        context.note(
            "The input, which the file holds as a setting of the first layer, was written out as"
            " an input layer.",
            first,
        )


def functional(config: Json, context: Context, nesting: int) -> None:
    """Layers with their calls, the model's inputs and its outputs."""
    entries = [named(entry, position) for position, entry in enumerate(config["layers"])]
    names = frozenset(entry["name"] for entry in entries)
    if len(names) < len(entries):
        raise ModelFileError("Two layers of this model have the same name, so the file is damaged.")
    for entry in entries:
        is_operation = entry.get("class_name") in tensorflow_operations.CLASSES
        entry["inbound_nodes"] = nodes.calls(entry, entry["name"], names, is_operation)
    config["input_layers"] = _ends(config.get("input_layers"), context, nesting)
    config["output_layers"] = _ends(config.get("output_layers"), context, nesting)
    _renumber(entries, config, context)
    chains: list[Chain] = []
    for entry in entries:
        if entry.get("class_name") in tensorflow_operations.CLASSES:
            tensorflow_operations.translate(entry, context)
            chains.append(Chain([entry]))
        else:
            chains.append(layer(entry, entry["name"], context, nesting))
    config["layers"] = joined(chains, config)
    _unwrap_calls(config["layers"])


def joined(chains: list[Chain], config: Json) -> list[Json]:
    """All layers of chains, each connected: others read the last of a chain."""
    last = {chain.layers[chain.main]["name"]: chain.layers[-1]["name"] for chain in chains}
    moved = {name: end for name, end in last.items() if name != end}

    def change(old: nodes.Reference) -> nodes.Reference:
        return moved.get(old[0], old[0]), old[1], old[2]

    originals = [chain.layers[chain.main] for chain in chains]
    for tensor in nodes.tensors([entry["inbound_nodes"] for entry in originals]):
        reference = nodes.history(tensor)
        if reference is not None:
            tensor["config"]["keras_history"] = list(change(reference))
    config["output_layers"] = nodes.mapped(config["output_layers"], change)
    for chain in chains:
        _connect(chain)
    made = [entry for chain in chains for entry in chain.layers]
    if len({entry["name"] for entry in made}) < len(made):
        raise ModelFileError("A layer that must be added has the name of one that is there.")
    return made


def _connect(chain: Chain) -> None:
    """Call each layer of a chain on the one before it, as often as the first is called."""
    if len(chain.layers) == 1:
        return
    original = chain.layers[chain.main]
    given: list[Json] = original["inbound_nodes"]
    for position, entry in enumerate(chain.layers):
        kwargs = [call["kwargs"] if entry is original else {} for call in given]
        before = chain.layers[position - 1]["name"]
        entry["inbound_nodes"] = [
            {
                "args": given[call]["args"] if position == 0 else [nodes.tensor(before, call)],
                "kwargs": kwargs[call],
            }
            for call in range(len(given))
        ]


def _ends(value: Any, context: Context, nesting: int) -> Any:
    """Inputs or outputs of a model; lists around a single one go, as Keras 3 leaves them away."""
    if isinstance(value, list | dict) and not nodes.references(value):
        raise ModelFileError("This model's inputs or outputs are not described in the file.")
    if not isinstance(value, list | dict):
        raise ModelFileError("This model's inputs or outputs are not described in the file.")
    if context.era == 3 and nesting == 0:
        return value
    bare = value
    while isinstance(bare, list) and len(bare) == 1 and isinstance(bare[0], list):
        bare = bare[0]
    if context.era == 3 and bare is not value:
        context.note("The inputs of a model inside lay one list too deep; the list was taken away.")
    if isinstance(bare, list) and nodes.reference(bare) is None:
        return [end[0] if _wrapped(end) else end for end in bare]
    return bare


def _wrapped(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 1 and nodes.reference(value[0]) is not None


def _renumber(entries: list[Json], config: Json, context: Context) -> None:
    """Count calls from 0; in a model's outputs Keras counts a Functional model's from 1."""
    models = frozenset(entry["name"] for entry in entries if entry.get("class_name") in NESTED)
    shifted = frozenset(
        entry["name"]
        for entry in entries
        if entry.get("class_name") in NESTED and entry["class_name"] != "Sequential"
    )

    def move(by: int, value: Any) -> Any:
        return nodes.mapped(value, lambda at: (at[0], at[1] + by * (at[0] in shifted), at[2]))

    outputs = config["output_layers"]
    if context.era == 3:
        before = [nodes.history(tensor) for entry in entries for tensor in _arguments(entry)]
        renumbered = move(1, nodes.renumber(entries, frozenset(), move(-1, outputs)))
        after = [nodes.history(tensor) for entry in entries for tensor in _arguments(entry)]
        if before != after or renumbered != outputs:
            context.note("Calls of shared layers were numbered with gaps and were counted anew.")
        config["output_layers"] = renumbered
        return
    for entry in entries:
        if entry["class_name"] in NESTED and entry["class_name"] != "Sequential":
            entry["class_name"] = "Functional"
    config["output_layers"] = move(1, nodes.renumber(entries, models, outputs))


def _arguments(entry: Json) -> list[Json]:
    return list(nodes.tensors(entry["inbound_nodes"]))


def _unwrap_calls(entries: list[Json]) -> None:
    """Call a model that has a single input on it, not on a list of it."""
    for entry in entries:
        inner = entry["config"].get("input_layers") if isinstance(entry["config"], dict) else None
        if entry.get("class_name") != "Functional" or nodes.reference(inner) is None:
            continue
        for call in entry["inbound_nodes"]:
            first = call["args"][0] if call["args"] else None
            if isinstance(first, list) and len(first) == 1:
                call["args"][0] = first[0]


def check_input(entry: Json) -> None:
    """Refuse a Sequential model whose input has no size anywhere in the file.

    Raises:
        ModelFileError: its first layer is no input.
    """
    layers = entry["config"]["layers"]
    if entry["class_name"] != "Sequential" or (
        layers and layers[0].get("class_name") == "InputLayer"
    ):
        return
    raise ModelFileError(
        "The file does not say how large the model's input is; give its first layer an"
        " input_shape, or build it with an Input, and save it again."
    )


def check_root(entry: Json) -> None:
    """Refuse what is no model at its root.

    Raises:
        ModelFileError: it is a layer, or a class of its own.
    """
    if not isinstance(entry.get("class_name"), str):
        raise ModelFileError("The file's configuration does not say what kind of model it holds.")
    if entry["class_name"] not in NESTED:
        raise refuse(
            entry["class_name"],
            "is a model class of its own, whose code is not in the file; rebuild it as a Functional"
            " or Sequential model and save that.",
        )

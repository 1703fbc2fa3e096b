"""Networks with channels first, which a CPU cannot convolve, as networks with channels last.

Kernels have the same order of axes in both, so weights stay as they are; what reads a map's axes in
another order than the layer says is refused.
"""

from __future__ import annotations

from typing import Any

from cnnviz_core.model_files.repair import models, nodes
from cnnviz_core.model_files.repair.context import NESTED, Context, Json, refuse
from cnnviz_core.model_files.repair.layout_rules import MAP, OTHER, State, rewritten
from cnnviz_core.model_files.repair.splitting import Chain

WHAT = (
    "The network puts channels first, which needs a graphics card; it was rewritten to put them"
    " last, with the same weights and values."
)


def channels_last(model: Json, context: Context) -> Json:
    """Rewrite a model, in place, if any of its layers puts channels first.

    Raises:
        ModelFileError: a layer cannot be rewritten exactly.
    """
    if _first(model):
        _forget_shapes(model)
        ends = _model(model, None, context)
        if MAP in ends:
            context.note("The network's output is a map, which has its channels last now.")
    return model


def _first(value: Any) -> bool:
    """Whether any setting says that channels come first."""
    if isinstance(value, dict):
        return value.get("data_format") == "channels_first" or any(map(_first, value.values()))
    return isinstance(value, list) and any(map(_first, value))


def _forget_shapes(value: Any) -> None:
    """Leave away what files say of shapes besides the inputs: it would no longer be true."""
    if isinstance(value, list):
        for item in value:
            _forget_shapes(item)
    elif isinstance(value, dict):
        value.pop("build_config", None)
        value.pop("build_input_shape", None)
        for item in value.values():
            _forget_shapes(item)


def _model(model: Json, given: list[State] | None, context: Context) -> list[State]:
    """Rewrite one model; returns what its outputs are, for inputs that are as given."""
    config = model["config"]
    if model["class_name"] == "Sequential":
        return _sequential(config, given, context)
    return _functional(config, given, context)


def _input(entry: Json) -> State:
    """Rewrite an input's shape; those of four axes are maps."""
    config = entry["config"]
    shape = config.get("batch_shape", config.get("batch_input_shape"))
    if not isinstance(shape, list) or len(shape) != 4:
        return OTHER
    config["batch_shape"] = [shape[0], shape[2], shape[3], shape[1]]
    return MAP


def _sequential(config: Json, given: list[State] | None, context: Context) -> list[State]:
    rows: list[Json] = []
    state = given[0] if given and len(given) == 1 else None
    for entry in config["layers"]:
        if entry.get("class_name") == "InputLayer":
            made = _input(entry)
            state = made if state is None else state
            rows.append(entry)
            continue
        if state is None:
            raise refuse(config.get("name"), "puts channels first but names no size of its input.")
        chain, ends = _layer(entry, [state], context)
        if len(ends) != 1:
            raise refuse(entry["config"].get("name"), "has several outputs inside a row of layers.")
        state = ends[0]
        for layer in chain.layers:
            if layer is not entry:
                layer.pop("name", None)
        rows += chain.layers
    config["layers"] = rows
    return [state or OTHER]


def _layer(entry: Json, states: list[State], context: Context) -> tuple[Chain, list[State]]:
    """Rewrite a layer whose inputs are known."""
    if entry.get("class_name") in NESTED and isinstance(entry["config"].get("layers"), list):
        return Chain([entry]), _model(entry, states, context)
    name = entry.get("name", entry["config"].get("name"))
    changed = entry["config"].get("data_format") == "channels_first"
    chain, end = rewritten(entry, name, states)
    if changed or len(chain.layers) > 1:
        context.note(WHAT, name if isinstance(name, str) else None)
    return chain, [end]


def _functional(config: Json, given: list[State] | None, context: Context) -> list[State]:
    entries: list[Json] = config["layers"]
    known: dict[str, list[State]] = {}
    inputs = [reference[0] for reference in nodes.references(config["input_layers"])]
    for entry in entries:
        if entry.get("class_name") == "InputLayer":
            known[entry["name"]] = [_input(entry)]
    if given is not None and [known.get(name) for name in inputs] != [[state] for state in given]:
        raise refuse(config.get("name"), "is called on something that is no map of its input.")
    chains: dict[str, Chain] = {}
    for entry in in_order(entries):
        if entry["name"] not in known:
            chains[entry["name"]], known[entry["name"]] = _called(entry, known, context)
    made = [chains.get(entry["name"], Chain([entry])) for entry in entries]
    config["layers"] = models.joined(made, config)
    ends = [
        known.get(reference[0], [OTHER]) for reference in nodes.references(config["output_layers"])
    ]
    return [states[0] for states in ends]


def in_order(entries: list[Json]) -> list[Json]:
    """Layers so that each comes after all that it reads, itself aside.

    Raises:
        ModelFileError: some read each other in a circle, or something that is not there.
    """
    missing: dict[str, set[str]] = {}
    readers: dict[str, list[Json]] = {}
    for entry in entries:
        references = map(nodes.history, nodes.tensors(entry["inbound_nodes"]))
        missing[entry["name"]] = {at[0] for at in references if at} - {entry["name"]}
        for name in missing[entry["name"]]:
            readers.setdefault(name, []).append(entry)
    ready = [entry for entry in entries if not missing[entry["name"]]]
    for entry in ready:
        for reader in readers.get(entry["name"], ()):
            missing[reader["name"]].discard(entry["name"])
            if not missing[reader["name"]]:
                ready.append(reader)
    if len(ready) < len(entries):
        stuck = next(name for name, names in missing.items() if names)
        raise refuse(stuck, "is called on a layer that never comes to be.")
    return ready


def _called(
    entry: Json, known: dict[str, list[State]], context: Context
) -> tuple[Chain, list[State]]:
    """Rewrite a layer whose inputs are known, which each of its calls must agree on."""
    calls: list[list[State]] = []
    for call in entry["inbound_nodes"]:
        references = map(nodes.history, nodes.tensors([call["args"], call["kwargs"]]))
        outer = [at for at in references if at is not None and at[0] != entry["name"]]
        calls.append([_state(known[at[0]], at[2]) for at in outer])
    given = [states for states in calls if states]
    if not given or any(states != given[0] for states in given):
        raise refuse(entry["name"], "is called on maps and on other values, or on nothing.")
    chain, ends = _layer(entry, given[0], context)
    if len(given) < len(calls) and [ends[0]] != given[0]:
        raise refuse(entry["name"], "is called on its own output, which is of another kind.")
    return chain, ends


def _state(ends: list[State], output: int) -> State:
    return ends[output] if 0 <= output < len(ends) else OTHER

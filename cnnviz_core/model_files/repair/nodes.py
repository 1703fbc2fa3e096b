"""Calls of layers: lists of [name, call, output, arguments] become Keras 3's args and kwargs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.repair.context import Json, refuse

CONSTANT = "_CONSTANT_VALUE"
Reference = tuple[str, int, int]


def tensor(name: str, call: int, output: int = 0) -> Json:
    """A layer's output as an argument; shape and type are left open, as old files do not say."""
    return {
        "class_name": "__keras_tensor__",
        "config": {"shape": [None], "dtype": "float32", "keras_history": [name, call, output]},
    }


def history(value: Any) -> Reference | None:
    """Name, call and output that an argument refers to; None where it is no tensor."""
    if not isinstance(value, dict) or value.get("class_name") != "__keras_tensor__":
        return None
    config = value.get("config")
    keras_history = config.get("keras_history") if isinstance(config, dict) else None
    return reference(keras_history)


def reference(value: Any) -> Reference | None:
    """A list of name, call and output; None for anything else."""
    if not isinstance(value, list) or len(value) < 3 or not isinstance(value[0], str):
        return None
    if type(value[1]) is not int or type(value[2]) is not int:
        return None
    return value[0], value[1], value[2]


def tensors(value: Any) -> Iterator[Json]:
    """Every tensor argument inside plain values."""
    if history(value) is not None:
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from tensors(item)
    elif isinstance(value, list):
        for item in value:
            yield from tensors(item)


def mapped(value: Any, change: Callable[[Reference], Reference]) -> Any:
    """Structures of [name, call, output], as models list inputs and outputs, with each changed."""
    origin = reference(value)
    if origin is not None and len(value) == 3:
        return list(change(origin))
    if isinstance(value, dict):
        return {key: mapped(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [mapped(item, change) for item in value]
    return value


def references(value: Any) -> list[Reference]:
    """All of them in such a structure."""
    collected: list[Reference] = []

    def collect(origin: Reference) -> Reference:
        collected.append(origin)
        return origin

    mapped(value, collect)
    return collected


def calls(entry: Json, name: str, names: frozenset[str], keep_structure: bool) -> list[Json]:
    """The calls of a layer in Keras 3's form.

    Args:
        entry: the layer.
        name: of it.
        names: of all layers of its network.
        keep_structure: whether a list of one tensor stays a list: operations mean it.
    """
    nodes = entry.get("inbound_nodes", [])
    if not isinstance(nodes, list):
        raise refuse(name, "does not say how it is called, so the file is damaged.")
    return [_call(node, name, names, keep_structure) for node in nodes]


def _call(node: Any, name: str, names: frozenset[str], keep_structure: bool) -> Json:
    if isinstance(node, dict) and set(node) == {"args", "kwargs"}:
        if not isinstance(node["args"], list) or not isinstance(node["kwargs"], dict):
            raise refuse(name, "does not say how it is called, so the file is damaged.")
        return node
    arguments: list[Json] = []
    first = _first(node, name, names, arguments)
    if isinstance(first, list) and len(first) == 1 and not keep_structure:
        first = first[0]
    kwargs = arguments[0] if arguments else {}
    if any(leaf_arguments != kwargs for leaf_arguments in arguments[1:]):
        raise refuse(name, "is called with contradicting arguments, so the file is damaged.")
    kwargs = {key: _argument(value, names) for key, value in kwargs.items()}
    return {
        "args": [first],
        "kwargs": {key: value for key, value in kwargs.items() if (key, value) != ("mask", None)},
    }


def _first(node: Any, name: str, names: frozenset[str], arguments: list[Json]) -> Any:
    """A call's first argument, of which the leaves carry the others along."""
    if isinstance(node, list) and node and isinstance(node[0], str):
        if len(node) > 3 and isinstance(node[3], dict):
            arguments.append(node[3])
        if node[0] == CONSTANT and len(node) > 2:
            return constant(node[2])
        origin = reference(node)
        if origin is None or len(node) > 4 or origin[0] not in names:
            raise refuse(name, f"is called on {str(node[0])[:80]!r}, which the model has not.")
        return tensor(*origin)
    if isinstance(node, list) and node:
        return [_first(item, name, names, arguments) for item in node]
    if isinstance(node, dict) and node:
        return {key: _first(item, name, names, arguments) for key, item in node.items()}
    raise refuse(name, "is called on nothing, so the file is damaged.")


def _argument(value: Any, names: frozenset[str]) -> Any:
    """Another argument: tensors hide in it as lists that begin with a layer's name."""
    origin = reference(value)
    if origin is not None and len(value) == 3 and origin[0] in names:
        return tensor(*origin)
    if isinstance(value, list) and len(value) >= 3 and value[0] == CONSTANT:
        return constant(value[2])
    if isinstance(value, list):
        return [_argument(item, names) for item in value]
    if isinstance(value, dict):
        return {key: _argument(item, names) for key, item in value.items()}
    return value


def constant(value: Any) -> Any:
    """A constant; lists of numbers as Keras 3 writes arrays, since it takes no lists for them."""
    if isinstance(value, list):
        return {"class_name": "__numpy__", "config": {"value": value, "dtype": "float32"}}
    return value


def renumber(entries: list[Json], nested: frozenset[str], outputs: Any) -> Any:
    """Count each layer's calls from 0, in arguments (in place) and in a model's outputs.

    Old Keras counted a nested model's making as its first call, sometimes. Every call that a file
    holds is used by somebody, so that the numbers used, in order, are those of the calls.

    Returns:
        The outputs' structure, renumbered.
    """
    used: dict[str, set[int]] = {}
    arguments = [argument for entry in entries for argument in tensors(entry["inbound_nodes"])]
    for origin in [*map(history, arguments), *references(outputs)]:
        if origin is not None:
            used.setdefault(origin[0], set()).add(origin[1])
    numbers = {
        entry["name"]: _numbers(entry, sorted(used.get(entry["name"], ())), nested)
        for entry in entries
    }

    def change(old: Reference) -> Reference:
        if old[0] not in numbers:
            raise ModelFileError(
                f"The model's output is the layer {old[0][:80]!r}, which it lacks."
            )
        return old[0], numbers[old[0]][old[1]], old[2]

    for argument in arguments:
        origin = history(argument)
        if origin is not None:
            argument["config"]["keras_history"] = list(change(origin))
    return mapped(outputs, change)


def _numbers(entry: Json, used: list[int], nested: frozenset[str]) -> dict[int, int]:
    """New numbers of one layer's calls by the old ones."""
    count = len(entry["inbound_nodes"])
    if count == 0:
        return dict.fromkeys(used, 0)
    if entry["name"] not in nested and all(0 <= number < count for number in used):
        return {number: number for number in used}
    if len(used) == count:
        return {number: position for position, number in enumerate(used)}
    functional = entry.get("class_name") == "Functional"
    if functional and used and all(1 <= number <= count for number in used):
        return {number: number - 1 for number in used}
    if not used:
        return {}
    raise refuse(entry["name"], "is called in a way that the file leaves unclear.")

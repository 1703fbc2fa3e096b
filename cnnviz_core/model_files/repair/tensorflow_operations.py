"""Layers that stand for a TensorFlow function: as the operation of Keras 3 that computes it.

`TFOpLambda` and `SlicingOpLambda` (TensorFlow 2.4 to 2.15) name the function and keep its arguments
with the call; `TensorFlowOpLayer` (1.15 to 2.3) holds a node of TensorFlow's graph as JSON.
"""

from __future__ import annotations

import json
from typing import Any

from cnnviz_core.model_files.repair import nodes
from cnnviz_core.model_files.repair.context import Context, Json, refuse
from cnnviz_core.model_files.repair.tensorflow_functions import Operation, Untranslatable
from cnnviz_core.model_files.repair.tensorflow_table import FUNCTIONS

CLASSES = frozenset({"TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer"})
GRAPH_FUNCTIONS = {
    "RealDiv": "math.truediv",
    "Sub": "math.subtract",
    "Mul": "math.multiply",
    "AddV2": "math.add",
    "Add": "math.add",
    "BiasAdd": "nn.bias_add",
    "Maximum": "math.maximum",
    "Minimum": "math.minimum",
    "Pow": "math.pow",
    "Relu": "nn.relu",
    "Relu6": "nn.relu6",
    "Sigmoid": "math.sigmoid",
    "Tanh": "math.tanh",
    "Softmax": "nn.softmax",
    "Neg": "math.negative",
    "Abs": "math.abs",
    "Sqrt": "math.sqrt",
    "Rsqrt": "math.rsqrt",
    "Square": "math.square",
    "Exp": "math.exp",
    "Log": "math.log",
    "Identity": "identity",
}
"""Nodes of TensorFlow's graph whose inputs, in order, are all that they need."""


def translate(entry: Json, context: Context) -> None:
    """Make an operation of Keras 3 of such a layer, in place.

    Raises:
        ModelFileError: it has none that computes exactly the same.
    """
    name, old_class = entry["name"], entry["class_name"]
    function = "?"
    try:
        if len(entry["inbound_nodes"]) != 1:
            raise Untranslatable
        call = entry["inbound_nodes"][0]
        if not call["args"]:
            raise Untranslatable
        if old_class == "TensorFlowOpLayer":
            function, given = _graph_node(entry["config"], call)
        else:
            function, given = _function(entry["config"], call)
        parameters, make = FUNCTIONS[function]
        operation = make(_bound(parameters, given))
    except (Untranslatable, KeyError):
        raise refuse(
            name,
            f"runs the TensorFlow function {function[:80]!r} in a way that Keras 3 has no operation"
            " for; rebuild the model without it.",
        ) from None
    entry.clear()
    entry.update(_entry(operation, name))
    context.note(
        f"The TensorFlow function {function} was read as Keras's operation"
        f" {operation.class_name}, which computes the same.",
        name,
    )


def _entry(operation: Operation, name: str) -> Json:
    return {
        "module": f"keras.src.ops.{operation.module}",
        "class_name": operation.class_name,
        "config": {"name": name, **operation.config},
        "registered_name": operation.class_name,
        "name": name,
        "inbound_nodes": [{"args": operation.args, "kwargs": operation.kwargs}],
    }


def _function(config: Json, call: Json) -> tuple[str, list[tuple[str | None, Any]]]:
    """Name of the function and its arguments: the first, then others by their names."""
    function = config.get("function")
    if not isinstance(function, str):
        raise Untranslatable
    function = function.removeprefix("tf.")
    rest = [(key, value) for key, value in call["kwargs"].items() if key != "name"]
    return function, [(None, call["args"][0]), *rest]


def _graph_node(config: Json, call: Json) -> tuple[str, list[tuple[str | None, Any]]]:
    """Function and arguments of a node of a graph, of which constants are held apart."""
    node, constants = config.get("node_def"), config.get("constants") or {}
    try:
        node = json.loads(node) if isinstance(node, str) else node
    except (ValueError, RecursionError):
        raise Untranslatable from None
    if not isinstance(node, dict) or not isinstance(constants, dict):
        raise Untranslatable
    operation = node.get("op")
    function = GRAPH_FUNCTIONS.get(operation) if isinstance(operation, str) else None
    if function is None:
        raise Untranslatable
    first = call["args"][0]
    tensors = list(first) if isinstance(first, list) else [first]
    values: list[Any] = []
    for position in range(len(tensors) + len(constants)):
        if str(position) in constants:
            values.append(nodes.constant(constants[str(position)]))
        elif tensors:
            values.append(tensors.pop(0))
    if tensors:
        raise Untranslatable
    return function, [(None, value) for value in values]


def _bound(parameters: tuple[str, ...], given: list[tuple[str | None, Any]]) -> Json:
    """Arguments by the function's own names for them."""
    bound: Json = {}
    for position, (key, value) in enumerate(given):
        if key is None and position >= len(parameters):
            raise Untranslatable
        key = parameters[position] if key is None else key
        if key in bound or key not in parameters:
            raise Untranslatable
        bound[key] = value
    return bound

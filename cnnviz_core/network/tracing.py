"""From a Keras model to its `Graph`: nested models opened, every tensor numbered once.

Sequential and Functional models are read from their own nodes. A model or layer whose `call` is
code of its own is called once on symbolic tensors, which leaves nodes behind as a Functional model
has them; where its code does not allow that, the model is refused and the layer stays one step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from cnnviz_core.errors import UnsupportedModelError
from cnnviz_core.network.graph import Graph, Slot, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def trace(network: keras.Model) -> Graph:
    """Open a network into the flat list of its steps.

    Raises:
        UnsupportedModelError: its computation cannot be followed.
    """
    functional = functional_of(network)
    if functional is not None:
        inputs, outputs = functional.inputs, functional.outputs
        names = _output_names(functional)
    else:
        inputs, outputs, names = _called_symbolically(network)
    tracer = _Tracer()
    scope: dict[int, int] = {}
    for tensor in inputs:
        tracer.add_input(tensor, scope)
    slots = tuple(scope.values())
    tracer.add_until(outputs, scope, "")
    return Graph(tracer.steps, slots, tuple(scope[id(t)] for t in outputs), names)


def functional_of(operation: Any) -> Any | None:
    """The Functional model that a layer is, or None where it has no nodes of its own."""
    if isinstance(operation, keras.Sequential):
        operation = operation._functional
    followed = (
        isinstance(operation, keras.Function)
        and isinstance(operation, keras.Model)
        and type(operation).call.__qualname__ == "Functional.call"
    )
    return operation if followed else None


def feed(network: keras.Model, values: Sequence[Any]) -> Any:
    """What the network is called with, from one value an input in the graph's order."""
    functional = functional_of(network)
    if functional is None or isinstance(network, keras.Sequential):
        return values[0]
    return keras.tree.pack_sequence_as(functional._inputs_struct, list(values))


class _Tracer:
    """Walks from outputs back to inputs, opening nested models, and numbers every tensor once."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.count = 0
        self.names: set[str] = set()
        self.kept: list[Any] = []  # a tensor that is freed would leave its id to another

    def new_slot(self) -> int:
        self.count += 1
        return self.count - 1

    def unique(self, name: str) -> str:
        candidate, number = name, 1
        while candidate in self.names:
            number += 1
            candidate = f"{name}:{number}"
        self.names.add(candidate)
        return candidate

    def add_input(self, tensor: Any, scope: dict[int, int]) -> None:
        """Add the step that feeds an input of the network."""
        scope[id(tensor)] = slot = self.new_slot()
        layer = tensor._keras_history.operation
        shape = tuple(tensor.shape[1:])
        self.steps.append(Step(self.unique(layer.name), layer, (), {}, (), (slot,), shape))

    def add_until(self, outputs: Sequence[Any], scope: dict[int, int], prefix: str) -> None:
        """Add what computes some tensors; `scope` maps the ids of tensors known to slots."""
        for node in _nodes_before(outputs, scope):
            self._add(node, scope, prefix)

    def _add(self, node: Any, scope: dict[int, int], prefix: str) -> None:
        operation = node.operation
        inner = functional_of(operation)
        if inner is not None:
            known = zip(inner.inputs, _given(inner, node), strict=True)
            opened = {id(tensor): scope[id(given)] for tensor, given in known}
            self._open(node, inner.outputs, opened, scope, prefix)
            return
        if (results := _results_of_own_code(node)) is not None:
            self._open(node, results, scope, scope, prefix)
            return
        args, kwargs = node.arguments.convert(
            lambda leaf: Slot(scope[id(leaf)]) if isinstance(leaf, keras.KerasTensor) else leaf
        )
        for tensor in node.outputs:
            scope[id(tensor)] = self.new_slot()
        self.steps.append(
            Step(
                name=self.unique(prefix + operation.name),
                operation=operation,
                args=args,
                kwargs=kwargs,
                inputs=tuple(dict.fromkeys(scope[id(t)] for t in node.input_tensors)),
                outputs=tuple(scope[id(t)] for t in node.outputs),
                shape=tuple(node.outputs[0].shape[1:]),
            )
        )

    def _open(
        self,
        node: Any,
        results: Sequence[Any],
        opened: dict[int, int],
        scope: dict[int, int],
        prefix: str,
    ) -> None:
        """Add the steps inside a layer under its name, and tie their ends to its node."""
        self.kept.append(results)
        name = self.unique(prefix + node.operation.name)
        self.add_until(results, opened, name + "/")
        for tensor, result in zip(node.outputs, results, strict=True):
            scope[id(tensor)] = opened[id(result)]


def _output_names(functional: Any) -> tuple[str, ...]:
    """Names of a model's outputs: the keys of a dictionary, or their layers', each once."""
    structure = functional._outputs_struct
    if isinstance(structure, dict) and len(structure) == len(functional.outputs):
        by_id = {id(tensor): key for key, tensor in structure.items()}
        return tuple(by_id[id(tensor)] for tensor in functional.outputs)
    names: list[str] = []
    for name in functional.output_names:
        times = sum(earlier.split(":")[0] == name for earlier in names)
        names.append(f"{name}:{times + 1}" if times else name)
    return tuple(names)


def _given(inner: Any, node: Any) -> Sequence[Any]:
    """What a nested model is called with, in the order of its own inputs."""
    argument = node.arguments.args[0] if node.arguments.args else None
    if not isinstance(argument, dict):
        tensors: Sequence[Any] = node.input_tensors
        return tensors
    return [argument[tensor._keras_history.operation.name] for tensor in inner.inputs]


def _nodes_before(outputs: Iterable[Any], known: dict[int, int]) -> list[Any]:
    """The nodes that compute some tensors from known ones, each after those that it reads."""
    ordered: list[Any] = []
    done: set[int] = set()
    pending: list[tuple[Any, bool]] = [(tensor, False) for tensor in reversed(list(outputs))]
    while pending:
        tensor, inputs_done = pending.pop()
        if id(tensor) in known:
            continue
        operation, index, _ = tensor._keras_history
        node = operation._inbound_nodes[index]
        if id(node) in done:
            continue
        if inputs_done:
            done.add(id(node))
            ordered.append(node)
            continue
        pending.append((tensor, True))
        pending.extend((given, False) for given in reversed(node.input_tensors))
    return ordered


def _results_of_own_code(node: Any) -> list[Any] | None:
    """What a layer made of other layers gives when its own code runs on the node's tensors.

    None where the layer is Keras's own or has no layers inside, where its code does not run on
    symbolic tensors, or where it computes in another precision than its inputs: outside of the
    layer nothing would convert them.
    """
    layer = node.operation
    if not isinstance(layer, keras.Layer) or type(layer).__module__.startswith("keras."):
        return None
    inside = len(list(layer._flatten_layers(include_self=False))) > 0
    if not inside or layer.compute_dtype != layer.variable_dtype:
        return None
    try:
        result = _call_symbolically(layer, *node.arguments.args, **node.arguments.kwargs)
    except Exception:
        # Somebody's code meets tensors without values: it may raise anything. One step, then.
        return None
    flat: list[Any] = keras.tree.flatten(result)
    return flat


def _call_symbolically(layer: Any, *args: Any, **kwargs: Any) -> Any:
    if layer._call_has_training_arg:
        kwargs["training"] = False
    result = layer.call(*args, **kwargs)
    if not all(isinstance(output, keras.KerasTensor) for output in keras.tree.flatten(result)):
        raise TypeError("its call gives something other than tensors")
    return result


def _called_symbolically(network: keras.Model) -> tuple[list[Any], list[Any], tuple[str, ...]]:
    """Inputs, outputs and the outputs' names of a model that computes in code of its own."""
    if isinstance(network, keras.Sequential):
        raise UnsupportedModelError(
            f"Sequential model {network.name!r} was saved without an input size, so its layers "
            "have no shapes. Begin it with keras.Input((height, width, channels)) and save it anew."
        )
    what = f"{type(network).__name__} {network.name!r} computes in code of its own"
    advice = "Rebuild the network as keras.Model(inputs, outputs)."
    shapes = (network.get_build_config() or {}).get("input_shape") if network.built else None
    if not isinstance(shapes, tuple | list) or not all(
        side is None or isinstance(side, int) for side in shapes
    ):
        raise UnsupportedModelError(
            f"{what} and holds no shape of one image input: it was never called, or its code "
            f"needs values that only a real picture has. {advice}"
        )
    given = keras.Input(tuple(shapes[1:]))
    try:
        result = _call_symbolically(network, given)
    except Exception as error:
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else "no reason"
        raise UnsupportedModelError(
            f"{what} that does not run on symbolic tensors ({reason}), so its layers cannot be "
            f"followed. {advice}"
        ) from error
    outputs = keras.tree.flatten(result)
    names = sorted(result) if isinstance(result, dict) else map(str, range(len(outputs)))
    return [given], outputs, tuple(names)

"""A network as one flat list of steps, with nested models opened, that can be run in part.

Keras runs a Functional model as a whole and hides the layers of a model inside a model. Every
method here needs something in between: some tensors, the part after a layer, one activation left
out. A `Graph` calls the network's own layers, so weights are shared and nothing is copied or
changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras

from cnnviz_core.errors import LayerNotFoundError, UnsupportedModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Shape = tuple[int | None, ...]
    Substitutes = Mapping[str, Callable[..., Any]]


@dataclass(frozen=True)
class Slot:
    """Stands for a tensor: where steps write it and read it."""

    index: int


@dataclass(frozen=True, eq=False)
class Step:
    """One call of one layer (or Keras operation).

    Attributes:
        name: unique; layers of a nested model are `outer/inner`, a second call is `name:2`.
        operation: the network's own layer.
        args: positional arguments, tensors replaced by slots.
        kwargs: keyword arguments, likewise.
        inputs: slots read.
        outputs: slots written.
        shape: shape of the first output, without the batch axis.
    """

    name: str
    operation: Any
    args: Any
    kwargs: Any
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    shape: Shape

    @property
    def kind(self) -> str:
        """Class name of the layer."""
        return type(self.operation).__name__

    @property
    def is_input(self) -> bool:
        """Whether the step feeds the network rather than computing."""
        return isinstance(self.operation, keras.layers.InputLayer)

    @property
    def spatial(self) -> bool:
        """Whether the output is a map: height, width and channels, of more than one cell."""
        return not self.is_input and len(self.shape) == 3 and self.shape[:2] != (1, 1)


@dataclass(frozen=True, eq=False)
class Split:
    """A graph cut at one slot.

    Attributes:
        slot: where it is cut.
        boundary: slots computed without `slot` that the part after it also reads.
    """

    slot: int
    boundary: tuple[int, ...]


class Graph:
    """The steps of a network in an order in which they can be run."""

    def __init__(
        self, steps: Sequence[Step], inputs: Sequence[int], outputs: Sequence[int]
    ) -> None:
        self.steps = tuple(steps)
        self.inputs = tuple(inputs)
        self.outputs = tuple(outputs)
        self._by_name = {step.name: step for step in self.steps}
        self._producer = {slot: step for step in self.steps for slot in step.outputs}

    def step(self, name: str) -> Step:
        """The step of that name.

        Raises:
            LayerNotFoundError: there is none.
        """
        if name not in self._by_name:
            raise LayerNotFoundError(
                f"This model has no layer named {name[:80]!r}. Choose one of its "
                f"{len(self.steps)} layers, such as {self.steps[-1].name!r}."
            )
        return self._by_name[name]

    def producer(self, slot: int) -> Step:
        """The step that writes a slot."""
        return self._producer[slot]

    def run(
        self,
        values: Mapping[int, Any],
        fetch: Sequence[int],
        substitutes: Substitutes | None = None,
    ) -> list[Any]:
        """Compute some slots from others, running only the steps between them.

        Args:
            values: tensors by slot; they stop the search backwards.
            fetch: slots wanted.
            substitutes: by step name, what to call in place of the step's own layer.

        Returns:
            The tensors of `fetch`, in its order.
        """
        substitutes = substitutes or {}
        known = dict(values)
        for step in self._steps_between(known.keys(), fetch):
            args, kwargs = _fill((step.args, step.kwargs), known)
            call = substitutes.get(step.name, step.operation)
            if getattr(step.operation, "_call_has_training_arg", False):
                kwargs["training"] = False
            results = keras.tree.flatten(call(*args, **kwargs))
            known.update(zip(step.outputs, results, strict=True))
        return [known[slot] for slot in fetch]

    def split(self, slot: int) -> Split:
        """Cut the graph at a slot, before its first output."""
        after = self._depending_on(slot)
        needed = self._steps_between((slot,), self.outputs[:1])
        reads = {i for step in needed if step.name in after for i in step.inputs}
        boundary = {i for i in reads if i != slot and self._producer[i].name not in after}
        return Split(slot, tuple(sorted(boundary)))

    def _depending_on(self, slot: int) -> set[str]:
        reached, names = {slot}, set()
        for step in self.steps:
            if reached.intersection(step.inputs):
                reached.update(step.outputs)
                names.add(step.name)
        return names

    def _steps_between(self, known: Iterable[int], fetch: Iterable[int]) -> list[Step]:
        known, needed = set(known), set()
        pending = [slot for slot in fetch if slot not in known]
        while pending:
            step = self._producer[pending.pop()]
            if step.name not in needed:
                needed.add(step.name)
                pending.extend(slot for slot in step.inputs if slot not in known)
        return [step for step in self.steps if step.name in needed]


def _fill(arguments: Any, known: Mapping[int, Any]) -> Any:
    return keras.tree.map_structure(
        lambda leaf: known[leaf.index] if isinstance(leaf, Slot) else leaf, arguments
    )


class _Tracer:
    """Walks a network's nodes, opening nested models, and numbers every tensor once."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.count = 0
        self.names: set[str] = set()

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

    def trace(self, function: Any, scope: dict[int, int], prefix: str) -> None:
        """Add the steps of a Functional model; `scope` maps its tensors' ids to slots."""
        for depth in sorted(function._nodes_by_depth, reverse=True):
            for node in function._nodes_by_depth[depth]:
                if not node.is_input:
                    self._add(node, scope, prefix)

    def _add(self, node: Any, scope: dict[int, int], prefix: str) -> None:
        inner = functional_of(node.operation)
        if inner is not None:
            opened = {
                id(tensor): scope[id(given)]
                for tensor, given in zip(inner.inputs, node.input_tensors, strict=True)
            }
            name = self.unique(prefix + node.operation.name)
            self.trace(inner, opened, name + "/")
            for tensor, result in zip(node.outputs, inner.outputs, strict=True):
                scope[id(tensor)] = opened[id(result)]
            return
        args, kwargs = node.arguments.convert(
            lambda leaf: Slot(scope[id(leaf)]) if isinstance(leaf, keras.KerasTensor) else leaf
        )
        for tensor in node.outputs:
            scope[id(tensor)] = self.new_slot()
        self.steps.append(
            Step(
                name=self.unique(prefix + node.operation.name),
                operation=node.operation,
                args=args,
                kwargs=kwargs,
                inputs=tuple(dict.fromkeys(scope[id(t)] for t in node.input_tensors)),
                outputs=tuple(scope[id(t)] for t in node.outputs),
                shape=tuple(node.outputs[0].shape[1:]),
            )
        )


def functional_of(operation: Any) -> Any | None:
    """The Functional model that a layer is, or None where its call cannot be followed."""
    if isinstance(operation, keras.Sequential):
        operation = operation._functional
    followed = (
        isinstance(operation, keras.Function)
        and isinstance(operation, keras.Model)
        and type(operation).call.__qualname__ == "Functional.call"
    )
    return operation if followed else None


def trace(network: keras.Model) -> Graph:
    """Open a network into the flat list of its steps.

    Raises:
        UnsupportedModelError: the network is not built from a graph of layers.
    """
    functional = functional_of(network)
    if functional is None and isinstance(network, keras.Sequential):
        raise UnsupportedModelError(
            f"Sequential model {network.name!r} was saved without an input size, so its layers "
            "have no shapes. Begin it with keras.Input((height, width, channels)) and save it anew."
        )
    if functional is None:
        raise UnsupportedModelError(
            f"{type(network).__name__} {network.name!r} computes in code of its own, so its layers "
            "cannot be followed. A Sequential or Functional model was expected: rebuild the "
            "network as keras.Model(inputs, outputs)."
        )
    tracer = _Tracer()
    scope: dict[int, int] = {}
    for tensor in functional.inputs:
        scope[id(tensor)] = tracer.new_slot()
        layer = tensor._keras_history.operation
        tracer.steps.append(
            Step(
                name=tracer.unique(layer.name),
                operation=layer,
                args=(),
                kwargs={},
                inputs=(),
                outputs=(scope[id(tensor)],),
                shape=tuple(tensor.shape[1:]),
            )
        )
    inputs = tuple(scope.values())
    tracer.trace(functional, scope, "")
    return Graph(tracer.steps, inputs, tuple(scope[id(t)] for t in functional.outputs))

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

from cnnviz_core.errors import LayerNotFoundError
from cnnviz_core.network.endings import activation_of_class, ends_in

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
    def activation(self) -> str | None:
        """Name of the function in the layer's setting `activation`; None where it has no such."""
        activation = getattr(self.operation, "activation", None)
        if not callable(activation):
            return None
        name: str | None = getattr(activation, "__name__", None)
        return name or activation_of_class(type(activation).__name__)

    @property
    def ending(self) -> str | None:
        """The activation that the network would end in after this step; see `ends_in`."""
        return ends_in(self.kind, self.activation)

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
        self,
        steps: Sequence[Step],
        inputs: Sequence[int],
        outputs: Sequence[int],
        output_names: Sequence[str],
    ) -> None:
        self.steps = tuple(steps)
        self.inputs = tuple(inputs)
        self.outputs = tuple(outputs)
        self.output_names = tuple(output_names)
        self._by_name = {step.name: step for step in self.steps}
        self._producer = {slot: step for step in self.steps for slot in step.outputs}

    def step(self, name: str) -> Step:
        """The step of that name.

        Raises:
            LayerNotFoundError: there is none.
        """
        if name not in self._by_name:
            raise LayerNotFoundError(
                f"This model has no layer named {str(name)[:80]!r}. Choose one of its "
                f"{len(self.steps)} layers, such as {self.steps[-1].name!r}."
            )
        return self._by_name[name]

    def arranged(self, image: int, output: int) -> Graph:
        """The same steps with one input first and one output alone.

        Args:
            image: position of the input that takes the image.
            output: position of the output wanted.
        """
        inputs = [self.inputs[image], *self.inputs[:image], *self.inputs[image + 1 :]]
        names = self.output_names[output : output + 1]
        return Graph(self.steps, inputs, self.outputs[output : output + 1], names)

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

    def steps_to_output(self) -> list[Step]:
        """The steps that the first output depends on, in order."""
        return self._steps_between((), self.outputs[:1])

    def reaches_output(self, slot: int) -> bool:
        """Whether the first output depends on a slot."""
        return self._producer[slot] in self.steps_to_output()

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

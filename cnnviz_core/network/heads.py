"""The classifier's end: which activation turns logits into probabilities, and how to leave it out.

The logit of a class is what explanations must differentiate: through a softmax, raising one class
lowers the others and maps of a confident network vanish.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from cnnviz_core.network.endings import LOGITS, PROBABILITIES
from cnnviz_core.network.kinds import known

if TYPE_CHECKING:
    from collections.abc import Collection

    from cnnviz_core.network.graph import Graph, Step


@dataclass(frozen=True, eq=False)
class Head:
    """How a network's output is read.

    Attributes:
        kind: "softmax" or "sigmoid" by the final activation; "linear" for an output without one,
            read as logits; "score" where logits could not be had and proved: the output is taken
            as it is, for probabilities; "none" for an output that lists no classes.
        units: length of the output.
        substitutes: by step name, the call that gives logits in place of probabilities.
    """

    kind: str
    units: int
    substitutes: dict[str, Any]

    @property
    def binary(self) -> bool:
        """Whether one number stands for two classes: index 1 positive, index 0 its complement."""
        return self.units == 1

    @property
    def classes(self) -> int:
        """Number of classes a target may name."""
        return 2 if self.binary else self.units

    def opposite(self, logit: Any) -> Any:
        """The logit (or score) of class 0 where one number stands for two classes."""
        return 1 - logit if self.kind == "score" else -logit

    def probabilities(self, logits: tf.Tensor) -> tf.Tensor:
        """Probabilities from logits, (batch, units) each."""
        if self.kind in ("score", "none"):
            return logits
        if self.kind == "sigmoid" or self.binary:
            return tf.sigmoid(logits)
        return tf.nn.softmax(logits)


NO_CLASSES = Head("none", 0, {})
"""For a network that answers with numbers or a picture instead of class scores."""


def readings(graph: Graph, *, classes: bool | Collection[str] = True) -> dict[int, Head]:
    """How to read each output that lists class scores, by its position; the others are left out.

    Args:
        graph: the network's steps.
        classes: whether lists of numbers are class scores, or the names of the outputs that are;
            else they are numbers, as regression gives them.

    Returns:
        Where no output lists classes, the first one alone, with `NO_CLASSES`.
    """
    heads = {
        position: Head(*_reading(graph, graph.producer(slot)))
        for position, slot in enumerate(graph.outputs)
        if (classes if isinstance(classes, bool) else graph.output_names[position] in classes)
        and _lists_classes(graph.producer(slot))
    }
    return heads or {0: NO_CLASSES}


def _lists_classes(last: Step) -> bool:
    return len(last.shape) == 1 and last.shape[0] is not None


def _reading(graph: Graph, last: Step) -> tuple[str, int, dict[str, Any]]:
    kind, substitutes = _final_activation(graph, last)
    return kind, last.shape[0] or 0, substitutes


def _final_activation(graph: Graph, step: Step) -> tuple[str, dict[str, Any]]:
    while step.ending is None and len(step.inputs) == 1:
        step = graph.producer(step.inputs[0])
    ending = step.ending or "linear"
    if ending in PROBABILITIES:
        return ending, {step.name: _without_activation(step)}
    return ("linear" if ending in LOGITS else "score"), {}


def _without_activation(step: Step) -> Any:
    if known(step.kind).activates:
        return _identity
    return with_activation(step.operation, _identity)


def _identity(tensor: Any, *_: Any, **__: Any) -> Any:
    return tensor


def with_activation(layer: Any, activation: Any) -> Any:
    """A twin of a layer that shares its weights and ends in another activation.

    The layer itself is not touched: the twin's attributes are a dictionary of its own. (Keras's
    own `copy` goes through a file and copies the weights.)
    """
    twin = object.__new__(type(layer))
    twin.__dict__.update(layer.__dict__, activation=activation)
    return twin

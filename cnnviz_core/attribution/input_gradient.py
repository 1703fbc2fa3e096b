"""Gradient of a score with respect to the network's input, plain or guided through its ReLUs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from cnnviz_core.errors import ArchitectureError
from cnnviz_core.network.compiled_parts import End, weighted
from cnnviz_core.network.relus import relu_stand_ins

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz_core.arrays import FloatArray
    from cnnviz_core.network.compiled_parts import CompiledParts

GRADIENTS_AT_ONCE = 8
"""Images in a batch of those methods that need the gradient at many."""

_RELU_OPERATIONS = frozenset({"Relu", "Relu6"})


def input_gradient(parts: CompiledParts, batch: FloatArray, direction: FloatArray) -> FloatArray:
    """Gradient of the score for each image of a batch, of the batch's shape.

    Args:
        parts: compiled parts of the network.
        batch: preprocessed, (batch, height, width, channels).
        direction: the score's weights over the network's units, see `targets.Score`.
    """
    compiled = parts.compiled(_plain_gradient, None)
    gradient: FloatArray = compiled(tf.constant(batch), tf.constant(direction)).numpy()
    return gradient


@dataclass(frozen=True, eq=False)
class GuidedGradient:
    """The guided gradient of one network, compiled.

    Attributes:
        call: preprocessed batch, direction -> gradient of the batch's shape.
        relus: number of ReLUs on the way to the output, all of them guided.
        refusal: why it must not be used, None where it may.
    """

    call: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
    relus: int
    refusal: str | None


def guided_gradient(parts: CompiledParts) -> GuidedGradient:
    """The guided gradient, built once for a network.

    Raises:
        ArchitectureError: there is no ReLU, or one lies inside a layer that cannot be opened.
    """
    built: GuidedGradient = parts.compiled(_guided_gradient, None)
    if built.refusal is not None:
        raise ArchitectureError(built.refusal)
    return built


def _plain_gradient(parts: CompiledParts, key: None) -> Any:
    del key
    return _compiled_gradient(parts, {})


def _guided_gradient(parts: CompiledParts, key: None) -> GuidedGradient:
    del key
    guided: list[str] = []
    stand_ins = relu_stand_ins(parts.graph, lambda relu, ceiling: _guided(relu, ceiling, guided))
    gradient = _compiled_gradient(parts, stand_ins)
    operations = _relu_operations(gradient.get_concrete_function().graph)
    return GuidedGradient(gradient, len(guided), _refusal(operations, len(guided)))


def _refusal(operations: int, guided: int) -> str | None:
    """Why a guided gradient must not be used: the ReLUs that run are not those guided."""
    if operations != guided:
        return (
            f"{operations - guided} of the network's {operations} ReLUs are parts of other layers "
            "(code that cannot be opened, a PReLU) and would pass the plain gradient. Guided "
            "backpropagation of a part of the ReLUs would be neither; choose another method."
        )
    if not guided:
        return (
            "Guided backpropagation changes the gradient at ReLUs, and this network has none: the "
            "result would be the plain gradient. Choose Saliency or Integrated gradients."
        )
    return None


def _compiled_gradient(parts: CompiledParts, substitutes: dict[str, Any]) -> Any:
    @tf.function(input_signature=[parts.signature, tf.TensorSpec([None], tf.float32)])
    def gradient(inputs: tf.Tensor, direction: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            (logits,) = parts.trace(inputs, (End.LOGITS,), substitutes)
            score = weighted(logits, direction)
        return tape.gradient(score, inputs, unconnected_gradients="zero")

    return gradient


def _guided(
    relu: Callable[..., Any], ceiling: float | None, guided: list[str]
) -> Callable[..., tf.Tensor]:
    """A ReLU through which only positive gradients flow back, arXiv:1412.6806, figure 1."""

    @tf.custom_gradient
    def apply(x: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        outputs = relu(x)

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            open_ = (outputs > 0) & (upstream > 0)
            if ceiling is not None:
                open_ &= outputs < ceiling
            return tf.where(open_, upstream, tf.zeros_like(upstream))

        return outputs, gradient

    def call(inputs: tf.Tensor, *_: Any, **__: Any) -> tf.Tensor:
        guided.append(inputs.name)
        return apply(inputs)

    return call


def _relu_operations(graph: Any) -> int:
    """Number of ReLUs that a traced function runs, in functions that it calls too."""
    definition = graph.as_graph_def()
    nodes = [
        *definition.node,
        *(node for inner in definition.library.function for node in inner.node_def),
    ]
    return sum(node.op in _RELU_OPERATIONS for node in nodes)

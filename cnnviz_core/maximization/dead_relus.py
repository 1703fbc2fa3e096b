"""ReLUs that let a gradient through where all of it would be lost.

A channel that is silent everywhere has no gradient, so an ascent that starts there stays there.
As in Olah et al. 2017: for the first steps, where nothing of a gradient passes a ReLU, what would
raise its input passes all the same. The forward pass is the network's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tensorflow as tf

from cnnviz_core.network.relus import relu_stand_ins

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz_core.network.graph import Graph


def lenient_relus(graph: Graph, lenient: tf.Tensor) -> dict[str, Any]:
    """Stand-ins for every ReLU of a network, by step name.

    ReLU layers, activation layers, and ReLUs inside a layer's `activation` are found.

    Args:
        graph: the network's steps, nested models opened.
        lenient: boolean scalar, read whenever a gradient passes.
    """
    return relu_stand_ins(graph, lambda relu, ceiling: _lenient(relu, ceiling, lenient))


def _lenient(
    relu: Callable[..., Any], ceiling: float | None, lenient: tf.Tensor
) -> Callable[..., tf.Tensor]:
    def call(inputs: tf.Tensor, *_: Any, **__: Any) -> tf.Tensor:
        @tf.custom_gradient
        def apply(x: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
            with tf.GradientTape() as tape:
                tape.watch(x)
                outputs = relu(x)

            def gradient(upstream: tf.Tensor) -> tf.Tensor:
                passed = tape.gradient(outputs, x, upstream)
                return tf.cond(
                    lenient, lambda: _rescued(passed, x, upstream, ceiling), lambda: passed
                )

            return outputs, gradient

        return apply(tf.convert_to_tensor(inputs))

    return call


def _rescued(
    passed: tf.Tensor, x: tf.Tensor, upstream: tf.Tensor, ceiling: float | None
) -> tf.Tensor:
    """For each image of which nothing passed, what moves inputs back into the ReLU's range."""
    zero = tf.zeros_like(upstream)
    back = tf.where((x <= 0) & (upstream < 0), zero, upstream)
    if ceiling is not None:
        back = tf.where((x >= ceiling) & (upstream > 0), zero, back)
    axes = list(range(1, len(x.shape)))
    lost = tf.reduce_all(tf.equal(passed, 0), axis=axes, keepdims=True)
    return tf.where(lost, back, passed)

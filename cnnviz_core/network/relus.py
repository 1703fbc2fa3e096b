"""Where a network's ReLUs are, and how to run it with other calls in their place.

A ReLU may be a layer, the function of an `Activation` layer, the `activation` of a convolution or
dense layer, or an operation. Nothing in the network is changed: see `Graph.run`, `substitutes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

from cnnviz_core.network.heads import with_activation

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz_core.network.graph import Graph, Step

    MakeStandIn = Callable[[Callable[..., Any], float | None], Callable[..., Any]]

_CEILINGS: dict[Any, float | None] = {
    keras.activations.relu: None,
    keras.activations.relu6: 6.0,
    keras.ops.relu: None,
    keras.ops.relu6: 6.0,
    tf.nn.relu: None,
    tf.nn.relu6: 6.0,
}
_OPERATIONS: dict[str, float | None] = {"Relu": None, "Relu6": 6.0}


def relu_stand_ins(graph: Graph, make: MakeStandIn) -> dict[str, Callable[..., Any]]:
    """Stand-ins for every ReLU of a network, by step name.

    Leaky ReLUs, and those with a threshold other than 0, are none.

    Args:
        graph: the network's steps, nested models opened.
        make: from a ReLU and its ceiling (None for no ceiling) to what is called in its place.
    """
    found = {step.name: _stand_in(step, make) for step in graph.steps}
    return {name: call for name, call in found.items() if call is not None}


def _stand_in(step: Step, make: MakeStandIn) -> Callable[..., Any] | None:
    layer = step.operation
    if step.kind == "ReLU":
        plain = not layer.negative_slope and not layer.threshold
        return make(layer, layer.max_value) if plain else None
    if step.kind in _OPERATIONS:
        return make(layer, _OPERATIONS[step.kind])
    activation = getattr(layer, "activation", None)
    if not callable(activation) or activation not in _CEILINGS:
        return None
    twin: Callable[..., Any] = with_activation(layer, make(activation, _CEILINGS[activation]))
    return twin

"""Where a network's ReLUs are, and how to run it with other calls in their place.

A ReLU may be a layer, the function of an `Activation` layer, the `activation` of a convolution or
dense layer, or an operation. Nothing in the network is changed: see `Graph.run`, `substitutes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

from cnnviz_core.network.heads import with_activation
from cnnviz_core.network.kinds import known

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz_core.network.graph import Graph, Step

    MakeStandIn = Callable[[Callable[..., Any], float | None], Callable[..., Any]]

_CEILINGS: dict[str | None, float | None] = {"relu": None, "relu6": 6.0}
_FUNCTIONS: dict[Any, str] = {
    keras.activations.relu: "relu",
    keras.activations.relu6: "relu6",
    keras.ops.relu: "relu",
    keras.ops.relu6: "relu6",
    tf.nn.relu: "relu",
    tf.nn.relu6: "relu6",
}
"""Known by themselves, not by their names, which anybody may give to another function."""

_MADE_OF_RELUS = frozenset({"hard_sigmoid", "hard_silu", "hard_swish"})


def relu_stand_ins(graph: Graph, make: MakeStandIn) -> dict[str, Callable[..., Any]]:
    """Stand-ins for every ReLU of a network, by step name.

    Leaky ReLUs, and those with a threshold other than 0, are none.

    Args:
        graph: the network's steps, nested models opened.
        make: from a ReLU and its ceiling (None for no ceiling) to what is called in its place.
    """
    stand_ins = {step.name: _stand_in(step, make) for step in graph.steps}
    return {name: call for name, call in stand_ins.items() if call is not None}


def open_relus(graph: Graph) -> int:
    """Number of a network's ReLUs, told from its settings alone; 0 where a layer hides one.

    What runs tells for certain: see `input_gradient.guided_gradient`.
    """
    if any(_hides_one(step) for step in graph.steps):
        return 0
    return len(relu_stand_ins(graph, lambda relu, _: relu))


def _hides_one(step: Step) -> bool:
    """Whether a layer's own function is made of a ReLU, which nothing can stand in for."""
    activation = getattr(step.operation, "activation", None)
    names = (known(step.kind).activation, getattr(activation, "__name__", None))
    return step.kind == "PReLU" or any(name in _MADE_OF_RELUS for name in names)


def _stand_in(step: Step, make: MakeStandIn) -> Callable[..., Any] | None:
    layer = step.operation
    if step.kind == "ReLU":
        plain = not layer.negative_slope and not layer.threshold
        return make(layer, layer.max_value) if plain else None
    function = known(step.kind).activation
    if function in _CEILINGS:
        return make(layer, _CEILINGS[function])
    activation = getattr(layer, "activation", None)
    if not callable(activation) or activation not in _FUNCTIONS:
        return None
    ceiling = _CEILINGS[_FUNCTIONS[activation]]
    twin: Callable[..., Any] = with_activation(layer, make(activation, ceiling))
    return twin

"""A network's layers with fresh random weights, while the network itself keeps its own.

A `Twin` runs the network's own layers inside `keras.StatelessScope`, where every weight reads as a
variable of the twin's. So nothing is cloned through a configuration, which custom layers may lack;
weights that are shared stay shared; and new weights need no new tracing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from cnnviz_core.attribution.explaining import explain
from cnnviz_core.network.compiled_parts import CompiledParts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cnnviz_core.arrays import ImageArray
    from cnnviz_core.maps.results import Attribution
    from cnnviz_core.network.model import LoadedModel
    from cnnviz_core.targets import TargetLike


@dataclass(frozen=True, eq=False)
class LearnedLayer:
    """A layer with weights.

    Attributes:
        name: of its last call in the network.
        weights: its variables, each with its own initializer, or None where none is known; those
            that a layer above shares are left to that one.
    """

    name: str
    weights: tuple[tuple[Any, Any | None], ...]


def cascade(model: LoadedModel) -> list[LearnedLayer]:
    """The layers with weights that an output depends on, from the output down to the image.

    A layer that is called twice, or shares all its weights, comes once. Means and variances of a
    Normalization layer are measured on data, not learned, and are no weights here.
    """
    seen: set[int] = set()
    layers = []
    for step in reversed(model.graph.steps_to_output()):
        weights = [pair for pair in _weights(step.operation) if id(pair[0]) not in seen]
        seen.update(id(variable) for variable, _ in weights)
        if weights:
            layers.append(LearnedLayer(step.name, tuple(weights)))
    return layers


class Twin:
    """A model that reads weights of its own and is otherwise the given one."""

    def __init__(self, model: LoadedModel, layers: Sequence[LearnedLayer]) -> None:
        parts = CompiledParts(model.graph, model.head, model.input_size, model.parts.constants)
        self._model = replace(model, parts=parts, views={})
        variables = [variable for layer in layers for variable, _ in layer.weights]
        self._own = {
            id(variable): tf.Variable(variable.value, trainable=False) for variable in variables
        }
        self._scope = keras.StatelessScope(
            [(variable, self._own[id(variable)]) for variable in variables]
        )

    def explain(self, image: ImageArray, target: TargetLike, /, **options: Any) -> Attribution:
        """Run an attribution method on the twin; see `explaining.explain`."""
        with self._scope:
            return explain(self._model, image, target, **options)

    def randomize(self, layer: LearnedLayer, seed: int) -> None:
        """Draw a layer's weights anew; the draw depends on the seed and the layer's name alone."""
        digest = hashlib.sha256(repr((seed, layer.name)).encode()).digest()
        rng = np.random.default_rng(int.from_bytes(digest))
        for variable, initializer in layer.weights:
            self._own[id(variable)].assign(fresh(variable, initializer, rng))
        self._model.parts.forget()


def fresh(variable: Any, initializer: Any | None, rng: np.random.Generator) -> Any:
    """A weight as it was before training, of the variable's shape and type.

    Drawn by the layer's initializer; where none is known, the weight's own values in random order,
    which keeps their distribution.
    """
    if initializer is None:
        values = np.asarray(variable.value)
        return rng.permutation(values.ravel()).reshape(values.shape)
    if isinstance(initializer, keras.Initializer) and "seed" in initializer.get_config():
        # An initializer draws the same each time it is called: a new seed needs a new one.
        settings = {**initializer.get_config(), "seed": int(rng.integers(2**31))}
        initializer = type(initializer).from_config(settings)
    return initializer(variable.shape, dtype=variable.dtype)


def _weights(operation: Any) -> Iterator[tuple[Any, Any | None]]:
    """Floating-point weights of a layer and of the layers inside it, each once."""
    if not isinstance(operation, keras.Layer):
        return
    seen: set[int] = set()
    inside = list(operation._flatten_layers())
    # The innermost layer knows how its weights were drawn.
    for layer in reversed(inside):
        for variable in layer.weights:
            learned = not isinstance(layer, keras.layers.Normalization)
            if id(variable) not in seen and keras.backend.is_float_dtype(variable.dtype):
                seen.add(id(variable))
                if learned:
                    yield variable, _initializer(layer, variable.name)


def _initializer(layer: Any, weight: str) -> Any | None:
    """The attribute of a layer that says how one of its weights was drawn."""
    names = [f"{weight}_initializer", f"{weight.removesuffix('_kernel')}_initializer"]
    if weight == "kernel":
        names.append("depthwise_initializer")
    initializers = (getattr(layer, name, None) for name in names)
    return next((initializer for initializer in initializers if callable(initializer)), None)

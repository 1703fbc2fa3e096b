"""The one kind of network on which CAM is defined: a layer, its mean over space, a dense layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.errors import ArchitectureError

if TYPE_CHECKING:
    from cnnviz_core.arrays import FloatArray
    from cnnviz_core.network.graph import Step
    from cnnviz_core.network.model import LoadedModel


def dense_after_mean(
    model: LoadedModel, layer: str, channels: int
) -> tuple[FloatArray, FloatArray]:
    """Weights (channels, units) and bias (units,) of the dense layer after the mean of a layer.

    Raises:
        ArchitectureError: something else lies between the layer and the logits.
    """
    path = _path_to_output(model, layer)
    kinds = [step.kind for step in path]
    defined = kinds == ["GlobalAveragePooling2D", "Dense"] and model.head.kind != "score"
    if not defined or path[1].operation.kernel.shape[0] != channels:
        after = ", ".join(kinds[:6]) or "nothing"
        raise ArchitectureError(
            "CAM needs a network that ends in the mean over space and one dense layer. After "
            f"{layer!r} {model.name} has: {after}. Choose Grad-CAM, which needs no such end."
        )
    dense = path[1].operation
    kernel = np.asarray(dense.kernel, dtype=np.float32)
    bias = np.asarray(dense.bias, np.float32) if dense.use_bias else np.zeros(kernel.shape[1])
    return kernel, bias.astype(np.float32)


def _path_to_output(model: LoadedModel, layer: str) -> list[Step]:
    """The steps after a layer that compute something, to the logits; a fork shows as one more."""
    graph = model.graph
    reached, path = {graph.step(layer).outputs[0]}, []
    for step in graph.steps_to_output():
        if not reached.intersection(step.inputs):
            continue
        reached.update(step.outputs)
        left_out = step.kind != "Dense" and step.name in model.head.substitutes
        if step.ending is not None and not left_out:
            path.append(step)
    return path

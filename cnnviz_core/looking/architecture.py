"""A network as a table: layers in order, what they give, see and cost."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cnnviz_core.looking.filters import has_kernel
from cnnviz_core.looking.receptive_fields import receptive_fields
from cnnviz_core.looking.results import LayerInfo, Structure
from cnnviz_core.network.kinds import known
from cnnviz_core.network.relus import open_relus

if TYPE_CHECKING:
    from cnnviz_core.network.graph import Graph, Step
    from cnnviz_core.network.model import LoadedModel

    Shape = tuple[int | None, ...]


def structure(model: LoadedModel) -> Structure:
    """Describe every layer of a model, nested models opened, in an order that can be run.

    Args:
        model: a loaded model.

    Returns:
        The layers with their shapes, parameters, receptive fields in pixels of the input and
        multiply-adds. Shapes of a network that takes pictures of any size are those at the size
        it is shown at.
    """
    return Structure(
        model=model.name,
        input_size=model.input_size,
        labels=model.labels,
        layers=_layers(model.graph, _shapes(model)),
        default_layer=model.default_layer,
        output_kind=model.head.kind,
        preprocessing=model.preprocessing,
        outputs=tuple(model.views),
        channels=model.channels,
        classless=model.classless,
        relus=open_relus(model.graph),
    )


def _shapes(model: LoadedModel) -> dict[str, Shape]:
    if all(side is not None for step in model.graph.steps for side in step.shape):
        return {step.name: step.shape for step in model.graph.steps}
    return model.parts.shapes(model.input_size)


def _layers(graph: Graph, shapes: dict[str, Shape]) -> tuple[LayerInfo, ...]:
    fields = receptive_fields(graph)
    counted: set[int] = set()
    layers = []
    for step in graph.steps:
        # A layer that is called twice is listed twice but its weights are counted once.
        first = id(step.operation) not in counted
        counted.add(id(step.operation))
        layers.append(
            LayerInfo(
                name=step.name,
                kind=step.kind,
                output_shape=shapes[step.name],
                parameters=_parameters(step) if first else 0,
                receptive_field=fields[step.name],
                multiply_adds=_multiply_adds(step, shapes[step.name]),
                inputs=tuple(graph.producer(slot).name for slot in step.inputs),
                spatial=step.spatial,
                has_kernel=has_kernel(step.operation),
            )
        )
    return tuple(layers)


def _parameters(step: Step) -> int:
    return sum(math.prod(weight.shape) for weight in getattr(step.operation, "weights", ()))


def _multiply_adds(step: Step, shape: Shape) -> int:
    """Multiply-adds of convolutions and dense layers; 0 for all others."""
    kind, layer = known(step.kind), step.operation
    cells = math.prod(side for side in shape[:-1] if side is not None)
    products = cells * sum(math.prod(getattr(layer, name).shape) for name in kind.kernels)
    return products // math.prod(layer.strides) if kind.transposed else products

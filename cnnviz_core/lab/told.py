"""Which layers' units are told number by number, known from a network's table alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz_core.network.kinds import known

if TYPE_CHECKING:
    from cnnviz_core.lab.results import Rule
    from cnnviz_core.looking.results import LayerInfo, Structure

RULES: dict[str, Rule] = {
    "Conv2D": "weigh",
    "DepthwiseConv2D": "weigh",
    "SeparableConv2D": "weigh",
    "Conv2DTranspose": "weigh",
    "Dense": "weigh",
    "MaxPooling2D": "max",
    "AveragePooling2D": "mean",
    "GlobalMaxPooling2D": "max",
    "GlobalAveragePooling2D": "mean",
    "Max": "max",
    "Mean": "mean",
    "ZeroPadding2D": "pass",
    "Cropping2D": "pass",
    "UpSampling2D": "pass",
    "Flatten": "pass",
    "Reshape": "pass",
    "Squeeze": "pass",
    "Concatenate": "pass",
    "Add": "add",
    "Subtract": "subtract",
    "Multiply": "multiply",
    "Average": "average",
    "Maximum": "maximum",
    "Minimum": "minimum",
}
"""How layers that read a window, or put maps together, make one number, by the layers' class."""


def told_layers(structure: Structure) -> tuple[str, ...]:
    """Names of the layers whose units are told, in order.

    A setting that is rarely used, such as channels first, may still have one refused when it is
    asked about; what is not named here always is.
    """
    return tuple(layer.name for layer in structure.layers if _is_told(structure, layer))


def _is_told(structure: Structure, asked: LayerInfo) -> bool:
    by_name = {layer.name: layer for layer in structure.layers}
    layer, given = asked, [by_name[name] for name in asked.inputs]
    while len(given) == 1 and _works_alone(layer) and layer.output_shape == given[0].output_shape:
        layer = given[0]
        given = [by_name[name] for name in layer.inputs]
    if layer.kind == "InputLayer":
        return layer.output_shape == (*structure.input_size, structure.channels)
    if layer.kind in RULES:
        return all(map(_is_shown, (layer, *given)))
    return layer is not asked and _is_shown(asked)


def _is_shown(layer: LayerInfo) -> bool:
    """Whether a layer gives maps, or a list of numbers."""
    return len(layer.output_shape) in (1, 3)


def _works_alone(layer: LayerInfo) -> bool:
    kind = known(layer.kind)
    return kind.elementwise or kind.activates

"""Which layers a page offers: the main ones, or every one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz_core.network.kinds import known
from cnnviz_ui.layers.overview import without_details

if TYPE_CHECKING:
    from cnnviz_core.looking.results import LayerInfo, Structure


def main_layers(structure: Structure) -> tuple[str, ...]:
    """A layer for each that changes something one can see, as others read it.

    Behind a convolution come normalization and an activation function, which alone belong to it;
    what it hands on is what the last of these gives. The picture itself is left out.
    """
    spatial = [layer for layer in structure.layers if layer.spatial]
    readers = {
        layer.name: [other for other in structure.layers if layer.name in other.inputs]
        for layer in spatial
    }
    kept = {layer.name for layer in without_details(structure)}
    names = [
        _as_read(layer, readers).name
        for layer in spatial
        if layer.name in kept and layer.kind != "InputLayer"
    ]
    return tuple(dict.fromkeys(names)) or structure.spatial_layers()


def offered(structure: Structure, *, every: bool, chosen: object = None) -> tuple[str, ...]:
    """The layers to choose from, in order; one that is chosen already is always among them."""
    if every:
        return structure.spatial_layers()
    main = main_layers(structure)
    return tuple(name for name in structure.spatial_layers() if name in main or name == chosen)


def with_units(structure: Structure, *, every: bool, chosen: object = None) -> tuple[str, ...]:
    """The layers whose units can be asked about: maps and lists of numbers, the photo's pixels too.

    The main ones, unless every one is wanted; one that is chosen already is always among them.
    """
    listed = [layer for layer in structure.layers if len(layer.output_shape) in (1, 3)]
    kept = {layer.name for layer in without_details(structure) if not layer.spatial}
    kept |= set(main_layers(structure))
    return tuple(
        layer.name
        for layer in listed
        if every or layer.name in kept or layer.name == chosen or layer.kind == "InputLayer"
    )


def _as_read(layer: LayerInfo, readers: dict[str, list[LayerInfo]]) -> LayerInfo:
    """The layer, or the normalization or activation behind it that its readers read."""
    found, current = layer, layer
    while len(after := readers.get(current.name, [])) == 1:
        current, kind = after[0], known(after[0].kind)
        if len(current.inputs) > 1 or not (kind.normalizes or kind.activates or kind.passes_on):
            break
        if kind.normalizes or kind.activates:
            found = current
    return found if found.spatial else layer

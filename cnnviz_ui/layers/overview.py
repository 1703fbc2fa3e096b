"""A network's layers in words and drawings: which to open first, the table, the graph."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz_core.network.kinds import known
from cnnviz_ui.frame.text import count, short, times

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cnnviz_core.looking.results import LayerInfo, Structure

HEAD = (
    "Layer",
    "Kind",
    "Output",
    "Parameters",
    "Receptive field",
    "Multiply-adds",
    "Inputs",
)
WIDEST = 300
"""Pixels of a column of the table; a longer text is cut, and read by opening its cell."""


def early(structure: Structure) -> str | None:
    """A layer whose maps still look like the photo: the first one after an activation function."""
    kinds = {layer.name: layer.kind for layer in structure.layers}
    names = [name for name in structure.spatial_layers() if kinds[name] != "InputLayer"]
    first_third = names[: max(1, len(names) // 3)]
    active = [name for name in first_third if known(kinds[name]).activates]
    return next(iter([*active, *names]), None)


def shape(layer: LayerInfo) -> str:
    """An output shape as people write it: height x width x channels."""
    return times(*("any" if side is None else side for side in layer.output_shape))


def row(layer: LayerInfo) -> dict[str, object]:
    """A layer's line of the table."""
    field = layer.receptive_field
    values = (
        layer.name,
        layer.kind,
        shape(layer),
        layer.parameters,
        "" if field is None else f"{times(*field)} px",
        layer.multiply_adds,
        ", ".join(layer.inputs),
    )
    return dict(zip(HEAD, values, strict=True))


def width(rows: Sequence[Mapping[str, object]], column: str) -> int:
    """Pixels that a column of text takes to be read whole, within reason."""
    longest = max(len(str(row[column])) for row in (*rows, {column: column}))
    return min(round(15 + 6.2 * longest), WIDEST)


def without_details(structure: Structure) -> list[LayerInfo]:
    """The layers that change something one can see: normalization and activation left out."""
    sources: dict[str, tuple[str, ...]] = {}
    kept = []
    for layer in structure.layers:
        inputs = tuple(
            dict.fromkeys(source for name in layer.inputs for source in sources.get(name, (name,)))
        )
        kind = known(layer.kind)
        if inputs and (kind.normalizes or kind.activates or kind.passes_on):
            sources[layer.name] = inputs
        else:
            sources[layer.name] = (layer.name,)
            kept.append(replace(layer, inputs=inputs))
    return kept


def totals(structure: Structure) -> list[tuple[str, str]]:
    """The network in a line of numbers."""
    height, width = structure.input_size
    channels = "" if structure.channels == 3 else f", {count(structure.channels, 'channel')}"
    return [
        ("Layers", str(len(structure.layers))),
        ("Parameters", f"{structure.parameters:,}"),
        ("Multiply-adds for one photo", short(structure.multiply_adds)),
        ("Input", f"{times(height, width)} px{channels}"),
        ("Classes", "none" if structure.classless else str(len(structure.labels))),
        ("Output", "numbers" if structure.classless else structure.output_kind),
    ]

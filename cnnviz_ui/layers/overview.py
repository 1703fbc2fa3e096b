"""A network's layers in words and drawings: which to open first, the table, the graph."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cnnviz_core.network.kinds import known
from cnnviz_ui.frame.text import count, short, times

if TYPE_CHECKING:
    from collections.abc import Sequence

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
_HUES = {
    "Conv": "#2094b2",
    "Dense": "#b45309",
    "Pool": "#64748b",
    "Input": "#334155",
    "Add": "#7c5cbf",
    "Concat": "#7c5cbf",
}
_OTHER = "#8a97a0"


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


def graph(layers: Sequence[LayerInfo], *, dark: bool) -> str:
    """The network in the DOT language: a box a layer, an arrow wherever an output goes."""
    ink = "#c9d4da" if dark else "#3c4a52"
    lines = [
        'digraph { rankdir=TB; bgcolor="transparent"; nodesep=0.25; ranksep=0.28;',
        'node [shape=box, style="filled,rounded", fontname="sans-serif", fontsize=12, '
        'fontcolor="#ffffff", penwidth=0, margin="0.16,0.07", height=0.3];',
        f'edge [color="{ink}", arrowsize=0.6, penwidth=1.1];',
    ]
    for layer in layers:
        label = f"{_quoted(layer.name)}\\n{_quoted(layer.kind)} · {_quoted(shape(layer))}"
        lines.append(f'"{_quoted(layer.name)}" [label="{label}", fillcolor="{_hue(layer)}"];')
        lines += [f'"{_quoted(name)}" -> "{_quoted(layer.name)}";' for name in layer.inputs]
    return "\n".join([*lines, "}"])


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


def _hue(layer: LayerInfo) -> str:
    return next((hue for part, hue in _HUES.items() if part in layer.kind), _OTHER)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")

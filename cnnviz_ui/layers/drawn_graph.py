"""A network drawn as a graph whose boxes open the maps of their layers, by pointer or by key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_ui.layers.overview import shape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz_core.looking.results import LayerInfo

HUES = {
    "Conv": "#0e7490",
    "Dense": "#9a4a07",
    "Pool": "#52606f",
    "Input": "#334155",
    "Add": "#6d4fb3",
    "Concat": "#6d4fb3",
}
OTHER = "#5b6770"
"""Boxes carry white text, which each of these lets be read: 4.5 to 1 at least."""

LEAST_HEIGHT = 400
"""Of the box that the graph scrolls in, in pixels; on a high screen it is higher."""

_buttons = st.components.v2.component(
    "cnnviz.graph_keys",
    css="""
        /* As high as the screen lets it be, and no lower than `LEAST_HEIGHT`. */
        [data-testid=stLayoutWrapper]:has(> .st-key-graph), .st-key-graph {
          height: max(400px, 100vh - 20.5rem); }
        /* Wider than its box it scrolls: made smaller nobody could read it. */
        .st-key-graph [data-testid=stGraphVizChart] svg { max-width: none; height: auto; }
        [data-testid=stGraphVizChart] g.node[role=button] { cursor: pointer; outline: none; }
        g.node[role=button]:hover :is(path, polygon) { filter: brightness(1.15); }
        g.node[role=button]:focus-visible :is(path, polygon) {
          stroke: currentColor; stroke-width: 3px; }
    """,
    js=Path(__file__).with_name("graph_keys.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def draw(layers: Sequence[LayerInfo], *, alt: str) -> str | None:
    """Draw the graph in a box that scrolls; the layer whose maps the visitor just asked for."""
    openable = {layer.name: place for place, layer in enumerate(layers) if layer.spatial}
    dark = st.context.theme.type == "dark"
    with st.container(height=LEAST_HEIGHT, key="graph"):
        st.graphviz_chart(dot(layers, dark=dark), width="content", alt=alt)
        asked = _buttons(
            key="_graph-keys",
            data={"words": "Open the maps of", "layers": openable},
            on_opened_change=lambda: None,
        )
    return asked.opened if asked.opened in openable else None


def dot(layers: Sequence[LayerInfo], *, dark: bool) -> str:
    """The network in the DOT language: a box a layer, an arrow wherever an output goes."""
    ink = "#c9d4da" if dark else "#3c4a52"
    lines = [
        'digraph { rankdir=TB; bgcolor="transparent"; nodesep=0.16; ranksep=0.26;',
        'node [shape=box, style="filled,rounded", fontname="sans-serif", fontsize=12, '
        'fontcolor="#ffffff", penwidth=0, margin="0.1,0.05", height=0.3];',
        f'edge [color="{ink}", arrowsize=0.6, penwidth=1.1];',
    ]
    for layer in layers:
        label = "\\n".join(map(_quoted, (layer.name, layer.kind, shape(layer))))
        lines.append(f'"{_quoted(layer.name)}" [label="{label}", fillcolor="{_hue(layer)}"];')
        lines += [f'"{_quoted(name)}" -> "{_quoted(layer.name)}";' for name in layer.inputs]
    return "\n".join([*lines, "}"])


def _hue(layer: LayerInfo) -> str:
    return next((hue for part, hue in HUES.items() if part in layer.kind), OTHER)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")

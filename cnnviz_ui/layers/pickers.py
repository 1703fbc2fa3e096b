"""Controls for a layer and one of its channels, each with the way to its neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnnviz_ui.frame import state
from cnnviz_ui.frame.state import Key
from cnnviz_ui.layers import offered
from cnnviz_ui.widgets import controls, stepping

if TYPE_CHECKING:
    from cnnviz_core.looking.results import Structure

Places = list[DeltaGenerator]
"""Columns of the row of controls."""
ONE, ALL = "One layer", "All layers"
KEYS = "Arrow keys: left and right for layers, up and down for channels."


def every_layer() -> bool:
    """Whether normalization, activation and what hands on are layers to choose too."""
    words = "Also each convolution before its normalization and activation, and what only hands on."
    return controls.toggle("Every layer", key=Key.EVERY_LAYER, help_text=words)


def layer(structure: Structure, *, every: bool) -> str:
    """A layer with height and width, the main ones unless all are wanted."""
    names = offered.offered(structure, every=every, chosen=state.value(Key.LAYER))
    first = offered.opened_first(names, structure)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        chosen = controls.layer_picker(names, first)
        stepping.steps("layer", names, chosen, axis="across", choose=controls.layer_to)
    return chosen


def channel(amount: int, default: int, *, noun: str = "Channel") -> int:
    """A channel or filter of a layer."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        chosen = controls.channel_picker(amount, default, label=noun)
        numbers = range(amount)
        step = controls.channel_to
        stepping.steps(noun.lower(), numbers, chosen, axis="along", choose=step)
    return chosen


def open_layer(name: str) -> None:
    """Leave the view of all layers for one of them; to be called before controls are drawn."""
    state.choose({Key.LAYER: name, Key.SHOWN: ONE})

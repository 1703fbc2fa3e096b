"""Controls for a layer and one of its channels, each with the way to its neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnnviz_ui.frame import state
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.layers import kernels, offered, overview
from cnnviz_ui.widgets import controls, stepping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz_core.looking.results import Kernels, Structure

Places = list[DeltaGenerator]
"""Columns of the row of controls."""
ONE, ALL = "One layer", "All layers"
KEYS = "Arrow keys: left and right for layers, up and down for channels."
KEYS_OF_KERNELS = "Arrow keys: left and right for layers, up and down for filters."


def every_layer() -> bool:
    """Whether normalization, activation and what hands on are layers to choose too."""
    words = "Also each convolution before its normalization and activation, and what only hands on."
    return controls.toggle("Every layer", key=Key.EVERY_LAYER, help_text=words)


def layer(structure: Structure, *, every: bool) -> str:
    """A layer with height and width, the main ones unless all are wanted."""
    names = offered.offered(structure, every=every, chosen=_chosen_layer())
    return _layer(names, overview.early(structure))


def any_layer(structure: Structure, *, every: bool) -> str:
    """A layer with units, lists of numbers and the photo's pixels too."""
    names = offered.with_units(structure, every=every, chosen=_chosen_layer())
    return _layer(names, overview.early(structure))


def kernel_layer(structure: Structure) -> str:
    """A layer with kernels."""
    names = structure.kernel_layers()
    return _layer(names)


def channel(amount: int, default: int) -> int:
    """A channel of a layer."""
    with _beside_its_steps():
        chosen = controls.channel_picker(amount, default)
        number = range(amount)
        stepping.steps("channel", number, chosen, axis="along", choose=controls.channel_to)
    return chosen


def kernel_filter(layer_kernels: Kernels, look: str) -> int:
    """A filter of a layer; a step shows it as its tile does."""
    places = kernels.places(layer_kernels, look)
    with _beside_its_steps():
        chosen = controls.channel_picker(len(places), label="Filter")
        place = places[chosen]
        stepping.steps("filter", places, place, axis="along", choose=controls.kernel_to)
    return chosen


def kernel_input(layer_kernels: Kernels, look: str, index: int) -> int:
    """An input channel of a filter: at first the one in the filter's tile."""
    first = kernels.places(layer_kernels, look)[index][1] or 0
    return controls.input_picker(layer_kernels.weights.shape[2], first)


def _chosen_layer() -> object:
    linked = state.current().choices.asked(Key.LAYER)
    return linked if linked is not None else state.value(Key.LAYER)


def _layer(names: Sequence[str], first: str | None = None) -> str:
    with _beside_its_steps():
        chosen = controls.layer_picker(names, first)
        stepping.steps("layer", names, chosen, axis="across", choose=controls.layer_to)
    return chosen


def _beside_its_steps() -> DeltaGenerator:
    return st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall")


def open_layer(name: str) -> None:
    """Leave the view of all layers for one of them; to be called before controls are drawn."""
    state.choose({Key.LAYER: name, Key.SHOWN: ONE})

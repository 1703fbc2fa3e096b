"""Filter patterns: the input that a filter, or a class, likes best."""

import streamlit as st

from cnnviz_core.types import Patterns, Structure
from cnnviz_engine.requests import DescribeRequest, PatternsRequest
from cnnviz_ui import controls, patterns, shell
from cnnviz_ui.page import opening
from cnnviz_ui.results import ask
from cnnviz_ui.sidebar import current

MODES = (controls.ONE_FILTER, "First 64", "Class")


def show() -> None:
    """Controls above; the pattern, or a sheet of them, below, growing while it is computed."""
    choice = current()
    opening(
        "Filter patterns",
        "Starting from noise, a picture is changed step by step until one filter answers as "
        "strongly as it can. The result shows what that filter looks for.",
    )
    structure: Structure | None = ask(DescribeRequest(model=choice.model), noun="The network")
    if structure is None:
        return
    columns = st.columns([3, 3, 2, 2, 1.6], vertical_alignment="bottom")
    with columns[0]:
        mode = controls.option("Show", MODES, key="mode")
    with columns[1]:
        layer, count = _subject(structure, mode)
    with columns[2]:
        indices = _indices(structure, mode, count)
    with columns[3]:
        preset = patterns.PRESETS[controls.option("Preset", list(patterns.PRESETS), key="preset")]
    with columns[4]:
        seed = controls.seed_picker()
    request = PatternsRequest(
        model=choice.model,
        layer=layer,
        indices=indices,
        preset=preset,
        size=None if layer is None else patterns.size(len(indices)),
        seed=seed,
    )
    noun = patterns.noun(structure, request)
    grown: Patterns | None = ask(request, noun=noun, preview=patterns.draw_preview)
    if grown is not None:
        patterns.draw(grown, request)


def _subject(structure: Structure, mode: str) -> tuple[str | None, int]:
    if mode == MODES[2]:
        st.selectbox("Layer", ["Logits"], disabled=True, key="_logits")
        return None, len(structure.labels)
    names = patterns.layers_with_patterns(structure)
    layer = controls.layer_picker(names, patterns.default_layer(structure))
    return layer, patterns.channels_of(structure, layer)


def _indices(structure: Structure, mode: str, count: int) -> tuple[int, ...]:
    if mode == MODES[0]:
        return (controls.channel_picker(count),)
    if mode == MODES[1]:
        return controls.first_channels(count, 64)
    return (controls.class_picker(structure, best_first=False) or 0,)


if __name__ == "__main__":
    shell.run()

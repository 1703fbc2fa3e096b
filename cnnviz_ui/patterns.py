"""Filter patterns: what to ask for, and the pictures that come back, finished or growing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import streamlit as st

from cnnviz_core.rendering import enlarge, montage, montage_centres, pattern_look
from cnnviz_ui import figures, pictures
from cnnviz_ui.controls import class_labels, open_filter
from cnnviz_ui.page import caption, facts
from cnnviz_ui.text import number

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from cnnviz_core.types import ImageArray, Patterns, Structure
    from cnnviz_engine.requests import PatternsRequest

GAP = 4
PRESETS: dict[str, Literal["best", "lecture"]] = {"Best": "best", "Lecture": "lecture"}


def layers_with_patterns(structure: Structure) -> tuple[str, ...]:
    """The layers whose channels can be driven: all with height and width but the input itself."""
    inputs = {layer.name for layer in structure.layers if not layer.inputs}
    return tuple(name for name in structure.spatial_layers() if name not in inputs)


def default_layer(structure: Structure) -> str | None:
    """A convolution halfway down that looks at more than one cell: its patterns are textures."""
    fields = {layer.name: layer.receptive_field for layer in structure.layers}
    wide = [
        layer.name
        for layer in structure.layers
        if layer.has_kernel and layer.receptive_field not in map(fields.get, layer.inputs)
    ]
    names = wide or structure.kernel_layers()
    return names[len(names) // 2] if names else None


def channels_of(structure: Structure, name: str) -> int:
    """Number of channels of a layer."""
    shape = next(layer.output_shape for layer in structure.layers if layer.name == name)
    return int(shape[-1] or 1)


def size(amount: int) -> int:
    """Side of a pattern in pixels: larger where there are few."""
    return 160 if amount == 1 else 96


def noun(structure: Structure, request: PatternsRequest) -> str:
    """What a request grows, in words."""
    if request.layer is None:
        return f"Pattern of the class {class_labels(structure)[request.indices[0]]}"
    if len(request.indices) == 1:
        return f"Pattern of {request.layer}, channel {request.indices[0]}"
    return f"Patterns of {len(request.indices)} filters of {request.layer}"


def draw_preview(grown: Patterns) -> None:
    """What has grown so far."""
    picture = sheet(grown) if len(grown.names) > 1 else large(pattern(grown))
    pictures.show_passing(pictures.photo_sized(picture, 940), alt="The patterns so far")


def draw(grown: Patterns, request: PatternsRequest) -> None:
    """The finished patterns, with what they reached."""
    if len(grown.names) > 1:
        _draw_sheet(grown, request)
    else:
        _draw_one(grown, request)
    pictures.downloads(
        "patterns",
        picture=lambda: sheet(grown),
        arrays={"images": grown.images, "reached": grown.reached, "history": grown.history},
    )


def _draw_one(grown: Patterns, request: PatternsRequest) -> None:
    units = "logit" if request.layer is None else "activation"
    left, right = st.columns([1, 1], gap="medium")
    with left:
        key = pictures.picture_key("pattern", request.key)
        content = pictures.encoded(key, lambda: large(pattern(grown)))
        name = grown.names[0]
        words = f"{name}: an input it answers to strongly, by the {grown.preset} preset."
        pictures.show(content, alt=f"Pattern that {name} likes", text=words, width=480, height=420)
    with right:
        facts([(units.capitalize() + " reached", number(float(grown.reached[0])))])
        figures.show(
            figures.history_figure(grown.history, units=units), key="history", alt=noun_of(grown)
        )
        caption(f"The {units} at each step of the ascent, seed {grown.seed}.")


def noun_of(grown: Patterns) -> str:
    """What the history chart shows."""
    return f"Value of {grown.names[0]} at each step"


def _draw_sheet(grown: Patterns, request: PatternsRequest) -> None:
    figures.clickable(
        sheet_figure(grown, key=request.key),
        key="sheet",
        alt=f"Patterns of {len(grown.names)} filters",
        on_tile=lambda tile: open_filter(request.indices[tile]),
    )
    caption(
        f"{request.layer}: filters {request.indices[0]} to {request.indices[-1]}, "
        f"by the {grown.preset} preset, seed {grown.seed}. Click one to open it."
    )


def pattern(patterns: Patterns, index: int = 0) -> ImageArray:
    """One pattern in its own pixels."""
    return pattern_look(patterns.images[index])


def sheet(patterns: Patterns) -> ImageArray:
    """All patterns as one picture."""
    return montage(pattern_look(patterns.images), columns=columns(patterns), gap=GAP)


def columns(patterns: Patterns) -> int:
    """Tiles a row: a square sheet up to 16 patterns, then wide ones."""
    amount = len(patterns.names)
    return int(np.ceil(np.sqrt(amount))) if amount <= 16 else 13


def sheet_figure(patterns: Patterns, *, key: str) -> go.Figure:
    """All patterns with a click target on each."""
    picture = pictures.encoded(pictures.picture_key("patterns", key), lambda: sheet(patterns))
    amount, height, width, _ = patterns.images.shape
    across = columns(patterns)
    rows = -(-amount // across)
    area = (rows * (height + GAP) - GAP, across * (width + GAP) - GAP)
    return figures.montage_figure(
        picture,
        area,
        montage_centres(amount, height, width, columns=across, gap=GAP),
        list(patterns.names),
        tile=(height, width),
        height=int(min(560, 940 * area[0] / area[1])),
    )


def large(picture: ImageArray, side: int = 448) -> ImageArray:
    """A pattern enlarged for the page."""
    return enlarge(picture, max(1, side // max(picture.shape[:2])))

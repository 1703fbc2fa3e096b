"""Class activation maps as pictures: the overlay, and the map with its range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz_core.rendering import LECTURE_INTENSITY, overlay
from cnnviz_ui import figures
from cnnviz_ui.pictures import PHOTO_SIDE, encoded, photo_sized, picture_key
from cnnviz_ui.text import number, percent, times

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from cnnviz_core.types import Attribution, ImageArray
    from cnnviz_ui.photos import Photo

COLORMAPS = {"Jet": "jet", "Inferno": "inferno", "Viridis": "viridis", "Cividis": "cividis"}
"""What people read, and what the renderer calls it; the lecture's first."""


@dataclass(frozen=True)
class Look:
    """How colours lie over a photo: the lecture's way, unless said otherwise."""

    colormap: str = "jet"
    intensity: float = LECTURE_INTENSITY


def overlaid(photo: Photo, attribution: Attribution, look: Look) -> ImageArray:
    """The map's colours over the photo; without evidence, the photo as it is."""
    pixels = photo_sized(photo.pixels)
    if attribution.empty:
        return pixels
    heatmap = attribution.resized(*pixels.shape[:2])
    return overlay(pixels, heatmap, colormap=look.colormap, intensity=look.intensity)


def overlay_file(photo: Photo, attribution: Attribution, key: str, look: Look) -> bytes:
    """The overlay's picture file, made once; `key` is that of the request."""
    name = picture_key("overlay", key, look, PHOTO_SIDE)
    return encoded(name, lambda: overlaid(photo, attribution, look), lossy=True)


def map_figure(attribution: Attribution, colormap: str) -> go.Figure:
    """The map as computed, cell by cell, with its range."""
    return figures.values_figure(
        attribution.values,
        units=attribution.units,
        low=0.0,
        high=float(attribution.values.max()),
        colormap=colormap,
        height=330,
    )


def map_words(attribution: Attribution) -> str:
    """What the map is: its cells, its range, its units."""
    rows, columns = attribution.values.shape
    low, high = float(attribution.values.min()), float(attribution.values.max())
    return (
        f"The map as computed: {times(rows, columns)} cells, "
        f"{number(low)} to {number(high)} {attribution.units} units. "
        "Over the photo it is enlarged smoothly and divided by its maximum."
    )


def target_facts(attribution: Attribution) -> list[tuple[str, str]]:
    """What was explained: class, logit, probability, layer."""
    return [
        ("Class", attribution.target.label),
        (attribution.units.capitalize(), number(attribution.score)),
        ("Probability", percent(attribution.probability)),
        ("Layer", attribution.layer or "input"),
    ]


def reading(attribution: Attribution) -> str:
    """What the overlay says, in a sentence."""
    label = attribution.target.label
    if attribution.empty:
        return (
            f"No positive evidence: at {attribution.layer}, nothing in this photo speaks for "
            f"{label}, so there is no map to lay over it."
        )
    return f"{attribution.method} at {attribution.layer}: warm places speak for {label}."

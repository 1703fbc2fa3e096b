"""Colour bars of figures: the renderer's colours, and a bar that lies below a picture."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cnnviz_core.images.rendering import COLORMAPS, palette
from cnnviz_ui.frame.text import escaped

BAR_ROOM = 64
"""Pixels below a picture for its lying colour bar: the bar, its ticks, and what it measures."""


@lru_cache(maxsize=len(COLORMAPS))
def colour_scale(colormap: str) -> list[list[Any]]:
    """A colour map of the renderer for figures, so that bar and picture agree."""
    colours = palette(colormap)
    return [[step / 255, "rgb({}, {}, {})".format(*colours[step])] for step in range(0, 256, 3)]


def lying_bar() -> dict[str, Any]:
    """A colour bar below the picture, where it takes no width from it."""
    return {
        "orientation": "h",
        "thickness": 10,
        "outlinewidth": 0,
        "y": 0,
        "yanchor": "top",
        "ypad": 8,
        "nticks": 5,
        "ticks": "",
    }


def standing_bar(units: str) -> dict[str, Any]:
    """A colour bar beside the picture, with what it measures above it."""
    return {
        "title": {"text": escaped(units), "side": "top"},
        "thickness": 10,
        "outlinewidth": 0,
        "ticks": "",
    }


def bar_title(units: str) -> dict[str, Any]:
    """What a lying colour bar measures, below its ticks.

    Plotly's own title of such a bar may come to stand among the ticks.
    """
    return {
        "text": escaped(units),
        "showarrow": False,
        "xref": "paper",
        "yref": "paper",
        "x": 0.5,
        "y": 0,
        "yanchor": "top",
        "yshift": -40,
        "font": {"size": 13},
    }

"""Charts of the checks of a map: what is lost on the way, and what stays with random layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz_core.targets import Contrast
from cnnviz_ui.frame.text import escaped
from cnnviz_ui.widgets import figures

if TYPE_CHECKING:
    from cnnviz_core.arrays import FloatArray
    from cnnviz_core.trust.results import PlacementCheck, SanityCheck

GREY, BAND = "#6b7780", "rgba(107, 119, 128, 0.25)"
UPRIGHT = {
    "type": "line",
    "xref": "x",
    "yref": "y domain",
    "y0": 0,
    "y1": 1,
    "line": {"color": GREY, "dash": "dot", "width": 1.5},
}
"""A line from the bottom of a chart to its top."""
BESIDE = {"Middle of the photo": "dash", "Edges": "dashdot"}
"""Baselines of a `PlacementCheck`, in its order, and how their lines are broken."""


def placement_chart(check: PlacementCheck, height: int = 270) -> figures.Figure:
    """The score as pixels go: in the map's order, with the map elsewhere, and by two baselines."""
    share = 100 * check.fractions
    traces = [
        *_band(share, 100 * check.elsewhere),
        _course(share, check.scores, "The map", figures.MARK),
    ]
    if len(check.elsewhere):
        traces.append(_course(share, check.elsewhere.mean(axis=0), "The map elsewhere", GREY))
    for scores, (name, dash) in zip(check.blind, BESIDE.items(), strict=False):
        traces.append(_course(share, scores, name, GREY, dash=dash))
    contrast = isinstance(check.target, Contrast)
    quantity = "difference of probabilities" if contrast else f"probability of {check.target.label}"
    scores_axis = {"title": {"text": f"{escaped(quantity)} (%)"}, "fixedrange": True}
    return figures.laid_out(
        traces,
        height,
        xaxis={
            "title": {"text": "share of pixels removed (%)"},
            "range": [0, 100],
            "fixedrange": True,
        },
        yaxis=scores_axis | ({} if contrast else {"range": [0, 101]}),
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        showlegend=True,
    )


def similarity_chart(
    check: SanityCheck, depth: int | None = None, height: int = 270
) -> figures.Figure:
    """Similarity with the first map against the layers made random; `depth` is marked."""
    names = ["nothing", *check.layers]
    lines = [
        figures.line(
            np.arange(len(names)),
            np.concatenate([[1.0], values]),
            name=name,
            hover=f"down to %{{text}}<br>{name} %{{y:.2f}}<extra></extra>",
            mode="lines+markers",
            color=colour,
        )
        | {"text": [escaped(layer) for layer in names]}
        for name, values, colour in (
            ("Spearman", check.spearman, figures.MARK),
            ("SSIM", check.ssim, "#b45309"),
        )
    ]
    low = min(0.0, float(check.spearman.min(initial=0)), float(check.ssim.min(initial=0)))
    return figures.laid_out(
        lines,
        height,
        xaxis={
            "title": {"text": "layers randomized from the top"},
            "fixedrange": True,
            "zeroline": False,
            "dtick": 2,
        },
        yaxis={
            "title": {"text": "similarity (-1 to 1)"},
            "range": [low - 0.05, 1.05],
            "fixedrange": True,
        },
        shapes=[] if depth is None else [UPRIGHT | {"x0": depth, "x1": depth}],
        margin={"l": 48, "r": 8, "t": 8, "b": 40},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        showlegend=True,
    )


def _course(
    share: FloatArray, scores: FloatArray, name: str, colour: str, dash: str = "solid"
) -> dict[str, Any]:
    hover = "%{x:.0f} % of pixels<br>%{y:.1f} %"
    return figures.line(share, 100 * scores, name=name, hover=hover, color=colour, dash=dash)


def _band(share: FloatArray, scores: FloatArray) -> list[dict[str, Any]]:
    """Between the lowest and the highest of some curves."""
    if len(scores) < 2:
        return []
    edge = {
        "type": "scatter",
        "x": share,
        "mode": "lines",
        "line": {"width": 0},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    return [
        edge | {"y": scores.min(axis=0)},
        edge | {"y": scores.max(axis=0), "fill": "tonexty", "fillcolor": BAND},
    ]

"""Charts of a pattern: how its value rose, and how coarse or fine its structure is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go

from cnnviz_core.images.frequencies import radial_power
from cnnviz_ui.frame.text import escaped
from cnnviz_ui.widgets.figures import MARK, laid_out

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz_core.arrays import FloatArray

LINES = (MARK, "#b45309", "#7c5cbf", "#64748b", "#0f766e", "#be185d")
FREQUENCIES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)


def history_figure(history: FloatArray, *, units: str, height: int = 190) -> go.Figure:
    """What the objective reached at each step of the ascent, as far as each image was changed.

    Args:
        history: (steps, images), NaN after an image has settled.
        units: of the values.
        height: of the figure on the page.
    """
    figure = go.Figure()
    for number, line in enumerate(history.T):
        taken = np.flatnonzero(np.isfinite(line))
        _add_line(
            figure,
            number,
            taken,
            line[taken],
            f"step %{{x}}<br>{escaped(units)} %{{y:.4g}}<extra></extra>",
        )
    figure.update_xaxes(title_text="step", fixedrange=True, zeroline=False)
    figure.update_yaxes(title_text=units, fixedrange=True)
    return _with_legend(laid_out(figure, height))


def spectrum_figure(images: FloatArray, *, height: int = 190) -> go.Figure:
    """Mean power of each image's luminance by spatial frequency, both on logarithmic axes.

    Above half a cycle per pixel there are diagonal waves alone; they are left out.

    Args:
        images: (images, height, width, 3), in [0, 1].
        height: of the figure on the page.
    """
    figure = go.Figure()
    for number, image in enumerate(images):
        spectrum = radial_power(image)
        shown = (spectrum.frequency <= 0.5) & (spectrum.power > 0)
        _add_line(
            figure,
            number,
            spectrum.frequency[shown],
            spectrum.power[shown],
            "%{x:.3g} cycles per pixel<br>mean power %{y:.3g}<extra></extra>",
        )
    axis = {"type": "log", "fixedrange": True}
    figure.update_xaxes(
        title_text="spatial frequency (cycles per pixel)", tickvals=FREQUENCIES, **axis
    )
    figure.update_yaxes(title_text="mean power", nticks=4, exponentformat="power", **axis)
    return laid_out(figure, height)


def _with_legend(figure: go.Figure) -> go.Figure:
    """Which line is which, where there are several."""
    if len(figure.data) == 1:
        return figure
    legend = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
    return figure.update_layout(showlegend=True, legend=legend, margin={"t": 28})


def _add_line(figure: go.Figure, number: int, x: NDArray[Any], y: FloatArray, hover: str) -> None:
    figure.add_scatter(
        x=x,
        y=y,
        mode="lines",
        name=f"face {number + 1}",
        line={"color": LINES[number % len(LINES)], "width": 2},
        hovertemplate=hover,
    )

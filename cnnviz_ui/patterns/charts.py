"""Charts of a pattern: how its value rose, and how coarse or fine its structure is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz_core.images.frequencies import radial_power
from cnnviz_ui.frame.text import escaped
from cnnviz_ui.widgets.figures import MARK, Figure, laid_out, line

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz_core.arrays import FloatArray

LINES = (MARK, "#b45309", "#7c5cbf", "#64748b", "#0f766e", "#be185d")
LEGEND = {
    "showlegend": True,
    "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
    "margin": {"l": 48, "r": 8, "t": 28, "b": 40},
}
"""Which line is which, where there are several."""
FREQUENCIES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)


def history_figure(history: FloatArray, *, units: str, height: int = 190) -> Figure:
    """What the objective reached at each step of the ascent, as far as each image was changed.

    Args:
        history: (steps, images), NaN after an image has settled.
        units: of the values.
        height: of the figure on the page.
    """
    hover = f"step %{{x}}<br>{escaped(units)} %{{y:.4g}}<extra></extra>"
    lines = []
    for number, values in enumerate(history.T):
        taken = np.flatnonzero(np.isfinite(values))
        lines.append(_line(number, taken, values[taken], hover))
    return laid_out(
        lines,
        height,
        xaxis={"title": {"text": "step"}, "fixedrange": True, "zeroline": False},
        yaxis={"title": {"text": units}, "fixedrange": True},
        **(LEGEND if len(lines) > 1 else {}),
    )


def spectrum_figure(images: FloatArray, *, height: int = 190) -> Figure:
    """Mean power of each image's luminance by spatial frequency, both on logarithmic axes.

    Above half a cycle per pixel there are diagonal waves alone; they are left out.

    Args:
        images: (images, height, width, 3), in [0, 1].
        height: of the figure on the page.
    """
    hover = "%{x:.3g} cycles per pixel<br>mean power %{y:.3g}<extra></extra>"
    lines = []
    for number, image in enumerate(images):
        spectrum = radial_power(image)
        mask = (spectrum.frequency <= 0.5) & (spectrum.power > 0)
        lines.append(_line(number, spectrum.frequency[mask], spectrum.power[mask], hover))
    frequency = {"title": {"text": "spatial frequency (cycles per pixel)"}}
    power = {"title": {"text": "mean power"}, "nticks": 4, "exponentformat": "power"}
    axis = {"type": "log", "fixedrange": True}
    return laid_out(
        lines,
        height,
        xaxis=frequency | {"tickvals": FREQUENCIES} | axis,
        yaxis=power | axis,
    )


def _line(number: int, x: NDArray[Any], y: FloatArray, hover: str) -> dict[str, Any]:
    colour = LINES[number % len(LINES)]
    return line(x, y, name=f"face {number + 1}", hover=hover, color=colour)

"""Interactive figures: values to point at, tiles to click on, units on every axis and bar.

A figure is what Plotly's JavaScript takes: a list of traces, `data`, and a `layout`. Plotly's own
classes check each setting whenever one is built, which took most of a page's time; tests build
every figure with them once, and pages go without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import streamlit as st
from plotly.colors import get_colorscale

from cnnviz_ui.frame.text import escaped
from cnnviz_ui.widgets import chart_keys, colour_bars
from cnnviz_ui.widgets.pictures import in_window
from cnnviz_ui.widgets.plotly_internals import unchecked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cnnviz_core.arrays import FloatArray
    from cnnviz_core.looking.results import LayerSparsity

Figure = dict[str, Any]
CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
MARK = "#2094b2"
BLUE_TO_RED = get_colorscale("RdBu_r")
REVERSED = {"autorange": "reversed", "scaleanchor": "x"}
"""Of rows, which are counted downwards and as wide as columns."""
MOST_SHARP_CELLS = 64
"""Finer maps are drawn smoothly: cells of a pixel or two of the screen would come out uneven."""


def values_figure(
    values: FloatArray,
    *,
    units: str,
    low: float,
    high: float,
    colormap: str = "viridis",
    height: int = 400,
    cells: str = "cells",
    bar_beside: bool = False,
) -> Figure:
    """A map of values, each to read by pointing at it.

    Its colour bar lies below, or where height is scarce stands beside it.
    """
    heatmap = {
        "type": "heatmap",
        "z": values,
        "zmin": low,
        "zmax": high if high > low else low + 1,
        "colorscale": colour_bars.colour_scale(colormap),
        "colorbar": colour_bars.standing_bar(units) if bar_beside else colour_bars.lying_bar(),
        "zsmooth": "fast" if max(values.shape) > MOST_SHARP_CELLS else False,
        "hovertemplate": f"row %{{y}}, column %{{x}}<br>{escaped(units)} %{{z:.4g}}<extra></extra>",
    }
    axis = {"showgrid": False, "zeroline": False, "fixedrange": True, "constrain": "domain"}
    layout = {
        "xaxis": {"title": {"text": f"column ({cells})", "standoff": 4}, "side": "top"} | axis,
        "yaxis": {"title": {"text": f"row ({cells})", "standoff": 4}} | REVERSED | axis,
        "margin": {"l": 48, "r": 8, "t": 40, "b": 8 if bar_beside else colour_bars.BAR_ROOM},
        "annotations": [] if bar_beside else [colour_bars.bar_title(units)],
    }
    return laid_out([heatmap], height, **layout)


def show(figure: Figure, *, key: str, alt: str, grows: bool = False) -> None:
    """Show a figure that is only looked at; a map's values can be read by keys.

    One that grows is as tall as the window allows.
    """
    height: Literal["stretch", "content"] = "stretch" if grows else "content"
    with st.container(key=f"{'growing' if grows else 'drawn'}-{key}"):
        if grows:
            _grow(figure, key)
        if figure["data"][0]["type"] == "heatmap":
            chart_keys.read_cells(figure, key=key, alt=alt)
        st.plotly_chart(unchecked(figure), key=key, config=CONFIG, alt=alt, height=height)


def _grow(figure: Figure, key: str) -> None:
    pixels = figure["layout"]["height"]
    # No taller than wide: a map would not fill it on a phone.
    height = f"min({in_window(pixels, 'vh')}, {in_window(pixels, 'vw')})"
    st.html(f"<style>.st-key-growing-{key} {{ min-height: {height}; }}</style>")


def sparsity_figure(layers: Sequence[LayerSparsity], *, height: int = 300) -> Figure:
    """Share of dead channels and of zeros against depth."""
    names = [escaped(layer.name) for layer in layers]
    shares = {
        "zero activations": ("#8a97a0", [100 * layer.zeros for layer in layers]),
        "dead channels": (MARK, [100 * layer.dead for layer in layers]),
    }
    bars = [
        {
            "type": "bar",
            "x": list(range(len(layers))),
            "y": percentages,
            "name": name,
            "text": names,
            "textposition": "none",
            "marker": {"color": colour},
            "hovertemplate": f"%{{text}}<br>%{{y:.1f}} % {name}<extra></extra>",
        }
        for name, (colour, percentages) in shares.items()
    ]
    depth = "depth (layers with height and width, first to last)"
    return laid_out(
        bars,
        height,
        xaxis={"title": {"text": depth}, "fixedrange": True, "zeroline": False},
        yaxis={"title": {"text": "share (%)"}, "range": [0, 100], "fixedrange": True},
        legend={"orientation": "h", "x": 0, "y": 1.14},
        showlegend=True,
        bargap=0.15,
    )


def kernel_figure(weights: FloatArray, *, limit: float, height: int = 320) -> Figure:
    """One kernel in numbers, coloured about zero."""
    heatmap = {
        "type": "heatmap",
        "z": weights,
        "zmin": -limit,
        "zmax": limit,
        "colorscale": BLUE_TO_RED,
        "texttemplate": "%{z:.2f}",
        "textfont": {"size": 13 if weights.shape[0] <= 3 else 10},
        "colorbar": colour_bars.standing_bar("weight"),
        "hovertemplate": "row %{y}, column %{x}<br>weight %{z:.4g}<extra></extra>",
    }
    cells = {
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "dtick": 1,
        "constrain": "domain",
    }
    return laid_out(
        [heatmap],
        height,
        xaxis={"title": {"text": "column"}} | cells,
        yaxis={"title": {"text": "row"}} | REVERSED | cells,
    )


def line(
    x: NDArray[Any], y: FloatArray, *, name: str, hover: str, mode: str = "lines", **look: Any
) -> dict[str, Any]:
    """A trace that connects points; `look` is the line's own, such as its colour."""
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": mode,
        "name": name,
        "line": look | {"width": 2},
        "hovertemplate": hover,
    }


def laid_out(traces: list[dict[str, Any]], height: int, **layout: Any) -> Figure:
    """Traces in the frame that all figures share, but for what `layout` has otherwise."""
    shared = {
        "height": height,
        "margin": {"l": 48, "r": 8, "t": 10, "b": 40},
        "dragmode": False,
        "hoverdistance": -1,
        "showlegend": False,
    }
    return {"data": traces, "layout": shared | layout}

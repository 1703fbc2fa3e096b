"""Interactive figures: values to point at, tiles to click on, units on every axis and bar."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from cnnviz_core.images.rendering import palette
from cnnviz_ui.frame import state
from cnnviz_ui.frame.text import escaped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from cnnviz_core.arrays import FloatArray
    from cnnviz_core.looking.results import LayerSparsity

CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
MARK = "#2094b2"
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
) -> go.Figure:
    """A map of values, each to read by pointing at it, with its colour bar."""
    heatmap = go.Heatmap(
        z=values,
        zmin=low,
        zmax=high if high > low else low + 1,
        colorscale=colour_scale(colormap),
        colorbar=_lying_bar(units),
        zsmooth="fast" if max(values.shape) > MOST_SHARP_CELLS else False,
        hovertemplate=f"row %{{y}}, column %{{x}}<br>{escaped(units)} %{{z:.4g}}<extra></extra>",
    )
    figure = go.Figure(heatmap)
    axis = {"showgrid": False, "zeroline": False, "fixedrange": True, "constrain": "domain"}
    axis |= {"title_standoff": 4}
    figure.update_xaxes(title_text=f"column ({cells})", side="top", **axis)
    figure.update_yaxes(title_text=f"row ({cells})", autorange="reversed", scaleanchor="x", **axis)
    figure = laid_out(figure, height)
    return figure.update_layout(margin={"l": 48, "r": 8, "t": 40, "b": 56})


def montage_figure(
    picture: bytes,
    size: tuple[int, int],
    centres: NDArray[np.float64],
    names: Sequence[str],
    *,
    tile: tuple[int, int],
    marked: int | None = None,
    height: int = 400,
) -> go.Figure:
    """One picture of many tiles under a transparent scatter that takes the clicks.

    Args:
        picture: the montage as PNG or JPEG.
        size: its (height, width) in pixels.
        centres: (x, y) of each tile in pixels.
        names: what each tile is.
        tile: (height, width) of a tile in pixels.
        marked: the tile with a frame around it.
        height: of the figure on the page.
    """
    data = base64.b64encode(picture).decode()
    kind = "jpeg" if picture.startswith(b"\xff\xd8") else "png"
    figure = go.Figure(_click_targets(centres, names))
    figure.add_layout_image(
        source=f"data:image/{kind};base64,{data}",
        xref="x",
        yref="y",
        x=-0.5,
        y=-0.5,
        sizex=size[1],
        sizey=size[0],
        sizing="stretch",
        layer="below",
    )
    hidden = {"visible": False, "fixedrange": True, "constrain": "domain"}
    figure.update_xaxes(range=[-0.5, size[1] - 0.5], **hidden)
    figure.update_yaxes(range=[size[0] - 0.5, -0.5], scaleanchor="x", **hidden)
    if marked is not None and 0 <= marked < len(centres):
        x, y = centres[marked]
        for colour, width in (("#ffffff", 5), (MARK, 3)):
            figure.add_shape(
                type="rect",
                x0=x - tile[1] / 2,
                x1=x + tile[1] / 2,
                y0=y - tile[0] / 2,
                y1=y + tile[0] / 2,
                line={"color": colour, "width": width},
            )
    figure = laid_out(figure, height)
    return figure.update_layout(margin={"l": 2, "r": 2, "t": 4, "b": 4}, clickmode="event+select")


def add_colour_bar(
    figure: go.Figure, *, units: str, low: float, high: float, colormap: str
) -> None:
    """Give a montage in true values the colour bar of its shared scale."""
    marker = {
        "color": [low],
        "cmin": low,
        "cmax": high if high > low else low + 1,
        "colorscale": colour_scale(colormap),
        "showscale": True,
        "colorbar": _lying_bar(units) | {"y": 0},
    }
    figure.add_scatter(x=[None], y=[None], mode="markers", marker=marker, hoverinfo="skip")
    figure.update_layout(height=figure.layout.height + 56, margin={"b": 60})


def clickable(figure: go.Figure, *, key: str, alt: str, on_tile: Callable[[int], None]) -> None:
    """Show a montage; a click on a tile calls `on_tile` with its number before the page reruns."""

    def follow() -> None:
        points = state.value(key).selection.points
        if points:
            on_tile(int(points[0]["point_index"]))

    st.plotly_chart(
        figure, key=key, on_select=follow, selection_mode="points", config=CONFIG, alt=alt
    )


def show(figure: go.Figure, *, key: str, alt: str) -> None:
    """Show a figure that is only looked at."""
    st.plotly_chart(figure, key=key, config=CONFIG, alt=alt)


def sparsity_figure(layers: Sequence[LayerSparsity], *, height: int = 300) -> go.Figure:
    """Share of dead channels and of zeros against depth."""
    names = [escaped(layer.name) for layer in layers]
    figure = go.Figure()
    shares = {"zero activations": "zeros", "dead channels": "dead"}
    for name, colour in zip(shares, ("#8a97a0", MARK), strict=True):
        figure.add_bar(
            x=list(range(len(layers))),
            y=[100 * getattr(layer, shares[name]) for layer in layers],
            name=name,
            text=names,
            textposition="none",
            marker={"color": colour},
            hovertemplate=f"%{{text}}<br>%{{y:.1f}} % {name}<extra></extra>",
        )
    figure.update_yaxes(title_text="share (%)", range=[0, 100], fixedrange=True)
    figure.update_xaxes(
        title_text="depth (layers with height and width, first to last)",
        fixedrange=True,
        zeroline=False,
    )
    return laid_out(figure, height).update_layout(
        legend={"orientation": "h", "x": 0, "y": 1.14}, showlegend=True, bargap=0.15
    )


def kernel_figure(weights: FloatArray, *, limit: float, height: int = 320) -> go.Figure:
    """One kernel in numbers, coloured about zero."""
    heatmap = go.Heatmap(
        z=weights,
        zmin=-limit,
        zmax=limit,
        colorscale="RdBu_r",
        texttemplate="%{z:.2f}",
        textfont={"size": 13 if weights.shape[0] <= 3 else 10},
        colorbar={"title": {"text": "weight", "side": "right"}, "thickness": 12},
        hovertemplate="row %{y}, column %{x}<br>weight %{z:.4g}<extra></extra>",
    )
    figure = go.Figure(heatmap)
    cells = {"fixedrange": True, "showgrid": False, "zeroline": False, "dtick": 1}
    figure.update_xaxes(title_text="column", constrain="domain", **cells)
    figure.update_yaxes(title_text="row", autorange="reversed", scaleanchor="x", **cells)
    return laid_out(figure, height)


def colour_scale(colormap: str) -> list[list[Any]]:
    """A colour map of the renderer for figures, so that bar and picture agree."""
    colours = palette(colormap)
    return [[step / 255, "rgb({}, {}, {})".format(*colours[step])] for step in range(0, 256, 3)]


def _lying_bar(units: str) -> dict[str, Any]:
    """A colour bar below the picture, where it takes no width from it."""
    return {
        "title": {"text": units, "side": "bottom"},
        "orientation": "h",
        "thickness": 10,
        "outlinewidth": 0,
        "y": -0.06,
        "yanchor": "top",
    }


def _click_targets(centres: NDArray[np.float64], names: Sequence[str]) -> go.Scatter:
    unseen = {"marker": {"opacity": 0}}
    return go.Scatter(
        x=centres[:, 0],
        y=centres[:, 1],
        text=[escaped(name) for name in names],
        mode="markers",
        marker={"opacity": 0, "size": 14},
        selected=unseen,
        unselected=unseen,
        hovertemplate="%{text}<extra></extra>",
    )


def laid_out(figure: go.Figure, height: int) -> go.Figure:
    """The frame that all figures share."""
    return figure.update_layout(
        height=height,
        margin={"l": 48, "r": 8, "t": 10, "b": 40},
        dragmode=False,
        hoverdistance=-1,
        showlegend=False,
    )

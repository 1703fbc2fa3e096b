"""Plotly figures without the check of each of their settings, for which there is no public way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

if TYPE_CHECKING:
    from collections.abc import Mapping


def unchecked(figure: Mapping[str, Any]) -> go.Figure:
    """A figure of traces and a layout, taken as they are: some twenty times as fast."""
    return go.Figure(figure, _validate=False)

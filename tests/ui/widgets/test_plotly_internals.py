"""Figures without Plotly's checks: the same picture, and the reason why they are fast."""

import json

import numpy as np
import plotly.graph_objects as go
import pytest

from cnnviz_ui.widgets import figures
from cnnviz_ui.widgets.plotly_internals import unchecked

VALUES = np.random.default_rng(0).random((5, 7)).astype(np.float32)


def test_a_figure_is_the_one_that_plotly_would_make():
    """To the letter, arrays and template too."""
    figure = figures.values_figure(VALUES, units="logit", low=0.0, high=1.0)
    assert json.loads(unchecked(figure).to_json()) == json.loads(go.Figure(figure).to_json())
    np.testing.assert_array_equal(unchecked(figure).data[0].z, VALUES)


def test_nothing_is_checked():
    """A setting that does not exist passes; were it refused, every rerun would pay for it again."""
    odd = {"data": [{"type": "heatmap", "nonsense": 1}], "layout": {}}
    assert unchecked(odd).to_dict()["data"] == odd["data"]
    with pytest.raises(ValueError, match="nonsense"):
        go.Figure(odd)

"""Figures: what stands where, and that values stay as they are."""

import numpy as np
import plotly.graph_objects as go
import pytest

from cnnviz_core.images.rendering import palette
from cnnviz_ui.widgets import colour_bars, figures, pictures

VALUES = np.random.default_rng(0).random((5, 7)).astype(np.float32)


def map_figure(units="logit", **look):
    """A map of random values, as Plotly takes it."""
    return go.Figure(figures.values_figure(VALUES, units=units, low=0.0, high=2.0, **look))


def test_a_lying_bar_has_room_for_ticks_and_then_for_its_title():
    """The title is a line of its own, below bar and ticks, and within the margin."""
    figure = map_figure()
    bar = figure.data[0].colorbar
    assert bar.title.text is None
    (title,) = figure.layout.annotations
    assert title.text == "logit"
    assert -title.yshift >= bar.ypad + bar.thickness + 18
    assert figure.layout.margin.b >= -title.yshift + 1.3 * title.font.size


def test_a_standing_bar_has_its_title_above():
    """Beside its ticks it would stand among them."""
    kernel = go.Figure(figures.kernel_figure(VALUES, limit=1.0))
    for figure in (map_figure(bar_beside=True), kernel):
        assert figure.data[0].colorbar.title.side == "top"
        assert not figure.layout.annotations


def test_units_are_shown_letter_by_letter():
    """Classes come from files, and probabilities are of a class: no tag arrives at Plotly."""
    figure = map_figure("probability of <b>x</b>")
    assert "<b>" not in figure.layout.annotations[0].text
    assert "<b>" not in figure.data[0].hovertemplate.replace("<br>", "")


def test_a_map_shows_its_very_values():
    """What is pointed at is the array; colours are the renderer's, from low to high."""
    trace = map_figure().data[0]
    np.testing.assert_array_equal(trace.z, VALUES)
    assert (trace.zmin, trace.zmax) == (0, 2)
    assert "%{z:.4g}" in trace.hovertemplate


@pytest.mark.parametrize("colormap", ["inferno", "viridis", "cividis", "jet", "diverging", "grey"])
def test_figures_have_the_renderers_colours(colormap):
    """Bar and picture agree, from the first colour to the last."""
    scale = colour_bars.colour_scale(colormap)
    assert [scale[0][0], scale[-1][0]] == [0, 1]
    first, last = palette(colormap)[[0, 255]]
    assert scale[0][1] == "rgb({}, {}, {})".format(*first)
    assert scale[-1][1] == "rgb({}, {}, {})".format(*last)


def test_lengths_grow_with_the_window_and_never_shrink():
    """340 pixels of 720 stay a share of the height; a smaller window leaves them as they are."""
    assert pictures.in_window(360, "vh") == "max(360px, 50.000vh)"
    assert pictures.in_window(640, "vw") == "max(640px, 50.000vw)"

"""Maps as pictures: scales, signs, clipping."""

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from cnnviz_core.images.rendering import in_grey, overlay, overlay_on_grey, overlay_signed
from cnnviz_core.maps.results import Attribution
from cnnviz_core.targets import Target
from cnnviz_ui.explain import heatmaps, looks
from cnnviz_ui.frame import photos
from cnnviz_ui.widgets import exports

PIXELS = np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)
PHOTO = photos.Photo("noise", "Noise", "", PIXELS, "0" * 64)


def attribution(values, *, signed=False, method="Grad-CAM", floor=0.0):
    """A map of the photo's size."""
    return Attribution(
        values=np.asarray(values, np.float32),
        signed=signed,
        target=Target(1, "rose"),
        layer="conv" if method == "Grad-CAM" else None,
        method=method,
        units="logit",
        score=1.0,
        probability=0.5,
        floor=floor,
    )


def ramp(low=0.0, high=1.0):
    """Values from low to high, at the photo's size."""
    return np.linspace(low, high, 40 * 60).reshape(40, 60)


def test_map_without_sign_lies_over_a_grey_photo_at_first():
    """Inferno over grey, dense where the map is strong: every colour seen is the map's."""
    heatmap = attribution(ramp(0, 7))
    expected = overlay_on_grey(PIXELS, heatmap.values, colormap="inferno", opacity=0.7)
    np.testing.assert_array_equal(heatmaps.overlaid(PHOTO, heatmap, heatmaps.Look()), expected)


def test_lectures_look_is_the_lectures():
    """Jet at 0.4 over the photo, divided by the maximum, as the lecture does."""
    heatmap = attribution(ramp(0, 7))
    expected = overlay(PIXELS, heatmap.values, colormap="jet", intensity=0.4)
    np.testing.assert_array_equal(heatmaps.overlaid(PHOTO, heatmap, looks.LECTURE), expected)


@pytest.mark.parametrize(
    ("look", "word"),
    [(looks.Look(), "bright"), (looks.Look("cividis"), "bright"), (looks.LECTURE, "warm")],
)
def test_strong_places_are_called_what_they_look_like(look, word):
    """Jet ends in dark red, the perceptual maps in their brightest colour."""
    assert f"{word} places speak for rose" in heatmaps.reading(attribution(ramp()), look)


def test_signed_map_is_red_and_blue_about_zero():
    """One scale serves both signs: the largest magnitude."""
    heatmap = attribution(ramp(-4, 2), signed=True, method="Occlusion")
    expected = overlay_signed(PIXELS, heatmap.values, scale=4.0, opacity=0.85)
    np.testing.assert_array_equal(heatmaps.overlaid(PHOTO, heatmap, heatmaps.Look()), expected)
    figure = go.Figure(heatmaps.map_figure(heatmap, heatmaps.Look())).data[0]
    assert (figure.zmin, figure.zmax) == (-4, 4)
    assert figure.colorscale[0][1].startswith("rgb(")


@pytest.mark.parametrize("signed", [False, True])
def test_shared_scale_gives_equal_values_equal_colours(signed):
    """Two maps on one scale: where their values are equal so are their pixels, and only there."""
    method, look = "Occlusion" if signed else "Grad-CAM", heatmaps.Look()
    small = attribution(ramp(0, 1), signed=signed, method=method)
    raised = np.where(small.values > 0.5, 3 * small.values, small.values)
    large = replace(small, values=raised.astype(np.float32))
    equal = small.values == large.values
    small_overlay, large_overlay = (
        heatmaps.overlaid(PHOTO, heatmap, look, 3.0) for heatmap in (small, large)
    )
    np.testing.assert_array_equal(small_overlay[equal], large_overlay[equal])
    assert (small_overlay[~equal] != large_overlay[~equal]).any(axis=1).mean() > 0.9
    alone = heatmaps.overlaid(PHOTO, large, look), heatmaps.overlaid(PHOTO, small, look)
    assert (alone[0][equal] != alone[1][equal]).any()


def test_extreme_pixels_of_gradients_are_clipped_for_the_eye():
    """One huge pixel does not darken the rest of a gradient's map; of other maps nothing is cut."""
    values = ramp(0, 1)
    values[0, 0] = 1000
    saliency = attribution(values, method="Saliency")
    assert heatmaps.own_scale(saliency) == pytest.approx(0.99, abs=0.01)
    assert "clipped" in heatmaps.map_words(saliency)
    cam = attribution(values)
    assert heatmaps.own_scale(cam) == 1000
    assert "clipped" not in heatmaps.map_words(cam)


def test_sparse_gradient_map_keeps_its_colours():
    """Where 99 % of a map are zero the scale is its maximum, not zero."""
    values = np.zeros((40, 60))
    values[3, 3] = 2
    assert heatmaps.own_scale(attribution(values, method="Saliency")) == 2


def test_rise_is_coloured_from_its_minimum():
    """RISE's values lie close together far above zero; alone they use all colours."""
    heatmap = attribution(ramp(0.5, 0.6), method="RISE", floor=0.5)
    flat = heatmaps.overlaid(PHOTO, heatmap, heatmaps.Look(), 0.6)
    spread = heatmaps.overlaid(PHOTO, heatmap, heatmaps.Look())
    expected = overlay_on_grey(PIXELS, ramp(0, 0.1).astype(np.float32))
    assert np.abs(spread.astype(int) - expected).max() <= 2
    assert (flat != spread).any()
    figure = go.Figure(heatmaps.map_figure(heatmap, heatmaps.Look()))
    assert figure.data[0].zmin == pytest.approx(0.5)


def test_map_without_evidence_leaves_the_photo():
    """Nothing is coloured, and the words say why: the photo is as the look shows it elsewhere."""
    heatmap = attribution(np.zeros((40, 60)))
    readable = heatmaps.overlaid(PHOTO, heatmap, heatmaps.Look())
    np.testing.assert_array_equal(readable, in_grey(PIXELS))
    np.testing.assert_array_equal(heatmaps.overlaid(PHOTO, heatmap, looks.LECTURE), PIXELS)
    assert heatmaps.reading(heatmap).startswith("No positive evidence: Grad-CAM at conv")


def test_method_that_ignores_the_class_says_so():
    """Eigen-CAM's caption does not claim that its map is about a class."""
    heatmap = attribution(ramp(), method="Eigen-CAM")
    assert "of any class" in heatmaps.reading(heatmap)
    assert "rose" not in heatmaps.reading(heatmap)


def test_guided_backpropagation_claims_no_class():
    """It shows much the same for any class, and says so."""
    heatmap = replace(attribution(ramp()), method="Guided backpropagation", layer=None)
    assert "for rose much as for other classes" in heatmaps.reading(heatmap)


@pytest.mark.parametrize("floor", [0.0, 1.0])
def test_colours_of_a_coarse_map_end_where_its_bar_does(floor):
    """Enlarged smoothly its largest cell is smaller, and has no brighter a colour for it."""
    coarse = np.array([[2.0, 2.5, 2.0], [1.0, 9.0, 2.0], [2.0, 2.5, 1.0]])
    heatmap, look = attribution(coarse, floor=floor), heatmaps.Look()
    large = heatmap.resized(*PIXELS.shape[:2])
    assert large.max() < 8.9
    expected = overlay_on_grey(PIXELS, large, scale=9.0, floor=floor)
    np.testing.assert_array_equal(heatmaps.overlaid(PHOTO, heatmap, look), expected)
    low, high = heatmaps.colour_bar(heatmap, look).low, heatmaps.colour_bar(heatmap, look).high
    assert (low, high) == (f"{floor:g}", "9 logit")


def test_held_scale_is_that_of_overlay_map_and_bar():
    """Where a scale is held, overlay, figure, bar and words all end at its value."""
    heatmap, look = attribution(ramp(0, 1)), heatmaps.Look()
    held = heatmaps.overlaid(PHOTO, heatmap, look, 4.0)
    expected = overlay_on_grey(PIXELS, heatmap.values, scale=4.0)
    np.testing.assert_array_equal(held, expected)
    assert go.Figure(heatmaps.map_figure(heatmap, look, 4.0)).data[0].zmax == 4
    assert heatmaps.colour_bar(heatmap, look, 4.0) == exports.ColourBar("inferno", "0", "4 logit")
    assert "colours end at 4 logit" in heatmaps.map_words(heatmap, 4.0)
    signed = attribution(ramp(-1, 1), signed=True, method="Occlusion")
    bar = exports.ColourBar("diverging", "-4", "4 logit")
    assert heatmaps.colour_bar(signed, look, 4.0) == bar


def test_overlay_to_take_along_is_large_and_carries_its_words():
    """The picture grows to 1,000 pixels; below it stand bar and words, above it of what it is."""
    heatmap = attribution(ramp(0, 1))
    sheet = heatmaps.overlay_sheet(PHOTO, heatmap, "photos20", heatmaps.Look())
    assert sheet.shape[1] == 1000 + 2 * exports.MARGIN
    assert sheet.shape[0] > 667 + 2 * exports.MARGIN + exports.BAR_HEIGHT + 3 * exports.LINE_HEIGHT

"""Maps against what is known to be in a picture: the measure itself, and every CAM by it."""

from functools import cache

import numpy as np
import pytest

from cnnviz_core import baseline_map, explain, load_model, predict, shapes
from cnnviz_core.errors import OptionError
from cnnviz_core.maps.ground_truth import finding
from cnnviz_core.maps.results import BaselineMap

CAMS = [
    "class_activation_map",
    "grad_cam",
    "grad_cam_plus_plus",
    "hires_cam",
    "layer_cam",
    "score_cam",
    "eigen_cam",
]


def square(top, left, side=8, size=32):
    """A mask with one square."""
    mask = np.zeros((size, size), bool)
    mask[top : top + side, left : left + side] = True
    return mask


def test_a_map_of_the_object_finds_it_and_its_opposite_does_not():
    """The mask itself as a map hits and covers all of it; what is left of the image, nothing."""
    masks = np.stack([square(2, 3), square(20, 11)])
    right = [BaselineMap(mask.astype(np.float32), "right") for mask in masks]
    wrong = [BaselineMap(1 - heatmap.values, "wrong") for heatmap in right]
    assert (finding(right, masks).hits, finding(right, masks).overlap) == (1, 1)
    assert (finding(wrong, masks).hits, finding(wrong, masks).overlap) == (0, 0)


def test_half_a_shift_gives_the_overlap_by_hand():
    """A square moved by half its side overlaps in a half: 32 of 96 pixels."""
    moved = BaselineMap(square(2, 7).astype(np.float32), "moved")
    assert finding([moved], square(2, 3)[None]).overlap == pytest.approx(32 / 96)


def test_an_empty_map_misses():
    """No evidence is no hit, and overlaps no more than chance would."""
    empty = BaselineMap(np.zeros((8, 8), np.float32), "empty")
    result = finding([empty], square(2, 3)[None])
    assert result.hits == 0
    assert result.overlap < 0.2
    with pytest.raises(OptionError, match="1 maps were given for 2 masks"):
        finding([empty], np.stack([square(2, 3)] * 2))


@cache
def drawn():
    """Pictures whose background is never the one that goes with their shape."""
    return shapes(36, background="other", seed=99)


@cache
def measured(name, method):
    """How well a method finds the shapes with a bundled model, for the class that it answers."""
    model, pictures = load_model(name), drawn()
    maps = []
    for image in pictures.images:
        if method == "centre":
            maps.append(baseline_map("centre", image, model.input_size))
        else:
            best = predict(model, image, top=1).indices[0]
            amount = 40 if method == "score_cam" else None
            maps.append(explain(model, image, best, method=method, amount=amount))
    return finding(maps, pictures.masks)


@pytest.mark.parametrize("method", CAMS)
def test_every_cam_finds_the_shape_on_the_fair_model(method):
    """Where the shape is the only clue, every class activation map beats the centre clearly."""
    by_method, centre = measured("shapes", method), measured("shapes", "centre")
    assert by_method.hits >= centre.hits + 0.4
    assert by_method.overlap >= 2 * centre.overlap


@pytest.mark.parametrize("method", CAMS)
def test_every_cam_shows_that_the_biased_model_cheats(method):
    """Where the background was the clue, every map leaves the shape for what lies around it."""
    fair, biased = measured("shapes", method), measured("shapes-biased", method)
    assert biased.hits <= 0.25
    assert biased.overlap <= fair.overlap / 2

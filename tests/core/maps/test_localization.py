"""Boxes and masks from maps whose truth is known, and the baselines that need no network."""

import subprocess
import sys
from dataclasses import replace

import cv2
import numpy as np
import pytest

from cnnviz_core import baseline_map, bounding_box, bounding_boxes, grabcut
from cnnviz_core.errors import EmptyMapError, OptionError
from cnnviz_core.maps.localization import overlap, pointing_hit
from cnnviz_core.maps.results import Attribution, Box
from cnnviz_core.targets import Target
from tests.core.replicas import replica_of


def hot_map(values):
    """An attribution around given values."""
    values = np.asarray(values, np.float32)
    return Attribution(values, True, Target(0, "a"), "layer", "Grad-CAM", "logit", 1.0, 0.5)


def rectangle(rows, columns, shape=(14, 14), value=1.0):
    """A map that is hot on some rows and columns of cells."""
    values = np.zeros(shape)
    values[slice(*rows), slice(*columns)] = value
    return values


@pytest.mark.parametrize("image_size", [(224, 224), (140, 420), (331, 97), (1000, 1500)])
@pytest.mark.parametrize(
    ("rows", "columns"), [((3, 9), (5, 7)), ((0, 4), (10, 14)), ((0, 14), (2, 13))]
)
def test_hot_rectangle_gives_that_rectangle(image_size, rows, columns):
    """At half of the maximum the box is the hot cells' own, within a pixel, on any image size."""
    height, width = image_size
    box = bounding_box(hot_map(rectangle(rows, columns)), image_size)
    expected = [rows[0] * height / 14, columns[0] * width / 14]
    expected += [rows[1] * height / 14, columns[1] * width / 14]
    sides = [box.top, box.left, box.bottom, box.right]
    np.testing.assert_allclose(sides, expected, atol=1)
    assert box.image_size == image_size
    assert box.score == pytest.approx(1, abs=0.01)


@replica_of("bounding_box", "bounding_boxes")
def slow_boxes(values, threshold):
    """(peak, pixels, top, left, bottom, right) of each region, by a flood from every pixel."""
    hot, regions = values > threshold * values.max(), []
    left = {(int(row), int(column)) for row, column in np.argwhere(hot)}
    while left:
        region, pending = set(), [left.pop()]
        while pending:
            row, column = pending.pop()
            region.add((row, column))
            near = {(row + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1)} & left
            left -= near
            pending += near
        rows, columns = zip(*region, strict=True)
        peak = max(values[place] for place in region)
        ends = min(rows), min(columns), max(rows) + 1, max(columns) + 1
        regions.append((peak, len(region), *ends))
    return sorted(regions, reverse=True)


def test_boxes_are_tight_around_the_pixels_above_the_threshold():
    """A box is the extent of its region, and regions come by their peak, as a flood finds them."""
    values = cv2.GaussianBlur(np.random.default_rng(3).normal(size=(40, 60)), (0, 0), 4)
    expected = slow_boxes(values.astype(np.float32), 0.6)
    assert len(expected) > 2
    options = {"threshold": 0.6, "smoothing": 0}
    boxes = bounding_boxes(hot_map(values), (40, 60), most=99, **options)
    peaks_and_sides = [(box.score, box.top, box.left, box.bottom, box.right) for box in boxes]
    assert peaks_and_sides == [(peak, *ends) for peak, _, *ends in expected]
    strongest = bounding_box(hot_map(values), (40, 60), component="strongest", **options)
    assert strongest == boxes[0]
    pixels = [region[1] for region in expected]
    assert bounding_box(hot_map(values), (40, 60), **options) == boxes[int(np.argmax(pixels))]


def test_relative_box_by_hand():
    """Centre x, centre y, height, width, each as a share of the image, as the lecture writes it."""
    box = Box(top=20, left=30, bottom=60, right=90, image_size=(100, 120), score=1.0)
    assert box.relative == pytest.approx((60 / 120, 40 / 100, 40 / 100, 60 / 120))


def test_largest_or_strongest():
    """A small strong region and a large weak one: each is chosen by its name."""
    values = rectangle((1, 3), (1, 3)) + rectangle((6, 13), (6, 13), value=0.8)
    small = bounding_box(hot_map(values), (140, 140), component="strongest")
    large = bounding_box(hot_map(values), (140, 140))
    assert (small.top, small.bottom) == pytest.approx((10, 30), abs=2)
    assert (large.top, large.bottom) == pytest.approx((60, 130), abs=2)
    assert small.score > large.score


def test_two_blobs_give_two_boxes():
    """Two separate peaks are two boxes, the stronger first; joined by a bridge they are one."""
    values = rectangle((1, 4), (1, 4), value=0.8) + rectangle((8, 12), (9, 13))
    first, second = bounding_boxes(hot_map(values), (140, 140))
    assert (first.top, first.left) == pytest.approx((80, 90), abs=1)
    assert (second.top, second.left) == pytest.approx((10, 10), abs=2)
    assert bounding_boxes(hot_map(values), (140, 140), most=1)[0].relative == first.relative
    bridged = np.maximum(values, rectangle((2, 10), (2, 10)))
    assert len(bounding_boxes(hot_map(bridged), (140, 140))) == 1


def test_a_map_of_pixels_is_boxed_by_where_they_gather():
    """Single hot pixels, as gradients give, make one region; its box is where they lie."""
    rng = np.random.default_rng(0)
    values = np.zeros((200, 200))
    values[60:140, 30:110] = rng.random((80, 80)) ** 8
    box = bounding_box(hot_map(values), (400, 400))
    assert overlap(box, Box(120, 60, 280, 220, (400, 400), 1.0)) > 0.75
    single = bounding_box(hot_map(values), (400, 400), smoothing=0)
    assert (single.bottom - single.top) * (single.right - single.left) < 100


def test_what_speaks_against_the_class_makes_no_box():
    """A signed map's strong negative region is never boxed."""
    values = rectangle((1, 4), (1, 4), value=-9) + rectangle((8, 12), (9, 13))
    (box,) = bounding_boxes(hot_map(values), (140, 140))
    assert (box.top, box.left) == pytest.approx((80, 90), abs=1)


@pytest.fixture(scope="module")
def scene():
    """An ellipse of one texture on another, (360, 480, 3) RGB uint8, and its mask."""
    rng = np.random.default_rng(5)
    mask = np.zeros((360, 480), np.uint8)
    cv2.ellipse(mask, (300, 150), (110, 60), 30, 0, 360, 1, -1)
    colours = np.where(mask[..., None] > 0, [200, 60, 40], [60, 120, 150])
    picture = colours + rng.normal(0, 14, (360, 480, 3))
    return np.clip(picture, 0, 255).astype(np.uint8), mask.astype(bool)


def coarse(mask, side=7):
    """What a class activation map of few cells would show of an object."""
    return hot_map(cv2.resize(mask.astype(np.float32), (side, side), interpolation=cv2.INTER_AREA))


@pytest.mark.parametrize("times", [1, 3])
def test_grabcut_recovers_the_object(scene, times):
    """From a 7 by 7 map the object is cut out along its edges, in small and in large pictures."""
    image, mask = (np.repeat(np.repeat(array, times, 0), times, 1) for array in scene)
    cut = grabcut(image, coarse(mask))
    assert cut.shape == mask.shape
    assert cut.dtype == bool
    assert overlap(cut, mask) > 0.95
    assert overlap(bounding_box(coarse(mask), mask.shape), mask) < 0.8


def test_grabcut_is_seeded(scene):
    """The same seed cuts the same mask, whatever OpenCV drew before, and the photo stays."""
    image, mask = scene
    before = image.copy()
    first = grabcut(image, coarse(mask), seed=3, iterations=1)
    cv2.randu(np.zeros(100), 0, 1)
    np.testing.assert_array_equal(grabcut(image, coarse(mask), seed=3, iterations=1), first)
    np.testing.assert_array_equal(image, before)


def test_grabcut_of_few_hot_pixels(scene):
    """A map of a few hot points among zeros, as gradients give, still marks both sides."""
    image, mask = scene
    points = np.zeros(mask.shape, np.float32)
    rows, columns = np.nonzero(mask)
    chosen = np.random.default_rng(0).choice(len(rows), 200, replace=False)
    points[rows[chosen], columns[chosen]] = 1
    assert overlap(grabcut(image, hot_map(points)), mask) > 0.9


def test_overlap_by_hand():
    """Two boxes of 4 by 4 that share 2 by 4 pixels overlap by 8 of 24; a mask counts likewise."""
    first, other = Box(0, 0, 4, 4, (10, 10), 1.0), Box(2, 0, 6, 4, (10, 10), 1.0)
    mask = np.zeros((10, 10), bool)
    mask[2:6, :4] = True
    assert overlap(first, other) == pytest.approx(8 / 24)
    assert overlap(first, mask) == pytest.approx(8 / 24)
    assert overlap(mask, mask) == 1


def test_pointing_game():
    """The highest point counts, wherever else the map is warm; a flat map hits nothing small."""
    mask = np.zeros((90, 120), bool)
    mask[:30, 60:] = True
    values = np.full((6, 8), 0.9)
    values[0, 5] = 1
    assert pointing_hit(hot_map(values), mask)
    values[5, 0] = 1.1
    assert not pointing_hit(hot_map(values), mask)
    assert not pointing_hit(hot_map(np.ones((6, 8))), mask)
    assert pointing_hit(hot_map(rectangle((0, 1), (7, 8), (6, 8))), mask)


def test_what_lies_at_the_floor_is_no_evidence():
    """A map that stands far above zero gives the box of what rises above its floor."""
    values = rectangle((2, 4), (3, 6), (8, 8))
    expected = bounding_box(hot_map(values), (64, 64))
    raised = replace(hot_map(0.7 + 0.1 * values), floor=0.7)
    box = bounding_box(raised, (64, 64))
    assert (box.top, box.left, box.bottom, box.right) == (
        (expected.top, expected.left, expected.bottom, expected.right)
    )
    with pytest.raises(EmptyMapError, match="no positive value"):
        bounding_box(replace(hot_map(0 * values + 0.7), floor=0.7), (64, 64))


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda m, i: bounding_box(m * 0, (9, 9)), EmptyMapError, "no positive value"),
        (lambda m, i: bounding_boxes(-m, (9, 9)), EmptyMapError, "Grad-CAM map has no positive"),
        (lambda m, i: grabcut(i, m * 0), EmptyMapError, "points at nothing"),
        (lambda m, i: grabcut(i, m * 0 + 1), EmptyMapError, "the same everywhere"),
        (lambda m, i: pointing_hit(m * 0, np.ones((3, 3), bool)), EmptyMapError, "no positive"),
        (lambda m, i: bounding_box(m, (9, 9), threshold=1), OptionError, "threshold=1 was given"),
        (lambda m, i: grabcut(i, m, threshold=-1), OptionError, "threshold=-1 was given"),
        (lambda m, i: bounding_box(m, (9, 9), smoothing=1), OptionError, "smoothing=1 was given"),
        (lambda m, i: bounding_box(m, (9, 9), component="x"), OptionError, "'largest' or"),
        (lambda m, i: bounding_boxes(m, (9, 9), most=0), OptionError, "at least 1 box"),
        (lambda m, i: grabcut(i, m, foreground=0.2), OptionError, "foreground=0.2 were given"),
        (lambda m, i: grabcut(i, m, iterations=0), OptionError, "iterations=0 was given"),
        (lambda m, i: overlap(m > 0, np.ones((3, 3), bool)), OptionError, "cannot be compared"),
        (lambda m, i: overlap(m > 9, m > 9), OptionError, "Both regions are empty"),
    ],
)
def test_refusals(photo, call, error, sentence):
    """What points at nothing, or an option outside its range, is refused with a sentence."""
    with pytest.raises(error, match=sentence):
        call(Values(rectangle((1, 4), (1, 4))), photo)


class Values(np.ndarray):
    """An array that is also a map around itself, so that refusals can be written in a line."""

    method = "Grad-CAM"
    floor = 0.0

    def __new__(cls, values):
        """Make one of any array."""
        return np.asarray(values, np.float32).view(cls)

    @property
    def values(self):
        """The map."""
        return np.asarray(self)


@replica_of("baseline_map")
def test_baselines_by_their_rules(photo):
    """Random is its seed's, the centre falls with distance, edges are Sobel's by loops."""
    size = (18, 24)
    random = baseline_map("random", photo, size, seed=4)
    np.testing.assert_array_equal(random.values, baseline_map("random", photo, size, seed=4).values)
    assert not np.array_equal(random.values, baseline_map("random", photo, size, seed=5).values)
    centre = baseline_map("centre", photo, size).values
    far = [np.hypot((r + 0.5) / 18 - 0.5, (c + 0.5) / 24 - 0.5) for r, c in np.ndindex(size)]
    assert np.all(np.diff(centre.ravel()[np.argsort(far)]) <= 1e-6)
    picture = np.zeros((18, 24, 3), np.uint8)
    picture[:, 10:] = [255, 0, 0]
    picture[6:] = picture[6:] // 2
    grey = picture @ np.array([0.299, 0.587, 0.114])
    edges = baseline_map("edges", picture, size).values
    kernel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    for row, column in np.ndindex(16, 22):
        window = grey[row : row + 3, column : column + 3]
        expected = np.hypot((window * kernel).sum(), (window * kernel.T).sum())
        assert edges[row + 1, column + 1] == pytest.approx(expected, abs=1e-2)
    for baseline in (
        random,
        baseline_map("centre", photo, size),
        baseline_map("edges", photo, size),
    ):
        assert baseline.values.shape == size
        assert baseline.values.min() >= 0


def test_unknown_baseline_is_refused(photo):
    """A baseline that does not exist is refused with those that do."""
    with pytest.raises(OptionError, match=r"Baseline 'corner' is unknown. Choose one of random"):
        baseline_map("corner", photo, (8, 8))


def test_boxes_and_baselines_need_no_tensorflow():
    """The web process draws boxes: neither module imports TensorFlow or Keras."""
    code = (
        "import sys, cnnviz_core.maps.localization, cnnviz_core.trust.baselines;"
        "sys.exit(bool({'tensorflow', 'keras'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

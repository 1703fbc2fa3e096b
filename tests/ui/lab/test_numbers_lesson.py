"""The lesson "An image is numbers": the lines beside a picture are those that made it."""

import cv2
import numpy as np
import pytest

import cnnviz_core as cnnviz
from cnnviz_core.lab import pixel_basics
from cnnviz_core.lab.pixel_basics import INTERPOLATIONS, reduced
from cnnviz_ui.frame import photos
from cnnviz_ui.lab import numbers, pixel_grid, pixel_topics

CASES = [(name, "") for name in pixel_topics.TOPICS]
CASES += [(pixel_topics.RESIZING, interpolation) for interpolation in INTERPOLATIONS]
PICTURE = photos.sample_photo("coffee")
every = pytest.mark.parametrize(("name", "interpolation"), CASES)


def in_grey(plane):
    """A channel as a picture."""
    return np.dstack([plane] * 3)


def shown(name, run, image):
    """What a page must show of what the lines gave."""
    match name:
        case "Channels":
            return [in_grey(run[colour]) for colour in ("red", "green", "blue")]
        case "BGR":
            return [image, run["swapped"]]
        case "Grey":
            return [image, in_grey(run["grey"])]
        case "HSV":
            full = np.full_like(run["hue"], 255)
            wheel = cv2.cvtColor(np.dstack([run["hue"], full, full]), cv2.COLOR_HSV2RGB)
            return [wheel, in_grey(run["saturation"]), in_grey(run["value"])]
        case "Resizing":
            large = np.kron(run["small"], np.ones((19, 19, 1), np.uint8))
            return [large, run["large"]]
        case "Rotation":
            return [run["stored"], run["upright"], run["read"]]
        case "Pixels":
            framed = pixel_grid.framed(image, run["row"], run["column"], 8)
            return [framed, pixel_grid.grid(run["patch"])]
    raise AssertionError(f"nobody says what {name} shows")


@every
def test_the_lines_beside_a_picture_made_it(name, interpolation):
    """Run as they stand there, on what they begin with, they give the arrays and the pictures."""
    image = reduced(PICTURE.pixels)
    topic = numbers.told(name, image, interpolation)
    run = {"cnnviz": cnnviz, "cv2": cv2, "np": np, "image": image}
    run["file"] = pixel_basics.stored_sideways(image)
    exec(topic.lines, run)
    for array, values in topic.arrays.items():
        np.testing.assert_array_equal(run[array], values, err_msg=array)
    expected = shown(name, run, image)
    assert len(expected) == len(topic.panels)
    for panel, picture in zip(topic.panels, expected, strict=True):
        np.testing.assert_array_equal(panel.picture, picture, err_msg=panel.title)


@every
def test_the_python_to_take_along_runs_by_itself(name, interpolation):
    """From the photo's file to the arrays, with nothing else at hand."""
    topic = numbers.told(name, reduced(PICTURE.pixels), interpolation)
    run = {}
    exec(numbers.code(topic, PICTURE), run)
    for array, values in topic.arrays.items():
        np.testing.assert_array_equal(run[array], values, err_msg=array)


@every
def test_a_topic_opens_by_its_link(visit, name, interpolation):
    """With its pictures, its lines and its words."""
    chosen = {"interpolation": interpolation} if interpolation else {}
    app = visit("convolution", lesson="An image is numbers", pixels=name, **chosen)
    assert not app.exception
    assert len(app.get("image")) in (2, 3)
    assert "cv2" in app.code[0].value or name == "Pixels"
    assert not app.warning


@every
@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 300, 3), (5, 2, 3), (2000, 3, 3)])
def test_a_photo_of_any_shape_is_told(name, interpolation, shape):
    """Nothing is reduced to no pixel at all."""
    image = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    topic = numbers.told(name, reduced(image), interpolation)
    assert all(panel.picture.size and panel.picture.dtype == np.uint8 for panel in topic.panels)


def test_the_arithmetic_of_grey_is_that_of_the_pixel():
    """The levels named, their weighted sum, and what OpenCV stores."""
    image = np.zeros((5, 7, 3), np.uint8)
    image[2, 3] = 231, 180, 20
    words = pixel_topics.grey(image).words
    times = "\u00d7"
    arithmetic = f"0.299 {times} 231 + 0.587 {times} 180 + 0.114 {times} 20 = 177.0"
    assert f"row 2, column 3: {arithmetic}, stored as 177" in words


def test_every_topic_is_offered():
    """Once each, in the order in which they are told."""
    assert sorted(pixel_topics.NAMES) == sorted([*pixel_topics.TOPICS, pixel_topics.RESIZING])

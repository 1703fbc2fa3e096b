"""What OpenCV does with an image's numbers, and functions as the lines they are made of."""

import cv2
import numpy as np
import pytest

from cnnviz_core.images.reading import read_image
from cnnviz_core.lab import pixel_basics
from cnnviz_core.lab.code_lines import lines_of


def test_grey_is_the_weighted_sum(photo):
    """0.299 red + 0.587 green + 0.114 blue, to half a level and what OpenCV's integers cost."""
    found = pixel_basics.grey(photo).astype(float)
    np.testing.assert_allclose(found, photo @ [0.299, 0.587, 0.114], atol=0.51)


def test_channels_and_their_order(photo):
    """Red is the first, and the last where it is taken for BGR."""
    red, green, blue = pixel_basics.channels(photo)
    np.testing.assert_array_equal(np.dstack([red, green, blue]), photo)
    np.testing.assert_array_equal(pixel_basics.taken_for_bgr(photo), photo[..., ::-1])


def test_hue_counts_in_steps_of_two_degrees():
    """Red 0, yellow 30, green 60, cyan 90, blue 120, magenta 150; grey has no saturation."""
    colours = [(255, 0, 0), (255, 255, 0), (0, 255, 0), (0, 255, 255), (0, 0, 255), (255, 0, 255)]
    row = np.array([[*colours, (90, 90, 90)]], np.uint8)
    hue, saturation, value = pixel_basics.hue_saturation_value(row)
    assert hue[0, :6].tolist() == [0, 30, 60, 90, 120, 150]
    assert saturation[0].tolist() == [255] * 6 + [0]
    assert value[0].tolist() == [255] * 6 + [90]


@pytest.mark.parametrize(("name", "mean"), [("Area", True), ("Nearest", False), ("Linear", False)])
def test_area_alone_looks_at_every_pixel(name, mean):
    """Of lines a pixel thin, a twelfth of all, the mean is a twelfth; others miss or keep them."""
    lines = np.zeros((96, 96, 3), np.uint8)
    lines[:, ::12] = 240
    interpolation = getattr(cv2, pixel_basics.INTERPOLATIONS[name])
    small, large = pixel_basics.resized(lines, (8, 8), (96, 96), interpolation)
    assert small.shape == (8, 8, 3)
    assert large.shape == lines.shape
    assert bool(np.all(small == 20)) == mean


def test_a_photo_on_its_side_is_turned_by_its_tag(photo):
    """Ignored, a quarter to the left; by the tag upright, in OpenCV as in cnnviz, but for JPEG."""
    file = pixel_basics.stored_sideways(photo)
    stored = pixel_basics.without_the_tag(file).astype(int)
    upright = pixel_basics.by_the_tag(file).astype(int)
    assert stored.shape == (120, 90, 3)
    np.testing.assert_array_equal(upright, np.rot90(stored, -1))
    assert np.abs(upright - photo).mean() < 12
    assert np.abs(read_image(file).astype(int) - upright).mean() < 1


def test_the_busiest_place_is_that_of_the_largest_variance(photo):
    """Among all places where a patch fits; a photo that is smaller is shown from its corner."""
    grey = pixel_basics.grey(photo).astype(float)
    spots = np.lib.stride_tricks.sliding_window_view(grey, (8, 8)).var(axis=(2, 3))
    expected = np.unravel_index(spots.argmax(), spots.shape)
    assert pixel_basics.busiest_place(photo) == expected
    assert pixel_basics.patch(photo, *expected).shape == (8, 8, 3)
    assert pixel_basics.busiest_place(photo[:5]) == (0, 0)
    assert pixel_basics.patch(photo[:5, :3], 0, 0).shape == (5, 3, 3)


def doubled(number):
    """Twice a number."""
    twice = number * 2
    return twice, number


def test_lines_are_those_of_the_function():
    """They can be run by themselves, and give names of one's choice."""
    assert lines_of(doubled, "twice, number") == "twice = number * 2\n"
    lines = lines_of(doubled, "pair")
    assert lines == "twice = number * 2\npair = twice, number\n"
    names = {"number": 4}
    exec(lines, names)
    assert names["pair"] == doubled(4)


def without_a_result():
    """Nothing."""
    print("nothing")


class NoFunction:
    """Nor is this one."""


def test_what_is_no_function_with_a_result_has_no_lines():
    """It could not be run by itself."""
    with pytest.raises(TypeError, match="does not end in what it returns"):
        lines_of(without_a_result)
    with pytest.raises(TypeError, match="not a function that was defined"):
        lines_of(NoFunction)

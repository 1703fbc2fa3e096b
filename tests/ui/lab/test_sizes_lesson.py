"""The lesson on sizes: its pictures, their formulas, the lines that give them again."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from cnnviz_core.lab.hand_kernels import KERNELS
from cnnviz_ui.frame import photos
from cnnviz_ui.lab import sizes_steps
from cnnviz_ui.lab.sizes_steps import Sliding, Step, results, shown, side_by_side, small_grey
from cnnviz_ui.lab.window_drawing import drawn_windows

FIGURE = re.compile(
    r"<figure><img src='data:image/png;base64,([^']+)' alt='([^']+), (\d+) x (\d+)'.*?</figure>"
)


def lesson(visit, **query):
    """The page at this lesson."""
    return visit("convolution", lesson="Sizes and pooling", **query)


def html_of(app):
    """All that the page says in HTML of its own."""
    return "".join(element.proto.body for element in app.get("html"))


def figures(app):
    """Pictures of the lesson by their titles, and what is written under each."""
    found = {}
    for match in FIGURE.finditer(html_of(app)):
        data, title, height, width = match.groups()
        with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
            assert picture.size == (int(width), int(height))
        found[title] = (int(height), int(width)), re.findall(r"<span>(.*?)</span>", match[0])
    return found


def test_opens_with_four_pictures_and_their_formulas(visit):
    """Without a click: the photo, convolved, pooled in two ways; sizes are the pictures' own."""
    app = lesson(visit)
    assert not app.exception
    found = figures(app)
    assert list(found) == [
        "The photo in grey",
        "After Sobel x",
        "Max pooling, the largest of 2 x 2",
        "Average pooling, the mean of 2 x 2",
    ]
    (height, width), formulas = found["After Sobel x"]
    assert [formula.split(" = ")[-1] for formula in formulas] == [str(height), str(width)]
    before = found["The photo in grey"][0]
    assert (height, width) == (before[0] - 2, before[1] - 2)
    for title in list(found)[2:]:
        assert found[title][0] == (height // 2, width // 2)


def test_a_link_says_how_the_window_slides(visit):
    """Each control from the link; pictures and grid follow."""
    app = lesson(
        visit, kernel="Gaussian 5 x 5", padding="Same", stride="2", dilation="2", window="3"
    )
    found = figures(app)
    height, width = found["The photo in grey"][0]
    half = -(-height // 2), -(-width // 2)
    assert found["After Gaussian 5 x 5"][0] == half
    assert found["Max pooling, the largest of 3 x 3"][0] == (half[0] // 3, half[1] // 3)
    assert (
        "⌊(7 + 2·4 \N{MINUS SIGN} 2·(5 \N{MINUS SIGN} 1) \N{MINUS SIGN} 1) / 2⌋ + 1 = 4"
        in html_of(app)
    )


@pytest.mark.parametrize(
    "query",
    [
        {"stride": "0"}, {"stride": "-1"}, {"stride": "nan"}, {"stride": "9" * 400},
        {"padding": "-1"}, {"dilation": "0"}, {"window": "99"}, {"kernel": "<b>mine</b>"},
    ],
)  # fmt: skip
def test_what_no_control_offers_gets_a_sentence(visit, query):
    """The page stands as it opens."""
    app = lesson(visit, **query)
    assert not app.exception
    assert any("which is not here" in element.value.replace("\\", "") for element in app.info)
    assert len(figures(app)) == 4


def test_a_window_that_does_not_fit_gets_a_sentence(visit):
    """In place of the grid; the photo is large enough."""
    app = lesson(visit, kernel="Gaussian 5 x 5", dilation="3")
    assert any("13 with its gaps" in element.value for element in app.info)
    assert len(figures(app)) == 4
    assert "class='windows'" not in html_of(app)


@pytest.mark.parametrize(("shape", "left"), [((1, 900, 3), 1), ((3, 100, 3), 2), ((28, 28, 3), 4)])
def test_photos_of_any_shape_have_what_can_be_made_of_them(visit, monkeypatch, shape, left):
    """A stripe is no room for a window, and that is said."""
    pixels = np.full(shape, 90, np.uint8)
    stripe = photos.Photo("own-0", "stripe", "", pixels, "0" * 64)
    monkeypatch.setattr(photos, "sample_photo", lambda name: stripe)
    app = lesson(visit)
    assert not app.exception
    assert len(figures(app)) == left
    assert (len(app.info) > 0) == (left < 4)


def test_small_photos_stay_and_large_ones_shrink():
    """Into 120 x 80, with their proportions; never enlarged."""
    for shape, expected in (
        ((400, 600), (80, 120)),
        ((600, 400), (80, 53)),
        ((28, 28), (28, 28)),
        ((2000, 2), (80, 1)),
    ):
        assert small_grey(np.zeros((*shape, 3), np.uint8)).shape == expected


def test_results_share_a_scale():
    """Black is the lowest value of what was convolved, white its highest, in all three."""
    grey = np.random.default_rng(0).integers(0, 255, (12, 12), np.uint8)
    steps = [Step("grey", "Grey", grey)]
    steps += results(grey, Sliding(KERNELS["Sobel x"], "valid", 1, 1, 2))
    pictures = shown(steps)
    low, high = steps[1].values.min(), steps[1].values.max()
    np.testing.assert_array_equal(pictures[0][..., 0], grey)
    for step, picture in zip(steps[1:], pictures[1:], strict=True):
        expected = np.rint((step.values - low) / (high - low) * 255)
        assert np.abs(picture[..., 0] - expected).max() <= 1


@pytest.mark.parametrize("count", [1, 2, 4])
def test_a_file_has_all_pictures_at_one_scale(count):
    """As many as there are, on white, each pixel a square."""
    blacks = [np.zeros((rows, 10, 3), np.uint8) for rows in (8, 6, 4, 2)[:count]]
    sheet = side_by_side(blacks)
    area = (sheet == 0).all(axis=-1).sum()
    pixels = sum(black.shape[0] * black.shape[1] for black in blacks)
    assert area % pixels == 0
    assert (area // pixels) ** 0.5 % 1 == 0


@pytest.mark.parametrize("padding", ["same", 2])
def test_the_code_gives_the_arrays(padding):
    """The lines, run as they stand, with the library alone."""
    photo = photos.sample_photo("flower")
    sliding = Sliding(KERNELS["Emboss"], padding, 2, 1, 3)
    held = {}
    exec(sizes_steps.code(photo, sliding), held)
    grey = small_grey(photo.pixels)
    np.testing.assert_array_equal(held["grey"], grey)
    for step in results(grey, sliding):
        np.testing.assert_array_equal(held[step.name], step.values)


def test_the_grid_marks_what_the_window_reads():
    """With gaps and padding: as many cells as the kernel has numbers, dashed those of zeros."""
    drawn = drawn_windows((3, 3), stride=2, padding="same", dilation=2)
    cells = re.findall(r"<i class='([^']*)'>([^<]*)</i>", drawn)
    first = [words for kind, words in cells if "first" in kind.split()]
    second = [words for kind, words in cells if "second" in kind.split()]
    assert len(first) == len(second) == 9 + 1  # and one cell of the result
    assert (first[-1], second[-1]) == ("1", "2")
    assert len([kind for kind, _ in cells if "zero" in kind]) == 11 * 11 - 7 * 7
    assert first.count("0") == 3 + 2  # the window's first row and column lie outside
    assert "a result of 4 by 4" in drawn


def test_a_grid_with_one_place_has_no_second():
    """A window as large as the grid stands once."""
    drawn = drawn_windows((7, 7), stride=1, padding="valid", dilation=1)
    assert "second" not in drawn
    assert drawn.count("first") == 49 + 1 + 1

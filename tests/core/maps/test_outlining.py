"""Found objects as pictures: boxes and cut-outs."""

import numpy as np
import pytest

from cnnviz_core.errors import OptionError
from cnnviz_core.maps.outlining import BOX_COLOUR, cut_out, draw_boxes
from cnnviz_core.maps.results import Box


def coloured(picture):
    """Where a picture has the colour of boxes."""
    return (picture == np.array(BOX_COLOUR)).all(axis=-1)


def test_box_lies_on_its_pixels_and_leaves_the_rest():
    """Corners have the box's colour; inside and outside keep theirs; the image given is kept."""
    image = np.full((100, 100, 3), 200, np.uint8)
    drawn = draw_boxes(image, [Box(20, 30, 60, 90, (100, 100), 1.0)])
    for row, column in ((20, 30), (20, 89), (59, 30), (59, 89)):
        assert coloured(drawn)[row, column]
    assert drawn[40, 60].tolist() == [200] * 3
    assert drawn[80, 10].tolist() == [200] * 3
    assert (image == 200).all()


def test_box_is_scaled_to_the_picture_shown():
    """A box in pixels of a photo lies on the same place of the photo at another size."""
    image = np.full((50, 200, 3), 200, np.uint8)
    drawn = coloured(draw_boxes(image, [Box(20, 30, 60, 90, (100, 100), 1.0)]))
    rows, columns = np.nonzero(drawn)
    assert (rows.min(), rows.max()) == pytest.approx((10, 29), abs=1)
    assert (columns.min(), columns.max()) == pytest.approx((60, 179), abs=1)


def test_several_boxes_are_told_apart():
    """The first is drawn thickest, and on top."""
    image = np.zeros((400, 400, 3), np.uint8)
    first = Box(20, 20, 180, 180, (400, 400), 2.0)
    second = Box(220, 220, 380, 380, (400, 400), 1.0)
    drawn = coloured(draw_boxes(image, [first, second]))
    assert drawn[:200, 100].sum() > drawn[200:, 300].sum() > 0


def test_no_box_is_the_image():
    """Without boxes the picture is the image."""
    image = np.random.default_rng(0).integers(0, 255, (9, 9, 3), dtype=np.uint8)
    np.testing.assert_array_equal(draw_boxes(image, []), image)


@pytest.mark.parametrize(("dimmed", "rest"), [(False, 255), (True, 25)])
def test_cut_out_keeps_the_mask_alone(dimmed, rest):
    """The mask's pixels stay; the others are white, or a quarter of their grey."""
    image = np.full((4, 4, 3), 100, np.uint8)
    mask = np.eye(4, dtype=bool)
    picture = cut_out(image, mask, dimmed=dimmed)
    assert (picture[mask] == 100).all()
    assert (picture[~mask] == rest).all()


def test_cut_out_refuses_another_size():
    """A mask of another photo is refused."""
    with pytest.raises(OptionError, match="both must be of one size"):
        cut_out(np.zeros((4, 4, 3), np.uint8), np.zeros((4, 5), bool))

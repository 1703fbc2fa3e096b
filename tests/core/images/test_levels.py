"""Values in [0, 1] and the 256 levels of a picture: there, back, and beyond the ends."""

import numpy as np

from cnnviz_core.images.colours import IMAGENET_MEAN
from cnnviz_core.images.levels import fractions, levels


def test_levels_are_the_nearest_and_clipped():
    """A level is 1/255 wide around its fraction; what lies outside is the first or the last."""
    assert levels(np.array([-3, 0, 0.49 / 255, 0.51 / 255, 1, 7])).tolist() == [
        0,
        0,
        0,
        1,
        255,
        255,
    ]


def test_every_level_comes_back():
    """From a picture to fractions and back nothing changes, in any shape."""
    every = np.arange(256, dtype=np.uint8).reshape(4, 8, 8)
    brightness = fractions(every)
    assert brightness.dtype == np.float32
    assert (brightness.min(), brightness.max()) == (0, 1)
    assert np.array_equal(levels(brightness), every)


def test_the_mean_colour_is_that_of_the_papers():
    """ImageNet's mean colour in levels, as occlusion and its followers fill it in."""
    assert levels(np.array(IMAGENET_MEAN)).tolist() == [124, 116, 104]

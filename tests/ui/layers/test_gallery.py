"""A layer's channels as tiles: their pages, their scale, and what is said of both."""

import numpy as np
import pytest

from cnnviz_ui.layers import channels, gallery
from cnnviz_ui.layers.gallery import Scale


def ramps(*tops):
    """Channels that rise evenly from 0, each to a top of its own: (20, 20, channels)."""
    ramp = np.linspace(0, 1, 400, dtype=np.float32).reshape(20, 20, 1)
    return ramp * np.array(tops, np.float32)


def test_one_channel_that_outshines_all_does_not_make_them_dark():
    """The scale is that of the others; what goes beyond is told with its largest value."""
    scale = Scale.of(ramps(*[1] * 31, 1000))
    assert scale.low == 0
    assert scale.high == pytest.approx(1, rel=0.02)
    assert scale.most == 1000
    assert scale.beyond == pytest.approx(1 / 32, rel=0.4)
    assert "0 to 1000" in scale.words.replace(",", "")


def test_few_channels_keep_their_own_largest():
    """Of three channels none is an exception, but for the brightest cells of the brightest."""
    scale = Scale.of(ramps(1, 2, 8))
    assert scale.high == pytest.approx(8, rel=0.02)
    assert scale.beyond < 0.01


def test_blank_channels_do_not_count():
    """However many there are, the scale is that of what can be seen."""
    assert Scale.of(ramps(*[0] * 60, 3, 4)).high == pytest.approx(4, rel=0.02)


def test_values_below_zero_have_their_own_end():
    """Zero is always on the scale."""
    scale = Scale.of(-ramps(2, 2, 2))
    assert scale.high == 0
    assert scale.low == pytest.approx(-2, rel=0.02)


def test_a_layer_of_one_value_is_drawn():
    """Nothing is divided by nothing, and nothing goes beyond."""
    for value in (0, 5, -5):
        values = np.full((4, 4, 3), value, np.float32)
        scale = Scale.of(values)
        assert (scale.low, scale.high) == (min(0, value), max(0, value))
        assert scale.beyond == 0
        assert gallery.pictures(values, gallery.TRUE_VALUES, scale).shape == (3, 4, 4, 3)


def test_two_photos_share_one_scale():
    """The brighter one sets it for both."""
    assert Scale.of(ramps(1, 1), ramps(6, 6)).high == pytest.approx(6, rel=0.02)


def test_tiles_are_the_channels_of_a_page():
    """Sixty-four at a time, each called by its number and its own true range."""
    values = ramps(*range(1, 101))
    assert gallery.pages(100) == 2
    shown = gallery.on_page(100, 1)
    assert list(shown) == list(range(64, 100))
    made = gallery.tiles(values, gallery.TRUE_VALUES, Scale.of(values), shown, of=("x",))
    assert made.names[0] == "channel 64, 0 to 65"
    assert len(made.names) == len(made.pictures()) == 36
    words = gallery.words(values, "conv", gallery.TRUE_VALUES, Scale.of(values), shown)
    assert words.startswith("conv: channels 64 to 99 of 100, all on one scale, 0 to ")


def test_large_maps_are_reduced_to_what_a_tile_shows():
    """In their own proportions; the file to take along has every cell."""
    values = np.zeros((300, 150, 2), np.float32)
    scale = Scale.of(values)
    made = gallery.tiles(values, gallery.LECTURE, scale, range(2), of=("x",))
    assert made.size == (128, 64)
    assert made.pictures().shape == (2, 128, 64, 3)
    file = gallery.picture(values, gallery.LECTURE, scale, range(2), text="words", head="model")
    assert file.shape[0] >= 1000


def test_a_layer_that_answers_in_few_cells_is_not_dark():
    """Where fewer than 1 % of the cells of each channel answer, the scale reaches to them."""
    values = np.zeros((112, 112, 32), np.float32)
    values[0, :5] = 3
    assert Scale.of(values).high == 3
    assert Scale.of(-values).low == -3
    drawn = gallery.pictures(values, gallery.TRUE_VALUES, Scale.of(values))
    assert (drawn[:, 0, 0] != drawn[:, 50, 50]).any(axis=-1).all()


def test_borders_do_not_make_a_channel_telling():
    """Padding answers there to any photo; what answers inside wins, though weaker."""
    values = np.zeros((16, 16, 2), np.float32)
    values[:2, :, 0] = 100
    values[6:9, 6:9, 1] = 1
    assert channels.most_telling(values) == 1

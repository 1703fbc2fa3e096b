"""All layers at once: tiles, words and a film of small maps."""

import io

import numpy as np
import pytest
from PIL import Image

from cnnviz_core.looking.results import LayerGlimpse
from cnnviz_ui.frame import photos
from cnnviz_ui.layers import strip
from cnnviz_ui.widgets import films

PHOTO = photos.sample_photo("disc-on-stripes")


def glimpses(amount):
    """Layers whose maps become coarser; in each, one bright cell in the first row."""
    found = []
    for depth in range(amount):
        side = max(2, 32 >> (depth // 4))
        values = np.zeros((side, side), np.float32)
        values[0, 0] = 1
        found.append(
            LayerGlimpse(f"block/layer{depth}", 8, (side, side), depth % 8, values, values.T)
        )
    return found


def test_frames_show_the_photo_beside_each_layer():
    """One a layer, all of one size, different where the layers are."""
    frames = strip.film_frames(PHOTO, glimpses(5), strip.TELLING)
    assert frames.shape == (5, strip.FILM_SIDE + 40, 2 * strip.FILM_SIDE, 3)
    photo = frames[:, : strip.FILM_SIDE, : strip.FILM_SIDE]
    assert (photo == photo[0]).all()
    assert (frames[0] != frames[4]).any()


def test_the_film_of_a_deep_network_is_bounded():
    """First and last layer are in it."""
    many = glimpses(400)
    frames = strip.film_frames(PHOTO, many, strip.MEAN)
    assert len(frames) == strip.MOST_FRAMES
    ends = strip.film_frames(PHOTO, [many[0], many[-1]], strip.MEAN)
    assert (frames[0] == ends[0])[: strip.FILM_SIDE].all()
    assert (frames[-1] == ends[1])[strip.FILM_SIDE :].all()


@pytest.mark.parametrize("kind", ["WEBP", "GIF"])
def test_a_layer_stands_long_enough_to_be_read(kind):
    """Both kinds of film move at the pace that was asked for."""
    frames = strip.film_frames(PHOTO, glimpses(3), strip.TELLING)
    options = {"side": 320, "pace": strip.FRAME_MILLISECONDS}
    made = films.gif(frames, **options) if kind == "GIF" else None
    made = made or films.webp("three layers", lambda: frames, **options)
    with Image.open(io.BytesIO(made)) as film:
        assert film.format == kind
        assert film.n_frames == 3
        assert max(film.size) == 320
        film.seek(1)
        film.load()
        assert film.info["duration"] == strip.FRAME_MILLISECONDS


def test_words_say_what_was_done():
    """Whose map it is, and that nothing shares a scale."""
    said = strip.words(glimpses(4), strip.TELLING, "A disc")
    assert "4 layers" in said
    assert "vary most" in said
    assert "scaled for itself" in said
    assert "the mean of its channels" in strip.words(glimpses(4), strip.MEAN, "A disc")

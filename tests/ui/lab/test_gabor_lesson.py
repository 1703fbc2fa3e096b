"""The lesson on Gabor filters: what it opens with, what its words and pictures say, its Python."""

from types import SimpleNamespace

import numpy as np
import pytest
import standin_gabors
from shown_tiles import tiles_of

from cnnviz_core.errors import ImageError, NoKernelError
from cnnviz_core.lab.gabor_fit import fit_gabor
from cnnviz_core.lab.gabor_results import GaborFits
from cnnviz_core.sets import small_pictures
from cnnviz_engine.requests.gabor import GaborFitsRequest
from cnnviz_ui.frame import photos
from cnnviz_ui.lab import gabor_code, gabor_pictures, learned_gabors
from cnnviz_ui.lab.gabor_pictures import CLOTHES, DIGITS, INPUTS, PHOTO, Subject, Wave

PICTURE = photos.sample_photo("coffee")
WAVE = Wave(0.12, 45.0, 4.0)


def words_of(app):
    """All text that the page writes itself."""
    return " ".join(element.value for element in app.get("html"))


def test_it_opens_with_a_filter_its_answer_and_what_was_learned(visit):
    """Four pictures and the learned kernels, best first, without a click."""
    app = visit("convolution", lesson="Gabor")
    assert not app.exception
    assert len(app.get("image")) == 4
    (learned,) = tiles_of(app)
    assert len(learned["names"]) == standin_gabors.COUNT
    shares = [float(words.removeprefix("R² ")) for words in learned["captions"][:-1]]
    assert shares == sorted(shares, reverse=True)
    assert learned["captions"][-1] == "no variation"
    assert "of the same weights in random order 0.31" in words_of(app)


def test_the_link_says_every_choice(visit):
    """Sliders, pictures and the bank."""
    app = visit("convolution", lesson="Gabor", frequency="0.2", theta="45.0", sigma="2.5")
    assert [slider.value for slider in app.slider] == [0.2, 45.0, 2.5]
    app = visit("convolution", lesson="Gabor", bank="Filter bank", gabor_on="Clothes", sigma="3.0")
    bank, _ = tiles_of(app)
    assert len(bank["names"]) == 12
    assert bank["names"][1] == "0.1 cycles per pixel, 45°"
    assert [slider.value for slider in app.slider] == [3.0]


@pytest.mark.parametrize(
    ("key", "value"), [("frequency", "nan"), ("sigma", "1e9"), ("theta", "-1")]
)
def test_what_no_slider_has_is_a_sentence(visit, key, value):
    """The default is shown."""
    app = visit("convolution", lesson="Gabor", **{key: value})
    assert not app.exception
    assert [slider.value for slider in app.slider] == [0.12, 0.0, 4.0]
    assert any("which is not here" in element.value for element in [*app.warning, *app.info])


def test_a_filter_that_holds_no_stripe_is_said_to_blur(visit):
    """Nothing is coloured then, and the line below gives the reason."""
    assert "It blurs, and tells no stripes" in words_of(
        visit("convolution", lesson="Gabor", frequency="0.02", sigma="1.0")
    )
    assert "It blurs" not in words_of(visit("convolution", lesson="Gabor"))


def test_a_network_without_a_convolution_is_a_sentence(visit, engine):
    """The filter is shown all the same."""
    engine.failure = NoKernelError("This network has no convolution that reads the photo.")
    app = visit("convolution", lesson="Gabor")
    assert not app.error
    assert "no convolution that reads the photo" in " ".join(note.value for note in app.info)
    assert len(app.get("image")) == 4


def test_digits_that_are_not_installed_are_a_sentence(visit, monkeypatch):
    """What the network learned is shown all the same."""

    def missing():
        raise ImageError("The digits are not installed.")

    monkeypatch.setattr(small_pictures, "digits", missing)
    app = visit("convolution", lesson="Gabor", gabor_on="Digits")
    assert not app.exception
    assert "not installed" in app.error[0].value
    assert len(tiles_of(app)) == 1


def test_nine_numbers_for_nine_weights_are_said_to_say_nothing():
    """Of 3 x 3 kernels a good fit is none; of 7 x 7 it is not said."""
    weights = np.random.default_rng(0).normal(size=(3, 3, 1, 2)).astype(np.float32)
    fits = tuple(fit_gabor(weights[:, :, 0, index]) for index in range(2))
    found = GaborFits("conv", 2, weights, weights[:, :, 0], np.ones(2, np.float32), fits, 0.9)
    assert "nine numbers to choose, and a kernel 9: a good fit says nothing" in (
        learned_gabors.layer_words(found)
    )
    assert "says nothing" not in learned_gabors.layer_words(standin_gabors.fits())


def test_a_layer_of_constant_kernels_has_words():
    """Nothing is divided by how many fits there are."""
    blank = np.zeros((3, 3, 1, 2), np.float32)
    found = GaborFits("conv", 2, blank, blank[:, :, 0], np.zeros(2), (None, None), None)
    assert "the same everywhere" in learned_gabors.layer_words(found)
    assert learned_gabors.pair_tiles(found, [0, 1]).shape == (2, 3, 7, 3)
    assert np.isnan(learned_gabors.arrays(found)["r_squared"]).all()


def test_a_click_on_a_kernel_gives_its_filter():
    """Frequency, angle, and the mean of its two widths; one without a fit gives none."""
    opened = []
    found = standin_gabors.fits()
    learned_gabors._follow(found.fits[3], lambda *numbers: opened.append(numbers))
    learned_gabors._follow(None, lambda *numbers: opened.append(numbers))
    np.testing.assert_allclose(opened, [(0.2, 45.0, 2.0)])


def test_a_plane_is_not_coloured():
    """What a filter answers to brightness alone says nothing of stripes."""
    plane = np.full((40, 40, 3), 180, np.uint8)
    subject = Subject(PHOTO, "plane", (plane,), "a plane")
    wide = Wave(0.05, 0.0, 2.0)
    (found,) = subject.responses(wide)
    assert found.min() > 100
    drawn = gabor_pictures.response_picture(subject, [found], wide, float(found.max()))
    np.testing.assert_array_equal(drawn, plane)


def test_stripes_are_coloured_where_they_are():
    """The half with stripes of the filter's own width, and not the other."""
    picture = np.full((60, 80, 3), 128, np.uint8)
    picture[:, 40:] = (128 + 100 * np.sign(np.sin(2 * np.pi * 0.12 * np.arange(40))))[:, None]
    subject = Subject(PHOTO, "half", (picture,), "stripes")
    upright = Wave(0.12, 0.0, 4.0)
    found = subject.responses(upright)
    drawn = gabor_pictures.response_picture(subject, found, upright, float(found[0].max()))
    coloured = np.ptp(drawn.astype(int), axis=2) > 60
    assert coloured[:, 55:70].mean() > 0.9
    assert coloured[:, :20].mean() == 0


@pytest.mark.parametrize("name", INPUTS)
def test_lines_of_one_filter_give_its_arrays(name):
    """The filter, and what each picture answers."""
    subject = gabor_pictures.subject(name, PICTURE)
    run = {}
    exec(gabor_code.one_filter(subject, WAVE, PICTURE), run)
    np.testing.assert_array_equal(run["kernel"], WAVE.kernel)
    np.testing.assert_allclose(run["response"], np.stack(subject.responses(WAVE)), atol=1e-3)


@pytest.mark.parametrize("name", [DIGITS, CLOTHES])
def test_lines_of_a_bank_give_its_arrays(name):
    """By frequency, angle and picture."""
    subject = gabor_pictures.subject(name, PICTURE)
    run = {}
    exec(gabor_code.bank(subject, 3.0, PICTURE), run)
    np.testing.assert_array_equal(run["kernels"], gabor_pictures.bank_kernels(3.0))
    waves = gabor_pictures.bank_waves(3.0)
    assert run["responses"].shape == (3, 4, 4, 32, 32)
    expected = np.stack(subject.responses(waves[6]))
    np.testing.assert_allclose(run["responses"][1, 2], expected, atol=1e-3)


def test_lines_of_the_fits_call_the_library():
    """On the model alone."""
    lines = GaborFitsRequest(model="photos20").code(standin_gabors.fits())
    run = {"cnnviz": SimpleNamespace(gabor_fits=lambda model: [model]), "model": "photos20"}
    exec(lines, run)
    assert run["found"] == ["photos20"]


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 900, 3), (700, 2, 3)])
def test_a_photo_of_any_shape_is_shown(shape):
    """Reduced to a pixel at least, with tiles large enough for the filter in their corner."""
    image = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    photo = photos.Photo("own-1", "mine.png", "", image, "0" * 64)
    subject = gabor_pictures.subject(PHOTO, photo)
    assert max(subject.images[0].shape) <= 400
    found = [subject.responses(wave) for wave in gabor_pictures.bank_waves(1.0)]
    tiles = gabor_pictures.bank_tiles(subject, found, 1.0)
    assert tiles.shape == (12, *gabor_pictures.tile_size(subject), 3)

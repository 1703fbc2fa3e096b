"""Photos of a session: samples, uploads, and what is no photo."""

import io

import numpy as np
import pytest
from PIL import Image

from cnnviz_core.errors import ImageError
from cnnviz_core.sets.drawn_shapes import SHAPES
from cnnviz_ui.frame import album, photos, samples


def png(pixels):
    """The bytes of a picture."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def test_samples_are_found_without_their_packages():
    """All seven photos lie on the disk and carry title and licence."""
    sample_photos = samples.available()
    assert list(sample_photos) == [sample.name for sample in samples.ALL]
    assert all(sample.title and sample.licence for sample in sample_photos.values())


def test_sample_pixels_cannot_be_changed():
    """A photo that all sessions share is read-only."""
    shared = photos.sample_photo("astronaut")
    with pytest.raises(ValueError, match="read-only"):
        shared.pixels[0, 0] = 0


def test_shapes_are_offered_to_models_of_shapes_alone():
    """One picture of each shape, first where the model's classes are shapes, else none."""
    drawn = list(samples.drawn())
    assert [samples.drawn()[name].shape for name in drawn] == list(SHAPES)
    assert album.names(shapes=True)[: len(SHAPES)] == drawn
    assert not set(drawn) & set(album.names())
    assert samples.fits(SHAPES)
    assert not samples.fits(("rose", "tulip"))


def test_a_drawn_shape_is_a_photo_like_any_other():
    """It has pixels that cannot be changed, a title, and where it is from."""
    photo = photos.sample_photo("disc-on-stripes")
    assert photo.pixels.shape == (384, 384, 3)
    assert (photo.title, photo.licence) == ("A disc on stripes", "Drawn by cnnviz")
    with pytest.raises(ValueError, match="read-only"):
        photo.pixels[0, 0] = 0


def test_choosing_a_model_of_shapes_opens_a_shape(visit, monkeypatch):
    """A shape comes with the model of shapes, a photo with every other; one's own photo stays."""
    monkeypatch.setattr(samples, "fits", lambda labels: len(labels) == 2)
    app = visit(image="coffee")
    app.selectbox(key="model").select("lecture-binary").run()
    assert app.session_state["image"] == "disc-on-stripes"
    assert not app.exception
    app.selectbox(key="model").select("photos20").run()
    assert app.session_state["image"] == "motorcycle"
    app.get("file_uploader")[0].upload("x.png", png(np.zeros((9, 9, 3), np.uint8)), "image/png")
    app.run()
    app.selectbox(key="model").select("lecture-binary").run()
    assert app.session_state["image"] == photos.OWN


def test_upload_becomes_the_photo(visit, engine):
    """An uploaded picture is chosen at once, under its own name."""
    app = visit()
    pixels = np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    app.get("file_uploader")[0].upload("my *photo*.png", png(pixels), "image/png").run()
    assert app.session_state["image"] == photos.OWN
    assert not app.exception
    assert not app.error
    assert any("my *photo*.png" in element.value for element in app.get("html"))


def test_bad_upload_is_a_sentence_and_the_photo_stays(visit):
    """Bytes that are no picture are refused in words; the photo chosen before stays."""
    app = visit(image="coffee")
    app.get("file_uploader")[0].upload("photo.png", b"not a picture", "image/png").run()
    assert not app.exception
    assert "not a picture" in app.error[0].value.replace("\\", "")
    assert app.session_state["image"] == "coffee"


def test_take_refuses_what_is_no_picture():
    """The session's photo is only ever a decoded one."""
    with pytest.raises(ImageError, match="not a picture"):
        album.take("x.png", b"GIF89a")

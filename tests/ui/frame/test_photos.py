"""Photos of a session: samples, uploads, and what is no photo."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from cnnviz_core.errors import ImageError
from cnnviz_core.sets.drawn_shapes import SHAPES
from cnnviz_core.zoo.cards import available_models, find_card
from cnnviz_ui.frame import album, photos, samples, state
from cnnviz_ui.frame.tray import MOST_BYTES, MOST_PHOTOS, Tray
from tests.places import ROOT

FOLDER = ROOT / "models" / "photos"


def png(value, shape=(9, 9)):
    """The bytes of a picture of one grey."""
    buffer = io.BytesIO()
    Image.fromarray(np.full((*shape, 3), value, np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def own(value):
    """A visitor's photo of one grey."""
    return photos.own_photo(f"{value}.png", png(value))


def send(app, *files):
    """Upload files at once: names and bytes."""
    return app.get("file_uploader")[0].set_value([(*file, "image/png") for file in files]).run()


def words_of(app):
    """All text that the page writes itself."""
    return " ".join(element.value for element in app.get("html"))


def tray_of(app):
    """The visitor's own photos."""
    return app.session_state[state.STATE].sidebar.tray


def test_samples_are_found_without_their_packages():
    """All photos lie on the disk and carry title, licence and what they show."""
    found = samples.available()
    assert list(found) == [sample.name for sample in (*samples.OF_PACKAGES, *samples.of_models())]
    assert all(sample.title and sample.licence and sample.label for sample in found.values())


def test_every_photo_shipped_has_its_credit():
    """Each file is listed once, with its author, address or set, and licence beside it."""
    names = {path.stem for path in FOLDER.glob("*.jpg")}
    rows = json.loads((FOLDER / "photos.json").read_text(encoding="utf-8"))
    assert [row["name"] for row in rows if row["name"] not in names] == []
    assert len(rows) == len(names)
    credits = (FOLDER / "CREDITS.txt").read_text(encoding="utf-8")
    for row in rows:
        (line,) = [line for line in credits.splitlines() if line.startswith(f"{row['name']}.jpg: ")]
        licence = row["licence"].rpartition(", ")[2]
        assert licence in line
        assert row["licence"].partition(" ")[0] in line
        assert ("https://www.flickr.com/" in line) or ("doi:10.22002/D1.20086" in line)
    assert "models/photos" in (ROOT / "NOTICE").read_text(encoding="utf-8")


@pytest.mark.parametrize("card", [card for card in available_models() if card.family == "bundled"])
def test_every_bundled_model_opens_on_photos_that_it_knows(card):
    """Four or more come first, all of its classes, the first of which it takes for nothing else."""
    names = album.names(card)
    strange = [album.shows_no_class(card, name) for name in names]
    assert strange == sorted(strange)
    known = names[: strange.index(True)]
    assert len(known) >= 4
    assert all(album.true_class(card, name) in card.labels for name in known)
    assert album.mistaken_for(card, known[0]) is None


@pytest.mark.parametrize("name", ["photos20", "lecture-binary", "shapes-biased"])
def test_one_photo_shows_a_mistake(name):
    """A model is known to be wrong on one of those of its classes, and for which."""
    card = find_card(name)
    mistakes = {each: album.mistaken_for(card, each) for each in album.names(card)}
    told = {each: label for each, label in mistakes.items() if label is not None}
    assert told
    for each, label in told.items():
        assert label in card.labels
        assert label != album.true_class(card, each) != ""


def test_nothing_is_claimed_of_models_whose_classes_are_not_ours():
    """Photos of packages come first, and none is called strange."""
    card = next(card for card in available_models() if card.family == "keras.applications")
    names = album.names(card)
    assert names[0] == "motorcycle"
    assert set(names) == set(samples.available())
    assert not any(album.shows_no_class(card, name) for name in names)


def test_sample_pixels_cannot_be_changed():
    """A photo that all sessions share is read-only."""
    shared = photos.sample_photo("astronaut")
    with pytest.raises(ValueError, match="read-only"):
        shared.pixels[0, 0] = 0


def test_shapes_are_offered_to_models_of_shapes_alone():
    """One picture of each shape, first where the model's classes are shapes, else none."""
    drawn = list(samples.drawn())
    assert [samples.drawn()[name].shape for name in drawn] == list(SHAPES)
    assert album.names(find_card("shapes"))[: len(SHAPES)] == drawn
    assert not set(drawn) & set(album.names(find_card("photos20")))


def test_a_drawn_shape_is_a_photo_like_any_other():
    """It has pixels that cannot be changed, a title, and where it is from."""
    photo = photos.sample_photo("disc-on-stripes")
    assert photo.pixels.shape == (384, 384, 3)
    assert (photo.title, photo.licence) == ("A disc on stripes", "Drawn by cnnviz")
    assert photo.label == "disc"
    with pytest.raises(ValueError, match="read-only"):
        photo.pixels[0, 0] = 0


def test_another_model_opens_a_photo_that_it_knows(visit):
    """A photo of none of its classes gives way; one that it knows, and one's own, stay."""
    app = visit(image="rose")
    for name, image in (
        ("lecture-binary", "sunflower"),
        ("photos20", "sunflower"),
        ("shapes", "disc-on-stripes"),
        ("photos20", "sunflower"),
    ):
        app.selectbox(key="model").select(name).run()
        assert app.session_state["image"] == image
        assert not app.exception
    app.radio(key="image").set_value("motorcycle").run()
    app.selectbox(key="model").select("mobilenet-0.5-160").run()
    assert app.session_state["image"] == "motorcycle"
    app.selectbox(key="model").select("lecture-binary").run()
    assert app.session_state["image"] == "sunflower"
    send(app, ("x.png", png(0)))
    app.selectbox(key="model").select("shapes").run()
    assert app.session_state["image"] == tray_of(app).names[0]


def test_caption_says_the_true_class_or_that_there_is_none(visit):
    """What the photo shows, and what is known of the model's answer, is said under the picker."""
    assert "True class: sunflower." in words_of(visit())
    words = words_of(visit(image="grand-piano"))
    assert "True class: grand piano. photos20 takes it for motorbike: see where it looks." in words
    words = words_of(visit(image="coffee"))
    assert "None of the classes of photos20." in words
    words = words_of(visit(model="mobilenet-0.5-160", image="coffee"))
    assert "None of the classes" not in words


def test_uploads_become_photos(visit):
    """Several files are taken at once; the first is opened, under its own name."""
    app = send(visit(), ("my *photo*.png", png(1)), ("b.png", png(2)), ("c.png", png(3)))
    assert not app.exception
    assert not app.error
    assert [photo.title for photo in tray_of(app).photos] == ["my *photo*.png", "b.png", "c.png"]
    assert app.session_state["image"] == own(1).name
    assert "my *photo*.png" in words_of(app)
    assert len(set(app.radio(key="image").options)) == len(album.names(find_card("photos20"))) + 3


def test_files_of_one_name_stay_apart(visit):
    """Streamlit tells options by what they are called: two called alike would be one."""
    app = send(visit(), ("a.png", png(1)), ("a.png", png(2)), ("Two pink roses.png", png(3)))
    for value in (2, 1, 3):
        app.radio(key="image").set_value(own(value).name).run()
        assert app.session_state["image"] == own(value).name
        assert f"_remove-{own(value).name}" in [button.key for button in app.button]


def test_second_photo_is_called_by_its_file(visit):
    """The list says the file's name, and the digest where two are alike."""
    app = send(visit("activations"), ("a.png", png(1)), ("b.png", png(2)), ("b.png", png(3)))
    app.radio(key="image").set_value("rose").run()
    options = app.selectbox(key="second").options
    assert options[-3:] == ["a.png", f"b.png ({own(2).name})", f"b.png ({own(3).name})"]
    app.selectbox(key="second").select(own(3).name).run()
    assert not app.exception


def test_bad_files_are_listed_and_the_good_ones_stay(visit):
    """Each file that is no picture is named with its reason; none of the others is lost."""
    app = visit(image="coffee")
    send(app, ("bad.png", b"not a picture"), ("good.png", png(1)), ("worse.png", png(2)[:45]))
    assert not app.exception
    said = app.error[0].value.replace("\\", "")
    assert "bad.png: This file is not a picture" in said
    assert "worse.png: " in said
    assert [photo.title for photo in tray_of(app).photos] == ["good.png"]
    assert app.session_state["image"] == own(1).name


def test_bad_upload_is_a_sentence_and_the_photo_stays(visit):
    """Bytes that are no picture are refused in words; the photo chosen before stays."""
    app = send(visit(image="coffee"), ("photo.png", b"not a picture"))
    assert not app.exception
    assert "not a picture" in app.error[0].value.replace("\\", "")
    assert app.session_state["image"] == "coffee"


def test_own_photo_is_removed(visit):
    """The next of one's own is opened; after the last, the model's first photo."""
    app = send(visit(), ("a.png", png(1)), ("b.png", png(2)))
    app.button(key=f"_remove-{own(1).name}").click().run()
    assert app.session_state["image"] == own(2).name
    app.button(key=f"_remove-{own(2).name}").click().run()
    assert app.session_state["image"] == "sunflower"
    assert tray_of(app) == Tray()
    assert not app.exception


def test_a_file_taken_out_of_the_control_leaves_the_tray(visit):
    """Its photo goes, and what was said of bad files."""
    app = send(visit(), ("a.png", png(1)), ("bad.png", b"no picture"))
    assert app.error
    send(app, ("b.png", png(2)))
    assert tray_of(app).names == [own(2).name]
    assert not app.error
    send(app)
    assert tray_of(app) == Tray()
    assert "True class: sunflower." in words_of(app)


def test_own_photo_has_a_true_class_of_the_model(visit):
    """The class said stays with the photo, through another model and back."""
    app = send(visit(), ("a.png", png(1)))
    choice = app.selectbox(key=f"_label-{own(1).name}-photos20")
    assert choice.options[1:] == list(find_card("photos20").labels)
    choice.select("rose").run()
    assert tray_of(app).photos[0].label == "rose"
    app.selectbox(key="model").select("shapes").run()
    assert app.selectbox(key=f"_label-{own(1).name}-shapes").value == "Not said"
    app.selectbox(key="model").select("photos20").run()
    assert app.selectbox(key=f"_label-{own(1).name}-photos20").value == "rose"


def test_link_to_a_photo_of_another_session_says_so(visit):
    """There is a sentence, and the model's first photo."""
    app = visit(image="own-0123456789ab")
    assert "no longer here" in app.info[0].value
    assert not app.exception
    assert "True class: sunflower." in words_of(app)


def test_a_tray_is_bounded_and_never_changed():
    """Equal pixels are held once; one photo too many, or too large, is refused in words."""
    full = Tray()
    for value in range(MOST_PHOTOS):
        full = full.with_photo(own(value))
    assert full.with_photo(own(0)) is full
    with pytest.raises(ImageError, match="Remove one to add another"):
        full.with_photo(own(MOST_PHOTOS))
    assert len(full.photos) == MOST_PHOTOS
    first = own(0)
    large = photos.Photo("own-x", "x", "", np.broadcast_to(np.uint8(0), (MOST_BYTES, 1, 1)), "x")
    with pytest.raises(ImageError, match="no room"):
        Tray((first,)).with_photo(large)
    labelled = full.labelled(first.name, "rose")
    assert [photo.label for photo in labelled.photos[:2]] == ["rose", ""]
    assert full.find(first.name).label == ""
    assert first.name not in full.without(first.name).names


def test_all_visitors_together_are_bounded(monkeypatch):
    """Photos are counted for as long as somebody holds them."""
    held = photos._held
    monkeypatch.setattr(photos, "SERVER_BYTES", held + 300)
    first = own(1)
    with pytest.raises(ImageError, match="holds as many photos as it can"):
        own(2)
    assert photos._held == held + first.pixels.nbytes
    del first
    assert photos._held == held
    assert own(2).pixels.nbytes == 243


def test_take_refuses_what_is_no_picture():
    """The session's photos are only ever decoded ones."""
    with pytest.raises(ImageError, match="not a picture"):
        album.take("x.png", b"GIF89a")

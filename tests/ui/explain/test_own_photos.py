"""The strip of one's own photos under the pages that explain a class."""

import io

import numpy as np
import pytest
from PIL import Image
from standin import LABELS

from cnnviz_ui.frame import photos, state
from cnnviz_ui.frame.tray import Tray

PAGES = ("class_activation", "pixel_attribution", "localize", "compare")


def own(value):
    """A visitor's photo of one grey."""
    buffer = io.BytesIO()
    Image.fromarray(np.full((9, 9, 3), value, np.uint8)).save(buffer, "PNG")
    return photos.own_photo(f"<b>{value}</b>.png", buffer.getvalue())


def said_of(engine, photo):
    """The class that the stand-in finds in a photo."""
    seed = int(photo.digest[:6], 16)
    return LABELS[int(np.argmax(np.random.default_rng(seed).normal(0, 2.5, len(LABELS))))]


@pytest.fixture
def visit_with(visit):
    """Open a page in a session that has photos of its own."""

    def open_page(name, *mine, **query):
        app = visit(name, **query)
        app.session_state[state.STATE].sidebar.tray = Tray(mine)
        return app.run()

    return open_page


def words_of(app):
    """All text that the page writes itself."""
    return " ".join(element.value for element in app.get("html"))


def openers(app):
    """Buttons of the strip, in its order."""
    return [button.key for button in app.button if str(button.key).startswith("_open-")]


@pytest.mark.parametrize("page", PAGES)
def test_two_photos_stand_side_by_side_on_every_explaining_page(visit_with, page):
    """Two make a strip, and one makes none."""
    app = visit_with(page, own(1), own(2))
    assert not app.exception
    assert set(openers(app)) == {f"_open-{own(value).name}" for value in (1, 2)}
    assert "right and wrong" in words_of(app)
    assert openers(visit_with(page, own(1))) == []


def test_right_is_told_from_wrong(visit_with, engine):
    """Wrong ones come first, then right ones, then those of which nobody has said."""
    right, wrong, unsaid, elsewhere = (own(value) for value in (3, 4, 5, 6))
    other = next(label for label in LABELS if label != said_of(engine, wrong))
    mine = Tray((unsaid, right, wrong, elsewhere))
    mine = mine.labelled(right.name, said_of(engine, right)).labelled(wrong.name, other)
    mine = mine.labelled(elsewhere.name, "zebra")
    app = visit_with("localize", *mine.photos)
    assert openers(app)[:3] == [f"_open-{photo.name}" for photo in (wrong, right, unsaid)]
    words = words_of(app)
    assert "1 right of 2 photos whose true class is known." in words
    assert "\u2713 right" in words
    assert "\u2717 wrong: it shows " in words
    assert "true class not said" in words
    assert "said to show zebra, none of these classes" in words


def test_a_click_opens_the_photo(visit_with, engine):
    """The page then shows that photo, and its map is asked for."""
    app = visit_with("class_activation", own(1), own(2))
    app.button(key=f"_open-{own(2).name}").click().run()
    assert app.session_state["image"] == own(2).name
    asked = [request for request in engine.requests if request.kind == "attribution"]
    assert asked[-1].image == own(2).digest


def test_what_was_said_is_not_asked_again(visit_with, engine):
    """A rerun asks nothing new of the photos, another model all of it."""
    app = visit_with("pixel_attribution", own(1), own(2))

    def asked_of_mine():
        mine = {own(1).digest, own(2).digest}
        return [each for each in engine.requests if getattr(each, "image", "") in mine]

    assert len(asked_of_mine()) == 2
    app.run()
    assert len(asked_of_mine()) == 2
    app.selectbox(key="model").select("lecture-binary").run()
    assert {request.model for request in asked_of_mine()[2:]} == {"lecture-binary"}
    assert len(asked_of_mine()) == 4

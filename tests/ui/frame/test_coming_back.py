"""A reload, a new session with the same link, finds what is one's own; nobody else does."""

import io

import numpy as np
import pytest
import standin_uploads as files
from PIL import Image

from cnnviz_engine.keeping import cloakroom
from cnnviz_engine.keeping.cloakroom import SECONDS, Cloakroom, fresh_key
from cnnviz_ui.frame import own_model, photos, sidebar, state
from cnnviz_ui.frame.keys import Key


@pytest.fixture
def clock():
    """The time, in a list of one."""
    return [0.0]


@pytest.fixture(autouse=True)
def _room(monkeypatch, clock):
    """A cloakroom for this test alone."""
    opened = Cloakroom(10**7, now=lambda: clock[0])
    monkeypatch.setattr(cloakroom, "room", lambda: opened)


@pytest.fixture
def reload(visit):
    """Open a page in a new session, with the link of one before."""

    def reloaded(app, name="your_model", **query):
        return visit(name, **(app.query_params | query))

    return reloaded


@pytest.fixture
def app(visit):
    """A session with a model of its own, whose classes have names, and another preprocessing."""
    app = visit("your_model")
    field(app, "Drop a model file").upload("pets.h5", files.GOOD, "").run()
    app.text_area[0].set_value("cat\ndog\nbird").run()
    modes = next(each for each in app.selectbox if each.label == "What its pixels go through")
    modes.select("caffe").run()
    assert not app.exception
    return app


def field(app, label):
    """A control that takes a file, by what it says."""
    return next(element for element in app.get("file_uploader") if label in element.label)


def bring_photo(app, colour=7):
    """Upload a photo of one colour."""
    buffer = io.BytesIO()
    Image.fromarray(np.full((40, 60, 3), colour, np.uint8)).save(buffer, "PNG")
    field(app, "Upload photos").upload("me.png", buffer.getvalue(), "image/png").run()
    assert not app.exception


def key_of(app):
    """The key in a session's link."""
    return app.query_params[Key.MINE]


def held(app):
    """What a session holds."""
    return app.session_state[state.STATE]


def words_of(app):
    """All text of a page, in boxes too."""
    return " ".join(element.value for element in [*app.get("html"), *app.info, *app.error])


def press(app, label):
    """Press a button."""
    next(element for element in app.button if element.label == label).click().run()


def test_a_reload_finds_model_names_choices_and_photo(app, reload, engine):
    """The very same request is asked again, so that its result is there at once."""
    bring_photo(app)
    asked = engine.requests[-1]
    again = reload(app)
    assert not again.exception
    mine = held(again).own.mine
    assert mine.upload is held(app).own.mine.upload
    assert mine.upload.labels == ("cat", "dog", "bird")
    assert mine.mode == "caffe"
    assert again.text_area[0].value == "cat\ndog\nbird"
    assert again.session_state["model"] == own_model.OWN
    assert photos.is_own(again.session_state["image"])
    assert engine.requests[-1] == asked
    assert key_of(again) == key_of(app)
    assert not again.info


def test_it_is_found_from_every_page_and_model(app, reload):
    """Also where another model is looked at: the key is in the link all the same."""
    app.selectbox(key="model").select("photos20").run()
    again = reload(app, "filters")
    assert again.session_state["model"] == "photos20"
    assert again.selectbox(key="model").options[0] == "pets.h5 (yours)"
    again = reload(app, "start")
    links = again.get("page_link")
    assert links
    assert all(key_of(app) in link.proto.query_string for link in links)


def test_a_photo_alone_is_found(visit, reload):
    """Without a model of one's own."""
    app = visit()
    assert Key.MINE not in app.query_params
    bring_photo(app)
    again = reload(app, "start")
    assert photos.is_own(again.session_state["image"])
    assert held(again).own.mine is None


def test_the_sidebar_says_who_can_open_it(app, visit):
    """As soon as there is anything of one's own, and not before."""
    assert sidebar.SHARED in words_of(app)
    assert sidebar.SHARED not in words_of(visit())


@pytest.mark.parametrize(
    "wrong", [pytest.param(fresh_key(), id="fresh"), "", "own", "\u00e9" * 32, "<b>"]
)
def test_a_wrong_key_finds_nothing(app, reload, wrong):
    """One sentence, the default model, nothing of the other's, and a link without the key."""
    bring_photo(app)
    stranger = reload(app, mine=wrong)
    assert not stranger.exception
    assert words_of(stranger).count("no longer here") == 1
    assert sidebar.LOST in words_of(stranger).replace("\\", "")
    assert "pets.h5" not in words_of(stranger)
    assert stranger.session_state["model"] == "photos20"
    assert held(stranger).own.mine is None
    assert Key.MINE not in stranger.query_params


def test_a_link_without_the_key_finds_nothing(app, reload):
    """The name of the model in it leads nowhere by itself."""
    del app.query_params[Key.MINE]
    stranger = reload(app)
    assert app.query_params["model"] == own_model.OWN
    assert sidebar.LOST in words_of(stranger).replace("\\", "")
    assert held(stranger).own.mine is None


def test_an_hour_after_the_last_use_it_is_gone(app, reload, clock):
    """Each run of a page is a use."""
    clock[0] = SECONDS - 1
    app.run()
    clock[0] = 2 * SECONDS - 2
    assert held(reload(app)).own.mine is not None
    clock[0] = 3 * SECONDS
    late = reload(app)
    assert held(late).own.mine is None
    assert sidebar.LOST in words_of(late).replace("\\", "")


def test_a_link_shows_what_it_showed_when_it_was_made(app, reload):
    """Whoever was given it sees no photo that its owner adds later, and none of theirs is seen."""
    given = key_of(app)
    bring_photo(app)
    friend = reload(app, mine=given, image="coffee")
    assert held(friend).own.mine is not None
    assert not held(friend).sidebar.tray.photos
    bring_photo(friend, colour=200)
    assert len({given, key_of(app), key_of(friend)}) == 3
    app.run()
    assert held(app).sidebar.tray.photos[0].pixels[0, 0, 0] == 7
    assert not held(reload(app, mine=given, image="coffee")).sidebar.tray.photos


def test_what_is_removed_is_gone_under_every_key(app, reload):
    """Under the one of the link before the last change too, and after a reload."""
    links = [{Key.MINE: key_of(app)}]
    again = reload(app)
    again.text_area[0].set_value("ant\nbee\ncow").run()
    links.append({Key.MINE: key_of(again)})
    assert links[0] != links[1]
    press(again, "Remove it")
    assert Key.MINE not in again.query_params
    for link in links:
        assert held(reload(again, **link)).own.mine is None


def test_a_photo_stays_where_the_model_is_removed(app, reload):
    """Under another key, as the one before led to the model too."""
    bring_photo(app)
    before = key_of(app)
    press(app, "Remove it")
    assert held(reload(app, "start")).sidebar.tray.photos
    assert not held(reload(app, "start", mine=before)).sidebar.tray.photos


def test_two_sessions_of_one_link_go_their_own_ways(app, reload):
    """What one chooses changes nothing of the other's."""
    again = reload(app)
    again.text_area[0].set_value("ant\nbee\ncow").run()
    app.run()
    assert held(app).own.mine.upload.labels == ("cat", "dog", "bird")
    assert held(reload(app)).own.mine.upload.labels == ("cat", "dog", "bird")
    assert held(reload(again)).own.mine.upload.labels == ("ant", "bee", "cow")


@pytest.mark.parametrize("page", ["your_model", "patterns", "class_activation", "compare"])
def test_the_key_is_nowhere_but_in_links_of_the_page(app, reload, engine, page):
    """Not in texts, snippets, names of files, requests, or what a session's jobs are called."""
    bring_photo(app)
    key = key_of(app)
    again = reload(app, page)
    assert not again.exception
    for element in again.main:
        if element.type != "page_link":
            assert key not in str(getattr(element, "proto", "")), element.type
    assert not any(key in request.canonical_json() for request in engine.requests)
    assert key not in held(again).own.mine.upload.name


def test_the_key_is_never_logged(app, reload, caplog):
    """Neither where it is found nor where it is not."""
    with caplog.at_level("DEBUG"):
        reload(app)
        reload(app, mine="x" * 32)
    assert key_of(app) not in caplog.text
    assert "x" * 32 not in caplog.text

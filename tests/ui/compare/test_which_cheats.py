"""Which one cheats? Both networks see one picture, and the story keeps its secret until asked."""

import numpy as np
import pytest

from cnnviz_core.sets.drawn_shapes import BACKGROUNDS, SHAPES
from cnnviz_core.zoo.cards import ModelCard
from cnnviz_ui.compare import which_cheats

PAGE = "which_cheats"
HOSTILE = {
    "scene_shape": "wolf",
    "scene_background": "snow",
    "scene_method": "RISE",
    "reveal": "perhaps",
    "scene_seed": "abc",
}


def words_of(app):
    """All text that the page writes itself."""
    return " ".join(element.value for element in app.get("html"))


def asked(engine, kind):
    """The requests of one kind, in the order in which the page made them."""
    return [request for request in engine.requests if request.kind == kind]


@pytest.fixture
def networks(monkeypatch):
    """The two networks of the story, as if they were installed."""
    names = which_cheats.NETWORKS.values()
    cards = {
        name: ModelCard(name, name, "A network.", "bundled", (96, 96), "unit") for name in names
    }
    monkeypatch.setattr(which_cheats, "find_card", cards.get)


def test_story_asks_both_networks_about_one_picture(visit, engine, networks):
    """Both get the same pixels, are asked for their own answer, and are judged by the truth."""
    scene = {"scene_shape": "star", "scene_background": "grain", "scene_seed": "7"}
    app = visit(PAGE, **scene)
    assert not app.exception
    requests = asked(engine, "attribution")
    assert [request.model for request in requests] == ["shapes", "shapes-biased"]
    assert len({request.image for request in requests}) == 1
    assert {request.target for request in requests} == {None}
    assert len(app.get("image")) == 3
    assert words_of(app).count("its maximum lies") == 2
    assert words_of(app).count("wrong, it is a star") == 2


def test_story_keeps_its_secret_until_asked(visit, networks):
    """Names and reason are told by the switch alone."""
    app = visit(PAGE)
    assert "shapes-biased" not in words_of(app)
    assert "snow" in words_of(app)
    app.toggle(key="reveal").set_value(True).run()
    assert "second network cheats" in words_of(app)
    assert "disc on stripes" in words_of(app)
    assert "shapes-biased" in words_of(app)


def test_switch_changes_the_background_alone(visit, engine, networks):
    """The button goes through all backgrounds; the shape stays where it is."""
    app = visit(PAGE, scene_shape="heart")
    backgrounds = [app.session_state["scene_background"]]
    for _ in BACKGROUNDS:
        app.button(key="_switch").click().run()
        backgrounds.append(app.session_state["scene_background"])
    assert backgrounds == [*BACKGROUNDS, BACKGROUNDS[0]]
    scenes = [which_cheats.scene_of("heart", background, 0) for background in BACKGROUNDS]
    for scene in scenes[1:]:
        np.testing.assert_array_equal(scene.mask, scenes[0].mask)
    assert len({scene.photo.digest for scene in scenes}) == len(BACKGROUNDS)
    assert not app.exception


def test_story_without_its_networks_says_so(visit, monkeypatch):
    """Where they are not installed the picture stays and a sentence names them."""
    monkeypatch.setattr(which_cheats, "find_card", lambda name: None)
    app = visit(PAGE)
    assert not app.exception
    assert len(app.get("image")) == 1
    assert "not installed" in app.info[0].value


@pytest.mark.parametrize("shape", SHAPES)
def test_outline_lies_on_the_shapes_edge(shape):
    """The drawn outline lies within the mask and hides nothing else."""
    scene = which_cheats.scene_of(shape, "stripes", 3)
    drawn = which_cheats._outlined(scene.large.pixels, scene.mask)
    changed = (drawn != scene.large.pixels).any(axis=2)
    assert changed.any()
    assert not changed[~scene.mask].any()


def test_the_page_opens_with_three_pictures(visit, engine, networks):
    """The picture, and beside it both networks' maps of it; nothing else is asked for."""
    app = visit(PAGE)
    assert not app.exception
    assert not app.error
    assert len(app.get("image")) == 3
    assert {request.kind for request in engine.requests} == {"attribution", "predict"}


def test_hostile_link_is_harmless(visit, networks):
    """Whatever a link says, the story is told."""
    app = visit(PAGE, **HOSTILE)
    assert not app.exception
    assert not app.error
    assert len(app.get("image")) == 3


def test_old_links_lead_to_the_story(visit, networks):
    """It was a section of Compare; what else the link says is taken along."""
    app = visit("compare", section="Which one cheats?", scene_shape="star", reveal="true")
    assert not app.exception
    assert "<h1>Which one cheats?</h1>" in words_of(app)
    assert app.selectbox(key="scene_shape").value == "star"
    assert app.toggle(key="reveal").value

"""Models that lack what a page shows: layers with height and width, or an input for photos."""

import pytest
import standin_uploads as files

from cnnviz_engine import UploadedModel
from cnnviz_ui.frame import shell
from cnnviz_ui.frame.own import Own
from cnnviz_ui.layers import showable
from cnnviz_ui.your_model import arriving

PAGES = [name for name, *_ in shell.PAGES]
OF_PHOTOS = [name for name in arriving.ONWARD if name not in arriving.WITHOUT_PHOTOS]
SECTIONS = ("A | B", "Many methods", "Faithfulness", "Randomization", "Which one cheats?")


@pytest.fixture
def open_own(visit):
    """Open a page in a session that has a model of its own."""

    def opened(name, content, **query):
        upload = UploadedModel(content, "own.h5")
        own = Own(upload, files.summary(upload))
        return visit(name, own=own, **query)

    return opened


def notes(app):
    """What stands in blue boxes, as a reader sees it."""
    return [box.value.replace("\\", "") for box in app.info]


@pytest.mark.parametrize("name", PAGES)
def test_no_page_fails_over_dense_layers_alone(open_own, name):
    """A model of Flatten and Dense has no maps; every page says so or shows something else."""
    app = open_own(name, files.FLAT)
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("name", ["start", "activations", "class_activation"])
def test_a_model_without_maps_is_a_sentence(open_own, name):
    """Where maps of a layer would be, there is a note, once."""
    assert notes(open_own(name, files.FLAT)) == [showable.NO_MAPS]


def test_a_model_without_maps_is_localized_by_other_methods(open_own, engine):
    """Class activation is not offered, even to a link that names it; gradients are."""
    app = open_own("localize", files.FLAT, method="Grad-CAM")
    assert not app.error
    assert "Grad-CAM" not in app.selectbox(key="method").options
    asked = next(request for request in engine.requests if request.kind == "attribution")
    assert asked.method == app.selectbox(key="method").value.lower()


@pytest.mark.parametrize("section", SECTIONS)
def test_no_comparison_fails_over_dense_layers_alone(open_own, section):
    """What cannot be had is a note beside what can."""
    app = open_own("compare", files.FLAT, section=section)
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("name", OF_PHOTOS)
def test_no_photo_for_five_channels_is_said_once(open_own, engine, name):
    """The library's sentence is a note, and nothing is asked for that would fail."""
    app = open_own(name, files.SPECTRAL)
    assert not app.exception
    assert not app.error
    assert notes(app) == [showable.no_photos(5)]
    assert {request.kind for request in engine.requests} == {"describe"}


@pytest.mark.parametrize("section", SECTIONS[1:4])
def test_no_photo_for_five_channels_is_said_once_in_a_comparison(open_own, section):
    """Every section that takes the sidebar's model says it."""
    app = open_own("compare", files.SPECTRAL, section=section)
    assert not app.error
    assert notes(app) == [showable.no_photos(5)]

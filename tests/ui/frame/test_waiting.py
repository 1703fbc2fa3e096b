"""What a page shows while a request that it asks for twice is not answered."""

import pytest
import standin
import standin_uploads as files

from cnnviz_engine import UploadedModel
from cnnviz_ui.frame import results, shell, state
from cnnviz_ui.frame.own import Own

PAGES = [name for name, *_ in shell.PAGES]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    """No page waits before it shows progress."""
    monkeypatch.setattr(results, "PATIENCE", {"quick": 0.0, "long": 0.0})


def labelled(app, label):
    """The buttons of one label."""
    return [button for button in app.button if button.label == label]


def words_of(app):
    """All text that the page writes itself."""
    return " ".join(element.value for element in app.get("html"))


@pytest.mark.parametrize("answered", [(), ("describe",), ("describe", "predict")])
@pytest.mark.parametrize("name", PAGES)
def test_no_page_fails_while_it_waits(visit, engine, name, answered):
    """Whatever is not there yet, nothing is drawn twice."""
    engine.stuck, engine.answered = (None,), answered
    assert not visit(name).exception


def test_two_sides_of_one_model_show_its_progress_once(visit, engine):
    """A and B wait for the same network: A shows how far it is, B refers to it."""
    engine.stuck = (None,)
    app = visit("compare")
    assert not app.exception
    assert len(app.get("progress")) == len(labelled(app, "Cancel")) == 1
    assert "The network: as above." in words_of(app)


def test_what_two_ask_for_is_cancelled_and_run_again_by_one_button(visit, engine):
    """Both get it once it is there."""
    engine.stuck = (None,)
    app = visit("compare")
    labelled(app, "Cancel")[0].click().run()
    assert not app.exception
    assert len(labelled(app, "Run it")) == 1
    assert not app.get("progress")
    engine.stuck = ()
    labelled(app, "Run it")[0].click().run()
    assert not app.exception
    assert "as above" not in words_of(app)
    assert app.selectbox(key="b_layer")


def test_every_preprocessing_waits_for_the_one_in_use_once(visit, engine):
    """The choice of preprocessing and the row of all of them ask for one prediction."""
    upload = UploadedModel(files.GOOD, "pets.h5")
    own = Own(upload, files.summary(upload))
    app = visit("your_model", own=own)
    engine.stuck = (None,)
    app.toggle(key="_every_mode").set_value(True).run()
    assert not app.exception
    assert len(app.get("progress")) == len(labelled(app, "Cancel")) == 5
    assert words_of(app).count("Prediction: as above.") == 1


def test_a_run_that_is_overtaken_notes_nothing_for_the_next(visit, monkeypatch):
    """The next begins while one waits: what that gets an answer to the next has not asked."""
    following = []
    original = standin.StandInJob.wait

    def wait(job, timeout=None):
        results.begin()
        following.append(state.current().jobs.run)
        return original(job, timeout)

    monkeypatch.setattr(standin.StandInJob, "wait", wait)
    assert not visit("start").exception
    assert following[-1] == state.Run()


def test_only_a_page_just_opened_says_what_is_on_its_way(visit, monkeypatch):
    """It would be blank; a page that stays keeps the picture it has while another one comes."""
    said = []

    def comes_late(job, seconds=None):
        return seconds not in (0, results.BLANK)

    monkeypatch.setattr(results, "PATIENCE", {"quick": 1.5, "long": 0.3})
    monkeypatch.setattr(standin.StandInJob, "wait", comes_late)
    monkeypatch.setattr(results, "caption", said.append)
    app = visit("class_activation")
    assert "The network: on its way." in said
    said.clear()
    assert not app.run().exception
    assert said == []

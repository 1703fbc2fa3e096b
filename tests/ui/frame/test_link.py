"""The link in Streamlit's own harness: read once, written once, taken over by Back."""

import inspect

import pytest
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.testing.v1 import AppTest

from cnnviz_ui.frame import link_internals


def numbered():
    """A page of numbers."""
    import streamlit as st

    from cnnviz_ui.frame import link
    from cnnviz_ui.frame.keys import Key
    from cnnviz_ui.widgets import controls

    link.read("page")
    st.button("Both", on_click=lambda: controls.open_filter(7))
    st.session_state["shown"] = [
        controls.whole_number("Channel", 10, key=Key.CHANNEL),
        controls.whole_number("Seed", 10, key=Key.SEED),
        controls.option("Mode", ["Whole layer", "One filter"], key=Key.MODE),
        controls.share_slider("Share", key=Key.THRESHOLD, default=0.5),
        controls.several("Methods", ["a", "b", "c"], key=Key.METHODS, default=["a"]),
        controls.toggle("Play", key=Key.PLAY),
    ]
    link.write(whole=True)


DEFAULTS = [0, 0, "Whole layer", 0.5, ["a"], False]


@pytest.fixture
def opened():
    """Open the page by a link."""

    def run(**query):
        app = AppTest.from_function(numbered)
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        assert not app.exception
        return app

    return run


def test_a_link_without_choices_says_nothing(opened):
    """Everything is at its default, and silent."""
    app = opened()
    assert app.session_state["shown"] == DEFAULTS
    assert app.query_params == {}


def test_every_control_takes_its_value_from_the_link(opened):
    """And the link says it on."""
    says = {"channel": "7", "seed": "3", "mode": "One filter", "threshold": "0.25"}
    app = opened(**says, methods=["b", "c"], play="true")
    assert app.session_state["shown"] == [7, 3, "One filter", 0.25, ["b", "c"], True]
    assert app.query_params == says | {"methods": ["b", "c"], "play": "true"}


@pytest.mark.parametrize("nonsense", ["99", "-1", "1e999", "nan", "1.5", "x", "0x1"])
def test_no_link_can_make_a_control_fail(opened, nonsense):
    """Nonsense is the default, and leaves the link."""
    keys = ("channel", "seed", "mode", "threshold", "methods", "play")
    app = opened(**dict.fromkeys(keys, nonsense))
    assert app.session_state["shown"] == DEFAULTS
    assert app.query_params == {}


def test_none_of_several_is_a_choice(opened):
    """The link says it, apart from saying nothing, and a reload keeps it; elsewhere it is none."""
    app = opened()
    app.multiselect(key="methods").set_value([]).run()
    assert app.query_params == {"methods": ""}
    assert opened(methods="").session_state["shown"][4] == []
    assert opened(seed="", mode="", threshold="").session_state["shown"] == DEFAULTS


def test_a_moved_control_says_so(opened):
    """And one that is moved back to its default is silent again."""
    app = opened(seed="3")
    app.number_input(key="channel").set_value(4).run()
    assert app.query_params == {"channel": "4", "seed": "3"}
    app.number_input(key="seed").set_value(0).run()
    assert app.query_params == {"channel": "4"}


def test_one_click_that_chooses_twice_is_one_change(opened):
    """Both are in the link, and in their controls."""
    app = opened(seed="3")
    app.button[0].click().run()
    assert app.query_params == {"mode": "One filter", "channel": "7", "seed": "3"}
    assert app.number_input(key="channel").value == 7


@pytest.mark.parametrize("back", [True, False])
def test_back_takes_the_link_for_the_truth(opened, monkeypatch, back):
    """On any other run what was chosen counts, whatever the browser still shows."""
    app = opened(seed="3", channel="4")
    monkeypatch.setattr(link_internals, "comes_from_history", lambda: back)
    app.query_params.clear()
    app.query_params["seed"] = "5"
    app.run()
    assert app.session_state["shown"][:2] == ([0, 5] if back else [4, 3])


def test_history_is_told_inside_streamlit():
    """Nothing public tells Back from a click: the name that is reached for is there."""
    assert "is_history_navigation" in inspect.signature(ScriptRunContext.reset).parameters
    assert link_internals.comes_from_history() is False

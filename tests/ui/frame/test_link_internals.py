"""What of Streamlit's insides the link rests on: there, and doing what is asked of it."""

import inspect
from urllib.parse import parse_qs

import pytest
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.query_params import QueryParams, WidgetBinding, parse_url_param
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState
from streamlit.testing.v1 import AppTest

from cnnviz_ui.frame import link_internals


def parameters(function):
    """Names of a function's parameters."""
    return list(inspect.signature(function).parameters)


def test_what_is_reached_for_is_there():
    """The names, their signatures, and the kinds of what they hold."""
    params = QueryParams()
    assert params._query_params == params._bindings_by_param == params._bindings_by_widget == {}
    assert params._initial_query_params == {}
    assert "_send_query_param_msg" not in vars(params)
    assert parameters(QueryParams._send_query_param_msg) == ["self"]
    assert parameters(QueryParams.set_with_no_forward_msg) == ["self", "key", "val"]
    assert parameters(QueryParams.discard_param_no_forward_msg) == ["self", "param_key"]
    assert parameters(QueryParams.set_initial_query_params_from_current) == ["self"]
    assert parameters(QueryParams.has_param) == ["self", "param_key"]
    assert parameters(QueryParams.set_corrected_value) == [
        "self",
        "param_key",
        "value",
        "value_type",
    ]
    assert parameters(parse_url_param) == ["value", "value_type"]
    assert parameters(SafeSessionState.query_params) == ["self"]
    assert parameters(SessionState.get_widget_id_from_key) == ["self", "user_key"]
    assert parameters(SessionState.get_widget_metadata) == ["self", "widget_id"]
    assert parameters(SessionState.get_widget_value) == ["self", "widget_id"]
    assert {"serializer", "deserializer", "value_type"} <= set(parameters(WidgetMetadata))
    assert {"widget_id", "param_key", "script_hash"} <= set(parameters(WidgetBinding))


def numbered():
    """A page of numbers, two of them there from the first."""
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    from cnnviz_ui.frame import link_internals

    def both():
        page["channel"] = page["seed"] = 7
        page["new"] = 5
        link_internals.say({"channel": 7, "seed": 7, "new": 5}, {"new": 4})

    def zero():
        page["seed"] = 0
        link_internals.say({"seed": 0}, {})

    def silent():
        page["channel"], page["seed"] = 3, 4

    page = st.session_state
    page["early"] = get_script_run_ctx().query_string
    known = page.setdefault("known", set())
    with link_internals.in_one_message(known, whole=lambda: "waiting" not in page):
        st.button("Both", on_click=both)
        st.button("Forget", on_click=lambda: link_internals.forget(["channel"]))
        st.button("Silent", on_click=silent)
        st.button("Zero", on_click=zero)
        if "hidden" not in page:
            st.number_input("Channel", 0, 9, 0, key="channel", bind="query-params")
        st.number_input("Seed", 0, 9, 0, key="seed", bind="query-params")
        if "new" in page:
            st.number_input("New", 0, 9, 4, key="new", bind="query-params")


@pytest.fixture
def sent(monkeypatch):
    """The links that are sent to the browser, one after the other."""
    links = []
    original = QueryParams._send_query_param_msg

    def noted(params):
        links.append(dict(params._query_params))
        original(params)

    monkeypatch.setattr(QueryParams, "_send_query_param_msg", noted)
    return links


@pytest.fixture
def app(sent):
    """The page, opened."""
    opened = AppTest.from_function(numbered).run()
    assert not opened.exception
    assert sent == []
    return opened


def click(app, label):
    """Press a button and run the page."""
    return next(button for button in app.button if button.label == label).click().run()


def test_several_choices_are_one_message(app, sent):
    """Sent before anything is drawn; a control that is new begins with it, whatever it was."""
    app.query_params["new"] = "2"
    click(app, "Both")
    assert sent == [{"channel": "7", "seed": "7", "new": "5"}]
    assert parse_qs(app.session_state["early"]) == {"channel": ["7"], "seed": ["7"], "new": ["5"]}
    assert app.number_input(key="new").value == 5


def test_what_controls_write_is_one_message(app, sent):
    """Values that the page itself gives its controls reach the link together, at the end."""
    click(app, "Silent")
    assert sent == [{"channel": "3", "seed": "4"}]


def test_the_link_is_silent_on_defaults(app, sent):
    """What a control has gone back to is not in it; Streamlit knows what that is."""
    click(app, "Both")
    click(app, "Zero")
    assert sent[1:] == [{"channel": "7", "new": "5"}]
    assert parse_qs(app.session_state["early"]) == {"channel": ["7"], "new": ["5"]}


def test_a_page_that_waits_keeps_its_link(app, sent):
    """A control that is not drawn leaves the link of a page that is whole, no other."""
    click(app, "Both")
    app.session_state["hidden"] = app.session_state["waiting"] = True
    app.run()
    assert len(sent) == 1
    del app.session_state["waiting"]
    app.run()
    assert sent[1:] == [{"seed": "7", "new": "5"}]


def test_forgotten_choices_leave_the_link_at_once(app, sent):
    """Before the page is drawn again."""
    click(app, "Both")
    click(app, "Forget")
    assert sent[1] == {"seed": "7", "new": "5"}
    assert parse_qs(app.session_state["early"]) == {"seed": ["7"], "new": ["5"]}


def test_a_page_that_fails_gives_the_link_back(sent):
    """Streamlit itself sends messages again."""

    def failing():
        import streamlit as st

        from cnnviz_ui.frame import link_internals

        if "fixed" not in st.session_state:
            with link_internals.in_one_message(set(), whole=lambda: True):
                st.number_input("Seed", 0, 9, 0, key="seed", bind="query-params")
                raise ValueError("failed")
        st.query_params["seed"] = "4"

    app = AppTest.from_function(failing).run()
    assert len(app.exception) == 1
    app.session_state["fixed"] = True
    app.run()
    assert sent == [{"seed": "4"}]


def test_a_page_that_fails_says_what_its_controls_hold(sent):
    """They show it beside what failed."""

    def failing():
        import streamlit as st

        from cnnviz_ui.frame import link_internals

        with link_internals.in_one_message(set(), whole=lambda: True):
            if st.button("Fail"):
                st.session_state["seed"] = 4
            st.number_input("Seed", 0, 9, 0, key="seed", bind="query-params")
            if st.session_state["seed"] == 4:
                raise ValueError("failed")

    app = AppTest.from_function(failing).run()
    click(app, "Fail")
    assert len(app.exception) == 1
    assert sent == [{"seed": "4"}]
    assert app.query_params == {"seed": "4"}


def test_a_click_on_a_page_that_waits_is_said_at_once(sent):
    """The run before still holds its messages back, and the click's own run is stopped."""

    def waiting():
        import streamlit as st
        from streamlit.runtime.scriptrunner import StopException, get_script_run_ctx

        from cnnviz_ui.frame import link_internals

        def tile():
            session["channel"] = 7
            link_internals.say({"channel": 7, "mode": "One filter"}, {})

        session = st.session_state
        session["early"] = get_script_run_ctx().query_string
        runs = session.setdefault("runs", [])
        runs.append(link_internals.in_one_message(set(), whole=lambda: True))
        runs[-1].__enter__()
        st.button("Tile", on_click=tile)
        st.number_input("Channel", 0, 9, 0, key="channel", bind="query-params")
        if len(runs) == 2:
            raise StopException

    app = AppTest.from_function(waiting).run()
    click(app, "Tile")
    said = {"channel": "7", "mode": "One filter"}
    assert sent == [said]
    assert app.session_state["early"] == "channel=7&mode=One+filter"
    app.run()
    assert app.number_input(key="channel").value == 7
    assert app.query_params == said
    for run in app.session_state["runs"]:
        run.gen.close()


STOPS = {
    "by itself": "raise StopException",
    "by the next run": "context.script_requests.request_stop()",
    "to run again": "st.rerun()",
}


@pytest.mark.parametrize("how", STOPS.values(), ids=STOPS)
def test_what_a_stopped_run_put_the_next_says(sent, how):
    """Link and control agree, though nothing was sent for the one."""
    script = f"""
import streamlit as st
from streamlit.runtime.scriptrunner import StopException, get_script_run_ctx
from cnnviz_ui.frame import link_internals

context = get_script_run_ctx()
with link_internals.in_one_message(st.session_state.setdefault("known", set()), whole=lambda: True):
    put = st.button("Put")
    if put:
        st.session_state["channel"] = 5
    st.number_input("Channel", 0, 9, 0, key="channel", bind="query-params")
    st.slider("Share", 0.0, 1.0, 0.5, key="share", bind="query-params")
    if put:
        {how}
"""
    app = AppTest.from_string(script)
    app.query_params["share"] = "0.250"
    app.run()
    click(app, "Put")
    app.run()
    assert app.number_input(key="channel").value == 5
    assert app.slider(key="share").value == 0.25
    assert app.query_params == {"channel": "5", "share": "0.250"}
    assert sent == [app.query_params]


def test_a_run_that_is_overtaken_leaves_the_link_alone(sent):
    """It is the next run's by then: with its choices, and with what binds its controls."""

    def overtaken():
        import streamlit as st
        from streamlit.runtime.scriptrunner import get_script_run_ctx

        from cnnviz_ui.frame import link_internals

        context = get_script_run_ctx()
        session = context.session_state._state
        try:
            with link_internals.in_one_message({"old"}, whole=lambda: True):
                st.number_input("Seed", 0, 9, 0, key="seed", bind="query-params")
                context.script_requests.request_stop()
                session.query_params.populate_from_query_string("old=1&seed=5")
        finally:
            session["link"] = dict(session.query_params._query_params)
            session["bound"] = list(session.query_params._bindings_by_param)

    app = AppTest.from_function(overtaken).run()
    assert app.session_state["link"] == {"old": "1", "seed": "5"}
    assert app.session_state["bound"] == ["seed"]
    assert sent == []


def test_outside_of_a_session_nothing_happens():
    """As in a test that calls a callback by itself."""
    assert get_script_run_ctx(suppress_warning=True) is None
    link_internals.say({"channel": 1}, {})
    link_internals.forget(["channel"])
    link_internals.tell()
    with link_internals.in_one_message(set(), whole=lambda: True):
        pass

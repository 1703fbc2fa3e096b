"""Pages in Streamlit's own test harness, over an engine that makes its numbers up."""

import plotly.graph_objects as go
import pytest
import standin
from streamlit.testing.v1 import AppTest

import cnnviz_engine
from cnnviz_ui.frame import state, visitors
from cnnviz_ui.widgets import figures
from tests.places import ROOT


@pytest.fixture(autouse=True)
def _checked_figures(monkeypatch):
    """What pages draw without Plotly's checks stands before them in every test."""
    monkeypatch.setattr(figures, "unchecked", go.Figure)


@pytest.fixture
def engine(monkeypatch):
    """The engine that all pages of a test reach."""
    stand_in = standin.StandInEngine()
    monkeypatch.setattr(cnnviz_engine, "connect", lambda: stand_in)
    # Who left would be noticed after the test, and taken back from the real engine.
    monkeypatch.setattr(visitors, "expect", lambda owner: None)
    monkeypatch.chdir(ROOT)
    return stand_in


@pytest.fixture
def visit(engine):
    """Open a page by its name, with query parameters, in a session that may have its own model."""

    def open_page(name="start", own=None, **query):
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        if name != "start":
            app.switch_page(f"pages/{name}.py")
        for key, value in query.items():
            app.query_params[key] = value
        if own is not None:
            brought = state.OwnModel(mine=own, chosen_next=True, ever=True)
            app.session_state[state.STATE] = state.State(own=brought)
        return app.run()

    return open_page

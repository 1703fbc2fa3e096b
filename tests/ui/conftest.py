"""Pages in Streamlit's own test harness, over an engine that makes its numbers up."""

from pathlib import Path

import pytest
import standin
from streamlit.testing.v1 import AppTest

import cnnviz_engine

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def engine(monkeypatch):
    """The engine that all pages of a test reach."""
    found = standin.StandInEngine()
    monkeypatch.setattr(cnnviz_engine, "connect", lambda: found)
    monkeypatch.chdir(ROOT)
    return found


@pytest.fixture
def visit(engine):
    """Open a page by its name, with query parameters."""

    def open_page(name="start", **query):
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        if name != "start":
            app.switch_page(f"pages/{name}.py")
        for key, value in query.items():
            app.query_params[key] = value
        return app.run()

    return open_page

"""The engine as the pages see it: up and warm, or on its way."""

from __future__ import annotations

import streamlit as st

import cnnviz_engine

STARTING = (
    "The network is starting. This takes some ten seconds, once; the page fills in by itself."
)


def ready() -> cnnviz_engine.Engine | None:
    """The engine once a worker is up and warm, None before."""
    engine = cnnviz_engine.connect()
    return engine if engine.ready else None


def announce() -> None:
    """While the engine is starting, say what the page waits for; then run the page again."""
    if ready() is None:
        _wait()


@st.fragment(run_every=0.5)
def _wait() -> None:
    if ready() is not None:
        st.rerun()
    st.info(STARTING, icon="spinner")

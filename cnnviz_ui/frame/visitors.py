"""Who is at the page: jobs of a closed tab are taken back, so that nobody waits for them."""

from __future__ import annotations

import threading
import time

from streamlit.runtime import exists, get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

import cnnviz_engine

LOOK = 0.8
"""Seconds between looks. A visitor away at two looks in a row has left; a refreshed page, which is
a new visitor to Streamlit, has asked for its job again by then."""

_waiting: set[str] = set()
_lock = threading.Lock()
_watcher: threading.Thread | None = None


def session() -> str:
    """The identity of this visitor's session, empty outside of one."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context is not None else ""


def expect(owner: str) -> None:
    """Take this visitor's jobs back should they leave while they wait."""
    global _watcher
    if not exists() or not owner:
        return
    with _lock:
        _waiting.add(owner)
        if _watcher is None:
            _watcher = threading.Thread(target=_look_after, name="visitors", daemon=True)
            _watcher.start()


def _look_after() -> None:
    """Cancel the jobs of visitors who left; end when nobody is waited for."""
    global _watcher
    away: set[str] = set()
    while True:
        time.sleep(LOOK)
        with _lock:
            absent = {owner for owner in _waiting if not _is_here(owner)}
            left = absent & away
            _waiting.difference_update(left)
            if not _waiting:
                _watcher = None
        for owner in left:
            cnnviz_engine.connect().cancel_owner(owner)
        if _watcher is None:
            return
        away = absent


def _is_here(owner: str) -> bool:
    return exists() and get_instance().is_active_session(owner)

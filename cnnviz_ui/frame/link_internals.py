"""Who asks for a run: Streamlit tells the browser's Back and Forward from all else only inside."""

from __future__ import annotations

from streamlit.runtime.scriptrunner import get_script_run_ctx


def comes_from_history() -> bool:
    """Whether the browser's Back or Forward asks for this run, so that its link means itself."""
    context = get_script_run_ctx(suppress_warning=True)
    return context is not None and context.is_history_navigation

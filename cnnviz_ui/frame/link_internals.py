"""The link, in one message for all that changes together.

Streamlit writes the link control by control, each as it is drawn and in a message of its own: for a
while the link holds a part of a choice, and each part is a step of the browser's Back. A control
that a page does not have yet is not written at all. What a page no longer draws leaves the link,
also where it only waits to be drawn.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state.query_params import QueryParams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from streamlit.runtime.scriptrunner import ScriptRunContext


def say(values: Mapping[str, object], defaults: Mapping[str, object]) -> None:
    """Put values of controls into the link; controls that are new to the page begin with them.

    The link is silent on defaults: those that the controls have on the page, or else `defaults`.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        return
    with context.session_state.query_params() as params:
        for key, value in values.items():
            if value == (defaults[key] if key in defaults else _default(context, key)):
                params.discard_param_no_forward_msg(key)
            else:
                params.set_with_no_forward_msg(key, str(value))
        _settle(params)


def forget(keys: Iterable[str]) -> None:
    """Take controls out of the link."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        return
    with context.session_state.query_params() as params:
        for key in keys:
            params.discard_param_no_forward_msg(key)
        _settle(params)


def tell() -> None:
    """Send the link as it is by now, if the browser has another one."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        return
    with context.session_state.query_params() as params:
        if _parts(urlencode(params._query_params, doseq=True)) != _parts(context.query_string):
            QueryParams._send_query_param_msg(params)


@contextmanager
def in_one_message(known: set[str], *, whole: Callable[[], bool]) -> Iterator[None]:
    """Hold back what controls write into the link while a page is drawn, and send it at the end.

    A page that is left takes its choices along to the next, which keeps what it has controls for.

    Args:
        known: names that controls of this session have had in the link; added to.
        whole: whether the page was drawn whole: what it has no control for then leaves the link.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        yield
        return

    def later() -> None:
        """Instead of a message; each run has its own."""

    with context.session_state.query_params() as params:
        known |= _unbound(params)  # of a run that did not come to its end
        params._send_query_param_msg = later  # type: ignore[method-assign]
    try:
        yield
    except BaseException:
        _let_go(params, later, known)
        raise
    drawn = _let_go(params, later, known)
    if drawn is None:
        return
    if whole():
        for key in known - drawn:
            params.discard_param_no_forward_msg(key)
    tell()


def _let_go(
    params: QueryParams, later: Callable[[], None], known: set[str]
) -> frozenset[str] | None:
    """Have messages sent again; the names of controls in the link.

    None where the session's next run has begun: it overtakes one that waits, and the link is its.
    """
    if vars(params).get("_send_query_param_msg") is not later:
        return None
    del params._send_query_param_msg  # the object's own, so that its class's is seen again
    drawn = _unbound(params)
    known |= drawn
    return drawn


def _unbound(params: QueryParams) -> frozenset[str]:
    """Take from all controls what binds them to the link; the names that were bound.

    On the way to another page Streamlit takes from the link what is bound to the page before.
    Controls bind themselves anew as they are drawn.
    """
    names = frozenset(params._bindings_by_param)
    params._bindings_by_param.clear()
    params._bindings_by_widget.clear()
    return names


def _settle(params: QueryParams) -> None:
    """Send the link, and let new controls begin with what it says."""
    params._send_query_param_msg()
    params.set_initial_query_params_from_current()


def _default(context: ScriptRunContext, key: str) -> Any:
    """What a control is when nobody has chosen; None where there is no such control."""
    session = context.session_state._state
    widget = session.get_widget_id_from_key(key)
    metadata = session.get_widget_metadata(widget) if widget is not None else None
    return metadata.deserializer(None) if metadata is not None else None


def _parts(query: str) -> dict[str, list[str]]:
    return parse_qs(query, keep_blank_values=True)

"""The link, in one message for all that changes together.

Streamlit writes the link control by control, each as it is drawn and in a message of its own: for a
while the link holds a part of a choice, and each part is a step of the browser's Back. A control
that a page does not have yet is not written at all. What a page no longer draws leaves the link,
also where it only waits to be drawn.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state.query_params import QueryParams, parse_url_param

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from streamlit.runtime.scriptrunner import ScriptRunContext

_held: ContextVar[bool] = ContextVar("_held", default=False)
"""Whether this run holds messages back.

Runs of a session overlap, each in a thread of its own: what one holds back the next may send.
"""


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


def comes_from_history() -> bool:
    """Whether the browser's Back or Forward asks for this run, so that its link means itself."""
    context = get_script_run_ctx(suppress_warning=True)
    return context is not None and context.is_history_navigation


def tell() -> None:
    """Send the link as the controls drawn by now have it, if the browser has another one."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        return
    with context.session_state.query_params() as params:
        _correct(context, params)
        _send_if_new(context, params)


@contextmanager
def in_one_message(known: set[str], *, whole: Callable[[], bool]) -> Iterator[None]:
    """Hold back what controls write into the link while a page is drawn, and send it at the end.

    A page that is left takes its choices along to the next, which keeps what it has controls for.
    A page that fails says what its controls hold. One that is stopped, or asks to be run again,
    says nothing: the next run does.

    Args:
        known: names that controls of this session have had in the link; added to.
        whole: whether the page was drawn whole: what it has no control for then leaves the link.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        yield
        return
    with context.session_state.query_params() as params:
        known |= _unbound(params)  # of a run that did not come to its end
        params._send_query_param_msg = _send_unless_held  # type: ignore[method-assign]
    _held.set(True)
    try:
        yield
    except Exception:
        _end(context, known, whole=False)
        raise
    else:
        _end(context, known, whole=whole())
    finally:
        _held.set(False)


def _end(context: ScriptRunContext, known: set[str], *, whole: bool) -> None:
    """Send what was held back.

    A run that is overtaken by the session's next is stopped as it asks for the link, which is that
    one's by then. No lock excludes the two, each has its own: nothing else may come before.
    """
    with context.session_state.query_params() as params:
        _correct(context, params)
        drawn = _unbound(params)
        known |= drawn
        for key in known - drawn if whole else ():
            params.discard_param_no_forward_msg(key)
        _send_if_new(context, params)


def _send_unless_held() -> None:
    """What Streamlit calls for each control that writes into the link."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None and not _held.get():
        QueryParams._send_query_param_msg(context.session_state._state.query_params)


def _send_if_new(context: ScriptRunContext, params: QueryParams) -> None:
    if _parts(urlencode(params._query_params, doseq=True)) != _parts(context.query_string):
        QueryParams._send_query_param_msg(params)


def _correct(context: ScriptRunContext, params: QueryParams) -> None:
    """Have the link say what the controls drawn by now hold.

    Streamlit writes it as a value changes, once. A run that was stopped since has not sent it, and
    the next began with the link that the browser had.
    """
    session = context.session_state._state
    for key, binding in params._bindings_by_param.items():
        metadata = session.get_widget_metadata(binding.widget_id)
        if metadata is None:
            continue
        value = session.get_widget_value(binding.widget_id)
        if value == metadata.deserializer(None):
            params.discard_param_no_forward_msg(key)
        elif not _says(params, key, metadata.serializer(value), metadata.value_type):
            params.set_corrected_value(key, metadata.serializer(value), metadata.value_type)


def _says(params: QueryParams, key: str, serialized: object, kind: str) -> bool:
    """Whether the link says a value, in whatever spelling: 0.50 is 0.5."""
    if not params.has_param(key):
        return False
    try:
        return bool(parse_url_param(params._query_params[key], kind) == serialized)
    except ValueError:
        return False


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

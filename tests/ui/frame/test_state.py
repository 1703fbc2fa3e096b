"""What a session holds lies in one place."""

import ast

import pytest

from cnnviz_ui.frame import state
from cnnviz_ui.frame.keys import Key
from tests.places import ROOT

FILES = [ROOT / "app.py", *ROOT.glob("pages/*.py"), *ROOT.glob("cnnviz_ui/**/*.py")]
INSIDE = {ROOT / "cnnviz_ui" / "frame" / name for name in ("state.py", "binding.py", "link.py")}
"""What reaches for the session and the link on behalf of all."""


def strays(text):
    """Where a file reaches for the session by itself, or names a control of the link anew."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        names = set(named(node))
        if {"session_state", "query_params"} & names:
            yield ast.unparse(node)
        elif isinstance(node, ast.Call):
            yield from keyed_anew(node)


def named(node):
    """The names that a node brings up: of a variable, of an attribute, as text or imported."""
    match node:
        case ast.Name(name) | ast.Attribute(attr=name) | ast.Constant(str(name)):
            yield name
        case ast.alias(name):
            yield from name.split(".")


def keyed_anew(call):
    """Where a control that the link knows is given its key as text."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    match given.get("key"):
        case ast.Constant(key) if key in list(Key):
            yield ast.unparse(call)
    if "bind" in given:
        yield ast.unparse(call)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_session_is_reached_for_in_one_file(path):
    """No other holds a key of its own for what `state` holds, or writes the link."""
    lines = list(strays(path.read_text(encoding="utf-8")))
    assert bool(lines) == (path in INSIDE), lines


@pytest.mark.parametrize(
    "line",
    [
        'st.session_state["_mine"] = 1',
        'st.session_state.get("model")',
        "from streamlit import session_state as held",
        "import streamlit.session_state as held",
        'getattr(st, "session_state")',
        'st.selectbox("Layer", names, key="layer")',
        'st.selectbox("Layer", key="layer", options=names)',
        'st.toggle("Mine", key="mine", bind="query-params")',
        'st.toggle("Mine", bind="query-params", key=Key.PLAY)',
        'st.query_params["mode"]',
        'st.query_params.get("image")',
        '"image" in st.query_params',
        "st.query_params.get(Key.MODE)",
        "st.query_params.update(mode=1)",
        "link = st.query_params",
        "from streamlit import query_params as link",
    ],
)
def test_a_key_of_ones_own_is_seen(line):
    """The check can fail."""
    assert list(strays(line))


@pytest.mark.parametrize(
    "line",
    [
        'st.page_link("page", query_params=kept)',
        'st.button("Cancel", key="_cancel")',
        'st.toggle("Play", key=Key.PLAY)',
    ],
)
def test_what_is_read_by_its_one_name_is_right(line):
    """The check can pass."""
    assert not list(strays(line))


def test_sessions_begin_empty_and_apart(visit):
    """What one session holds another does not see; a reload begins a new one."""
    first, second = visit(), visit()
    held = [app.session_state[state.STATE] for app in (first, second)]
    assert held[0] is not held[1]
    for name in ("sidebar", "own", "jobs", "choices"):
        assert getattr(held[0], name) is not getattr(held[1], name)
    held[0].own.removals = 3
    held[0].jobs.asked_again.add("key")
    fresh = state.State()
    assert (fresh.own.removals, fresh.jobs.asked_again) == (0, set())


def test_every_control_of_the_link_is_named_once():
    """Two names for one control would be two controls."""
    assert len({str(key) for key in Key}) == len(Key.__members__)

"""What a session holds lies in one place."""

import re

import pytest

from cnnviz_ui.frame import state
from tests.places import ROOT

FILES = [ROOT / "app.py", *ROOT.glob("pages/*.py"), *ROOT.glob("cnnviz_ui/**/*.py")]
STATE = ROOT / "cnnviz_ui" / "frame" / "state.py"


def strays(text):
    """Where a file reaches for the session by itself, or names a control of the link anew."""
    names = "|".join(state.Key)
    return [
        *re.findall(r"st\.session_state\b", text),
        *re.findall(rf"""key=["'](?:{names})["']""", text),
        *re.findall(r"""key=["'][^"']*["'],\s*bind=""", text),
        *re.findall(rf"""query_params(?:\.\w+\(|\[)["'](?:{names})["']""", text),
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_session_is_reached_for_in_one_file(path):
    """No other holds a key of its own for what `state` holds."""
    lines = strays(path.read_text(encoding="utf-8"))
    assert not lines or path == STATE, lines


@pytest.mark.parametrize(
    "line",
    [
        'st.session_state["_mine"] = 1',
        'st.session_state.get("model")',
        'st.selectbox("Layer", names, key="layer")',
        'st.toggle("Mine", key="mine", bind="query-params")',
        'st.query_params["mode"] = "One filter"',
        'st.query_params.get("image")',
    ],
)
def test_a_key_of_ones_own_is_seen(line):
    """The check can fail."""
    assert strays(line)


def test_sessions_begin_empty_and_apart(visit):
    """What one session holds another does not see; a reload begins a new one."""
    first, second = visit(), visit()
    held = [app.session_state[state.STATE] for app in (first, second)]
    assert held[0] is not held[1]
    for name in ("sidebar", "own", "jobs", "turns", "linked"):
        assert getattr(held[0], name) is not getattr(held[1], name)
    held[0].own.removals = 3
    held[0].jobs.asked_again.add("key")
    fresh = state.State()
    assert (fresh.own.removals, fresh.jobs.asked_again) == (0, set())


def test_every_control_of_the_link_is_named_once():
    """Two names for one control would be two controls."""
    assert len({str(key) for key in state.Key}) == len(state.Key.__members__)

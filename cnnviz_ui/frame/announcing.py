"""What a page says to those who listen: how far a job is, now and then, and what came of it.

Each sentence is said once, however often the page is drawn while it holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_core.looking.results import Prediction
from cnnviz_core.maps.results import Attribution
from cnnviz_core.targets import Target
from cnnviz_ui.frame.text import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz_engine import Progress

MOST = 3
"""Results that are named in one sentence."""
PARTS = 4
"""How often the progress of a job is told."""

_region = st.components.v2.component(
    "cnnviz.announcing",
    js=Path(__file__).with_name("announcing.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


@dataclass
class Said:
    """What a session has said.

    Attributes:
        number: of the last sentence; each has the next.
        standing: where each job that is waited for stood when that was last told, by key.
        there: results that were there when the page was last drawn, by key.
    """

    number: int = 0
    standing: dict[str, object] = field(default_factory=dict)
    there: frozenset[str] = frozenset()


def progress(said: Said, key: str, standing: str, latest: Progress | None) -> None:
    """Tell where a job stands: at its start, and whenever another quarter of it is done."""
    mark = standing if latest is None else int(PARTS * latest.share)
    fresh = said.standing.get(key) != mark
    said.standing[key] = mark
    _say(said, standing if fresh else "", f"_heard-{key}")


def results(said: Said, news: Mapping[str, str]) -> None:
    """Tell what is there and was not when the page was last drawn, by keys of requests."""
    fresh = [words for key, words in news.items() if key not in said.there]
    said.there = frozenset(news)
    said.standing.clear()
    more = f" And {len(fresh) - MOST} more." if len(fresh) > MOST else ""
    _say(said, " ".join(fresh[:MOST]) + more, "_heard")


def outcome(noun: str, result: object) -> str:
    """What came of a request, in a sentence: the class and how sure it is, where there is one."""
    match result:
        case Prediction():
            return f"{noun}: {result.labels[0]}, {percent(float(result.probabilities[0]))}."
        case Attribution(target=Target(label=label)):
            return f"{noun}: {label}, {percent(result.probability)}."
        case Attribution():
            return f"{noun}: {result.target.label}."
    return f"{noun}: ready."


def _say(said: Said, sentence: str, key: str) -> None:
    """Hand a sentence to the browser; an empty one changes nothing there."""
    said.number += bool(sentence)
    _region(key=key, data={"number": said.number if sentence else 0, "sentence": sentence})

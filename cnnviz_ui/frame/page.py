"""How every page opens and speaks: title, two sentences, captions, facts, problems."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_ui.frame.text import escaped, plain

if TYPE_CHECKING:
    from collections.abc import Iterable


def opening(title: str, sentences: str) -> None:
    """The head of a page: its title, and two sentences that a first-time visitor understands."""
    st.html(
        f"<header class='opening'><h1>{escaped(title)}</h1><p>{escaped(sentences)}</p></header>"
    )


def heading(title: str, sentence: str = "") -> None:
    """The head of a part of a page, with a sentence on what it shows."""
    words = f"<p>{escaped(sentence)}</p>" if sentence else ""
    st.html(f"<header class='part'><h2>{escaped(title)}</h2>{words}</header>")


def caption(text: str) -> None:
    """What a picture shows, shown letter by letter."""
    st.html(f"<p class='caption'>{escaped(text)}</p>")


def colour_bar(colours: Iterable[Iterable[int]], low: str, high: str) -> None:
    """A colour bar between what its ends stand for, in words."""
    ramp = ", ".join("rgb({}, {}, {})".format(*colour) for colour in colours)
    st.html(
        f"<p class='colour-bar'><span>{escaped(low)}</span>"
        f"<span class='ramp' style='background:linear-gradient(to right, {ramp})'></span>"
        f"<span>{escaped(high)}</span></p>"
    )


def facts(pairs: Iterable[tuple[str, str]]) -> None:
    """A line of facts, each a name and a value."""
    items = "".join(
        f"<div><dt>{escaped(name)}</dt><dd>{escaped(value)}</dd></div>" for name, value in pairs
    )
    st.html(f"<dl class='facts'>{items}</dl>")


def bars(rows: Iterable[tuple[str, float, str]]) -> None:
    """Horizontal bars: label, share in [0, 1], the share in words."""
    items = "".join(
        f"<li><span class='label'>{escaped(label)}</span>"
        f"<span class='value'>{escaped(value)}</span>"
        f"<span class='track'><span style='width:{max(0.0, min(1.0, share)) * 100:.2f}%'></span>"
        "</span></li>"
        for label, share, value in rows
    )
    st.html(f"<ol class='bars'>{items}</ol>")


def table(head: Iterable[str], rows: Iterable[Iterable[str]], marked: int | None = None) -> None:
    """A small table of text; `marked` is the row that the page is about."""
    heads = "".join(f"<th scope='col'>{escaped(name)}</th>" for name in head)
    lines = []
    for position, row in enumerate(rows):
        cells = "".join(f"<td>{escaped(cell)}</td>" for cell in row)
        mark = " class='marked' aria-current='true'" if position == marked else ""
        lines.append(f"<tr{mark}>{cells}</tr>")
    body = "".join(lines)
    st.html(f"<table class='plain'><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>")


def listing(sentences: Iterable[str]) -> None:
    """Sentences one under the other."""
    items = "".join(f"<li>{escaped(sentence)}</li>" for sentence in sentences)
    if items:
        st.html(f"<ul class='listing'>{items}</ul>")


def problem(sentence: str, advice: str = "") -> None:
    """Say what went wrong and what to do; folded away, what whoever runs the server can do."""
    st.error(plain(sentence), icon=":material/error:")
    if advice:
        with st.expander("For whoever runs this server", icon=":material/build:"):
            caption(advice)


def note(sentence: str) -> None:
    """Say something that a reader of the picture should know."""
    st.info(plain(sentence), icon=":material/info:")

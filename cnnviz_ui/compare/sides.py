"""Controls of A and B: each its own model, photo, method, class or contrast, and layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_core.attribution.catalogue import METHODS, Method
from cnnviz_core.zoo.cards import ModelCard
from cnnviz_engine.requests.attribution import AttributionRequest
from cnnviz_engine.requests.looking import DescribeRequest
from cnnviz_ui.explain import pickers
from cnnviz_ui.frame import album, own_model
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.photos import Photo
from cnnviz_ui.frame.results import ask
from cnnviz_ui.frame.sidebar import Choice
from cnnviz_ui.layers import showable
from cnnviz_ui.trust import looked_at
from cnnviz_ui.widgets import controls
from cnnviz_ui.widgets.drawer import controls_drawer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnnviz_core.looking.results import Structure

SAME_MODEL = "Sidebar model"
SAME_PHOTO = "Sidebar photo"
DEFAULT_LAYER = "Default layer"
NO_LAYER = "The input"
WIDTHS = (2.1, 2.1, 2.4, 2.6, 2.4, 2.2)


@dataclass(frozen=True)
class Side:
    """One of two sides: its name, and what is asked for."""

    name: str
    photo: Photo
    request: AttributionRequest


def both_sides(choice: Choice) -> tuple[Side, Side] | None:
    """Two rows of controls; at first the sidebar's model and photo by two methods.

    A begins with the map that was looked at before, if any: see `looked_at`.
    """
    with controls_drawer(), st.container(key="sides"):
        st.html("<style>.stMain .st-key-sides.st-key-sides { gap: 0.2rem; }</style>")
        first = _side(choice, "A")
        second = _side(choice, "B")
    if isinstance(first, Side) and isinstance(second, Side):
        return first, second
    unfit = {side.model: side for side in (first, second) if side and not isinstance(side, Side)}
    for structure in unfit.values():
        pickers.nothing_to_explain(structure)
    return None


def _side(choice: Choice, name: str) -> Side | Structure | None:
    """A row of controls; the network itself where it names nothing in a photo."""
    columns = st.columns(WIDTHS, gap="small", vertical_alignment="bottom")
    with columns[0]:
        model = _model(choice, name)
    with columns[1]:
        chosen = Choice(model, _photo(choice, name))
    structure = ask(DescribeRequest(model=chosen.model), noun="The network")
    if structure is None:
        return None
    if showable.unexplained(structure):
        return structure
    with columns[2]:
        method = _method(structure, name)
    labels = controls.class_labels(structure)
    with columns[3]:
        target = _select(name, "class", [controls.MOST_PROBABLE, *labels], "target")
    with columns[4]:
        against = _select(name, "compared with", [pickers.NO_OTHER_CLASS, *labels], "against")
    with columns[5]:
        layer = _layer(structure, name, method)
    indices = [labels.index(label) if label in labels else None for label in (target, against)]
    asked = pickers.Subject(chosen, structure)
    classes = pickers.contrast(asked, *indices)
    request = pickers.attribution_request(asked, method, classes, layer=layer)
    return Side(name, chosen.photo, request)


def _select(
    name: str,
    label: str,
    options: Sequence[str],
    parameter: str,
    shown_as: Callable[[str], str] = str,
) -> str:
    """One of several options; the first is the default."""
    key = Key(f"{name.lower()}_{parameter}")
    return controls.select(f"{name}: {label}", options, key=key, shown_as=shown_as)


def _model(choice: Choice, name: str) -> ModelCard:
    cards = own_model.cards()
    chosen = _select(name, "model", [SAME_MODEL, *cards], "model", own_model.words())
    return cards.get(chosen, choice.card)


def _photo(choice: Choice, name: str) -> Photo:
    offered = album.names(choice.card)
    chosen = _select(name, "photo", [SAME_PHOTO, *offered], "image", album.called)
    return album.photo(chosen) if chosen in offered else choice.photo


def _method(structure: Structure, name: str) -> Method:
    """A's first method is the catalogue's, B's one whose map differs from it at a glance."""
    titles = {method.title: method for method in METHODS.values()}
    first = looked_at.FIRST if name == "A" else pickers.shows_edges(structure)
    ordered = [first, *(title for title in titles if title != first)]
    return titles[_select(name, "method", ordered, "method")]


def _layer(structure: Structure, name: str, method: Method) -> str | None:
    names = structure.spatial_layers()
    offered = [DEFAULT_LAYER, *names] if method.takes_layer else [NO_LAYER]
    chosen = _select(name, "layer", offered, "layer")
    return chosen if chosen in names else None

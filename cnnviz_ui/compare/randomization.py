"""Randomization: what is left of a map when the network forgets what it has learned."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_engine.requests.maps import RandomizationRequest
from cnnviz_ui.compare.colour_scale import Shown, Together, asked_map
from cnnviz_ui.explain import pickers
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import caption
from cnnviz_ui.frame.results import ask
from cnnviz_ui.frame.text import count
from cnnviz_ui.trust import charts, verdicts
from cnnviz_ui.widgets import controls, figures, pictures
from cnnviz_ui.widgets.drawer import controls_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlit.delta_generator import DeltaGenerator

    from cnnviz_core.maps.results import Attribution
    from cnnviz_core.trust.results import SanityCheck
    from cnnviz_engine.requests.attribution import AttributionRequest
    from cnnviz_ui.explain.heatmaps import Look
    from cnnviz_ui.frame.sidebar import Choice


def randomization(choice: Choice, look: Look) -> None:
    """The map beside the one after some layers, and the similarity at each."""
    asked = pickers.subject(choice)
    if asked is None:
        return
    request = _request(asked)
    left, right = st.columns([6.4, 4], gap="medium")
    with left:
        cells = [column.container() for column in st.columns(2, gap="small")]
        below = st.container()
    original = asked_map(choice.photo, request, "The map", cells[0], look)
    if original is None:
        return
    wanted = RandomizationRequest(model=request.model, attribution=request)
    growing = partial(_draw, "growing")
    with right:
        check = ask(wanted, choice.photo, noun="Randomization", preview=growing)
    if check is None or not check.layers:
        _pictures(Together.of([original], look), cells, [_first_words(original)])
        return
    with below:
        depth = controls.depth_slider(len(check.layers))
        caption(verdicts.learning(check).words)
        caption(verdicts.learning_numbers(check))
    after = replace(original, key=f"{wanted.key}-{depth}", found=_after(original, check, depth))
    together = Together.of([original, after], look, shares=True)
    _pictures(together, cells, [_first_words(original), _depth_words(check, depth)])
    with right:
        _draw("final", check, depth)
        caption(f"{together.rule()} Random weights from seed {check.seed}.")
        arrays = {"maps": check.maps, "spearman": check.spearman, "ssim": check.ssim}
        pictures.downloads("randomization", arrays=arrays)


def _pictures(together: Together, cells: Sequence[DeltaGenerator], words: Sequence[str]) -> None:
    for position, (cell, text) in enumerate(zip(cells, words, strict=False)):
        with cell:
            together.show(position, width=305, height=270)
            caption(text)


def _first_words(original: Shown) -> str:
    return f"{original.found.method} of the network as it was trained."


def _request(asked: pickers.Subject) -> AttributionRequest:
    columns = controls_row([3, 5.4, 2.6])
    with columns[0]:
        families = pickers.families(asked.structure)
        method = pickers.method_picker(*families, key=Key.CHECK_METHOD)
    with columns[1]:
        classes = pickers.class_pickers(asked)
    layer = None
    if method.takes_layer:
        with columns[2]:
            layer = pickers.layer_picker(asked.structure)
    return pickers.attribution_request(asked, method, classes, layer=layer)


def _after(original: Shown, check: SanityCheck, depth: int) -> Attribution:
    return replace(original.found, values=check.maps[depth], signed=check.signed, units=check.units)


def _depth_words(check: SanityCheck, depth: int) -> str:
    if depth == 0:
        return "Nothing is randomized yet: the same map."
    spearman, ssim = check.spearman[depth - 1], check.ssim[depth - 1]
    blank = "" if check.maps[depth].any() else " The map is zero everywhere."
    return (
        f"Randomized from the output down to {check.layers[depth - 1]}: Spearman {spearman:.2f}, "
        f"SSIM {ssim:.2f} with the first map.{blank}"
    )


def _draw(name: str, check: SanityCheck, depth: int | None = None) -> None:
    """Similarity with the first map against depth."""
    amount = len(check.layers)
    alt = f"Similarity with the first map after each of {count(amount, 'randomized layer')}"
    figures.show(charts.similarity_chart(check, depth), key=f"_similarity-{name}", alt=alt)
    caption(
        "Similarity with the first map: rank correlation (Spearman) and structure (SSIM). 1 is the "
        "same map, 0 an unrelated one."
    )

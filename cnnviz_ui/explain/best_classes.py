"""The most probable classes: as a list to choose from, and as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from cnnviz_core.targets import Contrast
from cnnviz_engine.requests.looking import PredictRequest
from cnnviz_ui.explain.pickers import NO_OTHER_CLASS, prediction_request
from cnnviz_ui.frame import state
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import bars, caption
from cnnviz_ui.frame.results import ask
from cnnviz_ui.frame.text import number, percent, plain
from cnnviz_ui.widgets import controls

if TYPE_CHECKING:
    from cnnviz_core.maps.results import Attribution
    from cnnviz_ui.explain.pickers import Subject
    from cnnviz_ui.frame.sidebar import Choice


def best_classes(asked: Subject, found: Attribution) -> None:
    """Label, logit and probability of the best; a click explains that class."""
    best = ask(prediction_request(asked), asked.choice.photo, noun="Prediction")
    if best is None:
        return
    names = controls.class_labels(asked.structure)
    target = found.target
    parts = {target.first, target.second} if isinstance(target, Contrast) else {target}
    indices = {getattr(part, "index", None) for part in parts}
    with st.container(key="best-classes"):
        rows = zip(best.indices, best.logits, best.probabilities, strict=True)
        for index, logit, share in rows:
            st.button(
                f"{plain(names[index])} :gray[{_numbers(float(logit), float(share))}]",
                key=f"_class-{index}",
                type="secondary" if index in indices else "tertiary",
                width="stretch",
                on_click=_explain,
                args=(names[index],),
            )
    caption(f"{best.score_units.capitalize()} and probability; click to explain a class.")


def answers_as_bars(choice: Choice) -> None:
    """Label, logit and probability of the best, each with a bar as long as it is probable."""
    request = PredictRequest(model=choice.model, image=choice.photo.digest)
    best = ask(request, choice.photo, noun="Prediction")
    if best is None:
        return
    rows = zip(best.labels, best.logits, best.probabilities, strict=True)
    bars(
        (label, float(share), f"{number(float(logit))} · {percent(float(share))}")
        for label, logit, share in rows
    )
    caption(
        f"{best.score_units.capitalize()} and probability of the best of the classes it knows; "
        "it cannot say that it is none of them."
    )


def _numbers(logit: float, share: float) -> str:
    return f"{plain(number(logit))} · {plain(percent(share))}"


def _explain(label: str) -> None:
    """To be called before the controls are drawn; no class is compared with itself."""
    chosen = {Key.TARGET: label}
    if state.value(Key.AGAINST) == label:
        chosen[Key.AGAINST] = NO_OTHER_CLASS
    state.choose(chosen)

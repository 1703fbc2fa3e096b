"""Faithfulness: does the network agree with a map? Areas and curves beside three baselines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from cnnviz_core.targets import Contrast
from cnnviz_core.trust.baselines import Baseline
from cnnviz_core.trust.results import margin
from cnnviz_engine.requests.attribution import AttributionRequest
from cnnviz_engine.requests.maps import Curves, FaithfulnessRequest
from cnnviz_ui.compare.colour_scale import Together, asked_map
from cnnviz_ui.compare.side_by_side import grid, methods_picker
from cnnviz_ui.explain import pickers
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.frame.page import caption, note
from cnnviz_ui.frame.results import ask
from cnnviz_ui.frame.text import count, escaped
from cnnviz_ui.widgets import controls, figures, pictures
from cnnviz_ui.widgets.drawer import controls_row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cnnviz_core.arrays import FloatArray
    from cnnviz_core.attribution.catalogue import Method
    from cnnviz_core.trust.results import Curve
    from cnnviz_ui.explain.heatmaps import Look
    from cnnviz_ui.frame.sidebar import Choice

FIRST = ("grad_cam", "eigen_cam", "saliency")
BASELINES: dict[Baseline, str] = {
    "random": "Random",
    "centre": "Centre",
    "edges": "Edge detector",
}
MEASURES = {"Deletion": "deletion", "Insertion": "insertion", "ROAD": "road"}
LINES = ("#2094b2", "#b45309", "#7c5cbf", "#15803d", "#be185d", "#a16207", "#0f766e", "#b91c1c")
GREY = "#8a97a0"
DASHES = {"Random": "dot", "Centre": "dash", "Edge detector": "dashdot"}
READINGS = {
    "deletion": (
        "Pixels are taken away, those that the map ranks highest first. Where the map is right "
        "{what} falls at once: a lower area is better. Single pixels at random are hard to beat: "
        "they disturb a network wherever they lie."
    ),
    "insertion": (
        "A blurred photo is given its pixels back, those that the map ranks highest first. Where "
        "the map is right {what} rises at once: a higher area is better."
    ),
    "road": (
        "As deletion, but what is taken away is filled in from its surroundings, so that the edge "
        "of a hole gives nothing away: a lower area is better."
    ),
}
"""How each measure is read, with a place for what it measures (`_measured`)."""
LEVEL = 0.005
"""Two areas that differ by no more are level: half a point of a hundred."""
AXES = {"deletion": "removed", "insertion": "given back", "road": "removed"}


@dataclass(frozen=True)
class Row:
    """A line of the table: a method, or a baseline, and its request."""

    title: str
    baseline: bool
    request: FaithfulnessRequest


def faithfulness(choice: Choice, look: Look) -> None:
    """Maps and table on the left, the curves of one measure on the right."""
    asked = pickers.subject(choice)
    if asked is None:
        return
    columns = controls_row([4, 4.2, 2.8])
    with columns[0]:
        methods = methods_picker(FIRST, key=Key.MEASURED)
    with columns[1]:
        classes = pickers.class_pickers(asked)
    with columns[2]:
        measure = MEASURES[controls.option("Curves", list(MEASURES), key=Key.MEASURE)]
    maps = [pickers.attribution_request(asked, method, classes) for method in methods]
    quantity = _measured(classes)
    left, right = st.columns([5, 4], gap="medium")
    with left:
        _maps(choice, methods, maps, look)
        table = st.container()
        measurements = _curves(choice, _rows(methods, maps, asked, classes))
    with table:
        _table(measurements, quantity)
    with right:
        _figure(measurements, measure, quantity)


def _measured(classes: pickers.Classes) -> str:
    """What the curves are of: one class's probability, or what it is ahead of another's."""
    return "probability" if classes.against is None else "difference of probabilities"


def _rows(
    methods: Sequence[Method],
    maps: Sequence[AttributionRequest],
    asked: pickers.Subject,
    classes: pickers.Classes,
) -> list[Row]:
    """Methods first, then baselines, which are the same whatever methods are chosen."""
    rows = [
        Row(method.title, False, FaithfulnessRequest(model=request.model, attribution=request))
        for method, request in zip(methods, maps, strict=True)
    ]
    plain = AttributionRequest(
        model=asked.choice.model,
        image=asked.choice.photo.digest,
        target=classes.target,
        against=classes.against,
        output=asked.output,
    )
    for name, title in BASELINES.items():
        request = FaithfulnessRequest(model=plain.model, attribution=plain, baseline=name)
        rows.append(Row(title, True, request))
    return rows


def _curves(choice: Choice, rows: Sequence[Row]) -> dict[Row, Curves]:
    """What is measured so far; under it, how far the rest is."""
    measurements = {}
    for row in rows:
        curves = ask(row.request, choice.photo, noun=f"Measuring {row.title}", refused=note)
        if curves is not None:
            measurements[row] = curves
    return measurements


def _maps(
    choice: Choice, methods: Sequence[Method], maps: Sequence[AttributionRequest], look: Look
) -> None:
    """The maps to be measured, small; those of many passes are left to the measurement."""
    quick = [pair for pair in zip(methods, maps, strict=True) if not pair[0].progressive]
    answers = [
        (method, cell, asked_map(choice.photo, request, method.title, cell, look, refused=note))
        for cell, (method, request) in zip(grid(len(quick)), quick, strict=True)
    ]
    done = [
        (method, cell, shown_map) for method, cell, shown_map in answers if shown_map is not None
    ]
    if not done:
        return
    together = Together.of([shown_map for _, _, shown_map in done], look, shares=True)
    for position, (method, cell, _) in enumerate(done):
        with cell:
            together.show(position, width=124, height=96)
            caption(method.title)


def _table(measurements: Mapping[Row, Curves], quantity: str) -> None:
    if not measurements:
        return
    st.dataframe(
        [_line(row, curves, measurements) for row, curves in measurements.items()],
        hide_index=True,
        key="_faithfulness",
        column_config={
            "Map": st.column_config.TextColumn(width=146),
            "Deletion ↓": _area(f"Mean {quantity} as pixels are removed; lower is better"),
            "Insertion ↑": _area(f"Mean {quantity} as pixels are given back; higher is better"),
            "ROAD ↓": _area("As deletion, with removed pixels filled in; lower is better"),
            "Ahead in": st.column_config.TextColumn(
                width=132, help="Measures in which it is better than every baseline"
            ),
        },
    )
    caption(
        f"Area under each curve, which is the mean {quantity} on the way: ↓ lower is better, ↑ "
        "higher is better. Ahead: better than all three baselines by half a point. Click a head to "
        "sort."
    )


def _area(help_text: str) -> Any:
    return st.column_config.NumberColumn(format="%.1f %%", width=80, help=help_text)


def _line(row: Row, curves: Curves, measurements: Mapping[Row, Curves]) -> dict[str, object]:
    areas = dict(zip(("Deletion ↓", "Insertion ↑", "ROAD ↓"), curves, strict=True))
    return {
        "Map": f"{row.title} (baseline)" if row.baseline else row.title,
        **{name: 100 * curve.area for name, curve in areas.items()},
        "Ahead in": "" if row.baseline else _wins(curves, measurements),
    }


def _wins(curves: Curves, measurements: Mapping[Row, Curves]) -> str:
    """The measures in which a map is better than each baseline, once all three are there."""
    baselines = _baselines(measurements)
    if len(baselines) < len(BASELINES):
        return "…"
    better = [
        name
        for position, name in enumerate(MEASURES)
        if margin(curves[position], [baseline[position] for baseline in baselines]) > LEVEL
    ]
    return "all three" if len(better) == len(MEASURES) else ", ".join(better) or "none"


def _baselines(measurements: Mapping[Row, Curves]) -> list[Curves]:
    return [curves for row, curves in measurements.items() if row.baseline]


def _figure(measurements: Mapping[Row, Curves], measure: str, quantity: str) -> None:
    """The curves of one measure, how it is done, and who beats the best baseline."""
    if not measurements:
        caption(READINGS[measure].format(what=f"the {quantity}"))
        return
    position = list(MEASURES.values()).index(measure)
    curves = {row: triple[position] for row, triple in measurements.items()}
    first = next(iter(curves.values()))
    alt = f"Curves of {measure} for {first.target.label}, one for each map and baseline"
    figures.show(_lines(curves, measure), key=f"_curves-{measure}", alt=alt)
    caption(READINGS[measure].format(what=f"the {quantity}"))
    steps = len(first.fractions) - 1
    caption(f"{count(steps, 'step')}; in place of pixels that are gone: {first.fill}.")
    _verdict(curves)
    pictures.downloads("faithfulness", arrays=_arrays(measurements))


def _arrays(measurements: Mapping[Row, Curves]) -> dict[str, FloatArray]:
    """Every curve: shares of pixels and scores, (2, points), by map and measure."""
    return {
        pictures.file_name(row.title, curve.measure): np.stack([curve.fractions, curve.scores])
        for row, curves in measurements.items()
        for curve in curves
    }


def _verdict(curves: Mapping[Row, Curve]) -> None:
    """Who is better than the best baseline, and by how much."""
    baselines = [curve for row, curve in curves.items() if row.baseline]
    if len(baselines) < len(BASELINES):
        return
    ahead = {
        row.title: margin(curve, baselines) for row, curve in curves.items() if not row.baseline
    }
    parts = [f"{title} is {_standing(lead)} ({100 * lead:+.1f})" for title, lead in ahead.items()]
    caption(f"Beside the best baseline, in percentage points of area: {', '.join(parts)}.")


def _standing(lead: float) -> str:
    if abs(lead) <= LEVEL:
        return "level"
    return "better" if lead > 0 else "worse"


def _lines(curves: Mapping[Row, Curve], measure: str) -> figures.Figure:
    colours = iter(LINES * 2)
    lines = [
        figures.line(
            100 * curve.fractions,
            100 * curve.scores,
            name=f"{row.title} (baseline)" if row.baseline else row.title,
            hover="%{x:.0f} % of pixels<br>%{y:.1f} %",
            color=GREY if row.baseline else next(colours),
            dash=DASHES[row.title] if row.baseline else "solid",
        )
        for row, curve in curves.items()
    ]
    target = next(iter(curves.values())).target
    contrast = isinstance(target, Contrast)
    quantity = "difference of probabilities" if contrast else f"probability of {target.label}"
    share = {"title": {"text": f"share of pixels {AXES[measure]} (%)"}, "range": [0, 100]}
    score = {"title": {"text": f"{escaped(quantity)} (%)"}} | (
        {} if contrast else {"range": [0, 101]}
    )
    return figures.laid_out(
        lines,
        290,
        xaxis=share | {"fixedrange": True},
        yaxis=score | {"fixedrange": True},
        margin={"l": 48, "r": 8, "t": 8, "b": 40},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": 11}},
        showlegend=True,
    )

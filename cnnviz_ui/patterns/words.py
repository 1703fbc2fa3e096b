"""Filter patterns in words: what is grown, in which units, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.looking.linearity import rectified
from cnnviz_engine.requests.patterns import PatternsRequest
from cnnviz_ui.frame.text import count, number
from cnnviz_ui.patterns.growing import PRESETS, direction_of, layer_of
from cnnviz_ui.widgets.controls import class_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz_core.arrays import FloatArray
    from cnnviz_core.looking.results import Structure
    from cnnviz_core.maximization.results import Patterns
    from cnnviz_engine.requests.patterns import DreamRequest

MOST_NAMED = 24
"""Silent filters that are named before the rest is counted."""


def unit_word(structure: Structure, layer: str | None) -> str:
    """A channel of a convolution is a filter; of any other layer it is a channel."""
    if layer is None:
        return "class"
    return "filter" if layer_of(structure, layer).has_kernel else "channel"


def subject(structure: Structure, request: PatternsRequest) -> str:
    """The filter or class of a request of one, with what it is held against."""
    names = class_labels(structure) if request.layer is None else None
    first, *other = [
        names[index] if names else f"channel {index}"
        for index in (*request.indices[:1], request.against)
        if index is not None
    ]
    against = f" against {other[0]}" if other else ""
    whose = f"{request.layer}, {first}" if names is None else f"the class {first}"
    place = f" at row {request.place[0]}, column {request.place[1]}" if request.place else ""
    return f"{whose}{against}{place}"


def noun(structure: Structure, request: PatternsRequest) -> str:
    """What a request grows, in words."""
    if len(request.indices) == 1:
        return f"Pattern of {subject(structure, request)}"
    amount = count(len(request.indices), unit_word(structure, request.layer))
    return f"Patterns of {amount} of {request.layer}"


def units(request: PatternsRequest) -> str:
    """What is measured."""
    unit = "logit" if request.layer is None else "activation"
    return unit if request.against is None else f"{unit} difference"


def preset_name(preset: str) -> str:
    """A preset as its control says it."""
    return next((name for name, value in PRESETS.items() if value == preset), preset)


def values(measured: FloatArray, request: PatternsRequest | DreamRequest) -> str:
    """Values reached, in the sign of the unit itself also where it was lowered."""
    return ", ".join(number(float(value)) for value in direction_of(request) * measured)


def reached_facts(
    grown: Patterns, request: PatternsRequest | DreamRequest, unit: str, start: str
) -> list[tuple[str, str]]:
    """The value reached, and the value on the start beside it."""
    return [
        (f"{unit.capitalize()} reached", values(grown.reached, request)),
        (start, values(grown.start, request)),
    ]


def picture_words(structure: Structure, request: PatternsRequest, grown: Patterns) -> str:
    """What a large pattern shows."""
    whose = subject(structure, request)
    whose = whose[0].upper() + whose[1:] if request.layer is None else whose
    verb = "raises" if request.direction > 0 else "lowers"
    content = "an input that" if request.faces == 1 else f"{request.faces} inputs, each of which"
    content = (
        f"{content} {verb} its {units(request)}" if grown.alive.any() else "the noise of its start"
    )
    return f"{whose}: {content}, by the {preset_name(grown.preset)} preset, seed {grown.seed}."


SEEN = {
    "best": ". Where the picture grows to its full size it falls; where it is moved no more it "
    "rises",
    "maco": ", seen through random crops, not whole",
}
"""How the values of a preset's chart differ from the one of the picture."""


def history_words(grown: Patterns, unit: str) -> str:
    """What the chart of the ascent shows."""
    taken = int(np.isfinite(grown.history).any(axis=1).sum())
    return f"The {unit} at each of the {taken} steps of the ascent{SEEN.get(grown.preset, '')}."


def linear_sentence(structure: Structure, layer: str | None) -> str | None:
    """What to look at instead of a convolution of the picture itself; None where it is none."""
    activation = None if layer is None else rectified(structure, layer)
    if activation is None:
        return None
    return (
        f"{layer} is linear in the picture, so the mean of its map is highest for flat colours. "
        f"Choose {activation} to see the edges that its filters look for."
    )


def silent_sentence(grown: Patterns, indices: Sequence[int], word: str) -> str | None:
    """Which filters nothing near the start moves; None where all of them grew."""
    silent = [index for index, alive in zip(indices, grown.alive, strict=True) if not alive]
    if not silent:
        return None
    named = ", ".join(str(index) for index in silent[:MOST_NAMED])
    rest = f" and {len(silent) - MOST_NAMED} more" if len(silent) > MOST_NAMED else ""
    single = len(silent) == 1
    return (
        f"{count(len(silent), word)} {'stays' if single else 'stay'} silent: no picture near the "
        f"start moves {'it' if single else 'them'}: {named}{rest}."
    )


def silent_alone(grown: Patterns, word: str) -> str | None:
    """What to say of a single filter or class that the ascent did not move, or of its faces."""
    if grown.alive.all():
        return None
    if len(grown.alive) > 1 and grown.alive.any():
        faces = ", ".join(str(face + 1) for face in np.flatnonzero(~grown.alive))
        return f"Not every start leads somewhere: no picture near that of face {faces} moves it."
    return (
        f"This {word} stays silent: no picture near the start moves it. What you see is the noise "
        "that it started from. Try another seed or preset."
    )

"""The arithmetic of a unit to take along: in words, as a picture, as arrays, as Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.lab.combining import arithmetic_at
from cnnviz_ui.frame import own_model
from cnnviz_ui.frame.text import count, number, times
from cnnviz_ui.lab import unit_picture
from cnnviz_ui.widgets import exports, pictures, snippets

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from cnnviz_core.arrays import ImageArray
    from cnnviz_core.lab.results import Arithmetic, Workings
    from cnnviz_engine.requests.arithmetic import WorkingsRequest
    from cnnviz_ui.frame.photos import Photo
    from cnnviz_ui.lab.unit_data import Names
    from cnnviz_ui.lab.unit_view import Place

_HOW = {"max": "the largest of", "mean": "the mean of"}


@dataclass(frozen=True)
class _At:
    """The lines of Python for one unit of a channel."""

    request: WorkingsRequest
    place: Place

    @property
    def model(self) -> str:
        return self.request.model

    def code(self, result: Workings) -> str:
        return self.request.code_at(*self.place)


def words(found: Workings, place: Place, names: Names) -> str:
    """What the pinned unit is, and how it comes about, in a sentence."""
    unit = arithmetic_at(found, *place)
    at = "" if found.values.size == 1 else f", row {place[0]}, column {place[1]}"
    name = f"{found.layer}, {names.channel(found.layer, found.channel)}{at}"
    steps = "".join(
        f"; after {layer} ({kind}) {number(value)}" for layer, kind, value in _own(unit)
    )
    return f"{name}: {_sum_words(found, unit)} is {number(unit.total)}{steps}."


def _sum_words(found: Workings, unit: Arithmetic) -> str:
    cells, maps = unit.terms[0].patch.size, len(found.sources) + found.left_out
    if found.rule == "weigh":
        bias = "" if unit.bias is None else f" and the bias {number(unit.bias)}"
        return f"the sum of {count(cells * maps, 'product')}{bias}"
    inside = int(np.count_nonzero(~unit.padded))
    if not inside:
        return "padding, which"
    if found.rule in _HOW:
        return f"{_HOW[found.rule]} {count(inside, 'number')}"
    if found.rule == "pass":
        return "the photo's own value" if not found.sources[0].layer else "a copy of one number"
    return f"{found.kind} of {count(maps, 'number')}"


def _own(unit: Arithmetic) -> list[tuple[str, str, float]]:
    """The steps up to the layer that was asked for."""
    layers = [layer for layer, *_ in unit.following]
    last = len(layers) - layers[::-1].index(unit.layer) if unit.layer in layers else 0
    return list(unit.following[:last])


def arrays(found: Workings) -> dict[str, NDArray[Any]]:
    """All arrays of a channel's workings."""
    kept = {
        "inputs": found.inputs,
        "weights": found.weights,
        "bias": None if found.bias is None else np.float32(found.bias),
        "rows": found.rows,
        "columns": found.columns,
        "rest": found.rest,
        "totals": found.totals,
        "values": found.values,
        "source_layers": np.array([source.layer for source in found.sources]),
        "source_channels": np.array([source.channel for source in found.sources]),
    }
    kept |= {f"after_{place}": step.values for place, step in enumerate(found.following)}
    return {name: np.asarray(array) for name, array in kept.items() if array is not None}


def downloads(
    request: WorkingsRequest, found: Workings, place: Place, photo: Photo, names: Names
) -> None:
    """Buttons for the pinned unit."""
    title, (y, x) = own_model.title_of(request.model), place
    pictures.downloads(
        pictures.file_name(
            title, found.layer, f"channel {found.channel}", f"row {y} column {x}", photo.name
        ),
        picture=lambda: picture(found, place, names, head=f"{title}: {photo.title}"),
        arrays=arrays(found),
        code=code(request, place, found, photo),
    )


def code(request: WorkingsRequest, place: Place, found: Workings, photo: Photo) -> str:
    """The lines of Python that give the pinned unit again."""
    return snippets.code(_At(request, place), found, photo)


def picture(found: Workings, place: Place, names: Names, *, head: str) -> ImageArray:
    """Map and grids, with the words of the page."""
    drawn = unit_picture.drawn(found, arithmetic_at(found, *place), names)
    low, high = (number(end) for end in unit_picture.span(found))
    bar = exports.ColourBar("viridis", low, f"{high} {found.layer}")
    told = f"{words(found, place, names)} The map has {times(*found.values.shape)} pixels."
    return exports.sheet(drawn, told, bar, smooth=False, head=head)

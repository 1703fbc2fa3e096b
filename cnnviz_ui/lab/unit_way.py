"""The way down from unit to unit: what the link says of it, and where a click leads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz_ui.frame import binding, state
from cnnviz_ui.frame.keys import Key, View

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cnnviz_core.lab.results import Workings
    from cnnviz_core.looking.results import Structure
    from cnnviz_ui.frame.choices import Words
    from cnnviz_ui.lab.unit_view import Down, Place

ARITHMETIC = "Arithmetic"
"""Among what Activations shows."""
MOST_STEPS = 200
_STEP = re.compile(r"([0-9]{1,6}),([0-9]{1,6}),([0-9]{1,7}),(.{1,300})", re.DOTALL)
_PLACE = re.compile(r"([0-9]{1,6}),([0-9]{1,6})")


@dataclass(frozen=True)
class Unit:
    """One unit of a network.

    Attributes:
        layer: its layer.
        channel: its channel.
        place: its row and column.
    """

    layer: str
    channel: int
    place: Place

    def __str__(self) -> str:
        """As a link says it."""
        return f"{self.place[0]},{self.place[1]},{self.channel},{self.layer}"

    @property
    def choices(self) -> Mapping[Key, object]:
        """What controls hold that show it."""
        y, x = self.place
        return {
            Key.SHOWN: ARITHMETIC,
            Key.LAYER: self.layer,
            Key.CHANNEL: self.channel,
            Key.UNIT: f"{y},{x}",
        }


def pinned(found: Workings) -> Place:
    """The place that the link holds: at first that of the largest value."""
    rows, columns = found.values.shape

    def read(words: Words) -> str | None:
        return words[0] if fits(words[0]) else None

    def fits(value: object) -> bool:
        match = _PLACE.fullmatch(str(value))
        return match is not None and int(match[1]) < rows and int(match[2]) < columns

    default = ",".join(map(str, largest(found)))
    bound = binding.bind(Key.UNIT, default, read, fits, called="pixel", offers=(rows, columns))
    y, x = bound.shown(state.value(Key.UNIT)).split(",")
    return int(y), int(x)


def largest(found: Workings) -> Place:
    """Where the channel's largest value is."""
    return divmod(int(found.values.argmax()), found.values.shape[1])


def pin(place: Place) -> None:
    """Hold a place; to be called before the page reruns."""
    state.choose({Key.UNIT: f"{place[0]},{place[1]}"})


def walked(structure: Structure, layer: str, channel: int) -> list[Unit]:
    """The units on the way to this one, itself last; none where the way leads elsewhere."""

    def read(words: Words) -> list[str] | None:
        return list(words) if fits(list(words)) else None

    def fits(value: object) -> bool:
        return isinstance(value, list) and len(value) <= MOST_STEPS and None not in _units(value)

    def _units(value: Sequence[object]) -> list[Unit | None]:
        return [_unit(structure, str(words)) for words in value]

    start: list[str] = []
    bound = binding.bind(Key.WALK, start, read, fits, called="way", offers=structure.model)
    units = [unit for unit in _units(bound.shown(state.value(Key.WALK))) if unit is not None]
    if units and (units[-1].layer, units[-1].channel) == (layer, channel):
        return units
    bound.shown([])
    return []


def down(way: Sequence[Unit], found: Workings, step: Down) -> dict[Key, object] | None:
    """What to choose for the unit that a click leads to; None for one that is not there.

    Args:
        way: the units on the way to this one, itself last; empty at its beginning.
        found: the workings that were shown.
        step: what was clicked.
    """
    rows, columns = found.values.shape
    height, width = found.inputs.shape[:2]
    inside = step.here[0] < rows and step.here[1] < columns
    inside &= step.there[0] < height and step.there[1] < width
    if step.source >= len(found.sources) or not inside:
        return None
    source = found.sources[step.source]
    here = Unit(found.layer, found.channel, step.here)
    to = Unit(source.layer, source.channel, step.there)
    return back([*way[:-1], here, to])


def back(way: Sequence[Unit]) -> dict[Key, object]:
    """What to choose for the last unit of a way."""
    return {**way[-1].choices, Key.WALK: [str(unit) for unit in way[-MOST_STEPS:]]}


def go(choices: Mapping[Key, object]) -> None:
    """Show another unit on Activations; to be called before its controls are drawn."""
    state.choose(choices, view=View.MAPS)


def _unit(structure: Structure, words: str) -> Unit | None:
    """A unit as a link says it; None where the network has none such."""
    match = _STEP.fullmatch(words)
    if match is None:
        return None
    y, x, channel, layer = int(match[1]), int(match[2]), int(match[3]), match[4]
    shape = next((each.output_shape for each in structure.layers if each.name == layer), ())
    sides = {1: (1, 1, *shape), 3: shape}.get(len(shape), (0, 0, 0))
    inside = all(
        side is None or place < side for place, side in zip((y, x, channel), sides, strict=True)
    )
    return Unit(layer, channel, (y, x)) if inside else None

"""Which images are computed together, and through which compiled stages they go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cnnviz_core.errors import OptionError
from cnnviz_core.looking.receptive_fields import receptive_fields
from cnnviz_core.maximization.compiled import CompiledAscent, Plan, compiled_ascent
from cnnviz_core.maximization.schedule import CROPS, FINE, Stage, smoothing, stages

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cnnviz_core.maximization.objectives import Goal
    from cnnviz_core.maximization.schedule import AscentOptions
    from cnnviz_core.network.compiled_parts import CompiledParts
    from cnnviz_core.network.model import LoadedModel

_BATCH = 32
_BATCH_PIXELS = 2**19
_SMALLEST_SIDE = 24
_SMALLEST_MAP = 2


@dataclass(frozen=True, eq=False)
class Part:
    """One stage with what was compiled for its size; `offset` steps come before it."""

    stage: Stage
    compiled: CompiledAscent
    offset: int


@dataclass(frozen=True, eq=False)
class Batch:
    """Images that are computed together.

    Attributes:
        places: their places in the request.
        goals: what each is to raise.
        parts: their stages, the last one at full size.
        decay: how far their random start is smoothed, see `smoothing.noise`.
    """

    places: list[int]
    goals: list[Goal]
    parts: list[Part]
    decay: float

    @property
    def last(self) -> CompiledAscent:
        """What was compiled for the full size."""
        return self.parts[-1].compiled


def batches(model: LoadedModel, goals: Sequence[Goal], options: AscentOptions) -> Iterator[Batch]:
    """Group images whose objectives read the same places, in batches of bounded memory."""
    groups: dict[tuple[tuple[str | None, ...], bool], list[int]] = {}
    for place, goal in enumerate(goals):
        groups.setdefault((goal.sites, goal.everywhere), []).append(place)
    views = CROPS if options.preset == "maco" else 1
    pixels = options.size[0] * options.size[1] * views
    most = max(1, min(_BATCH, _BATCH_PIXELS // pixels) // options.faces) * options.faces
    for (sites, everywhere), places in groups.items():
        decay = _decay(model, sites)
        parts = _parts(model, sites, everywhere, decay, options)
        for place in places:
            _check_positions(goals[place], parts[-1].compiled)
        for first in range(0, len(places), most):
            chosen = places[first : first + most]
            yield Batch(chosen, [goals[place] for place in chosen], parts, decay)


def _parts(
    model: LoadedModel,
    sites: tuple[str | None, ...],
    everywhere: bool,
    decay: float,
    options: AscentOptions,
) -> list[Part]:
    looks = _looks(model, sites) if options.faces > 1 else None
    tiles = everywhere and options.preset == "best" and decay > FINE
    small = _half(options.size) if tiles else None
    whole = Plan(
        sites,
        options.size,
        model.channels,
        model.preprocessing,
        options.preset,
        options.faces,
        looks,
    )
    compiled = {options.size: compiled_ascent(model.parts, whole)}
    first: CompiledAscent | None = None
    if small is not None:
        first = model.parts.compiled(_fitting, replace(whole, size=small))
    if first is not None:
        compiled[first.plan.size] = first
    parts, offset = [], 0
    for stage in stages(options, first.plan.size if first is not None else None, decay):
        parts.append(Part(stage, compiled[stage.size], offset))
        offset += stage.steps
    return parts


def _fitting(parts: CompiledParts, plan: Plan) -> CompiledAscent | None:
    """The compiled ascent of a smaller size; None where that is too small for the network."""
    try:
        compiled = CompiledAscent(parts, plan)
    except OptionError:
        return None
    large = all(min(sides) >= _SMALLEST_MAP for sides in compiled.maps.values())
    return compiled if large else None


def _half(size: tuple[int, int]) -> tuple[int, int] | None:
    height, width = -(-size[0] // 2), -(-size[1] // 2)
    return (height, width) if min(height, width) >= _SMALLEST_SIDE else None


def _decay(model: LoadedModel, sites: tuple[str | None, ...]) -> float:
    fields = receptive_fields(model.graph)
    site_fields = [fields.get(site) if site is not None else None for site in sites]
    return max(smoothing(max(field) if field is not None else None) for field in site_fields)


def _looks(model: LoadedModel, sites: tuple[str | None, ...]) -> str:
    """The layer in whose eyes several faces of an objective differ."""
    named = [site for site in sites if site is not None]
    if named:
        return named[-1]
    return model.spatial_step(None).name


def _check_positions(goal: Goal, compiled: CompiledAscent) -> None:
    for term in goal.terms:
        if term.site is None:
            continue
        rows, columns = compiled.maps[term.site]
        if term.y >= rows or term.x >= columns:
            raise OptionError(
                f"The map of {term.site!r} has {rows} rows and {columns} columns at this size; row "
                f"{term.y}, column {term.x} was asked for. Both are counted from 0."
            )

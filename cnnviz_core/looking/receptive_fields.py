"""Which part of the input a unit of each layer can see (arXiv:1603.07285, relations 6 and 8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnviz_core.network.kinds import known

if TYPE_CHECKING:
    from cnnviz_core.network.graph import Graph, Step


@dataclass(frozen=True)
class Field:
    """A receptive field along (height, width).

    Attributes:
        size: input pixels seen by one unit.
        jump: input pixels between neighbouring units.
    """

    size: tuple[float, float]
    jump: tuple[float, float]


_START = Field((1, 1), (1, 1))


def receptive_fields(graph: Graph) -> dict[str, tuple[int, int] | None]:
    """Receptive field of one unit of each layer, in input pixels.

    Counts what a unit can see, cut by no border. None where the layer has no height and width,
    where every unit sees the whole picture (behind a global average, as in squeeze-and-excitation),
    or where the layer's reach is unknown.
    """
    fields: dict[int, Field | None] = {}
    sizes: dict[str, tuple[int, int] | None] = {}
    for step in graph.steps:
        field = _START if step.is_input else _field_of(step, [fields[i] for i in step.inputs])
        if not (step.is_input or step.spatial):
            field = None
        fields.update(dict.fromkeys(step.outputs, field))
        sizes[step.name] = None if field is None else (round(field.size[0]), round(field.size[1]))
    return sizes


def _field_of(step: Step, inputs: list[Field | None]) -> Field | None:
    fields = [field for field in inputs if field is not None]
    if not fields or len(fields) < len(inputs):
        return None
    widest = Field(
        (max(f.size[0] for f in fields), max(f.size[1] for f in fields)),
        (max(f.jump[0] for f in fields), max(f.jump[1] for f in fields)),
    )
    kind, layer = known(step.kind), step.operation
    if kind.window:
        dilation = getattr(layer, "dilation_rate", (1, 1))
        return _through_window(widest, getattr(layer, kind.window), layer, dilation)
    if kind.repeats:
        times = getattr(layer, kind.repeats)
        return Field(widest.size, _pairwise(widest.jump, times, lambda jump, by: jump / by))
    return widest if kind.elementwise or (kind.by_cell and _works_on_channels(step)) else None


def _works_on_channels(step: Step) -> bool:
    """Whether the layer's setting `axis`, where it has one, names the last axis alone."""
    axis = getattr(step.operation, "axis", -1)
    axes = axis if isinstance(axis, list | tuple) else [axis]
    return all(each in (-1, len(step.shape)) for each in axes)


def _through_window(field: Field, window: Any, layer: Any, dilation: Any) -> Field:
    reach = _pairwise(window, dilation, lambda side, rate: (side - 1) * rate)
    grown = _pairwise(reach, field.jump, lambda cells, jump: cells * jump)
    return Field(
        _pairwise(field.size, grown, lambda size, more: size + more),
        _pairwise(field.jump, layer.strides, lambda jump, stride: jump * stride),
    )


def _pairwise(left: Any, right: Any, combine: Any) -> tuple[float, float]:
    return combine(left[0], right[0]), combine(left[1], right[1])

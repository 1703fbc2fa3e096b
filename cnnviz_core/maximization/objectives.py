"""What an image is made to raise: single units, and weighted sums of them.

Nothing here imports TensorFlow. Objectives are values: adding or scaling makes a new one and leaves
its operands as they were, so `a - b` means exactly that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz_core.errors import OptionError, TargetError
from cnnviz_core.options import require_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz_core.network.model import LoadedModel

WHOLE_MAP = -1
"""Row and column of a term that is averaged over the whole map."""
_LOWEST = -(2**63)
WHOLE_LAYER = -1
"""Index of a term that counts every channel."""


class _Algebra:
    """Addition, subtraction and scaling, for single units and sums alike."""

    def __add__(self, other: Objective) -> WeightedSum:
        return WeightedSum(terms(self) + terms(other))

    def __sub__(self, other: Objective) -> WeightedSum:
        return WeightedSum(terms(self) + terms(-1.0 * other))

    def __mul__(self, factor: float) -> WeightedSum:
        if not isinstance(factor, Real):
            return NotImplemented
        return WeightedSum(tuple((factor * weight, unit) for weight, unit in terms(self)))

    __rmul__ = __mul__

    def __neg__(self) -> WeightedSum:
        return self * -1.0


@dataclass(frozen=True)
class Channel(_Algebra):
    """Mean activation of one channel of a layer over its map."""

    layer: str
    index: int


@dataclass(frozen=True)
class Layer(_Algebra):
    """Mean squared activation of a whole layer, as in DeepDream (Mordvintsev et al. 2015)."""

    layer: str


@dataclass(frozen=True)
class Neuron(_Algebra):
    """Activation of one channel at one row `y` and column `x` of the layer's map."""

    layer: str
    index: int
    y: int
    x: int


@dataclass(frozen=True)
class ClassLogit(_Algebra):
    """Logit of a class, by index or label. On a single sigmoid, class 0 is the sign flipped."""

    target: int | str


@dataclass(frozen=True)
class WeightedSum(_Algebra):
    """Sum of coefficients times single units."""

    terms: tuple[tuple[float, Unit], ...]


Unit = Channel | Neuron | Layer | ClassLogit
Objective = Unit | WeightedSum


def terms(objective: Any) -> tuple[tuple[float, Unit], ...]:
    """The coefficients and units that an objective sums.

    Raises:
        OptionError: it is no objective.
    """
    if isinstance(objective, WeightedSum):
        return objective.terms
    if isinstance(objective, Unit):
        return ((1.0, objective),)
    raise OptionError(
        f"{type(objective).__name__} is not an objective. Give Channel(layer, index), "
        "Neuron(layer, index, y, x), Layer(layer), ClassLogit(target), or a sum of these."
    )


@dataclass(frozen=True)
class Term:
    """One unit of one objective, checked against a model.

    Attributes:
        coefficient: what its value is multiplied by.
        site: name of its layer, None for the logits.
        index: channel, or column of the logits; `WHOLE_LAYER` for every channel.
        y: row of the map, `WHOLE_MAP` for its mean.
        x: column of the map, likewise.
    """

    coefficient: float
    site: str | None
    index: int
    y: int = WHOLE_MAP
    x: int = WHOLE_MAP


@dataclass(frozen=True)
class Goal:
    """An objective checked against a model.

    Attributes:
        name: the objective in words.
        terms: what it sums.
    """

    name: str
    terms: tuple[Term, ...]

    @property
    def sites(self) -> tuple[str | None, ...]:
        """Where it reads the network, each place once, in a fixed order."""
        return tuple(sorted({term.site for term in self.terms}, key=lambda site: site or ""))

    @property
    def everywhere(self) -> bool:
        """Whether it is the same at every place of a map, so that the image may be of any size."""
        return all(term.site is not None and term.y == WHOLE_MAP for term in self.terms)


def goal_of(model: LoadedModel, objective: Objective) -> Goal:
    """Resolve an objective's layers and classes against a model.

    Raises:
        LayerNotFoundError: the model has no such layer.
        NotSpatialError: the layer has no map.
        TargetError: the model has no such class.
        OptionError: the channel does not exist, or nothing is summed.
    """
    pairs = terms(objective)
    if not any(weight for weight, _ in pairs) or not np.all(np.isfinite([w for w, _ in pairs])):
        raise OptionError(
            "The objective's coefficients are "
            f"{[weight for weight, _ in pairs]}: finite numbers, not all 0, were expected."
        )
    checked = [_check_unit(model, weight, unit) for weight, unit in pairs]
    text = " ".join(
        f"{_sign(weight, number == 0)}{name}"
        for number, ((weight, _), (name, _)) in enumerate(zip(pairs, checked, strict=True))
    )
    return Goal(text, tuple(term for _, term in checked))


def _check_unit(model: LoadedModel, weight: float, unit: Unit) -> tuple[str, Term]:
    if isinstance(unit, ClassLogit):
        return _check_class(model, weight, unit)
    step = model.spatial_step(unit.layer)
    if isinstance(unit, Layer):
        return f"{step.name}, all channels", Term(float(weight), step.name, WHOLE_LAYER)
    channels = step.shape[2] or 0
    index = require_whole("index", unit.index, least=_LOWEST)
    if not 0 <= index < channels:
        raise OptionError(
            f"Layer {step.name!r} has the channels 0 to {channels - 1}; {index} was asked for."
        )
    name = f"{step.name}, channel {index}"
    if isinstance(unit, Channel):
        return name, Term(float(weight), step.name, index)
    y, x = (require_whole(axis, getattr(unit, axis), least=_LOWEST) for axis in ("y", "x"))
    if min(y, x) < 0:
        raise OptionError(f"Row {y}, column {x} is no place of a map: count both from 0.")
    name += f" at row {y}, column {x}"
    return name, Term(float(weight), step.name, index, y, x)


def _check_class(model: LoadedModel, weight: float, unit: ClassLogit) -> tuple[str, Term]:
    if unit.target is None:
        raise TargetError("No class was named: give ClassLogit an index or a label.")
    if model.head.kind == "score":
        raise TargetError(
            f"The logits of {model.name} could not be recovered and proved, so no pattern of a "
            "class can be grown. Choose channels of a layer."
        )
    target = model.target(unit.target, np.zeros(0, np.float32))
    if model.head.binary:
        sign = 1.0 if target.index == 1 else -1.0
        return target.label, Term(sign * float(weight), None, 0)
    return target.label, Term(float(weight), None, target.index)


def _sign(weight: float, first: bool) -> str:
    sign = "-" if weight < 0 else "" if first else "+"
    space = "" if first else " "
    size = "" if abs(weight) == 1 else f"{abs(weight):g} "
    return f"{sign}{space}{size}" if sign else size


def as_sequence(objectives: Objective | Sequence[Objective]) -> tuple[Objective, ...]:
    """One or several objectives as a tuple.

    Raises:
        OptionError: there is none.
    """
    if isinstance(objectives, Unit | WeightedSum):
        return (objectives,)
    if not isinstance(objectives, Iterable):
        terms(objectives)  # which says what is expected
    if not objectives:
        raise OptionError("No objective was given: name at least one channel or class.")
    return tuple(objectives)

"""Maps held against each other, and against a mask that is known to be true.

Light: needs no TensorFlow. Maps are float (rows, columns) on one common grid; masks are bool of
the same shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.errors import EmptyMapError, OptionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cnnviz_core.arrays import FloatArray

OWN_MAXIMUM = "of each map's own maximum"
"""What shares are of, where maps of different units are compared all the same."""


@dataclass(frozen=True)
class CommonScale:
    """One colour scale for several maps.

    Attributes:
        divisors: the value of each map, in its own units, that the strongest colour stands for.
        strongest: what the strongest colour stands for: one value, or 1 for shares.
        units: of `strongest`.
        shared: whether all maps are shown in one unit; else each is divided by its own maximum.
    """

    divisors: tuple[float, ...]
    strongest: float
    units: str
    shared: bool


def common_scale(
    maxima: Sequence[float], units: Sequence[str], *, shares: bool = False
) -> CommonScale:
    """The rule by which maps are coloured side by side.

    Maps of one unit share the largest maximum, so that equal colours are equal values. Maps of
    different units are divided each by its own maximum, so that equal colours are equal shares.

    Args:
        maxima: largest magnitude of each map, 0 for an empty one.
        units: of each map.
        shares: compare shares even where all units are the same.

    Raises:
        OptionError: there is no map, or not one unit a map.
    """
    if not maxima or len(maxima) != len(units):
        raise OptionError(
            f"{len(maxima)} maxima and {len(units)} units were given; "
            "one of each was expected for one map or more."
        )
    if len(set(units)) == 1 and not shares:
        largest = max(maxima) or 1.0
        return CommonScale((largest,) * len(maxima), largest, units[0], shared=True)
    return CommonScale(tuple(maximum or 1.0 for maximum in maxima), 1.0, OWN_MAXIMUM, shared=False)


def difference(
    first: FloatArray, second: FloatArray, divisors: Sequence[float] = (1.0, 1.0)
) -> FloatArray:
    """The second map minus the first, each divided by what its strongest colour stands for.

    Raises:
        OptionError: the maps differ in shape.
    """
    _require_one_shape(first, second)
    return np.asarray(second / divisors[1] - first / divisors[0], np.float32)


def rank_correlation(first: FloatArray, second: FloatArray) -> float:
    """Spearman's rank correlation of two maps, -1 to 1; equal values share their mean rank.

    A map that is the same everywhere puts nothing in an order: 0.

    Raises:
        OptionError: the maps differ in shape.
    """
    _require_one_shape(first, second)
    first_ranks, second_ranks = (_centred_ranks(values) for values in (first, second))
    spread = float(np.sqrt((first_ranks @ first_ranks) * (second_ranks @ second_ranks)))
    return float(first_ranks @ second_ranks) / spread if spread > 0 else 0.0


def evidence_inside(values: FloatArray, mask: NDArray[np.bool_]) -> float:
    """Share of a map's positive mass that lies within a mask, 0 to 1.

    The energy-based pointing game (arXiv:1910.01279, section 4.3), with a mask for a box. By
    chance it is the share of the picture that the mask covers.

    Raises:
        EmptyMapError: the map is positive nowhere.
        OptionError: shapes differ.
    """
    _require_one_shape(values, mask)
    positive = np.maximum(values, 0).astype(np.float64)
    total = positive.sum()
    if total == 0:
        raise EmptyMapError("The map is positive nowhere; it has no mass to look for in a mask.")
    return float(positive[mask].sum() / total)


def outline(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The pixels of a mask that have a neighbour above, below, left or right outside it.

    What lies beyond the picture's edge counts as outside.
    """
    padded = np.pad(mask, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return np.asarray(mask & ~inner, np.bool_)


def _centred_ranks(values: FloatArray) -> NDArray[np.float64]:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place.ravel()]
    return np.asarray(ranks - ranks.mean(), np.float64)


def _require_one_shape(first: NDArray[np.generic], second: NDArray[np.generic]) -> None:
    if first.shape != second.shape:
        raise OptionError(
            f"Shapes {first.shape} and {second.shape} were given; "
            "resize both to one grid before they are compared."
        )

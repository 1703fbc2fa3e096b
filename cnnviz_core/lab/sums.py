"""A window's maps as they are told: gathered, held against the network, and bounded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.lab.combining import MOST_TERMS, combined, given_by_each

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cnnviz_core.arrays import FloatArray
    from cnnviz_core.lab.readings import Reading

MOST_BYTES = 3 * 2**20
"""Of the maps that are told one by one; of more, those that give least are summed."""
_MOST_SHARES = 2**23
"""Products that are looked at to find which maps give most: of larger layers at some rows."""


@dataclass(frozen=True, eq=False)
class Summed:
    """A window's maps as they are told.

    Attributes:
        inputs: the maps, (height, width, n).
        read: which they are, and where they are read.
        rest: what maps give that are not among them.
        left_out: how many those are.
    """

    inputs: FloatArray
    read: Reading
    rest: FloatArray | None = None
    left_out: int = 0

    def by_hand(self) -> NDArray[np.float64]:
        """What the window gives at each place, without bias and rest, (rows, columns)."""
        return combined(self.read.rule, self.inputs, self.read.weights, *self.read.windows)


def gathered(maps: Sequence[FloatArray], read: Reading, places: tuple[int, ...]) -> FloatArray:
    """The maps that a reading names, one behind the other; several layers' spread to one size."""
    if len(maps) == 1 or read.rule == "pass":
        operand = read.maps[0][0]
        channels = [channel for _, channel in read.maps]
        whole = channels == list(range(maps[operand].shape[-1]))
        return np.ascontiguousarray(maps[operand] if whole else maps[operand][..., channels])
    return np.stack(
        [np.broadcast_to(maps[operand][..., channel], places) for operand, channel in read.maps],
        axis=-1,
    )


def equals(
    summed: Summed, by_hand: NDArray[np.float64], totals: FloatArray, *, close: float, floor: float
) -> bool:
    """Whether the sum by hand is the network's own at every place.

    Args:
        summed: what is summed.
        by_hand: its sum, without bias.
        totals: the network's own, with bias.
        close: how far apart they may be, relative to the network's own.
        floor: likewise, relative to all that is added, each without its sign.
    """
    read, bias = summed.read, summed.read.bias or 0.0
    if not np.isfinite(totals).all():
        return False
    apart = np.abs(by_hand + bias - totals)
    if (apart <= close * np.abs(totals)).all():
        return True
    sizes = replace(
        read,
        rule=read.rule if read.rule != "subtract" else "add",
        weights=None if read.weights is None else np.abs(read.weights),
    )
    added = Summed(np.abs(summed.inputs), sizes).by_hand() + abs(bias)
    return bool((apart <= close * np.abs(totals) + floor * added).all())


def bounded(summed: Summed, by_hand: NDArray[np.float64]) -> Summed:
    """The maps that give most, as many as may be told; what the others give is summed.

    Args:
        summed: all of them.
        by_hand: the sum of all, without bias.
    """
    read, weights = summed.read, summed.read.weights
    most = min(MOST_TERMS, max(1, MOST_BYTES // summed.inputs[..., 0].nbytes))
    if weights is None or summed.inputs.shape[-1] <= most:
        return summed
    rows, columns = read.windows
    products = len(rows) * len(columns) * weights.size
    every = min(len(rows), -(-products // _MOST_SHARES))
    shares = given_by_each(summed.inputs, weights, rows[every // 2 :: every], columns)
    order = np.argsort(-np.abs(shares).mean(axis=(0, 1)), kind="stable")
    told = np.sort(order[:most])
    fewer = Summed(
        np.ascontiguousarray(summed.inputs[..., told]),
        replace(read, maps=tuple(read.maps[n] for n in told), weights=weights[..., told]),
    )
    rest = (by_hand - fewer.by_hand()).astype(np.float32)
    return replace(fewer, rest=rest, left_out=len(order) - most)

"""Random masks of RISE (arXiv:1806.07421, section 3.2), and what is summed over them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.attribution.masks import upsampling

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz_core.arrays import FloatArray


@dataclass(frozen=True, eq=False)
class RandomMasks:
    """Masks as the few numbers that make them.

    Attributes:
        size: (height, width) of the masks.
        grids: float32 (masks, cells, cells), 0 or 1.
        offsets: (masks, 2), where the image is cut from the upsampled grid.
    """

    size: tuple[int, int]
    grids: FloatArray
    offsets: NDArray[np.int64]

    @classmethod
    def draw(
        cls, size: tuple[int, int], count: int, cells: int, keep: float, seed: int
    ) -> RandomMasks:
        """Cells that are kept with probability `keep`, offsets uniform over a cell."""
        of_grids, of_offsets = np.random.default_rng(seed).spawn(2)
        grids = of_grids.random((count, cells, cells)) < keep
        offsets = of_offsets.integers(0, [_step(side, cells) for side in size], (count, 2))
        return cls(size, grids.astype(np.float32), offsets)

    def arrays(self, part: slice) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Some of them as `masks.UPSAMPLED` takes them."""
        rows, columns = (self._cut(axis, self.offsets[part, axis]) for axis in (0, 1))
        return rows, self.grids[part], columns

    def _cut(self, axis: int, offsets: NDArray[np.int64]) -> FloatArray:
        side, cells = self.size[axis], self.grids.shape[1]
        whole = upsampling((cells + 1) * _step(side, cells), cells)
        return whole[offsets[:, None] + np.arange(side)]


class Moments:
    """Running mean over masks of value times mask, with its standard error."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._count = 0
        self._sums, self._squares = np.zeros(size), np.zeros(size)

    def add(self, values: FloatArray, masks: FloatArray) -> None:
        """Add a value for each of a batch of masks, (batch,) and (batch, height, width)."""
        self._count += len(values)
        self._sums += np.tensordot(values, masks, axes=1)
        self._squares += np.tensordot(np.square(values), np.square(masks), axes=1)

    def mean(self) -> FloatArray:
        """Mean over the masks, (height, width)."""
        return np.asarray(self._sums / self._count, dtype=np.float32)

    def standard_error(self, factor: float) -> dict[str, float]:
        """Mean over the map of the standard error of `factor` times the mean; none for one mask."""
        if self._count < 2:
            return {}
        mean = self._sums / self._count
        variance = np.maximum(self._squares / self._count - mean**2, 0) / (self._count - 1)
        return {"standard_error": float(np.sqrt(variance).mean() * factor)}


def _step(side: int, cells: int) -> int:
    """Pixels of a cell along one side, rounded up."""
    return math.ceil(side / cells)

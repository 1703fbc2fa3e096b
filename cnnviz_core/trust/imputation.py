"""Pixels that are gone, filled in from those around them without leaving an edge.

The linear imputation of ROAD, arXiv:2202.00449.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz_core.arrays import FloatArray

    Mask = NDArray[np.bool_]

_STRAIGHT, _DIAGONAL = 1 / 6, 1 / 12
_SHIFTS = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1) if down or right]


def impute(pixels: FloatArray, removed: Mask) -> FloatArray:
    """Give every removed pixel the weighted mean of its 8 neighbours, all at once.

    The four beside it weigh 1/6 each and the four at its corners 1/12; at the image's border the
    weights of those that exist are scaled to sum to 1. As removed pixels neighbour each other, the
    means are the solution of a linear system, the same for every channel.

    Args:
        pixels: (height, width, channels).
        removed: (height, width); at least one pixel must be left.

    Returns:
        float32 of the shape of `pixels`, which are kept where they are not removed.
    """
    if removed.all():
        raise ValueError("Every pixel is removed, so there is nothing to impute from.")
    if not removed.any():
        return np.asarray(pixels, np.float32)
    matrix, known = _system(pixels.astype(np.float64), removed)
    # Symmetric and diagonally dominant: no pivoting is needed and the factors stay sparse.
    factors = splu(
        matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
    )
    filled = np.array(pixels, np.float32)
    filled[removed] = factors.solve(known)
    return filled


def _system(
    pixels: NDArray[np.float64], removed: Mask
) -> tuple[sparse.csc_matrix, NDArray[np.float64]]:
    """Rows sum_j w_ij x_i - sum_removed_j w_ij x_j = sum_known_j w_ij p_j, one a removed pixel."""
    count = int(removed.sum())
    index = np.full(removed.shape, -1)
    index[removed] = np.arange(count)
    weights, known = np.zeros(removed.shape), np.zeros(pixels.shape)
    entries = []
    for down, right in _SHIFTS:
        here, there = _overlap(removed.shape, down, right)
        weight = _DIAGONAL if down and right else _STRAIGHT
        weights[here] += weight
        known[here] += weight * np.where(removed[there][..., None], 0, pixels[there])
        both = removed[here] & removed[there]
        pairs = index[here][both], index[there][both]
        entries.append((np.full(len(pairs[0]), -weight), *pairs))
    entries.append((weights[removed], np.arange(count), np.arange(count)))
    values, rows, columns = (np.concatenate(parts) for parts in zip(*entries, strict=True))
    return sparse.csc_matrix((values, (rows, columns)), (count, count)), known[removed]


def _overlap(
    shape: tuple[int, ...], down: int, right: int
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """The pixels that have a neighbour in a direction, and those neighbours."""
    height, width = shape
    here = slice(max(0, -down), height - max(0, down)), slice(max(0, -right), width - max(0, right))
    there = slice(max(0, down), height + min(0, down)), slice(max(0, right), width + min(0, right))
    return here, there

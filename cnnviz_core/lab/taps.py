"""Which row of the input each row of a window reads, along one axis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cnnviz_core.arrays import IntArray

OUTSIDE = -1
"""Stands for a place that is not in the input: padding, which is zero."""


def taps(size: int, kernel: int, *, stride: int, before: int, dilation: int, out: int) -> IntArray:
    """The places of the input that a window reads, for each of its positions.

    Args:
        size: places of the input.
        kernel: places of the window.
        stride: steps from one position to the next.
        before: places of padding before the first of the input.
        dilation: steps from one place of the window to the next.
        out: positions of the window.

    Returns:
        int64 (out, kernel), from 0 to `size` - 1, or `OUTSIDE`.
    """
    places = np.arange(out)[:, None] * stride + np.arange(kernel)[None, :] * dilation - before
    return np.where((places >= 0) & (places < size), places, OUTSIDE)


def transposed_taps(
    size: int, kernel: int, *, stride: int, before: int, dilation: int, out: int
) -> IntArray:
    """The same for a transposed convolution: what a place of the output is reached from.

    Place y of the output is the sum over i of weights[i] * inputs[(y + before - i * dilation) /
    stride], where that is whole.

    Args:
        size: places of the input.
        kernel: places of the window.
        stride: places of the output from one place of the input to the next.
        before: places cut off before the first of the output.
        dilation: steps from one place of the window to the next.
        out: places of the output.

    Returns:
        int64 (out, kernel), from 0 to `size` - 1, or `OUTSIDE`.
    """
    reached = np.arange(out)[:, None] + before - np.arange(kernel)[None, :] * dilation
    places, rest = np.divmod(reached, stride)
    return np.where((rest == 0) & (places >= 0) & (places < size), places, OUTSIDE)

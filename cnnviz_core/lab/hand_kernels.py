"""Kernels that people made by hand, long before networks learned theirs.

They are slid over an image as they stand, without being turned (see `convolve`): what they respond
to looks like themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cnnviz_core.arrays import FloatArray


@dataclass(frozen=True, eq=False)
class HandKernel:
    """One kernel.

    Attributes:
        name: as people call it.
        weights: float32 (height, width), read-only.
        purpose: what it is for, a sentence.
    """

    name: str
    weights: FloatArray
    purpose: str


def _kernel(
    name: str, purpose: str, weights: Sequence[Sequence[int]], divisor: int = 1
) -> HandKernel:
    values = (np.array(weights, np.float64) / divisor).astype(np.float32)
    values.flags.writeable = False
    return HandKernel(name, values, purpose)


_BINOMIAL = (1, 4, 6, 4, 1)

KERNELS: Mapping[str, HandKernel] = MappingProxyType(
    {
        kernel.name: kernel
        for kernel in (
            _kernel(
                "Identity",
                "Leaves the image as it is: the pixel in the middle counts, no other does.",
                [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
            ),
            _kernel(
                "Vertical edges",
                "Right neighbour minus left one: positive where the image gets brighter to the "
                "right.",
                [[0, 0, 0], [-1, 0, 1], [0, 0, 0]],
            ),
            _kernel(
                "Horizontal edges",
                "Lower neighbour minus upper one: positive where the image gets brighter "
                "downwards.",
                [[0, -1, 0], [0, 0, 0], [0, 1, 0]],
            ),
            _kernel(
                "Diagonal edges",
                "Three pixels at the lower right minus three at the upper left: positive where "
                "the image gets brighter along the diagonal.",
                [[-1, -1, 0], [-1, 0, 1], [0, 1, 1]],
            ),
            _kernel(
                "Sobel x",
                "Vertical edges, smoothed along the edge by weights 1, 2, 1, so that noise counts "
                "less.",
                [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
            ),
            _kernel(
                "Sobel y",
                "Horizontal edges, smoothed along the edge by weights 1, 2, 1, so that noise "
                "counts less.",
                [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
            ),
            _kernel(
                "Prewitt x",
                "Vertical edges, averaged along the edge by equal weights.",
                [[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]],
            ),
            _kernel(
                "Prewitt y",
                "Horizontal edges, averaged along the edge by equal weights.",
                [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
            ),
            _kernel(
                "Laplacian",
                "The four neighbours minus four times the middle: changes sign where an edge is "
                "steepest, in whatever direction.",
                [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
            ),
            _kernel(
                "Edge detect",
                "Eight times the middle minus its eight neighbours: zero where the image is flat, "
                "large at edges of every direction and at noise.",
                [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
            ),
            _kernel(
                "Sharpen",
                "The image minus its Laplacian: what differs from its neighbours differs more.",
                [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
            ),
            _kernel(
                "Box blur",
                "The mean of the nine pixels: noise and fine detail go.",
                [[1, 1, 1], [1, 1, 1], [1, 1, 1]],
                9,
            ),
            _kernel(
                "Gaussian 3 x 3",
                "A mean in which near pixels count more: blurs alike in all directions.",
                [[1, 2, 1], [2, 4, 2], [1, 2, 1]],
                16,
            ),
            _kernel(
                "Gaussian 5 x 5",
                "The same over twice the distance: blurs more.",
                [[first * second for second in _BINOMIAL] for first in _BINOMIAL],
                256,
            ),
            _kernel(
                "Emboss",
                "The diagonal's slope added to the image: it looks raised, lit from the lower "
                "right.",
                [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
            ),
        )
    }
)
"""By name, the simple ones first; "edges" are positive where the image gets brighter."""

"""The 256 levels that a channel of a picture has, and values in [0, 1] as the network's side of it.

Light: NumPy only. Arrays may have any shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz_core.arrays import FloatArray, ImageArray


def levels(values: NDArray[np.floating]) -> ImageArray:
    """Values in [0, 1] as the nearest of 256 levels, uint8; what lies outside is clipped."""
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)


def fractions(image: ImageArray) -> FloatArray:
    """Levels as float32 in [0, 1]."""
    return image.astype(np.float32) / np.float32(255)

"""Maps at another size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from cnnviz_core.arrays import FloatArray


def resized(values: FloatArray, height: int, width: int) -> FloatArray:
    """A map at another size, with half-pixel centres, (height, width).

    Enlarged bilinearly; a side that shrinks is averaged, so that no value is lost between pixels.
    """
    least = min(width, values.shape[1]), min(height, values.shape[0])
    if least != values.shape[::-1]:
        values = np.asarray(cv2.resize(values, least, interpolation=cv2.INTER_AREA), np.float32)
    larger = cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(larger, dtype=np.float32)

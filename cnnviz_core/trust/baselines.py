"""Maps that know nothing of the network. A method is worth its time where it beats all three.

Light: needs no TensorFlow. An image is RGB uint8 (height, width, 3) of any size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np

from cnnviz_core.errors import OptionError
from cnnviz_core.images.colours import LUMA
from cnnviz_core.images.preprocessing import resize
from cnnviz_core.images.reading import require_image
from cnnviz_core.maps.results import BaselineMap
from cnnviz_core.options import require_seed

if TYPE_CHECKING:
    from cnnviz_core.arrays import FloatArray, ImageArray

Baseline = Literal["random", "centre", "edges"]

_TITLES: dict[Baseline, str] = {"random": "Random", "centre": "Centre", "edges": "Edge detector"}

BASELINES: tuple[Baseline, ...] = tuple(_TITLES)
"""Names of the baselines, in the order in which they are shown."""


def baseline_map(
    kind: Baseline, image: ImageArray, size: tuple[int, int], *, seed: int = 0
) -> BaselineMap:
    """A map by rule, at the network's input size.

    Args:
        kind: "random": every pixel drawn for itself. "centre": 1 in the middle, falling to 0 in
            the corners with the distance in shares of the sides. "edges": Sobel magnitude of the
            luminance (ITU-R 601) as the network sees it.
        image: (height, width, 3), RGB uint8, any size.
        size: (height, width) of the network's input.
        seed: of "random".

    Returns:
        Map of `size`, non-negative.

    Raises:
        OptionError: there is no such baseline, or `seed` is none.
    """
    image, seed = require_image(image), require_seed(seed)
    if kind not in _TITLES:
        raise OptionError(
            f"Baseline {str(kind)[:40]!r} is unknown. Choose one of {', '.join(BASELINES)}."
        )
    if kind == "random":
        values = np.random.default_rng(seed).random(size, dtype=np.float32)
    elif kind == "centre":
        values = _nearness_to_centre(*size)
    else:
        values = _edges(resize(image, *size) @ np.array(LUMA, np.float32))
    return BaselineMap(values, _TITLES[kind])


def _nearness_to_centre(height: int, width: int) -> FloatArray:
    rows = (np.arange(height, dtype=np.float32) + 0.5) / height - 0.5
    columns = (np.arange(width, dtype=np.float32) + 0.5) / width - 0.5
    return np.asarray(1 - np.hypot(rows[:, None], columns) * np.sqrt(2), np.float32)


def _edges(luminance: FloatArray) -> FloatArray:
    across = cv2.Sobel(luminance, cv2.CV_32F, 1, 0, ksize=3)
    down = cv2.Sobel(luminance, cv2.CV_32F, 0, 1, ksize=3)
    return np.asarray(np.hypot(across, down), np.float32)

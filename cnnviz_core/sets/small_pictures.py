"""Small pictures in grey to try filters on: digits written by hand, and clothes drawn by code.

Pictures are uint8 (count, 32, 32), bright on black as in MNIST and Fashion-MNIST.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cnnviz_core.sets.written_digits import BRIGHTEST, written_digits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cnnviz_core.arrays import BoolArray, ImageArray

SIDE = 32
DIGITS = (0, 1, 4, 7)
"""Round, upright, and slanted and level strokes."""
CLOTHES = ("shirt", "trousers", "shoe", "bag")
_ENLARGED = 4
"""Times that clothes are drawn larger than they are."""
_SHARE = 0.8
"""Of the picture that clothes fill: nearer to the border they would meet their mirror image."""
_SHIRT = (
    *((10, 4), (22, 4), (30, 10), (26, 15), (23, 13)),
    *((23, 28), (9, 28), (9, 13), (6, 15), (2, 10)),
)
_TROUSERS = ((9, 3), (23, 3), (26, 29), (18, 29), (16, 12), (14, 29), (6, 29))
_SHOE = ((3, 9), (12, 9), (15, 15), (25, 19), (30, 22), (30, 26), (3, 26))
_BAG = ((4, 12), (28, 12), (30, 28), (2, 28))
_OUTLINES = dict(zip(CLOTHES, (_SHIRT, _TROUSERS, _SHOE, _BAG), strict=True))


@lru_cache(maxsize=1)
def digits() -> ImageArray:
    """The first 0, 1, 4 and 7 of scikit-learn's digits, 8 x 8, framed and smoothly enlarged.

    Raises:
        ImageError: scikit-learn is not installed with its data.
    """
    # They fill their frame.
    chosen = np.pad(written_digits()[list(DIGITS)], ((0, 0), (1, 1), (1, 1))) / BRIGHTEST * 255
    large = [cv2.resize(each, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for each in chosen]
    return _kept(np.rint(np.clip(large, 0, 255)).astype(np.uint8))


@lru_cache(maxsize=1)
def clothes() -> ImageArray:
    """A shirt, trousers, a shoe and a bag, each with a weave of its own."""
    side = SIDE * _ENLARGED
    row, column = np.mgrid[:side, :side] / _ENLARGED
    weaves = {
        "shirt": row % 6 < 3,
        "trousers": column % 4 < 2,
        "shoe": (row + column) % 5.5 < 2.75,
        "bag": (row % 8 < 4) ^ (column % 8 < 4),
    }
    drawn = []
    for name, outline in _OUTLINES.items():
        inside = _filled(outline, side)
        if name == "bag":
            inside |= _handle(side)
        levels = np.where(inside, np.where(weaves[name], 225, 120), 0).astype(np.float32)
        drawn.append(cv2.resize(levels, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
    return _kept(np.rint(drawn).astype(np.uint8))


def _filled(outline: Sequence[tuple[int, int]], side: int) -> BoolArray:
    mask = np.zeros((side, side), np.uint8)
    cv2.fillPoly(mask, [_inwards(outline)], 1)
    return mask.astype(bool)


def _handle(side: int) -> BoolArray:
    mask = np.zeros((side, side), np.uint8)
    middle, reached = _inwards([(16, 12), (23, 20)]).tolist()
    radii = reached[0] - middle[0], reached[1] - middle[1]
    cv2.ellipse(mask, middle, radii, 0, 180, 360, 1, thickness=2 * _ENLARGED)
    return mask.astype(bool)


def _inwards(points: Sequence[tuple[int, int]]) -> NDArray[np.int32]:
    """Points of a picture of 32 x 32, away from its border, on the larger one that is drawn on."""
    return np.rint(((np.array(points) - SIDE / 2) * _SHARE + SIDE / 2) * _ENLARGED).astype(np.int32)


def _kept(pictures: ImageArray) -> ImageArray:
    pictures.flags.writeable = False
    return pictures

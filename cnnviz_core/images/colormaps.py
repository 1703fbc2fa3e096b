"""Values to colours: colour maps, and the range of values that is mapped to them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cnnviz_core.errors import OptionError
from cnnviz_core.images.levels import levels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz_core.arrays import FloatArray, ImageArray

COLORMAPS: dict[str, int] = {
    "jet": cv2.COLORMAP_JET,
    "viridis": cv2.COLORMAP_VIRIDIS,
    "inferno": cv2.COLORMAP_INFERNO,
    "cividis": cv2.COLORMAP_CIVIDIS,
    "turbo": cv2.COLORMAP_TURBO,
    "grey": -1,
    "diverging": -1,
}
"""Colour maps by name. Viridis, inferno and cividis are perceptually uniform; cividis is made for
colour-blind eyes; jet is the lecture's; diverging is for signed values about zero. OpenCV has the
first five; -1 stands for those made here."""

BLUE_TO_RED = np.array(
    [
        (28, 16, -48),
        (52, 0, -46),
        (76, -8, -26),
        (97, 0, 0),
        (76, 22, 20),
        (52, 52, 38),
        (28, 44, 30),
    ],
    np.float32,
)
"""Anchors of the diverging colour map, CIE L*a*b*: blue, white, red, as dark on either side, so
that neither sign stands out; colour-blind eyes tell blue from red."""


@lru_cache(maxsize=len(COLORMAPS))
def palette(colormap: str) -> ImageArray:
    """The 256 colours of a colour map, RGB uint8 (256, 3), low to high.

    Raises:
        OptionError: there is no such colour map.
    """
    if colormap not in COLORMAPS:
        raise OptionError(
            f"Colour map {str(colormap)[:40]!r} is unknown. Choose one of {', '.join(COLORMAPS)}."
        )
    ramp = np.arange(256, dtype=np.uint8)
    if colormap == "grey":
        return np.repeat(ramp[:, None], 3, axis=1)
    if colormap == "diverging":
        return _blue_to_red()
    colours = cv2.applyColorMap(ramp[:, None], COLORMAPS[colormap])
    return np.ascontiguousarray(colours[:, 0, ::-1])


def _blue_to_red() -> ImageArray:
    anchors = np.linspace(0, 255, len(BLUE_TO_RED))
    lab = [np.interp(np.arange(256), anchors, axis) for axis in BLUE_TO_RED.T]
    colours = cv2.cvtColor(np.stack(lab, axis=1)[None].astype(np.float32), cv2.COLOR_LAB2RGB)
    return levels(colours[0])


def normalize(
    values: NDArray[np.floating], low: float | None = None, high: float | None = None
) -> FloatArray:
    """Scale values so that `low` becomes 0 and `high` 1, and clip.

    Args:
        values: any shape.
        low: by default the minimum.
        high: by default the maximum. Where it equals `low` everything becomes 0.
    """
    low = float(np.min(values)) if low is None else low
    high = float(np.max(values)) if high is None else high
    if not high > low:
        return np.zeros(values.shape, np.float32)
    scaled = (np.asarray(values, np.float32) - np.float32(low)) / np.float32(high - low)
    return np.clip(scaled, 0, 1)


def colorize(
    values: NDArray[np.floating],
    colormap: str = "viridis",
    *,
    low: float | None = None,
    high: float | None = None,
) -> ImageArray:
    """Colour an array of any shape by value.

    Args:
        values: (...).
        colormap: a key of `COLORMAPS`.
        low: value of the first colour, by default the minimum.
        high: value of the last colour, by default the maximum.

    Returns:
        RGB uint8 (..., 3).
    """
    return palette(colormap)[levels(normalize(values, low, high))]

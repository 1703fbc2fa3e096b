"""Spatial spectra: how much of a picture lies in coarse structure, and how much in fine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz_core.errors import OptionError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz_core.arrays import FloatArray

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
"""Shares of red, green and blue in luminance (ITU-R BT.709)."""


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Mean power of a picture's luminance by spatial frequency, whatever the direction.

    Attributes:
        frequency: float32 (bins,), centres of the bins in cycles per pixel, rising, above 0. A
            grating that alternates from pixel to pixel has 0.5; only diagonal ones have more.
        power: float32 (bins,), mean squared magnitude of the Fourier coefficients of a bin,
            divided by the number of pixels: in squared units of the picture. White noise has its
            variance at every frequency.
        count: int64 (bins,), coefficients of a bin. The sum of `power * count` over all bins,
            divided by the number of pixels, is the variance of the luminance.
    """

    frequency: FloatArray
    power: FloatArray
    count: NDArray[np.int64]


def radial_power(image: NDArray[Any]) -> Spectrum:
    """Average the power of the 2-D Fourier transform over circles of one frequency.

    Args:
        image: (height, width, 3), RGB, or (height, width); its mean does not count.

    Returns:
        Bins of one cycle per shorter side, each as wide around its centre; the first takes all
        that is lower, and empty ones are left out.

    Raises:
        OptionError: the image has another shape, or sides below 2.
    """
    values = _luminance(np.asarray(image, np.float64))
    height, width = values.shape
    power = np.abs(np.fft.fft2(values - values.mean())) ** 2 / values.size
    radius = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)[None, :])
    bins = np.rint(radius * min(height, width)).astype(np.int64)
    bins[0, 0] = 0
    bins.flat[1:] = np.maximum(bins.flat[1:], 1)
    count = np.bincount(bins.ravel())
    total = np.bincount(bins.ravel(), weights=power.ravel())
    filled = np.flatnonzero(count)[1:]
    return Spectrum(
        (filled / min(height, width)).astype(np.float32),
        (total[filled] / count[filled]).astype(np.float32),
        count[filled],
    )


def _luminance(image: NDArray[np.float64]) -> NDArray[np.float64]:
    coloured = image.ndim == 3 and image.shape[2] == 3
    if not (coloured or image.ndim == 2) or min(image.shape[:2]) < 2:
        raise OptionError(
            f"An image of shape {image.shape} was given; (height, width, 3) or (height, width), "
            "with sides of 2 or more, was expected."
        )
    luminance: NDArray[np.float64] = image @ _LUMINANCE if coloured else image
    return luminance

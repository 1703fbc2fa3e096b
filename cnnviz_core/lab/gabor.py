"""Gabor filters: a grating under a bell, the filter that answers to edges of one angle and width.

Frequencies are in cycles per pixel, angles in radians from the x axis (to the right) towards the y
axis (down) and along the wave, lengths in pixels. Light: scikit-image is loaded by the first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from cnnviz_core.errors import OptionError
from cnnviz_core.images.colours import LUMA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cnnviz_core.arrays import FloatArray

HIGHEST_FREQUENCY = 0.5
"""Cycles per pixel: what alternates from pixel to pixel. A finer wave looks like a coarser one."""
LEAST_SIGMA, MOST_SIGMA = 0.3, 40.0
"""Pixels. A narrower bell is one pixel; a wider one would make a kernel of more than 241 x 241."""
REACH = 3
"""Sigmas to each side of the middle that a kernel has, as in scikit-image."""
MOST_FILTERS = 256
"""In a bank."""


def gabor_kernel(
    frequency: float, theta: float, sigma: float, *, phase: float = 0.0
) -> NDArray[np.complex128]:
    """The complex Gabor filter of scikit-image, with a round bell.

    exp(-(x'^2 + y'^2) / (2 sigma^2)) / (2 pi sigma^2) * exp(i (2 pi frequency x' + phase)), where
    x' = x cos(theta) + y sin(theta) is counted from the middle. The real part answers to lines,
    the imaginary one to edges.

    Args:
        frequency: of the wave, above 0 and at most 0.5 cycles per pixel.
        theta: direction along which the wave runs, in radians; 0 for upright stripes.
        sigma: width of the bell in pixels, 0.3 to 40.
        phase: of the wave in the middle, in radians.

    Returns:
        complex128 (height, width), odd sides of about 6 sigma.

    Raises:
        OptionError: a value lies outside of these, or is not a number.
    """
    from skimage.filters import gabor_kernel as kernel_of  # a third of a second, when first needed

    frequency = require_frequency("frequency", frequency)
    theta, phase = _require_angle("theta", theta), _require_angle("phase", phase)
    sigma = _require_number("sigma", sigma, LEAST_SIGMA, MOST_SIGMA, "pixels")
    return kernel_of(frequency, theta, sigma_x=sigma, sigma_y=sigma, n_stds=REACH, offset=phase)


def response_magnitude(
    image: NDArray[Any], frequency: float, theta: float, sigma: float
) -> FloatArray:
    """How strongly each place of an image answers to a Gabor filter, whatever the wave's phase.

    The magnitude of the image convolved with the complex filter, which is the root of the sum of
    squares of both parts' answers. The image goes on beyond its border as in a mirror. A plane
    without any structure answers too, with about exp(-2 pi^2 sigma^2 frequency^2) of its level.

    Args:
        image: (height, width), or (height, width, 3) RGB, which is taken in grey (ITU-R BT.601).
        frequency: of the wave, above 0 and at most 0.5 cycles per pixel.
        theta: direction along which the wave runs, in radians; 0 for upright stripes.
        sigma: width of the bell in pixels, 0.3 to 40.

    Returns:
        float32 (height, width), non-negative, in units of the image.

    Raises:
        OptionError: a value lies outside of these, or the image has another shape.
    """
    return _magnitude(in_one_channel(image), gabor_kernel(frequency, theta, sigma))


def filter_bank(
    frequencies: Sequence[float], thetas: Sequence[float], sigma: float
) -> NDArray[np.complex128]:
    """Gabor filters of several frequencies and angles, all of one size.

    Args:
        frequencies: each above 0 and at most 0.5 cycles per pixel.
        thetas: directions along which the waves run, in radians.
        sigma: width of every bell in pixels, 0.3 to 40.

    Returns:
        complex128 (frequencies, thetas, side, side): the kernels of `gabor_kernel`, each in the
        middle and zero around it.

    Raises:
        OptionError: a value lies outside of these, none is given, or more than 256 filters are
            asked for.
    """
    waves, angles = _require_list("frequencies", frequencies), _require_list("thetas", thetas)
    if len(waves) * len(angles) > MOST_FILTERS:
        raise OptionError(
            f"{len(waves)} frequencies and {len(angles)} angles were given; a bank of at most "
            f"{MOST_FILTERS} filters was expected."
        )
    kernels = [[gabor_kernel(wave, angle, sigma) for angle in angles] for wave in waves]
    side = max(max(kernel.shape) for row in kernels for kernel in row)
    return np.array([[_in_the_middle(kernel, side) for kernel in row] for row in kernels])


def in_one_channel(image: NDArray[Any]) -> FloatArray:
    """An image in grey as float32 (height, width), in its own units.

    Raises:
        OptionError: it is no array of real, finite numbers of the shape (height, width) or
            (height, width, 3).
    """
    values = np.asarray(image)
    coloured = values.ndim == 3 and values.shape[2] == 3
    if not (coloured or values.ndim == 2) or not values.size or values.dtype.kind not in "biuf":
        raise OptionError(
            f"An image of {values.dtype} of shape {values.shape} was given; numbers of shape "
            "(height, width), or (height, width, 3) in RGB, were expected."
        )
    grey = values @ np.array(LUMA) if coloured else values
    grey = np.ascontiguousarray(grey, np.float32)
    if not np.isfinite(grey).all():
        raise OptionError("The image given holds values that are not finite numbers.")
    return grey


def spectrum(kernel: NDArray[Any], side: int = 64) -> FloatArray:
    """Magnitude of a kernel's Fourier transform, the frequency 0 at (side // 2, side // 2).

    Args:
        kernel: (height, width), real or complex.
        side: frequencies along each axis, from -0.5 on; at least the kernel's sides, so that all
            of it is transformed.

    Returns:
        float32 (side, side): rows by the frequency along y, columns by that along x.
    """
    side = max(side, *kernel.shape)
    return np.abs(np.fft.fftshift(np.fft.fft2(kernel, (side, side)))).astype(np.float32)


def require_frequency(name: str, value: Any) -> float:
    """A frequency as a float.

    Raises:
        OptionError: it is no number above 0 and up to 0.5.
    """
    frequency = _require_number(name, value, 0.0, HIGHEST_FREQUENCY, "cycles per pixel")
    # A wave a million pixels long is none within a kernel.
    if frequency < 1e-6:
        raise OptionError(
            f"{name}={value!r} was given; a frequency above 0 and at most {HIGHEST_FREQUENCY} "
            "cycles per pixel was expected."
        )
    return frequency


def _magnitude(grey: FloatArray, kernel: NDArray[np.complex128]) -> FloatArray:
    # OpenCV correlates. As the kernel turned round is its own conjugate, the magnitude is the same.
    parts = [
        cv2.filter2D(grey, cv2.CV_32F, part, borderType=cv2.BORDER_REFLECT)
        for part in (kernel.real, kernel.imag)
    ]
    return np.asarray(cv2.magnitude(*parts), np.float32)


def _in_the_middle(kernel: NDArray[np.complex128], side: int) -> NDArray[np.complex128]:
    down, across = ((side - length) // 2 for length in kernel.shape)
    return np.pad(kernel, ((down, down), (across, across)))


def _require_angle(name: str, value: Any) -> float:
    return _require_number(name, value, -1000.0, 1000.0, "radians")


def _require_list(name: str, values: Any) -> list[Any]:
    listed = list(values) if np.ndim(values) == 1 else []
    if not listed:
        raise OptionError(f"{name}={values!r} was given; at least one number was expected.")
    return listed


def _require_number(name: str, value: Any, least: float, most: float, units: str) -> float:
    sentence = f"{name}={value!r} was given; a number from {least:g} to {most:g} {units} was "
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise OptionError(f"{sentence}expected.") from error
    if not least <= number <= most:  # nor is what is not a number
        raise OptionError(f"{sentence}expected.")
    return number

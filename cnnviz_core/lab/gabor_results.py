"""Gabor filters fitted to learned kernels, as frozen results: raw arrays, never a picture.

Arrays are NumPy; nothing here imports TensorFlow, so results travel between processes as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz_core.arrays import FloatArray

FREE_NUMBERS = 9
"""Of a fit: frequency, angle, two widths, two of the centre, amplitude, phase and offset."""


@dataclass(frozen=True, eq=False)
class GaborFit:
    """The Gabor filter that comes closest to a kernel.

    At column x and row y: amplitude * exp(-(u^2 / sigma_along^2 + v^2 / sigma_across^2) / 2) *
    cos(2 pi frequency u + phase) + offset, where u runs along the wave and v along its crests,
    both from the centre.

    Attributes:
        frequency: of the wave, in cycles per pixel.
        theta: direction along which it runs, in radians, 0 to pi; 0 for upright stripes.
        sigma_along: width of the bell along the wave, in pixels.
        sigma_across: likewise along the crests.
        phase: of the wave at the centre, in radians, -pi to pi.
        x: column of the centre.
        y: row of the centre.
        amplitude: of the wave, in units of the kernel, non-negative.
        offset: what is added everywhere.
        r_squared: share of the kernel's variance that the filter explains; 1 for a Gabor filter.
        degrees_of_freedom: weights of the kernel less the nine numbers that were fitted. At 0 and
            below nearly anything is fitted well.
        values: the filter, float32 (height, width).
    """

    frequency: float
    theta: float
    sigma_along: float
    sigma_across: float
    phase: float
    x: float
    y: float
    amplitude: float
    offset: float
    r_squared: float
    degrees_of_freedom: int
    values: FloatArray

    @property
    def adjusted(self) -> float | None:
        """R squared with what nine numbers explain of noise taken off; None where it is undefined.

        1 - (1 - r_squared) (weights - 1) / degrees_of_freedom; it may be negative.
        """
        if self.degrees_of_freedom < 1:
            return None
        weights = self.degrees_of_freedom + FREE_NUMBERS
        return 1 - (1 - self.r_squared) * (weights - 1) / self.degrees_of_freedom


@dataclass(frozen=True, eq=False)
class GaborFits:
    """The kernels of a layer, each with the Gabor filter that comes closest.

    Fitted is each kernel's main component, which is its best approximation by one grey pattern in
    one colour: the first of a singular value decomposition.

    Attributes:
        layer: name of the layer.
        filters: how many kernels it has; those that come first are fitted.
        weights: the kernels that were fitted, float32 (height, width, input channels, count).
        patterns: their main components without colour, float32 (height, width, count).
        shares: share of each kernel's squared weights in its main component, float32 (count,).
        fits: of each kernel; None where its pattern is the same everywhere.
        by_chance: mean R squared of the same patterns with their weights in random order: what a
            fit reaches where there is no Gabor filter. None where nothing could be fitted.
    """

    layer: str
    filters: int
    weights: FloatArray
    patterns: FloatArray
    shares: FloatArray
    fits: tuple[GaborFit | None, ...]
    by_chance: float | None

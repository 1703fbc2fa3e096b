"""The Gabor filter that comes closest to a kernel, by least squares from several starts."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from math import atan2, hypot, pi
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cnnviz_core.errors import OptionError
from cnnviz_core.lab.gabor import HIGHEST_FREQUENCY
from cnnviz_core.lab.gabor_results import FREE_NUMBERS, GaborFit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz_core.arrays import FloatArray

    Values = NDArray[np.float64]

LEAST_SIDE, MOST_SIDE = 3, 16
"""Of a kernel. On fewer places there is no wave to see; on more it takes too long."""
STARTS = 4
"""Waves of different frequency or angle that a fit is begun with, as long as none is close."""
CLOSE = 0.9999
"""R squared at which no other start is tried."""
_LEAST_WAVES = 0.5
"""Over the kernel's longer side: what is slower is no wave any more."""
_NARROWEST = 0.5
_WAVES, _ANGLES = 7, 8
_WIDTHS = (0.12, 0.2, 0.35)
"""Widths of the bells of the first search, in sides of the kernel."""
_CENTRES = (0.1, 0.3, 0.5, 0.7, 0.9)


class _Atoms(NamedTuple):
    """Bells with a wave in them, to be searched through: of each an orthonormal basis.

    Attributes:
        shapes: (atoms, 6): frequency, theta, both sigmas, x and y.
        bases: (atoms, 3, places): what cosine, sine and offset span.
    """

    shapes: Values
    bases: FloatArray


def fit_gabor(kernel: NDArray[Any]) -> GaborFit:
    """Find the Gabor filter that comes closest to a kernel, in squared differences.

    The best four of a grid of waves and bells begin searches, until one is close, for frequency (at
    least half a wave over the kernel, at most 0.5 cycles per pixel), angle, both widths (half a
    pixel to the kernel's longer side), centre (within the kernel), amplitude, phase and offset.

    Args:
        kernel: (height, width), real numbers, sides 3 to 16.

    Returns:
        The filter, with R squared.

    Raises:
        OptionError: the kernel has another shape, is the same everywhere, or holds what is not a
            number.
    """
    values = _require_kernel(kernel)
    # Scaled, so that the search ends at the same shape whatever the kernel's units are.
    scale = float(np.abs(values).max())
    return _result(values, _closest(values / scale), scale)


def varies(values: NDArray[Any]) -> bool:
    """Whether a kernel is more than one value everywhere, but for rounding."""
    return float(np.ptp(values)) > 1e-6 * float(np.abs(values).max())


def _require_kernel(kernel: NDArray[Any]) -> Values:
    given = np.asarray(kernel)
    sides = given.shape
    if len(sides) != 2 or min(sides) < LEAST_SIDE or max(sides) > MOST_SIDE:
        raise OptionError(
            f"A kernel of shape {sides} was given; (height, width) with sides from {LEAST_SIDE} to "
            f"{MOST_SIDE} was expected."
        )
    if given.dtype.kind not in "biuf" or not np.isfinite(given).all():
        raise OptionError("The kernel holds what is no finite number.")
    values = given.astype(np.float64)
    if not varies(values):
        raise OptionError(
            "The kernel is the same everywhere: there is no variation that a Gabor filter could "
            "explain."
        )
    return values


def _places(sides: tuple[int, ...]) -> tuple[Values, Values]:
    rows, columns = np.mgrid[: sides[0], : sides[1]].astype(np.float64)
    return columns.ravel(), rows.ravel()


@lru_cache(maxsize=1)
def _atoms(sides: tuple[int, int]) -> _Atoms:
    longer = max(sides)
    waves = np.linspace(_LEAST_WAVES / longer, HIGHEST_FREQUENCY * 0.95, _WAVES)
    angles = np.arange(_ANGLES) * pi / _ANGLES
    widths = [max(width * longer, _NARROWEST) for width in _WIDTHS]
    across, down = ([centre * (side - 1) for centre in _CENTRES] for side in sides[::-1])
    shapes = np.array(list(product(waves, angles, widths, widths, across, down)))
    spans = _columns(shapes, *_places(sides)).astype(np.float32)
    return _Atoms(shapes, np.linalg.qr(spans)[0].swapaxes(1, 2))


def _columns(shapes: Values, x: Values, y: Values) -> Values:
    """Cosine and sine under bells, and the offset: (..., places, 3), what amplitudes weigh."""
    u, v = _turned(shapes, x, y)
    along, across = shapes[..., 2, None], shapes[..., 3, None]
    bell = np.exp(-((u / along) ** 2 + (v / across) ** 2) / 2)
    wave = 2 * pi * shapes[..., 0, None] * u
    return np.stack([bell * np.cos(wave), -bell * np.sin(wave), np.ones_like(u)], axis=-1)


def _turned(shapes: Values, x: Values, y: Values) -> tuple[Values, Values]:
    cosine, sine = np.cos(shapes[..., 1, None]), np.sin(shapes[..., 1, None])
    across, down = x - shapes[..., 4, None], y - shapes[..., 5, None]
    return across * cosine + down * sine, down * cosine - across * sine


def _starts(values: Values) -> Values:
    """The best shapes of the grid, each of another wave, with their amplitudes: (starts, 9)."""
    atoms = _atoms(values.shape)
    flat = values.ravel()
    explained = (
        np.square(atoms.bases @ flat.astype(np.float32)).sum(axis=1).reshape(_WAVES * _ANGLES, -1)
    )
    best = np.argsort(-explained.max(axis=1), kind="stable")[:STARTS]
    chosen = atoms.shapes.reshape(len(explained), -1, 6)[best, explained[best].argmax(axis=1)]
    x, y = _places(values.shape)
    amplitudes = [np.linalg.lstsq(_columns(shape, x, y), flat)[0] for shape in chosen]
    return np.concatenate([chosen, amplitudes], axis=1)


def _closest(values: Values) -> Values:
    """The nine numbers that leave least, among those that the starts lead to."""
    enough = (1 - CLOSE) * float(np.square(values - values.mean()).sum())
    least, best = np.inf, np.empty(0)
    for start in _starts(values):
        left, numbers = _searched(values, start)
        if left < least:
            least, best = left, numbers
        if least <= enough:
            break
    return best


def _searched(values: Values, start: Values) -> tuple[float, Values]:
    """Least squares over all nine numbers: the sum of squares that is left, and the numbers."""
    from scipy.optimize import least_squares

    x, y = _places(values.shape)
    flat = values.ravel()
    found = least_squares(
        lambda numbers: _drawn(numbers, x, y) - flat,
        start,
        jac=lambda numbers: _slopes(numbers, x, y),
        bounds=_bounds(values.shape),
        x_scale="jac",
        max_nfev=60,
        ftol=1e-6,
        xtol=1e-6,
        gtol=1e-9,
    )
    return 2 * float(found.cost), np.asarray(found.x)


def _bounds(sides: tuple[int, ...]) -> tuple[list[float], list[float]]:
    longer, free = max(sides), np.inf
    # Frequency, theta, both sigmas, x, y, both amplitudes and the offset.
    low = [_LEAST_WAVES / longer * 0.99, -free, _NARROWEST, _NARROWEST, 0, 0, -free, -free, -free]
    high = [HIGHEST_FREQUENCY, free, longer, longer, sides[1] - 1, sides[0] - 1, free, free, free]
    return low, high


def _drawn(numbers: Values, x: Values, y: Values) -> Values:
    return _columns(numbers, x, y) @ numbers[6:]


def _slopes(numbers: Values, x: Values, y: Values) -> Values:
    """Derivatives of each place by the nine numbers, (places, 9)."""
    columns = _columns(numbers, x, y)
    u, v = _turned(numbers, x, y)
    frequency, theta, along, across = numbers[:4]
    height = columns[:, :2] @ numbers[6:8]
    # A quarter of a wave on: the derivative by the wave's argument.
    quarter = columns[:, 1] * numbers[6] - columns[:, 0] * numbers[7]
    by_u = quarter * 2 * pi * frequency - height * u / along**2
    by_v = -height * v / across**2
    cosine, sine = np.cos(theta), np.sin(theta)
    return np.stack(
        [
            quarter * 2 * pi * u,
            by_u * v - by_v * u,
            height * u**2 / along**3,
            height * v**2 / across**3,
            by_v * sine - by_u * cosine,
            -by_u * sine - by_v * cosine,
            *columns.T,
        ],
        axis=1,
    )


def _result(values: Values, numbers: Values, scale: float) -> GaborFit:
    x, y = _places(values.shape)
    drawn = _drawn(numbers, x, y).reshape(values.shape) * scale
    left, all_of_it = np.square(values - drawn).sum(), np.square(values - values.mean()).sum()
    frequency, theta, along, across, centre_x, centre_y, cosine, sine, offset = map(float, numbers)
    half_turns, angle = divmod(theta, pi)
    if half_turns % 2:  # the wave seen from its other end
        sine = -sine
    return GaborFit(
        frequency=frequency,
        theta=angle,
        sigma_along=along,
        sigma_across=across,
        phase=atan2(sine, cosine),
        x=centre_x,
        y=centre_y,
        amplitude=hypot(cosine, sine) * scale,
        offset=offset * scale,
        r_squared=float(1 - left / all_of_it),
        degrees_of_freedom=values.size - FREE_NUMBERS,
        values=drawn.astype(np.float32),
    )

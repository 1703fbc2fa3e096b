"""Pooling: of what a window covers, the largest value or the mean stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnviz_core.errors import OptionError
from cnnviz_core.lab.axes import MOST_KERNEL, Axis, Padding, Pair, find_axes, pair
from cnnviz_core.lab.convolution import finite, numbers_of, require_bounded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz_core.arrays import FloatArray

Kind = Literal["max", "average"]


def pool(
    image: NDArray[Any],
    size: Pair,
    *,
    stride: Pair | None = None,
    kind: Kind = "max",
    padding: Padding = "valid",
) -> FloatArray:
    """Keep the largest value of each window, or the mean, of each channel by itself.

    Padding counts for nothing: the mean is that of the pixels which the window covers, as in Keras.

    Args:
        image: (height, width) or (height, width, channels).
        size: of the window, one number or (height, width).
        stride: steps from one window to the next, one number or (down, across); the window's own
            size where left out, so that windows lie side by side.
        kind: "max" or "average".
        padding: as for `convolve`; less than the window at each end.

    Returns:
        float32 (rows, columns) or (rows, columns, channels), in units of the image.

    Raises:
        OptionError: the image is no such array of finite numbers, or of another kind than these
            is asked for; nothing would come out; or too much.
    """
    if kind not in ("max", "average"):
        raise OptionError(f'kind={kind!r} was given; "max" or "average" was expected.')
    values = numbers_of("An image", image, dimensions=(2, 3))
    window = pair("size", size, most=MOST_KERNEL)
    steps = window if stride is None else stride
    axes = find_axes(values.shape[:2], window, steps, padding, 1)
    require_bounded(*(axis.size + axis.before + axis.after for axis in axes), *values.shape[2:])
    for axis in axes:
        _require_pixels(axis, padding)
    for place, axis in enumerate(axes):
        values = _largest(values, axis, place) if kind == "max" else _mean(values, axis, place)
    return finite(values)


def _largest(values: NDArray[np.float64], axis: Axis, place: int) -> NDArray[np.float64]:
    """Along one axis after the other: the largest of the largest is the largest."""
    largest: NDArray[np.float64] = _windows(values, axis, place, padding=-np.inf).max(axis=-1)
    return largest


def _mean(values: NDArray[np.float64], axis: Axis, place: int) -> NDArray[np.float64]:
    """Along one axis after the other: all rows of a window have as many pixels."""
    total = _windows(values, axis, place, padding=0.0).sum(axis=-1)
    count = (axis.taps >= 0).sum(axis=1)
    return total / np.expand_dims(count, tuple(range(1, values.ndim - place)))


def _windows(
    values: NDArray[np.float64], axis: Axis, place: int, *, padding: float
) -> NDArray[np.float64]:
    """What each window covers along one axis, as a new last axis."""
    ends = [(0, 0)] * values.ndim
    ends[place] = (axis.before, axis.after)
    padded = np.pad(values, ends, constant_values=padding)
    every = sliding_window_view(padded, axis.kernel, axis=place)
    steps = [slice(None)] * place + [slice(None, None, axis.stride)]
    return every[tuple(steps)]


def _require_pixels(axis: Axis, padding: Padding) -> None:
    if max(axis.before, axis.after) >= axis.kernel:
        raise OptionError(
            f"padding={padding!r} was given for a window of {axis.kernel}, which would cover "
            f"nothing but padding; at most {axis.kernel - 1} was expected."
        )

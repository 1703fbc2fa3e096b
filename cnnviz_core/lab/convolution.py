"""Convolution by hand: windows times a kernel, added up.

Images are (height, width) or (height, width, channels) of any numbers; results are float32, and
added up in float64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnviz_core.errors import OptionError
from cnnviz_core.lab.axes import Axis, Padding, Pair, find_axes, transposed_axes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz_core.arrays import FloatArray

MOST_VALUES = 2**25
"""Values of an image with its padding, or of a result: 256 MiB in float64."""
MOST_TERMS = 15 * 15
"""Places of a kernel up to which products are added one by one, so that whole numbers stay whole;
beyond, OpenCV goes by way of the Fourier transform, which is faster and exact to 1e-15."""
MOST_LAID_DOWN = 2**32
"""Products of a transposed convolution: some ten seconds."""


def convolve(
    image: NDArray[Any],
    kernel: NDArray[Any],
    *,
    stride: Pair = 1,
    padding: Padding = "valid",
    dilation: Pair = 1,
    flipped: bool = False,
    apart: bool = False,
) -> FloatArray:
    """Slide a kernel over an image; at each place multiply what it covers with it, and add up.

    out[y, x] = sum over i, j, c of image[y * stride + i * dilation, x * stride + j * dilation, c]
    * kernel[i, j, c]. This is what networks call convolution; mathematics calls it
    cross-correlation. A true convolution, `flipped`, turns the kernel by half a turn first.

    Args:
        image: (height, width) or (height, width, channels).
        kernel: (height, width), the same for each channel, or (height, width, channels).
        stride: steps from one place to the next, one number or (down, across).
        padding: zeros around the image. "valid": none. "same": as many as make the result
            ceil(size / stride), the odd one at the end, as in TensorFlow. Or numbers: one for all
            sides, (vertical, horizontal), or ((top, bottom), (left, right)).
        dilation: steps from one place of the kernel to the next, one number or (down, across).
        flipped: whether the kernel is turned by half a turn, as mathematics does.
        apart: whether channels are kept apart, instead of added up.

    Returns:
        float32 (rows, columns), or (rows, columns, channels) of an image with channels if `apart`;
        in units of the image times those of the kernel.

    Raises:
        OptionError: image and kernel are not such arrays of finite numbers, or do not go together;
            nothing would come out; or too much.
    """
    planes, weights = _image_and_kernel(image, kernel)
    axes = find_axes(planes.shape[:2], weights.shape[:2], stride, padding, dilation)
    require_bounded(planes.shape[2], *(axis.size + axis.before + axis.after for axis in axes))
    if flipped:
        weights = weights[::-1, ::-1]
    ends = [(axis.before, axis.after) for axis in axes]
    padded = np.pad(planes, [*ends, (0, 0)])
    responses = (
        _response(padded[..., channel], weights[..., channel], axes)
        for channel in range(planes.shape[2])
    )
    return _together(responses, apart=apart and np.ndim(image) == 3)


def convolve_transposed(
    image: NDArray[Any],
    kernel: NDArray[Any],
    *,
    stride: Pair = 1,
    padding: Padding = "valid",
    dilation: Pair = 1,
    apart: bool = False,
) -> FloatArray:
    """Lay a kernel down at each place, times what the image has there, and add up what overlaps.

    The transpose of `convolve` as a linear map: what was read from a place is written to it.
    out[y * stride + i * dilation, x * stride + j * dilation] gets image[y, x] * kernel[i, j].

    Args:
        image: (height, width) or (height, width, channels).
        kernel: (height, width), the same for each channel, or (height, width, channels).
        stride: steps of the result from one place of the image to the next, one number or
            (down, across).
        padding: what is cut off around the result. "valid": nothing, and no stride is left empty.
            "same": so much that the result is size * stride. Or numbers, as for `convolve`.
        dilation: steps from one place of the kernel to the next, one number or (down, across).
        apart: whether channels are kept apart, instead of added up.

    Returns:
        float32 (rows, columns), or (rows, columns, channels) of an image with channels if `apart`.

    Raises:
        OptionError: as for `convolve`.
    """
    planes, weights = _image_and_kernel(image, kernel)
    axes = transposed_axes(planes.shape[:2], weights.shape[:2], stride, padding, dilation)
    require_bounded(planes.shape[2], *(axis.size + axis.before + axis.after for axis in axes))
    if planes.size * weights.shape[0] * weights.shape[1] > MOST_LAID_DOWN:
        raise OptionError(
            f"A kernel of {weights.shape[0]} x {weights.shape[1]} was given for an image of "
            f"{planes.shape[0]} x {planes.shape[1]}; smaller ones were expected."
        )
    responses = (
        _laid_down(planes[..., channel], weights[..., channel], axes)
        for channel in range(planes.shape[2])
    )
    return _together(responses, apart=apart and np.ndim(image) == 3)


def numbers_of(name: str, values: Any, *, dimensions: tuple[int, ...]) -> NDArray[np.float64]:
    """An array of finite numbers, in float64.

    Raises:
        OptionError: it is none, has no values, or not so many dimensions.
    """
    array = np.asarray(values)
    if array.ndim not in dimensions or array.size == 0 or array.dtype.kind not in "buif":
        raise OptionError(
            f"{name} of shape {array.shape} and type {array.dtype} was given; numbers of "
            "(height, width) or (height, width, channels) were expected."
        )
    require_bounded(*array.shape)
    numbers = array.astype(np.float64)
    if not np.isfinite(numbers).all():
        raise OptionError(f"{name} holds values that are no finite numbers; replace them first.")
    return numbers


def require_bounded(*shape: int) -> None:
    """Refuse more values than one machine should hold for a picture.

    Raises:
        OptionError: there are more than `MOST_VALUES`.
    """
    if np.prod(shape, dtype=float) > MOST_VALUES:
        raise OptionError(
            f"An image of {' x '.join(map(str, shape))} values, padding included, was given; at "
            f"most {MOST_VALUES} were expected. Choose a smaller image, or less padding."
        )


def finite(values: NDArray[np.float64]) -> FloatArray:
    """A result in float32.

    Raises:
        OptionError: it is too large for that.
    """
    with np.errstate(over="ignore"):
        single = values.astype(np.float32)
    if not np.isfinite(single).all():
        raise OptionError("The result is larger than float32 holds; make image or kernel smaller.")
    return single


def _image_and_kernel(image: Any, kernel: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both with channels, (height, width, channels)."""
    planes = numbers_of("An image", image, dimensions=(2, 3))
    weights = numbers_of("A kernel", kernel, dimensions=(2, 3))
    planes = planes if planes.ndim == 3 else planes[..., None]
    if weights.ndim == 2:
        shape = (*weights.shape, planes.shape[2])
        return planes, np.broadcast_to(weights[..., None], shape)
    if weights.shape[2] != planes.shape[2]:
        raise OptionError(
            f"A kernel of {weights.shape[2]} channels was given for an image of "
            f"{planes.shape[2]}; as many were expected, or a kernel of (height, width)."
        )
    return planes, weights


def _response(
    padded: NDArray[np.float64], weights: NDArray[np.float64], axes: tuple[Axis, Axis]
) -> NDArray[np.float64]:
    """One channel's: each window times the weights, added up."""
    down, across = axes
    steps = np.s_[:: down.stride, :: across.stride]
    if weights.size <= MOST_TERMS:
        covered = sliding_window_view(padded, (down.extent, across.extent))[steps]
        read = covered[..., :: down.dilation, :: across.dilation]
        return np.einsum("yxij,ij->yx", read, weights)
    spread = np.zeros((down.extent, across.extent))
    spread[:: down.dilation, :: across.dilation] = weights
    response = cv2.filter2D(
        np.ascontiguousarray(padded),
        cv2.CV_64F,
        spread,
        anchor=(0, 0),
        borderType=cv2.BORDER_CONSTANT,
    )
    height, width = padded.shape
    whole = response[: height - down.extent + 1, : width - across.extent + 1]
    return np.asarray(whole[steps], np.float64)


def _laid_down(
    plane: NDArray[np.float64], weights: NDArray[np.float64], axes: tuple[Axis, Axis]
) -> NDArray[np.float64]:
    """One channel's: to each place of the kernel the image is added, stretched by the stride."""
    down, across = axes
    whole = np.zeros([axis.size + axis.before + axis.after for axis in axes])
    for i, j in np.ndindex(*weights.shape):
        rows = slice(i * down.dilation, None, down.stride)
        columns = slice(j * across.dilation, None, across.stride)
        whole[rows, columns][: plane.shape[0], : plane.shape[1]] += weights[i, j] * plane
    return whole[down.before : down.before + down.size, across.before : across.before + across.size]


def _together(responses: Any, *, apart: bool) -> FloatArray:
    with np.errstate(over="ignore", invalid="ignore"):
        return finite(np.stack(list(responses), axis=-1) if apart else sum(responses))

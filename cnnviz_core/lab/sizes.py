"""Where the windows of a convolution or of pooling lie on an image, and so how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, overload

from cnnviz_core.errors import OptionError
from cnnviz_core.lab.axes import (
    AXES,
    Padding,
    Pair,
    find_axes,
    transposed_axes,
)
from cnnviz_core.lab.taps import transposed_taps

if TYPE_CHECKING:
    from cnnviz_core.arrays import IntArray


@dataclass(frozen=True)
class OutputSize:
    """How large a result is.

    Attributes:
        size: its places along one axis, or (height, width), as they were asked for.
        formula: how that comes about, with the numbers filled in.
    """

    size: int | tuple[int, int]
    formula: str


@overload
def output_size(
    size: int,
    kernel: int,
    *,
    stride: int = 1,
    padding: Literal["valid", "same"] | Pair = "valid",
    dilation: int = 1,
) -> OutputSize: ...
@overload
def output_size(
    size: tuple[int, int],
    kernel: Pair,
    *,
    stride: Pair = 1,
    padding: Padding = "valid",
    dilation: Pair = 1,
) -> OutputSize: ...
def output_size(
    size: Pair,
    kernel: Pair,
    *,
    stride: Pair = 1,
    padding: Padding = "valid",
    dilation: Pair = 1,
) -> OutputSize:
    """How large the result of a convolution or of pooling is.

    floor((size + padding - dilation * (kernel - 1) - 1) / stride) + 1, where padding is that of
    both ends together: arXiv:1603.07285, relationship 15, with uneven padding.

    Args:
        size: places along one axis, or (height, width) of the input.
        kernel: of the window, likewise; one number is for both axes.
        stride: steps from one window to the next, one number or (down, across).
        padding: as for `convolve`; along one axis (before, after).
        dilation: steps from one place of the window to the next, one number or (down, across).

    Returns:
        The size, for one axis or both as `size` was given, with its formula.

    Raises:
        OptionError: nothing would come out, or a number is none or beyond what is computed here.
    """
    if not isinstance(size, tuple | list):
        for name, value in (("kernel", kernel), ("stride", stride), ("dilation", dilation)):
            if isinstance(value, tuple | list):
                raise OptionError(
                    f"{name}={value!r} was given for one axis; one number was expected."
                )
        ends = (padding, padding) if isinstance(padding, tuple | list) else padding
        axis, _ = find_axes((size, size), kernel, stride, ends, dilation)
        return OutputSize(axis.out, axis.formula)
    axes = find_axes(size, kernel, stride, padding, dilation)
    words = zip(AXES, axes, strict=True)
    text = "; ".join(f"{name} {axis.formula}" for name, axis in words)
    return OutputSize((axes[0].out, axes[1].out), text)


def windows(
    shape: tuple[int, ...],
    kernel_shape: tuple[int, ...],
    *,
    stride: Pair = 1,
    padding: Padding = "valid",
    dilation: Pair = 1,
) -> tuple[IntArray, IntArray]:
    """Which rows and columns of the input each window reads.

    Args:
        shape: of the input, (height, width) or (height, width, channels).
        kernel_shape: of the window, likewise.
        stride: as for `convolve`.
        padding: as for `convolve`.
        dilation: as for `convolve`.

    Returns:
        Rows, int64 (rows of the output, rows of the window), and columns likewise; -1 stands for
        padding.

    Raises:
        OptionError: as for `output_size`.
    """
    down, across = find_axes(shape[:2], kernel_shape[:2], stride, padding, dilation)
    return down.taps, across.taps


def transposed_windows(
    shape: tuple[int, ...],
    kernel_shape: tuple[int, ...],
    *,
    stride: Pair = 1,
    padding: Padding = "valid",
    dilation: Pair = 1,
) -> tuple[IntArray, IntArray]:
    """From which rows and columns of the input each place of a transposed convolution is reached.

    Args, errors: as for `windows`.

    Returns:
        Rows, int64 (rows of the output, rows of the kernel), and columns likewise: the kernel's
        place (i, j) weighs what stands at (rows[y, i], columns[x, j]); -1 stands for nothing.
    """
    axes = transposed_axes(shape[:2], kernel_shape[:2], stride, padding, dilation)
    rows, columns = (
        transposed_taps(
            axis.out,
            axis.kernel,
            stride=axis.stride,
            before=axis.before,
            dilation=axis.dilation,
            out=axis.size,
        )
        for axis in axes
    )
    return rows, columns

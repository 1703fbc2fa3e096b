"""What a window of a convolution or of pooling does along one axis of an image, down or across."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from cnnviz_core.errors import OptionError
from cnnviz_core.lab.taps import taps
from cnnviz_core.options import require_whole

if TYPE_CHECKING:
    from cnnviz_core.arrays import IntArray

Pair = int | tuple[int, int]
"""One number for both axes, or (down, across)."""
Padding = Literal["valid", "same"] | Pair | tuple[tuple[int, int], tuple[int, int]]
"""None; as TensorFlow's "same"; or numbers: on all sides, (top and bottom, left and right), or
((top, bottom), (left, right))."""
MOST_SIDE = 2**14
"""Places of an image along one axis, and steps of a stride, of a dilation and of padding."""
MOST_KERNEL = 512
"""Places of a window along one axis."""
MINUS = "\N{MINUS SIGN}"
AXES = ("height", "width")


@dataclass(frozen=True)
class Axis:
    """What a window does along one axis.

    Attributes:
        size: places of the input.
        kernel: places of the window.
        stride: steps from one position of the window to the next.
        before: places of padding before the input.
        after: places of padding after it.
        dilation: steps from one place of the window to the next.
    """

    size: int
    kernel: int
    stride: int
    before: int
    after: int
    dilation: int

    @property
    def extent(self) -> int:
        """Places from the window's first to its last."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def out(self) -> int:
        """Positions of the window: floor((size + padding - extent) / stride) + 1."""
        return (self.size + self.before + self.after - self.extent) // self.stride + 1

    @property
    def taps(self) -> IntArray:
        """The places that each window reads, int64 (out, kernel), -1 for padding."""
        return taps(
            self.size,
            self.kernel,
            stride=self.stride,
            before=self.before,
            dilation=self.dilation,
            out=self.out,
        )

    @property
    def formula(self) -> str:
        """Size of the output, with the numbers filled in."""
        ends = f"2·{self.before}" if self.before == self.after else f"{self.before} + {self.after}"
        padded = f"{self.size} + {ends}" if self.before or self.after else f"{self.size}"
        spread = f"{self.dilation}·({self.kernel} {MINUS} 1) {MINUS} 1"
        window = f"{self.kernel}" if self.dilation == 1 else spread
        return f"⌊({padded} {MINUS} {window}) / {self.stride}⌋ + 1 = {self.out}"


def find_axes(
    shape: Any, kernel: Any, stride: Any, padding: Any, dilation: Any
) -> tuple[Axis, Axis]:
    """What a window does down and across an image.

    Raises:
        OptionError: as for `output_size`.
    """
    sizes, kernels, strides, dilations = _pairs(shape, kernel, stride, dilation)
    paddings = _paddings(padding, sizes, kernels, strides, dilations)
    down, across = (
        Axis(size, places, step, *ends, spread)
        for size, places, step, ends, spread in zip(
            sizes, kernels, strides, paddings, dilations, strict=True
        )
    )
    for name, axis in zip(AXES, (down, across), strict=True):
        _require_room(name, axis)
    return down, across


def transposed_axes(
    shape: Any, kernel: Any, stride: Any, padding: Any, dilation: Any
) -> tuple[Axis, Axis]:
    """The axes of the convolution whose transpose makes an image of `shape` larger.

    Their `size` is that of the output, and their `out` that of the input. As in TensorFlow, "same"
    gives size * stride and "valid" size * stride + max(extent - stride, 0); numbers say what is
    cut off at both ends.

    Raises:
        OptionError: as for `output_size`.
    """
    sizes, kernels, strides, dilations = _pairs(shape, kernel, stride, dilation)
    named = isinstance(padding, str)
    cut = ((0, 0), (0, 0)) if named else _numbers(padding)
    grown = []
    for size, places, step, spread, ends in zip(
        sizes, kernels, strides, dilations, cut, strict=True
    ):
        extent = spread * (places - 1) + 1
        whole = size * step + (max(extent - step, 0) if named else extent - step)
        grown.append(size * step if named and padding == "same" else whole - sum(ends))
    if min(grown) < 1:
        raise OptionError(f"padding={padding!r} cuts off all that comes out; cut off less.")
    return find_axes(tuple(grown), kernels, strides, padding, dilations)


def pair(name: str, value: Any, *, least: int = 1, most: int) -> tuple[int, int]:
    """One number for both axes, or two of them.

    Raises:
        OptionError: it is neither, or lies outside the bounds.
    """
    values = tuple(value) if isinstance(value, tuple | list) else (value, value)
    if len(values) != 2:
        raise OptionError(f"{name}={value!r} was given; one number or two were expected.")
    first, second = (require_whole(name, number, least=least, most=most) for number in values)
    return first, second


def _pairs(shape: Any, kernel: Any, stride: Any, dilation: Any) -> list[tuple[int, int]]:
    """All but the padding, checked, each as (down, across)."""
    return [
        pair("size", shape, most=MOST_SIDE),
        pair("kernel", kernel, most=MOST_KERNEL),
        pair("stride", stride, most=MOST_SIDE),
        pair("dilation", dilation, most=MOST_SIDE),
    ]


def _paddings(
    padding: Any,
    sizes: tuple[int, int],
    kernels: tuple[int, int],
    strides: tuple[int, int],
    dilations: tuple[int, int],
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Places of padding, ((top, bottom), (left, right))."""
    if not isinstance(padding, str):
        return _numbers(padding)
    if padding == "valid":
        return (0, 0), (0, 0)
    if padding != "same":
        raise OptionError(
            f'padding={padding!r} was given; "valid", "same" or numbers were expected.'
        )
    first, second = (
        _same(*numbers) for numbers in zip(sizes, kernels, strides, dilations, strict=True)
    )
    return first, second


def _same(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """What makes ceil(size / stride) windows fit, the odd one at the end, as TensorFlow has it."""
    out = -(-size // stride)
    total = max((out - 1) * stride + dilation * (kernel - 1) + 1 - size, 0)
    return total // 2, total - total // 2


def _numbers(padding: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    sides = tuple(padding) if isinstance(padding, tuple | list) else (padding, padding)
    if len(sides) != 2:
        raise OptionError(
            f"padding={padding!r} was given; one number, (vertical, horizontal) or "
            "((top, bottom), (left, right)) was expected."
        )
    first, second = (pair("padding", side, least=0, most=MOST_SIDE) for side in sides)
    return first, second


def _require_room(name: str, axis: Axis) -> None:
    padded = axis.size + axis.before + axis.after
    if axis.extent > padded:
        dilated = f", {axis.extent} with its gaps," if axis.dilation > 1 else ""
        raise OptionError(
            f"A window of {name} {axis.kernel}{dilated} does not fit into an input of {name} "
            f"{axis.size}{f', {padded} with padding' if padded > axis.size else ''}; choose a "
            "smaller window or dilation, or more padding."
        )
    if padded > 2 * MOST_SIDE:
        raise OptionError(
            f"An input of {name} {padded} with padding was given; at most {2 * MOST_SIDE} was "
            "expected. Choose less padding or dilation."
        )

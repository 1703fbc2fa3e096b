"""Kernels of Keras 1 and of the Theano backend, turned into those of today.

Keras 1 keeps a kernel of "th" order as (filters, channels, height, width), and that of a
deconvolution with filters and channels exchanged. Theano turns a kernel by 180 degrees when it
convolves; TensorFlow does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from cnnviz_core.model_files.weights.assignments import WaitingVariable


@dataclass(frozen=True)
class Conversion:
    """How an array becomes a kernel.

    Attributes:
        axes: the array's axes in the kernel's order; those left out have one element.
        turned: whether height and width are turned round afterwards.
    """

    axes: tuple[int, ...]
    turned: bool = False

    def shape(self, shape: tuple[int, ...]) -> tuple[int, ...] | None:
        """The shape that comes out; None where the array has other axes."""
        dropped = set(range(len(shape))) - set(self.axes)
        if max(self.axes) >= len(shape) or any(shape[axis] != 1 for axis in dropped):
            return None
        return tuple(shape[axis] for axis in self.axes)

    def apply(self, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """The kernel."""
        dropped = [axis for axis in range(array.ndim) if axis not in self.axes]
        kernel = np.transpose(array, (*self.axes, *dropped))
        kernel = kernel.reshape(kernel.shape[: len(self.axes)])
        if self.turned:
            kernel = np.flip(kernel, axis=tuple(range(kernel.ndim - 2)))
        return np.ascontiguousarray(kernel)


CONVERSIONS = {
    "turned by 180 degrees": Conversion((0, 1, 2, 3), turned=True),
    "turned by 180 degrees (1D)": Conversion((0, 1, 2), turned=True),
    "turned by 180 degrees (3D)": Conversion((0, 1, 2, 3, 4), turned=True),
    "Theano's order": Conversion((2, 3, 1, 0)),
    "Theano's order, turned by 180 degrees": Conversion((2, 3, 1, 0), turned=True),
    "filters and channels exchanged": Conversion((0, 1, 3, 2)),
    "filters and channels exchanged, turned by 180 degrees": Conversion((0, 1, 3, 2), turned=True),
    "Theano's order of a deconvolution": Conversion((2, 3, 0, 1)),
    "Theano's order of a deconvolution, turned by 180 degrees": Conversion(
        (2, 3, 0, 1), turned=True
    ),
    "one-dimensional": Conversion((0, 2, 3)),
    "one-dimensional, turned by 180 degrees": Conversion((0, 2, 3), turned=True),
}
NAMES = {conversion: name for name, conversion in CONVERSIONS.items()}
CONVOLUTIONS = {"Conv1D": 3, "Conv2D": 4, "Conv3D": 5, "Conv2DTranspose": 4}
"""Axes of the kernels that Theano turns round. It turns depthwise kernels itself, beforehand."""
SEPARABLE = {"SeparableConv2D": ("depthwise_kernel", "pointwise_kernel")}


def change_of(
    slot: WaitingVariable, *, first: bool, theano: bool, ordering: str | None
) -> str | None:
    """Name of the conversion that a variable's array needs.

    Args:
        slot: the variable.
        first: whether Keras 1 wrote the file.
        theano: whether Theano did the arithmetic.
        ordering: "th" or "tf", in a file of Keras 1.
    """
    kind, channels_first = slot.layer.kind, ordering == "th"
    if first and slot.leaf in SEPARABLE.get(kind, ()):
        return NAMES[Conversion((2, 3, 1, 0))] if channels_first else None
    if slot.leaf != "kernel" or kind not in CONVOLUTIONS:
        return None
    axes = tuple(range(CONVOLUTIONS[kind]))
    if first and kind == "Conv1D":
        axes = (0, 2, 3)
    elif first and kind == "Conv2DTranspose":
        axes = (2, 3, 0, 1) if channels_first else (0, 1, 3, 2)
    elif first and kind == "Conv2D" and channels_first:
        axes = (2, 3, 1, 0)
    return NAMES.get(Conversion(axes, turned=theano))

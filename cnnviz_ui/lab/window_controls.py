"""Pickers of how a window slides: what they offer is what can be computed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from cnnviz_core.lab.hand_kernels import KERNELS
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.widgets import controls

if TYPE_CHECKING:
    from cnnviz_core.lab.hand_kernels import HandKernel

Zeros = Literal["valid", "same"] | int
"""Padding that a picker offers, as `convolve` takes it."""
PADDINGS: dict[str, Zeros] = {"Valid": "valid", "Same": "same", "1": 1, "2": 2}
STRIDES = ("1", "2", "3", "4")
DILATIONS = ("1", "2", "3")
WINDOWS = ("2", "3", "4")


def kernel_picker(default: str) -> HandKernel:
    """A kernel by its name; what each is for, behind the question mark."""
    purposes = "\n".join(f"- {name}: {kernel.purpose}" for name, kernel in KERNELS.items())
    return KERNELS[
        controls.select(
            "Kernel", tuple(KERNELS), key=Key.KERNEL, default=default, help_text=purposes
        )
    ]


def padding_picker() -> Zeros:
    """Zeros around the input."""
    words = (
        "Zeros around the image. Valid: none. Same: as many as give a place for each step of the "
        "stride, at stride 1 as many as the image has; an odd one goes to the end, as in "
        "TensorFlow. 1 or 2: so many on each side."
    )
    return PADDINGS[controls.option("Padding", tuple(PADDINGS), key=Key.PADDING, help_text=words)]


def stride_picker() -> int:
    """Pixels from one place of the window to the next."""
    words = "Pixels from one place of the window to the next; with 0 it would never move on."
    return int(controls.option("Stride", STRIDES, key=Key.STRIDE, help_text=words))


def dilation_picker() -> int:
    """Pixels from one number of the kernel to the next."""
    words = "Pixels from one number of the kernel to the next: 2 leaves gaps of one pixel."
    return int(controls.option("Dilation", DILATIONS, key=Key.DILATION, help_text=words))


def pooling_picker() -> int:
    """Side of pooling's window, which is its stride too."""
    words = "Side of the window of pooling, in pixels, and its stride: windows lie side by side."
    return int(controls.option("Pooling window", WINDOWS, key=Key.WINDOW, help_text=words))

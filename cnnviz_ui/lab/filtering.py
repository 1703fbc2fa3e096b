"""One kernel slid over one input: numbers, how they look, and the lines that give them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.lab.axes import MINUS
from cnnviz_core.lab.convolution import convolve, convolve_transposed
from cnnviz_core.lab.sizes import transposed_windows, windows
from cnnviz_ui.lab.filter_inputs import whole_code

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz_core.arrays import FloatArray, ImageArray, IntArray
    from cnnviz_ui.lab.filter_inputs import Input

TRUE, AS_IMAGE = "True values", "Cut to an image"
LOOKS = (TRUE, AS_IMAGE)
MANY = 5000
"""Values from which on a scale leaves out the outermost percent, so that few do not rule it."""
NEGATIVE, ZERO, POSITIVE = (33, 102, 172), (255, 255, 255), (178, 24, 43)
GREYS = ((0, 0, 0), (255, 255, 255))


@dataclass(frozen=True, eq=False)
class Kernel:
    """A kernel as it was chosen.

    Attributes:
        name: its name; "Typed" of one's own.
        weights: float32 (height, width), before anything is done to them.
        code: Python that gives them.
        normalized: whether they are divided by their sum.
        flipped: whether the kernel is turned by half a turn.
    """

    name: str
    weights: FloatArray
    code: str
    normalized: bool = False
    flipped: bool = False

    @property
    def divisor(self) -> float:
        """The weights' sum; of their absolute values where it is 0; 1 where all are 0."""
        if not self.normalized:
            return 1.0
        total = float(self.weights.sum(dtype=np.float64))
        size = float(np.abs(self.weights).sum(dtype=np.float64))
        return total if abs(total) > 1e-6 * size else size or 1.0

    @property
    def used(self) -> FloatArray:
        """What is multiplied with the pixels."""
        weights = self.weights / np.float32(self.divisor)
        return np.ascontiguousarray(weights[::-1, ::-1]) if self.flipped else weights

    @property
    def words(self) -> str:
        """What was done to the weights, in sentences."""
        said = []
        if self.normalized:
            total = float(self.weights.sum(dtype=np.float64))
            size = float(np.abs(self.weights).sum(dtype=np.float64))
            if size == 0:
                said.append("All weights are 0, so they are not divided.")
            elif abs(total) > 1e-6 * size:
                said.append(f"Divided by the sum of the weights, {written(total)}.")
            else:
                said.append(
                    "The weights add up to 0, so they are divided by the sum of their absolute "
                    f"values, {written(size)}."
                )
        if self.flipped:
            said.append("Turned by half a turn, as mathematics defines convolution.")
        return " ".join(said)


@dataclass(frozen=True)
class Scale:
    """What colours of a result mean.

    Attributes:
        low: value of the first colour.
        high: value of the last.
        signed: whether the colours are blue, white and red about 0, and no greys.
    """

    low: float
    high: float
    signed: bool

    @property
    def colours(self) -> tuple[tuple[int, int, int], ...]:
        """From the first to the last."""
        return (NEGATIVE, ZERO, POSITIVE) if self.signed else GREYS


@dataclass(frozen=True, eq=False)
class Filtered:
    """An input and what a kernel makes of it.

    Attributes:
        given: the input.
        kernel: the kernel.
        apart: whether the channels are kept apart.
        backwards: whether the kernel is laid down at each pixel, in place of read.
        result: float32 (rows, columns), or (rows, columns, 3).
        rows: which rows of the input each row of windows reads, -1 outside of it.
        columns: likewise.
        scale: what the colours of the result mean.
    """

    given: Input
    kernel: Kernel
    apart: bool
    backwards: bool
    result: FloatArray
    rows: IntArray
    columns: IntArray
    scale: Scale

    @property
    def legend(self) -> tuple[str, str]:
        """What the first and the last colour stand for, in words."""
        lowest, highest = float(self.result.min()), float(self.result.max())
        low, high = written(self.scale.low), written(self.scale.high)
        first = f"≤ {low}" if lowest < self.scale.low else low
        return first, f"≥ {high}" if highest > self.scale.high else high

    @property
    def code(self) -> str:
        """Lines that give `result` again, with `cnnviz_core`."""
        divided = f" / np.float32({self.kernel.divisor!r})" if self.kernel.normalized else ""
        lines = f"kernel = {self.kernel.code}{divided}\n"
        options = ", apart=True" if self.apart else ""
        if self.backwards:
            turned = "[::-1, ::-1]" if self.kernel.flipped else ""
            lines += f"result = cnnviz.convolve_transposed(pixels, kernel{turned}{options})\n"
        else:
            options += ", flipped=True" if self.kernel.flipped else ""
            lines += f"result = cnnviz.convolve(pixels, kernel{options})\n"
        return whole_code(self.given, lines)


def apply(given: Input, kernel: Kernel, *, apart: bool, backwards: bool, look: str) -> Filtered:
    """Slide a kernel over an input.

    Raises:
        OptionError: the kernel does not fit, or what comes out is too large.
    """
    apart = apart and given.values.ndim == 3
    slide, taps = (convolve_transposed, transposed_windows) if backwards else (convolve, windows)
    result = slide(given.values, kernel.used, apart=apart)
    rows, columns = taps(given.values.shape, kernel.used.shape)
    summed = 1 if apart or given.values.ndim == 2 else given.values.shape[2]
    scale = scale_of(result, kernel.used, given.white, look=look, coloured=apart, channels=summed)
    return Filtered(given, kernel, apart, backwards, result, rows, columns, scale)


def scale_of(
    result: FloatArray,
    weights: FloatArray,
    white: int,
    *,
    look: str,
    coloured: bool,
    channels: int = 1,
) -> Scale:
    """What the colours of a result mean.

    An image's are those of the input. Of true values without a negative one black is 0, and white
    what a white input of so many channels, added up, would give; weights that add up to 0 or less
    are shown about 0; others from the lowest value to the highest.
    """
    if look == AS_IMAGE:
        return Scale(0, white, signed=False)
    share = 0.01 if result.size > MANY else 0
    low, high = (float(np.quantile(result, end)) for end in (share, 1 - share))
    if result.min() >= 0:
        bright = channels * white * max(0.0, float(weights.sum()))
        return Scale(0, max(bright, high) or 1.0, signed=False)
    if weights.sum() > 1e-6 * np.abs(weights).sum():
        return Scale(low, high, signed=False)
    most = max(-low, high) or float(-result.min())
    return Scale(-most, most, signed=not coloured)


def coloured(values: NDArray[np.generic], scale: Scale) -> ImageArray:
    """Values in the colours of a scale, RGB uint8 (height, width, 3)."""
    numbers = np.asarray(values, np.float64)
    if not scale.signed:
        share = np.clip((numbers - scale.low) / ((scale.high - scale.low) or 1), 0, 1)
        grey = np.rint(255 * share).astype(np.uint8)
        return grey if grey.ndim == 3 else np.repeat(grey[..., None], 3, axis=2)
    share = np.clip(numbers / scale.high, -1, 1)[..., None]
    ends = np.where(share < 0, NEGATIVE, POSITIVE)
    return np.asarray(np.rint(255 + (ends - 255) * np.abs(share)), np.uint8)


def written(value: float) -> str:
    """A number in at most four significant digits."""
    return f"{value:.4g}".replace("-", MINUS)

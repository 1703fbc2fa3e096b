"""The steps of the lesson on sizes: a photo in grey, convolved, and pooled in two ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

import cv2
import numpy as np

from cnnviz_core.images.rendering import enlarge
from cnnviz_core.lab.axes import MINUS
from cnnviz_core.lab.convolution import convolve
from cnnviz_core.lab.pooling import Kind, pool
from cnnviz_core.lab.sizes import output_size
from cnnviz_ui.widgets import snippets
from cnnviz_ui.widgets.exports import LONGER_SIDE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from cnnviz_core.arrays import ImageArray
    from cnnviz_core.lab.hand_kernels import HandKernel
    from cnnviz_ui.frame.photos import Photo
    from cnnviz_ui.lab.window_controls import Zeros

WIDTH, HEIGHT = 120, 80
"""Pixels to which a photo is reduced at most, so that each can be seen."""
GAP = 6
"""Pixels of white between the pictures of a file, as large as theirs."""
KINDS: dict[Kind, str] = {
    "max": "Max pooling, the largest of {0} x {0}",
    "average": "Average pooling, the mean of {0} x {0}",
}


class Options(TypedDict):
    """How a window slides, as functions of the core take it."""

    stride: int
    padding: Zeros
    dilation: int


@dataclass(frozen=True)
class Sliding:
    """How the window slides, as chosen: the kernel's and then that of pooling."""

    kernel: HandKernel
    padding: Zeros
    stride: int
    dilation: int
    window: int

    @property
    def options(self) -> Options:
        """How the kernel slides, as `convolve` takes it."""
        return {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}


@dataclass(frozen=True, eq=False)
class Step:
    """One picture of the lesson.

    Attributes:
        name: as code and files call it.
        title: what it is.
        values: (height, width).
        formulas: how its size comes about, by axis; none of what was given.
    """

    name: str
    title: str
    values: NDArray[np.generic]
    formulas: tuple[str, ...] = ()

    @property
    def size(self) -> str:
        """Height and width, in words."""
        height, width = self.values.shape
        return f"{height} x {width}"


def small_grey(photo: ImageArray) -> ImageArray:
    """A photo in grey, of at most `HEIGHT` x `WIDTH` pixels, by the two lines that the code says.

    Returns:
        (height, width) uint8.
    """
    small = cv2.resize(photo, _reduced_size(photo), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)


def results(grey: ImageArray, sliding: Sliding) -> Iterator[Step]:
    """What the kernel makes of it, and then what either pooling leaves of that.

    Raises:
        OptionError: a window does not fit; steps before it are given.
    """
    kernel = sliding.kernel
    values = convolve(grey, kernel.weights, **sliding.options)
    size = output_size(grey.shape, kernel.weights.shape, **sliding.options)
    yield Step("convolved", f"After {kernel.name}", values, (*size.formula.split("; "),))
    window = sliding.window
    size = output_size(values.shape, window, stride=window)
    for kind, title in KINDS.items():
        left = pool(values, window, kind=kind)
        formulas = (*size.formula.split("; "),)
        yield Step(f"{kind}_pooled", title.format(window), left, formulas)


def shown(steps: Sequence[Step]) -> list[ImageArray]:
    """The photo from black to white, and all results on the one scale of the first of them."""
    first, *others = steps
    pictures = [shades(first.values, 0, 255)]
    if others:
        low, high = _ends(others[0])
        pictures += [shades(step.values, low, high) for step in others]
    return pictures


def reading(steps: Sequence[Step]) -> str:
    """What the pictures show, in words."""
    words = "Sizes are height x width; a pixel is as large in every picture."
    if len(steps) < 2:
        return words
    low, high = (f"{end:.4g}".replace("-", MINUS) for end in _ends(steps[1]))
    return f"{words} Results: black is {low}, white {high}."


def shades(values: NDArray[np.generic], low: float, high: float) -> ImageArray:
    """Values as greys: `low` is black and `high` is white.

    Returns:
        (height, width, 3) uint8.
    """
    share = (values.astype(np.float64) - low) / ((high - low) or 1)
    grey = np.rint(255 * np.clip(share, 0, 1)).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def side_by_side(pictures: Sequence[ImageArray]) -> ImageArray:
    """Pictures on white, two a row, one pixel of each as large as one of any other."""
    rows = []
    for start in range(0, len(pictures), 2):
        pair = pictures[start : start + 2]
        height = max(picture.shape[0] for picture in pair)
        rows.append(np.hstack([_on_white(picture, height) for picture in pair]))
    width = max(row.shape[1] for row in rows)
    sheet = np.vstack([_on_white(row, row.shape[0], width - row.shape[1]) for row in rows])
    return enlarge(sheet, max(1, -(-LONGER_SIDE // max(sheet.shape[:2]))))


def code(photo: Photo, sliding: Sliding) -> str:
    """Lines that give the arrays again."""
    width, height = _reduced_size(photo.pixels)
    options = ", ".join(f"{name}={value!r}" for name, value in sliding.options.items())
    return snippets.of_photo(
        photo,
        f"small = cv2.resize(image, ({width}, {height}), interpolation=cv2.INTER_AREA)\n"
        "grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)\n"
        f"kernel = cnnviz.KERNELS[{sliding.kernel.name!r}].weights\n"
        f"convolved = cnnviz.convolve(grey, kernel, {options})\n"
        f'max_pooled = cnnviz.pool(convolved, {sliding.window}, kind="max")\n'
        f'average_pooled = cnnviz.pool(convolved, {sliding.window}, kind="average")\n',
        imports="import cv2\n\n",
    )


def _ends(step: Step) -> tuple[float, float]:
    return float(step.values.min()), float(step.values.max())


def _reduced_size(photo: ImageArray) -> tuple[int, int]:
    """Width and height, as OpenCV has them."""
    height, width = photo.shape[:2]
    scale = min(1.0, WIDTH / width, HEIGHT / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _on_white(picture: ImageArray, height: int, more: int = 0) -> ImageArray:
    ends = ((0, height - picture.shape[0] + GAP), (0, GAP + more), (0, 0))
    return np.pad(picture, ends, constant_values=255)

"""What a kernel slides over: a photo, a patch of it whose numbers can be read, or a digit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cnnviz_core.errors import ImageError
from cnnviz_core.sets.written_digits import BRIGHTEST, written_digits
from cnnviz_ui.widgets import snippets

if TYPE_CHECKING:
    from cnnviz_core.arrays import ImageArray
    from cnnviz_ui.frame.photos import Photo

PHOTO = "Photo"
PATCHES = {f"Patch of {side} x {side}": side for side in (8, 12, 16, 24)}
ZOOMED = "Patch of 12 x 12"
"""The patch that a click on the photo leads to."""
SIDE = 288
"""Pixels to which a photo's longer side is reduced: the window can be seen, and little travels."""
Place = tuple[int, int]
_PLACE = re.compile(r"([0-9]{1,3}),([0-9]{1,3})")


@dataclass(frozen=True, eq=False)
class Input:
    """One input.

    Attributes:
        name: for files.
        title: what it is.
        values: uint8 (height, width), or (height, width, 3) RGB.
        white: the value of the brightest pixel that there can be.
        readable: whether it is small enough for its numbers to be written into it.
        code: lines of Python that give `values` as the variable `pixels`.
        photo: what the code begins from; None of a digit.
        start: row and column of the photo at which it begins.
    """

    name: str
    title: str
    values: ImageArray
    white: int
    readable: bool
    code: str
    photo: Photo | None = None
    start: Place = (0, 0)


def offered() -> tuple[str, ...]:
    """The names of all inputs; digits where they are installed."""
    return PHOTO, *PATCHES, *(f"Digit {digit}" for digit in range(_digit_count()))


def find(name: str, photo: Photo, place: Place | None, *, coloured: bool) -> Input:
    """One of those offered.

    Args:
        name: as it is offered.
        photo: the one in the sidebar.
        place: (top, left) of the patch; where the photo has most contrast, where None.
        coloured: whether the photo keeps its colours.
    """
    if name.startswith("Digit"):
        return _digit(int(name.split()[1]))
    size = reduced_size(photo.pixels)
    values = np.asarray(
        cv2.resize(photo.pixels, size[::-1], interpolation=cv2.INTER_AREA), np.uint8
    )
    code = f"pixels = cv2.resize(image, {size[::-1]}, interpolation=cv2.INTER_AREA)\n"
    if not coloured:
        values = np.asarray(cv2.cvtColor(values, cv2.COLOR_RGB2GRAY), np.uint8)
        code += "pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)\n"
    title = "The photo" if coloured else "The photo in grey"
    if name == PHOTO:
        return Input(photo.name, title, values, 255, readable=False, code=code, photo=photo)
    side = PATCHES[name]
    top, left = fitted(place or _most_contrast(values, side), size, side)
    values = np.ascontiguousarray(values[top : top + side, left : left + side])
    code += f"pixels = pixels[{top}:{top + side}, {left}:{left + side}]\n"
    return Input(
        f"{photo.name}-patch",
        title.replace("The photo", "A patch"),
        values,
        255,
        readable=True,
        code=code,
        photo=photo,
        start=(top, left),
    )


def reduced_size(photo: ImageArray) -> tuple[int, int]:
    """Height and width of a photo as it is shown in the lesson."""
    height, width = photo.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def fitted(place: Place, size: tuple[int, int], side: int) -> Place:
    """Where a patch lies that begins at a place, or as near to it as the photo has room."""
    down, across = (max(0, length - side) for length in size)
    return min(place[0], down), min(place[1], across)


def read_place(text: str) -> Place | None:
    """A place as a link says it, "row,column"; None where it says none."""
    found = _PLACE.fullmatch(text)
    return (int(found[1]), int(found[2])) if found else None


def whole_code(given: Input, lines: str) -> str:
    """Lines that make the input and go on from it."""
    text = f"{given.code}{lines}"
    used = {"import cv2": "cv2.", "import numpy as np": "np."}
    imports = "".join(f"{line}\n" for line, name in used.items() if name in text)
    if given.photo is None:
        return f"{imports}\nimport cnnviz_core as cnnviz\n\n{text}"
    return snippets.of_photo(given.photo, text, imports=f"{imports}\n")


def _most_contrast(values: ImageArray, side: int) -> Place:
    """Where a patch begins whose greys differ most from their mean."""
    grey = values if values.ndim == 2 else cv2.cvtColor(values, cv2.COLOR_RGB2GRAY)
    height, width = (min(side, length) for length in grey.shape)
    levels = np.asarray(grey, np.float64)
    mean, square = (
        cv2.boxFilter(array, cv2.CV_64F, (width, height), anchor=(0, 0))
        for array in (levels, levels**2)
    )
    rows, columns = grey.shape[0] - height + 1, grey.shape[1] - width + 1
    spread = (np.asarray(square) - np.asarray(mean) ** 2)[:rows, :columns]
    row, column = np.unravel_index(spread.argmax(), spread.shape)
    return int(row), int(column)


def _digit(digit: int) -> Input:
    values = written_digits()[digit]
    rows = ",\n    ".join(str(row) for row in values.tolist())
    title = "A digit"
    code = f"pixels = np.array([\n    {rows},\n])\n"
    return Input(f"digit-{digit}", title, values, BRIGHTEST, readable=True, code=code)


def _digit_count() -> int:
    try:
        return len(written_digits())
    except ImageError:
        return 0

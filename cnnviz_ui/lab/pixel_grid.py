"""Pixels as numbers: a grid of cells in their own colours, each with its red, green and blue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from cnnviz_core.images.colours import LUMA
from cnnviz_ui.widgets.fonts_internals import font

if TYPE_CHECKING:
    from cnnviz_core.arrays import ImageArray

CELL_WIDTH, CELL_HEIGHT = 132, 108
_TEXT_SIZE, _LINE = 30, 33
_EDGE = (128, 128, 128)
FRAME = (255, 0, 200)
"""Of the place in the photo: a colour that photos seldom have."""


def grid(pixels: ImageArray) -> ImageArray:
    """Every pixel as a cell, R above G above B."""
    rows, columns = pixels.shape[:2]
    drawn = Image.new("RGB", (columns * CELL_WIDTH, rows * CELL_HEIGHT))
    pen, face = ImageDraw.Draw(drawn), font(_TEXT_SIZE)
    for row, column in np.ndindex(rows, columns):
        left, top = column * CELL_WIDTH, row * CELL_HEIGHT
        colour = tuple(int(level) for level in pixels[row, column])
        corner = left + CELL_WIDTH - 1, top + CELL_HEIGHT - 1
        pen.rectangle(((left, top), corner), fill=colour, outline=_EDGE)
        for line, (name, level) in enumerate(zip("RGB", colour, strict=True)):
            place = left + 26, top + 3 + line * _LINE
            pen.text(place, f"{name} {level}", font=face, fill=_ink(colour))
    return np.asarray(drawn)


def _ink(colour: tuple[int, ...]) -> tuple[int, int, int]:
    """Black or white, whichever can be read on a colour."""
    return (0, 0, 0) if np.dot(LUMA, colour) > 140 else (255, 255, 255)


def framed(image: ImageArray, row: int, column: int, side: int) -> ImageArray:
    """The photo, enlarged until a frame can be seen, with the place of a patch framed."""
    factor = max(1, round(600 / max(image.shape[:2])))
    height, width = image.shape[:2]
    drawn = Image.fromarray(image).resize((width * factor, height * factor), Image.Resampling.BOX)
    corners = (
        (column * factor - 3, row * factor - 3),
        (min(width, column + side) * factor + 2, min(height, row + side) * factor + 2),
    )
    ImageDraw.Draw(drawn).rectangle(corners, outline=FRAME, width=3)
    return np.asarray(drawn)

"""From what an ascent varies to pictures: levels, repetition, channels that no screen has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.images.levels import fractions, levels

if TYPE_CHECKING:
    from cnnviz_core.arrays import FloatArray


def eight_bit(images: FloatArray) -> FloatArray:
    """Images in the 256 levels of a picture file, 0 to 1."""
    return fractions(levels(images))


def tiled(images: FloatArray, height: int, width: int) -> FloatArray:
    """Images (batch, rows, columns, channels) repeated until they fill a size, and cut there."""
    rows, columns = images.shape[1:3]
    if (rows, columns) == (height, width):
        return images
    repeated = np.tile(images, (1, -(-height // rows), -(-width // columns), 1))
    return repeated[:, :height, :width]


def as_rgb(images: FloatArray) -> FloatArray:
    """Pictures of a network's inputs, a copy, (batch, height, width, 3).

    One channel is grey. Neither one nor three are that many grey pictures side by side.
    """
    amount, height, _, channels = images.shape
    if channels == 3:
        return images.copy()
    beside = images.transpose(0, 1, 3, 2).reshape(amount, height, -1, 1)
    return np.repeat(beside, 3, axis=-1)

"""Maps, and where they point, as frozen results: raw arrays, what was explained, and units.

Arrays are NumPy; nothing here imports TensorFlow, so results travel between processes as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz_core.images.resizing import resized

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz_core.arrays import FloatArray
    from cnnviz_core.targets import Contrast, Target


@dataclass(frozen=True, eq=False)
class Attribution:
    """A map that says how much each place of the image counts for one target.

    Attributes:
        values: float32 (rows, columns) at the method's own resolution.
        signed: whether values below zero have a meaning.
        target: the class explained, or the two that were contrasted.
        layer: the layer whose activations were weighed, None for methods at the input.
        method: published name of the method.
        units: unit of `values`.
        score: the logit explained, or the difference of two; a score where `score_units` says so.
        probability: the class's probability for the image, or the difference of two.
        score_units: "logit", "score", "logit difference" or "score difference".
        output: name of the output explained, on a network with several.
        options: the options that the method ran with.
        measures: numbers that tell how far the map can be trusted, by name, such as the
            completeness error of integrated gradients.
        floor: the value that stands for no evidence; 0, but for RISE, whose maps carry the mean
            answer everywhere.
    """

    values: FloatArray
    signed: bool
    target: Target | Contrast
    layer: str | None
    method: str
    units: str
    score: float
    probability: float
    score_units: str = "logit"
    output: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    measures: Mapping[str, float] = field(default_factory=dict)
    floor: float = 0.0

    @property
    def empty(self) -> bool:
        """Whether the map is at its floor everywhere: no evidence was found."""
        return not np.any(self.values != self.floor)

    def resized(self, height: int, width: int) -> FloatArray:
        """Upsample bilinearly with half-pixel centres onto an image of the given size.

        Preprocessing resizes the whole picture, so the map covers the whole picture: a cell
        (row, column) of an (r, c) map has its centre at ((row + 0.5) height / r,
        (column + 0.5) width / c).
        """
        return resized(self.values, height, width)


@dataclass(frozen=True, eq=False)
class BaselineMap:
    """A map that knows nothing of the network: what a method's map has to beat.

    Attributes:
        values: float32 (rows, columns), non-negative, only their order means something.
        method: "Random", "Centre" or "Edge detector".
        target: None: it is measured on whatever class is asked for.
        output: None, likewise.
        floor: the value that stands for no evidence.
    """

    values: FloatArray
    method: str
    target: None = None
    output: None = None
    floor: float = 0.0

    @property
    def empty(self) -> bool:
        """Whether the map is zero everywhere."""
        return not np.any(self.values)

    def resized(self, height: int, width: int) -> FloatArray:
        """Resize as `Attribution.resized` does."""
        return resized(self.values, height, width)


SpatialMap = Attribution | BaselineMap
"""Anything that puts the places of an image in an order."""


@dataclass(frozen=True)
class Box:
    """An upright box around a hot region, in pixels of the image and as the lecture writes it.

    Attributes:
        top: first row inside.
        left: first column inside.
        bottom: first row below.
        right: first column to the right.
        image_size: (height, width) of the image.
        score: highest value of the map in the region, in the map's units.
    """

    top: int
    left: int
    bottom: int
    right: int
    image_size: tuple[int, int]
    score: float

    @property
    def relative(self) -> tuple[float, float, float, float]:
        """(b_x, b_y, b_h, b_w): centre, height and width as shares of the image, 0 to 1."""
        height, width = self.image_size
        return (
            (self.left + self.right) / 2 / width,
            (self.top + self.bottom) / 2 / height,
            (self.bottom - self.top) / height,
            (self.right - self.left) / width,
        )

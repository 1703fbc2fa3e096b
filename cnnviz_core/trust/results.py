"""Frozen results of what is done with a map: how far it can be trusted, and where it points.

Arrays are NumPy; nothing here imports TensorFlow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz_core.types import Contrast, FloatArray, Target


@dataclass(frozen=True, eq=False)
class Curve:
    """The class's probability while an image is taken away, or given back, by a map's order.

    Attributes:
        fractions: float32 (points,), share of the pixels changed so far, rising from 0.
        scores: float32 (points,), the target's probability at each; for a contrast the difference
            of two.
        area: mean height of the curve over its fractions (trapezoids), in units of `scores`: for
            deletion and ROAD lower is better, for insertion higher.
        measure: "deletion", "insertion" or "road".
        method: the method, or baseline, whose map gave the order.
        fill: what stands where pixels are gone, in words.
        target: the class, or the two that were contrasted.
    """

    fractions: FloatArray
    scores: FloatArray
    area: float
    measure: str
    method: str
    fill: str
    target: Target | Contrast


@dataclass(frozen=True, eq=False)
class SanityCheck:
    """How a map changes while a network is randomized from its last layer to its first.

    Attributes:
        method: published name of the method.
        target: the class explained throughout, or the two that were contrasted.
        layer: the layer whose activations were weighed, None for methods at the input.
        layers: at each point the layer that was randomized last; so were all above it.
        spearman: float32 (layers,), rank correlation with the first map, -1 to 1; of absolute
            values where the map is signed. 0 for a map that is the same everywhere.
        ssim: float32 (layers,), structural similarity with the first map, -1 to 1; of absolute
            values divided by their maximum, at the network's input size.
        maps: float32 (layers + 1, rows, columns): the first map, then one a layer.
        signed: whether values below zero have a meaning.
        units: of the maps.
        seed: of the random weights.
    """

    method: str
    target: Target | Contrast
    layer: str | None
    layers: tuple[str, ...]
    spearman: FloatArray
    ssim: FloatArray
    maps: FloatArray
    signed: bool
    units: str
    seed: int


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

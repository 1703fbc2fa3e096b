"""How far a map can be trusted, as frozen results.

Arrays are NumPy; nothing here imports TensorFlow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz_core.arrays import FloatArray
    from cnnviz_core.targets import Contrast, Target


HIGHER_IS_BETTER = "insertion"
"""The one measure of faithfulness by which a larger area is better."""


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
class PlacementCheck:
    """What taking pixels away costs, in a map's order and in that of the same map elsewhere.

    Attributes:
        fractions: float32 (points,), share of the pixels removed so far, rising from 0.
        scores: float32 (points,), the target's probability at each; for a contrast the difference
            of two.
        elsewhere: float32 (places, points), the same for the map moved to eight other places.
        blind: float32 (2, points), the same for nearness to the centre, then for edges.
        method: the method whose map it is.
        fill: what stands where pixels are gone, in words.
        target: the class, or the two that were contrasted.
    """

    fractions: FloatArray
    scores: FloatArray
    elsewhere: FloatArray
    blind: FloatArray
    method: str
    fill: str
    target: Target | Contrast

    @property
    def loss(self) -> float:
        """What the target's score loses by the end, when nothing of the image is left."""
        return float(self.scores[0] - self.scores[-1])

    def kept(self, scores: FloatArray) -> FloatArray:
        """Share of that loss still to come, on average on the way: lower is better.

        1 is a score that holds out to the end, 0 one that is lost at once. Where the loss is small
        it says nothing; where there is none it is 0.

        Args:
            scores: (points,), or several of them, (curves, points).
        """
        span = self.fractions[-1] - self.fractions[0]
        area = np.trapezoid(scores, self.fractions, axis=-1) / span
        return np.asarray((area - self.scores[-1]) / (self.loss or np.inf), np.float32)

    @property
    def lead(self) -> float:
        """How much less is kept in the map's order than with the map elsewhere, on average.

        0 where the place makes no difference, below 0 where others count more.
        """
        return float(np.mean(self.kept(self.elsewhere)) - self.kept(self.scores))


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


def margin(curve: Curve, baselines: Sequence[Curve]) -> float:
    """How far a map's curve is better than the best of some baselines' curves.

    Args:
        curve: of deletion or ROAD, where a lower area is better, or of insertion: a higher.
        baselines: curves of the same measure.

    Returns:
        Difference of areas, in units of probability: above zero the map beats every baseline.

    Raises:
        OptionError: there is no baseline, or measures differ.
    """
    if not baselines or any(baseline.measure != curve.measure for baseline in baselines):
        raise OptionError(
            f"A curve of {curve.measure} was given beside {len(baselines)} baselines; "
            "one baseline or more of the same measure was expected."
        )
    areas = [baseline.area for baseline in baselines]
    if curve.measure == HIGHER_IS_BETTER:
        return curve.area - max(areas)
    return min(areas) - curve.area

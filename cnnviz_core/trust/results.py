"""How far a map can be trusted, as frozen results.

Arrays are NumPy; nothing here imports TensorFlow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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

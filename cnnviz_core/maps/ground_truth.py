"""How well maps find what is known to be there: pointing game and overlap with true masks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.errors import OptionError
from cnnviz_core.maps.localization import overlap, pointing_hit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cnnviz_core.maps.results import SpatialMap


@dataclass(frozen=True)
class Finding:
    """How well one method's maps find the objects of a set of images.

    Attributes:
        hits: share of the maps whose highest point lies on the object (pointing game,
            arXiv:1608.00507); a map without evidence is a miss.
        overlap: mean intersection over union of the object with as many of a map's highest pixels
            as the object has, so that no threshold has to be chosen.
        maps: number of maps.
    """

    hits: float
    overlap: float
    maps: int


def finding(maps: Sequence[SpatialMap], masks: NDArray[np.bool_]) -> Finding:
    """Hold maps against the true masks of their images.

    Args:
        maps: one an image, of one method.
        masks: bool (images, height, width).

    Raises:
        OptionError: there is no map, or not one a mask.
    """
    if not maps or len(maps) != len(masks):
        raise OptionError(f"{len(maps)} maps were given for {len(masks)} masks; one each, please.")
    pairs = list(zip(maps, masks, strict=True))
    hits = [
        not spatial_map.empty and pointing_hit(spatial_map, mask) for spatial_map, mask in pairs
    ]
    overlaps = [overlap(_highest(spatial_map, mask), mask) for spatial_map, mask in pairs]
    return Finding(float(np.mean(hits)), float(np.mean(overlaps)), len(maps))


def _highest(spatial_map: SpatialMap, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """As many of a map's highest pixels as the mask has; ties by chance, always the same."""
    values = spatial_map.resized(*mask.shape)
    order = np.lexsort((np.random.default_rng(0).random(values.size), -values.ravel()))
    chosen = np.zeros(mask.size, dtype=bool)
    chosen[order[: np.count_nonzero(mask)]] = True
    return chosen.reshape(mask.shape)

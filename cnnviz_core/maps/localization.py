"""From a map to the object: boxes around its hot regions, and a mask cut along the image's edges.

Light: NumPy and OpenCV alone. Pixels are those of the image as the user gave it; a map of any
resolution is laid on it by `resized`. Only positive values are evidence; a share is a share of the
map's highest value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from cnnviz_core.errors import EmptyMapError, OptionError
from cnnviz_core.images.reading import require_image
from cnnviz_core.images.resizing import resized
from cnnviz_core.maps.results import Box
from cnnviz_core.options import require_whole

if TYPE_CHECKING:
    from cnnviz_core.arrays import FloatArray, ImageArray
    from cnnviz_core.maps.results import SpatialMap

Mask = NDArray[np.bool_]

THRESHOLD = 0.5
"""Share of the maximum above which a place belongs to a region. Half, because bilinear upsampling
puts the half-way value exactly on the border between a hot cell and a cold one, so that a box
neither grows nor shrinks with the map's coarseness. CAM's paper takes 0.2."""
SMOOTHING = 0.05
"""Deviation, as a share of the sides, of the Gaussian that makes regions of a map of pixels. Maps
whose cells are larger than that, as those of deep layers, are taken as they are."""
_WORKING_SIDE = 400
_MOST_ITERATIONS = 50
_NO_BOX = (0, 0, 1, 1)


def bounding_box(
    attribution: SpatialMap,
    image_size: tuple[int, int],
    *,
    threshold: float = THRESHOLD,
    component: Literal["largest", "strongest"] = "largest",
    smoothing: float = SMOOTHING,
) -> Box:
    """The box around one connected region of a map.

    Zhou et al. 2016 (arXiv:1512.04150), section 3.2: cut the map at a share of its maximum and take
    the box that covers the largest connected region. Pixels that touch at a corner are connected.

    Args:
        attribution: the map.
        image_size: (height, width) in pixels that the box is counted in.
        threshold: share of the maximum, 0 to 1, that a pixel must exceed.
        component: "largest" by pixels, or "strongest": the one that holds the maximum.
        smoothing: of maps of pixels, see `SMOOTHING`; 0 for none.

    Returns:
        The box, in pixels of an image of that size.

    Raises:
        EmptyMapError: the map has no positive value.
        OptionError: an option is outside what is accepted.
    """
    if component not in ("largest", "strongest"):
        raise OptionError(
            f"component={str(component)[:40]!r} was given; 'largest' or 'strongest' was expected."
        )
    regions = _regions(attribution, image_size, threshold, smoothing)
    if component == "strongest":
        return regions[0].box
    return max(regions, key=lambda region: region.pixels).box


def bounding_boxes(
    attribution: SpatialMap,
    image_size: tuple[int, int],
    *,
    threshold: float = THRESHOLD,
    most: int = 5,
    smoothing: float = SMOOTHING,
) -> tuple[Box, ...]:
    """A box around every connected region of a map: several objects of one class.

    Args, errors: as for `bounding_box`, and
        most: number of boxes, from 1.

    Returns:
        Boxes by falling `score`, at least one.
    """
    if most < 1:
        raise OptionError(f"most={most} was given; at least 1 box can be asked for.")
    regions = _regions(attribution, image_size, threshold, smoothing)
    return tuple(region.box for region in regions[:most])


def grabcut(
    image: ImageArray,
    attribution: SpatialMap,
    *,
    foreground: float = 0.98,
    background: float = 0.3,
    threshold: float = THRESHOLD,
    smoothing: float = SMOOTHING,
    iterations: int = 5,
    seed: int = 0,
) -> Mask:
    """Cut out the object that a map points at, along the edges of the image.

    Simonyan et al. 2013 (arXiv:1312.6034), section 3.2: GrabCut (Rother et al. 2004), whose colours
    of the object come from pixels above a high quantile of the map and those of the surroundings
    from pixels below its 30 % quantile. Those between start as object where they exceed
    `threshold`. The paper's high quantile is 95 %; 98 % fits objects that cover less than a
    twentieth of the image too. Works at 400 pixels on the longer side at most.

    Args:
        image: (height, width, 3), RGB uint8, any size.
        attribution: the map.
        foreground: quantile from which pixels are surely the object.
        background: quantile up to which pixels are surely not.
        threshold: share of the maximum above which the others are likely the object.
        smoothing: of maps of pixels, see `SMOOTHING`; 0 for none.
        iterations: rounds of fitting colours and cutting, 1 to 50.
        seed: of the start of the colour clusters.

    Returns:
        bool (height, width), True on the object.

    Raises:
        EmptyMapError: the map has no positive value, or is the same everywhere.
        OptionError: an option is outside what is accepted.
    """
    if not 0 <= background < foreground <= 1:
        raise OptionError(
            f"background={background} and foreground={foreground} were given; quantiles with "
            "0 <= background < foreground <= 1 were expected."
        )
    image = require_image(image)
    require_whole("iterations", iterations, most=_MOST_ITERATIONS)
    height, width = image.shape[:2]
    scale = min(1.0, _WORKING_SIDE / max(height, width))
    rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
    small = cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA)
    values = _evidence(attribution, (rows, columns), smoothing)
    marks = _marks(values, (background, foreground), _checked(threshold))
    cv2.setRNGSeed(require_whole("seed", seed, least=0, most=2**31 - 1))
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(small, marks, _NO_BOX, *models, iterations, cv2.GC_INIT_WITH_MASK)
    on_object = np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)
    return np.asarray(cv2.resize(on_object, (width, height), interpolation=cv2.INTER_LINEAR) > 0.5)


def overlap(found: Box | Mask, truth: Box | Mask) -> float:
    """Intersection over union of two regions of one image, 0 to 1.

    Args:
        found: a box, or a mask, bool (height, width).
        truth: likewise, of the same size.

    Raises:
        OptionError: sizes differ, or both are empty.
    """
    found_mask, true_mask = (_as_mask(region) for region in (found, truth))
    if found_mask.shape != true_mask.shape:
        raise OptionError(
            f"Regions of {found_mask.shape} and {true_mask.shape} pixels cannot be compared."
        )
    union = np.count_nonzero(found_mask | true_mask)
    if union == 0:
        raise OptionError("Both regions are empty, so they have no overlap to measure.")
    return np.count_nonzero(found_mask & true_mask) / union


def pointing_hit(attribution: SpatialMap, mask: Mask) -> bool:
    """Whether a map's highest point lies on the object: the pointing game, without a margin.

    Zhang et al. 2016 (arXiv:1608.00507). Where the maximum is a plateau, as at a hot
    border cell, most of its pixels must lie on the object, so that a flat map hits nothing small.

    Args:
        attribution: the map.
        mask: the object, bool (height, width) of the image.

    Raises:
        EmptyMapError: the map has no positive value.
    """
    values = _evidence(attribution, mask.shape, smoothing=0)
    return bool(mask[values == values.max()].mean() > 0.5)


@dataclass(frozen=True)
class _Region:
    """A connected region above the threshold: the box around it and its size."""

    box: Box
    pixels: int


def _regions(
    attribution: SpatialMap, image_size: tuple[int, int], threshold: float, smoothing: float
) -> list[_Region]:
    """All regions above a share of the maximum, by falling peak."""
    values = _evidence(attribution, image_size, smoothing)
    hot = (values > _checked(threshold) * values.max()).astype(np.uint8)
    count, labels, statistics, _ = cv2.connectedComponentsWithStats(hot, connectivity=8)
    peaks = np.zeros(count, np.float32)
    np.maximum.at(peaks, labels.ravel(), values.ravel())
    order = sorted(range(1, count), key=lambda label: (-peaks[label], label))
    return [_region(statistics[label], float(peaks[label]), image_size) for label in order]


def _region(statistics: NDArray[np.int32], peak: float, image_size: tuple[int, int]) -> _Region:
    left, top, width, height, pixels = (int(number) for number in statistics)
    box = Box(top, left, top + height, left + width, image_size, peak)
    return _Region(box, pixels)


def _evidence(attribution: SpatialMap, size: tuple[int, ...], smoothing: float) -> FloatArray:
    """What a map has above its floor, on the image, smoothed where it is a map of pixels."""
    if not 0 <= smoothing <= 0.5:
        raise OptionError(f"smoothing={smoothing} was given; 0 to 0.5 of a side was expected.")
    for side in size:
        require_whole("a side of the image", side)
    values = np.maximum(attribution.values - np.float32(attribution.floor), 0)
    if not values.any() or not np.isfinite(values).all():
        raise EmptyMapError(
            f"The {attribution.method} map has no positive value, or none that is a number, so it "
            "points at nothing. Choose "
            "another class, layer or method."
        )
    if smoothing * min(values.shape) >= 1:
        rows, columns = (smoothing * side for side in values.shape)
        values = np.asarray(cv2.GaussianBlur(values, (0, 0), sigmaX=columns, sigmaY=rows))
    return resized(values, size[0], size[1])


def _checked(threshold: float) -> float:
    if not 0 <= threshold < 1:
        raise OptionError(f"threshold={threshold} was given; 0 to below 1 was expected.")
    return threshold


def _marks(
    values: FloatArray, quantiles: tuple[float, float], threshold: float
) -> NDArray[np.uint8]:
    """What GrabCut starts from, (height, width): sure and likely, object and surroundings."""
    if values.min() == values.max():
        raise EmptyMapError("The map is the same everywhere, so it singles no object out.")
    low, high = np.quantile(values, quantiles)
    surely = (values >= high) & (values > values.min())
    likely = values > threshold * values.max()
    marks = np.where(likely, cv2.GC_PR_FGD, cv2.GC_PR_BGD)
    marks[values <= low] = cv2.GC_BGD
    marks[surely] = cv2.GC_FGD
    return marks.astype(np.uint8)


def _as_mask(region: Box | Mask) -> Mask:
    if not isinstance(region, Box):
        return region
    mask = np.zeros(region.image_size, bool)
    mask[region.top : region.bottom, region.left : region.right] = True
    return mask

"""Regions of an image: superpixels for LIME, overlapping segments and their ranking for XRAI."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from skimage.morphology import disk
from skimage.segmentation import felzenszwalb, slic
from skimage.transform import resize as resize_smoothly

from cnnviz_core.images.preprocessing import resize

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz_core.arrays import FloatArray, ImageArray

REGION_SIZE = (224, 224)
"""Size at which XRAI's published implementation segments every image."""

_SCALES = (50, 100, 150, 250, 500, 1200)
_SIGMA = 0.8
_LEAST_PIXELS = 150
_DILATION = 5
_LEAST_ADDED = 50
_COMPACTNESS = 10.0


def superpixels(
    image: ImageArray, size: tuple[int, int], count: int
) -> tuple[NDArray[np.int64], ImageArray]:
    """SLIC's superpixels of an image at a size, and the image with each in its mean colour.

    SLIC, Achanta et al. 2012 (doi:10.1109/TPAMI.2012.120), compactness 10, after smoothing by one
    pixel.

    Args:
        image: (height, width, 3), RGB uint8, any size.
        size: (height, width) of what is returned.
        count: superpixels asked for.

    Returns:
        Labels (height, width), 0 and up without gaps; RGB uint8 (height, width, 3).
    """
    resized = resize(image, *size)
    segments = slic(
        resized.astype(np.uint8), count, compactness=_COMPACTNESS, sigma=1, start_label=0
    )
    _, labels = np.unique(segments, return_inverse=True)
    labels = labels.reshape(size)
    pixels = np.bincount(labels.ravel())
    sums = [np.bincount(labels.ravel(), weights=resized[..., c].ravel()) for c in range(3)]
    means = np.rint(np.stack(sums, axis=-1) / pixels[:, None]).astype(np.uint8)
    return labels, means[labels]


def regions(image: ImageArray) -> NDArray[np.bool_]:
    """Felzenszwalb's segments of an image at six scales, each grown by a disk of 5 pixels.

    arXiv:1906.02825, section 3.1, with the numbers of its published implementation: the image is
    scaled to [-1, 1] by its extremes and resized to 224 x 224; sigma 0.8, at least 150 pixels.

    Args:
        image: (height, width, 3), RGB uint8, any size.

    Returns:
        (regions, 224, 224), whether a pixel belongs to a region; they overlap.
    """
    low, high = float(image.min()), float(image.max())
    scaled = (image.astype(np.float64) - low) / max(high - low, 1.0) * 2 - 1
    resized = resize_smoothly(
        scaled, REGION_SIZE, order=3, mode="constant", preserve_range=True, anti_aliasing=True
    )
    masks: list[NDArray[np.uint8]] = []
    for scale in _SCALES:
        labels = felzenszwalb(resized, scale=scale, sigma=_SIGMA, min_size=_LEAST_PIXELS)
        masks.extend((labels == label).astype(np.uint8) for label in range(labels.max() + 1))
    footprint = disk(_DILATION)
    return np.stack([cv2.dilate(mask, footprint) for mask in masks]).astype(bool)


def density(choice: NDArray[np.bool_], attribution: FloatArray) -> FloatArray:
    """Take regions by the mean attribution of what each adds, and give those pixels that mean.

    arXiv:1906.02825, algorithm 1. Regions that would add fewer than 50 pixels are dropped; pixels
    in no region that was taken get their own mean.

    Args:
        choice: (regions, height, width).
        attribution: (height, width), signed.

    Returns:
        float32 (height, width).
    """
    values = attribution.ravel().astype(np.float64)
    members = choice.reshape(len(choice), -1)
    sums = np.array([values[row].sum() for row in members])
    added = members.sum(axis=1)
    by_pixel = np.ascontiguousarray(members.T)
    result, free = np.empty_like(values), np.ones(len(values), dtype=bool)
    while (added >= _LEAST_ADDED).any():
        gains = np.where(added >= _LEAST_ADDED, sums / np.maximum(added, 1), -np.inf)
        taken = np.flatnonzero(members[np.argmax(gains)] & free)
        result[taken] = values[taken].mean()
        free[taken] = False
        # What each region would still add is kept up to date and not summed anew, so that every
        # pixel of every region is looked at once.
        also = by_pixel[taken].astype(np.float64)
        sums -= values[taken] @ also
        added -= also.sum(axis=0).astype(added.dtype)
    if free.any():
        result[free] = values[free].mean()
    return result.reshape(attribution.shape).astype(np.float32)

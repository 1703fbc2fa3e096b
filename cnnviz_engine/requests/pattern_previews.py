"""Previews of growing patterns, small enough to be sent a few times a second."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from cnnviz_core.arrays import FloatArray
    from cnnviz_core.maximization.results import Patterns
    from cnnviz_core.progress import OnStep

MOST_PIXELS = 2**19  # of all images of a preview: 6 MB
REST_SECONDS = 0.25  # between previews; nobody asks for more


def with_small_previews(on_step: OnStep) -> OnStep:
    """Tell every step, but make a preview of few only, and that one small and without frames.

    Args:
        on_step: takes (step, total, preview); None for a preview keeps the one before.
    """
    due = -math.inf

    def told(step: int, total: int, preview: Patterns | None = None) -> bool | None:
        nonlocal due
        if preview is None or time.monotonic() < due:
            return on_step(step, total, None)
        due = time.monotonic() + REST_SECONDS
        return on_step(step, total, small(preview))

    return told


def small(patterns: Patterns) -> Patterns:
    """Patterns whose images have at most 2**19 pixels in all, averaged down, without frames."""
    return replace(patterns, images=_shrunk(patterns.images), frames=None)


def _shrunk(images: FloatArray) -> FloatArray:
    count, height, width = images.shape[:3]
    scale = math.sqrt(MOST_PIXELS / (count * height * width))
    if scale >= 1:
        return images
    side = max(1, int(width * scale)), max(1, int(height * scale))
    return np.stack([cv2.resize(image, side, interpolation=cv2.INTER_AREA) for image in images])

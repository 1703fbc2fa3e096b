"""How a map lies over its photo: the one place that knows.

Readable: the photo in grey, so that every colour seen is the map's, in a colour map that is even to
the eye, colour-blind or not. Lecture: jet over the photo in its colours, as the lecture draws it.
Maps with a sign are blue and red over grey in either.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz_core.images.rendering import (
    LECTURE_INTENSITY,
    READABLE_OPACITY,
    in_grey,
    overlay,
    overlay_on_grey,
    overlay_signed,
)

if TYPE_CHECKING:
    from cnnviz_core.arrays import FloatArray, ImageArray

PRESETS = ("Readable", "Lecture")
COLORMAPS = {"Inferno": "inferno", "Viridis": "viridis", "Cividis": "cividis", "Jet": "jet"}
"""What people read, and what the renderer calls it; the readable look's first."""
HELP = (
    "Readable: the photo in grey, and colours that are even to the eye and safe for colour-blind "
    "eyes. Lecture: jet over the photo's own colours. Maps with a sign are red where they speak "
    "for the class and blue against it."
)


@dataclass(frozen=True)
class Look:
    """How colours lie over a photo.

    Attributes:
        colormap: of maps without sign; signed maps are always blue and red.
        intensity: of maps without sign: how dense the strongest colour is, or the lecture's weight.
        lecture: whether colours are added to the photo's own, as in the lecture.
        opacity: of the strongest colours of signed maps.
    """

    colormap: str = "inferno"
    intensity: float = READABLE_OPACITY
    lecture: bool = False
    opacity: float = 0.85

    @property
    def strong(self) -> str:
        """What strong places look like, in a word."""
        return "warm" if self.lecture or self.colormap == "jet" else "bright"

    def bare(self, pixels: ImageArray) -> ImageArray:
        """A photo over which no colour lies."""
        return pixels if self.lecture else in_grey(pixels)

    def unsigned(
        self, pixels: ImageArray, heatmap: FloatArray, scale: float, floor: float
    ) -> ImageArray:
        """A map without sign over its photo, both of one size."""
        if self.lecture:
            return overlay(
                pixels,
                heatmap,
                colormap=self.colormap,
                intensity=self.intensity,
                scale=scale,
                floor=floor,
            )
        return overlay_on_grey(
            pixels,
            heatmap,
            colormap=self.colormap,
            opacity=self.intensity,
            scale=scale,
            floor=floor,
        )

    def signed(self, pixels: ImageArray, heatmap: FloatArray, scale: float) -> ImageArray:
        """A map with a sign over its photo, both of one size."""
        return overlay_signed(pixels, heatmap, scale=scale, opacity=self.opacity)


LECTURE = Look("jet", LECTURE_INTENSITY, lecture=True)

"""Patterns as a frozen result: raw arrays, what was maximized, and units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from cnnviz_core.arrays import BoolArray, FloatArray, ImageArray

Preset = Literal["best", "maco", "lecture"]
"""How images are grown, by name; `maximize` tells them apart."""

MOST_STEPS = 100_000
"""Steps of an ascent, and with them rows of its history."""
MOST_FRAMES = 256
"""Pictures that are kept of how an image grew or a photo changed."""


@dataclass(frozen=True, eq=False)
class Patterns:
    """Input images that drive objectives as high as gradient ascent brought them.

    Attributes:
        images: float32 (images, height, width, 3), RGB in [0, 1], in the 256 levels of a picture
            file. Of a network with other than 1 or 3 input channels, its channels in grey, side by
            side.
        names: one description an image, such as "stage3_conv2, channel 17".
        reached: float32 (images,), the objective's value on the images as they are, through the
            unchanged network, in the units of the layer's activation (or logit).
        start: float32 (images,), the same on the noise, or photo, that each image grew from.
        history: float32 (steps, images), the value at each step, NaN after an image has settled.
        preset: "best", "maco" or "lecture".
        seed: seed of the random start and transforms.
        frames: uint8 (frames, images, height, width, 3), RGB, how the images grew, the last one
            as they are; None where none were asked for.
    """

    images: FloatArray
    names: tuple[str, ...]
    reached: FloatArray
    start: FloatArray
    history: FloatArray
    preset: Preset
    seed: int
    frames: ImageArray | None = None

    @property
    def alive(self) -> BoolArray:
        """Bool (images,), whether the ascent raised the objective at all.

        Where it did not, the picture is noise: no input near it moves the unit.
        """
        alive: BoolArray = self.reached > self.start
        return alive

"""The stages of an ascent: at which size, how many steps, how long, and under which moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.maximization import transforms

if TYPE_CHECKING:
    from cnnviz_core.arrays import FloatArray
    from cnnviz_core.maximization.results import Preset

STEPS = {"best": 28, "maco": 64, "lecture": 30}
"""Steps of each preset where none are asked for."""

FINE = 0.15
"""Smoothing up to which a layer, which sees a dozen pixels at most, is grown unmoved at full size.

Moves would blur the fine pattern that it likes, and seams between tiles would stay seams.
"""
_SMALL_SHARE = 0.4
_RESTING_SHARE = 0.25
_RATE = 0.12
_LAST_RATE = 0.01
_SMALL_DECAYS = (1.0, 0.3)
_DECAYS = (0.8, 0.4)
_LECTURE_RATE = 10 * 127.5
_MACO_RATE = 1.0
CROPS = 4
"""Views of the image at each step of MACO."""
_CROP_SIDES = (0.9, 0.4)


SETTLING = {False: (8, 0.005), True: (2, 0.005)}
"""By whether the image is seen where it is: steps compared with as many before them, and the share
by which they must be higher, else the image has settled."""


@dataclass(frozen=True)
class AscentOptions:
    """What `maximize` was asked for, checked; see there. `size` is (height, width)."""

    size: tuple[int, int]
    steps: int
    preset: Preset
    faces: int
    frames: int
    seed: int


@dataclass(frozen=True, eq=False)
class Stage:
    """Steps taken at one size.

    Attributes:
        size: (height, width) of the image.
        views: how each step sees the image, (steps, views, ...), as its recipe takes it.
        still: whether the image is seen where it is throughout, so that values can be compared.
        rates: length of each step, (steps,), in the recipe's terms.
        decays: how the gradient of each step is smoothed, (steps,), see `smoothing.smoothed`.
    """

    size: tuple[int, int]
    views: FloatArray
    still: bool
    rates: FloatArray
    decays: FloatArray

    @property
    def steps(self) -> int:
        """Number of its steps."""
        return len(self.rates)


def stages(options: AscentOptions, small: tuple[int, int] | None, decay: float) -> list[Stage]:
    """The stages of a preset.

    Args:
        options: what was asked for.
        small: a smaller size to begin at, None for none.
        decay: of the smoothing at the start, 0 to 1.
    """
    steps, size, seed = options.steps, options.size, options.seed
    if options.preset == "lecture":
        rates = np.full(steps, _LECTURE_RATE, np.float32)
        return [Stage(size, _unmoved(steps, size), True, rates, 0 * rates)]
    if options.preset == "maco":
        sides = np.linspace(*_CROP_SIDES, steps).astype(np.float32)
        views = transforms.draw_crops(sides, CROPS, seed)
        rates = _falling(_MACO_RATE, steps)
        return [Stage(size, views, False, rates, 0 * rates)]
    first = round(_SMALL_SHARE * steps) if small is not None else 0
    rest = steps - int(steps * _RESTING_SHARE)
    rates = np.concatenate([_falling(_RATE, first), _falling(_RATE, steps - first)])
    shares = [np.linspace(*_SMALL_DECAYS, first), np.linspace(*_DECAYS, steps - first)]
    decays = (decay * np.concatenate(shares)).astype(np.float32)
    fine = decay <= FINE
    moved = transforms.on_pixels(transforms.draw(steps, seed)[:, None], *size)
    moved = _unmoved(steps, size) if fine else moved
    begin, middle, end = slice(first), slice(first, rest), slice(rest, steps)
    small = small or size
    planned = [
        Stage(small, _unmoved(first, small), True, rates[begin], decays[begin]),
        Stage(size, moved[middle], fine, rates[middle], decays[middle]),
        Stage(size, _unmoved(steps - rest, size), True, rates[end], decays[end]),
    ]
    return [stage for stage in planned if stage.steps]


def smoothing(field: float | None) -> float:
    """How far the gradient of a layer is smoothed at the start, 0 to 1.

    What sees a few pixels likes the finest pattern; the larger its field, the more such fine
    patterns there are that mean nothing to us.

    Args:
        field: side of the receptive field in pixels; None where it is not known.
    """
    return 1.0 if field is None else float(np.clip((np.log2(max(field, 1)) - 3) / 3.5, 0, 1))


def _unmoved(steps: int, size: tuple[int, int]) -> FloatArray:
    return np.tile(transforms.on_pixels(transforms.STILL[None], *size), (steps, 1, 1))


def _falling(rate: float, steps: int) -> FloatArray:
    """From a rate to a little, along half a cosine."""
    share = np.arange(steps) / max(steps, 1)
    return (_LAST_RATE * rate + (1 - _LAST_RATE) * rate * (1 + np.cos(np.pi * share)) / 2).astype(
        np.float32
    )

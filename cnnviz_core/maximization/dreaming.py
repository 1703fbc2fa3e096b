"""DeepDream: a photo changed so that what a layer sees in it grows stronger.

Mordvintsev et al. 2015 (research.google/blog/inceptionism-going-deeper-into-neural-networks): the
photo at a few sizes, smallest first; what was added at one size is carried to the next.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import cv2
import numpy as np
import tensorflow as tf

from cnnviz_core.errors import OptionError
from cnnviz_core.images.levels import fractions, levels
from cnnviz_core.images.preprocessing import to_channels
from cnnviz_core.images.reading import require_image
from cnnviz_core.maximization import transforms
from cnnviz_core.maximization.compiled import CompiledAscent, Plan, compiled_ascent, tables
from cnnviz_core.maximization.objectives import goal_of
from cnnviz_core.maximization.pictures import eight_bit
from cnnviz_core.maximization.recipes import Move, State
from cnnviz_core.maximization.results import MOST_FRAMES, Patterns
from cnnviz_core.options import require_seed, require_whole
from cnnviz_core.progress import Pass, run

if TYPE_CHECKING:
    from cnnviz_core.arrays import FloatArray, ImageArray
    from cnnviz_core.maximization.objectives import Goal, Objective
    from cnnviz_core.network.model import LoadedModel
    from cnnviz_core.progress import OnStep, Passes

_STEPS = 10
_MOST_STEPS = 10_000
_OCTAVES = 4
_OCTAVE_SCALE = 1.4
_LONGEST = 320
_CELL = 16
_RATE = 0.012
_DECAY = 0.5


def deep_dream(
    model: LoadedModel,
    image: ImageArray,
    objective: Objective,
    *,
    steps: int | None = None,
    frames: int = 0,
    seed: int = 0,
    on_step: OnStep | None = None,
) -> Patterns:
    """Change a photo so that it raises an objective, such as the activation of a whole layer.

    Args:
        model: the network; it is not changed.
        image: (height, width, 3), RGB, 0 to 255. The longer side is brought to 320 pixels, the
            shorter to a multiple of 16.
        objective: of layers with maps: `Layer`, `Channel`, or a sum of them.
        steps: at each of four sizes, by default 10.
        frames: pictures to keep of how the photo changed.
        seed: of the small moves under which it is seen.
        on_step: called with steps done, steps in all and what there is so far; returning False
            stops.

    Returns:
        One picture; `start` is the objective's value on the photo itself.

    Raises:
        ImageError: it is no such image.
        LayerNotFoundError: the model has no such layer.
        NotSpatialError: the layer has no map.
        OptionError: the objective is of a class or of one place; or another option is outside what
            is accepted.
    """
    goal = goal_of(model, objective)
    if not goal.everywhere:
        raise OptionError(
            f"{goal.name} was asked for; a dream raises a whole layer or a whole channel, as "
            "photos are of any size. Give Layer(layer) or Channel(layer, index)."
        )
    steps = _STEPS if steps is None else require_whole("steps", steps, most=_MOST_STEPS)
    frames = require_whole("frames", frames, least=0, most=MOST_FRAMES)
    dream = _Dream(model, goal, require_image(image), steps, require_seed(seed))
    return run(dream.passes(frames), on_step)


class _Dream:
    """The photo on its way through the sizes."""

    def __init__(
        self, model: LoadedModel, goal: Goal, image: ImageArray, steps: int, seed: int
    ) -> None:
        self._goal, self._steps, self._seed = goal, steps, seed
        octaves = [(size, _compiled(model, goal, size)) for size in _sizes(*image.shape[:2])]
        fitting = [(size, compiled) for size, compiled in octaves if compiled is not None]
        if not fitting:
            raise OptionError(
                f"A photo of {image.shape[0]} x {image.shape[1]} pixels is too narrow for the "
                "windows of this network. Cut it nearer to a square."
            )
        self._sizes = [size for size, _ in fitting]
        self._compiled = [compiled for _, compiled in fitting]
        self._photo = fractions(to_channels(image, model.channels))
        self._dream = _resized(self._photo, self._sizes[-1])
        self._start = self._value()
        self._history: list[float] = []

    def passes(self, frames: int) -> Passes[Patterns]:
        """Take all steps, and keep so many frames."""
        total = self._steps * len(self._sizes)
        kept: list[ImageArray] = []
        added = np.zeros_like(_resized(self._photo, self._sizes[0]))
        for octave, (size, compiled) in enumerate(zip(self._sizes, self._compiled, strict=True)):
            photo = _resized(self._photo, size)
            state = State(*[tf.constant(np.clip(photo + _resized(added, size), 0, 1)[None])] * 3)
            state = state._replace(mean=tf.zeros_like(state.mean))
            maps = transforms.draw(self._steps, self._seed * _OCTAVES + octave)[:, None]
            maps[..., :2] = transforms.STILL[:, :2]
            views = transforms.on_pixels(maps, *size)
            for index in range(self._steps):
                move = Move(views[index], index + 1.0, _RATE, _DECAY, False)
                state, values = compiled.step(state, tables([self._goal], self._goal.sites), move)
                self._history.append(float(values[0]))
                self._dream = state.parameters[0].numpy()
                done = octave * self._steps + index + 1
                while len(kept) < frames and done * frames >= (len(kept) + 1) * total:
                    kept.append(self._shown())
                yield Pass(done, total, partial(self._result, kept, frames), self._preview)
            added = self._dream - photo
        return self._result(kept, frames)

    def _shown(self) -> ImageArray:
        """The picture so far, (1, height, width, 3)."""
        return levels(_rgb(self._picture()))

    def _preview(self) -> Patterns:
        """What there is so far, with the value that the last step saw."""
        return self._patterns(np.array(self._history[-1:], np.float32), [])

    def _result(self, kept: list[ImageArray], frames: int) -> Patterns:
        """What there is; frames that were not kept yet show the picture as it is."""
        rest = [self._shown()] * (frames - len(kept))
        return self._patterns(self._value(), kept + rest)

    def _picture(self) -> FloatArray:
        return _resized(self._dream, self._sizes[-1])

    def _patterns(self, reached: FloatArray, frames: list[ImageArray]) -> Patterns:
        return Patterns(
            images=_rgb(eight_bit(self._picture())),
            names=(self._goal.name,),
            reached=reached,
            start=self._start,
            history=np.array(self._history, np.float32)[:, None],
            preset="best",
            seed=self._seed,
            frames=np.stack(frames) if frames else None,
        )

    def _value(self) -> FloatArray:
        laid = tables([self._goal], self._goal.sites)
        image = eight_bit(self._picture())[None]
        values: FloatArray = self._compiled[-1].values(image, laid).numpy()
        return values


def _compiled(model: LoadedModel, goal: Goal, size: tuple[int, int]) -> CompiledAscent | None:
    """The compiled ascent of a size; None where that is too small for the network."""
    plan = Plan(goal.sites, size, model.channels, model.preprocessing, "best")
    try:
        return compiled_ascent(model.parts, plan)
    except OptionError:
        return None


def _sizes(height: int, width: int) -> list[tuple[int, int]]:
    """(height, width) of each octave, smallest first, in whole cells."""
    scales = _LONGEST / max(height, width) * _OCTAVE_SCALE ** np.arange(1 - _OCTAVES, 1)
    return [(_cells(height * scale), _cells(width * scale)) for scale in scales]


def _cells(side: float) -> int:
    return max(2, round(side / _CELL)) * _CELL


def _resized(image: FloatArray, size: tuple[int, int]) -> FloatArray:
    shrinks = size[0] * size[1] < image.shape[0] * image.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    resized = np.asarray(cv2.resize(image, size[::-1], interpolation=how), np.float32)
    return np.clip(resized, -1, 1).reshape(*size, -1)


def _rgb(image: FloatArray) -> FloatArray:
    return np.repeat(np.clip(image, 0, 1)[None], 3 // image.shape[-1], axis=-1)

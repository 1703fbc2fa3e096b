"""Feature visualization: the input image that drives a unit as high as gradient ascent brings it.

Erhan et al. 2009; the recipe of Keras's example as in many lectures; Olah et al. 2017
(doi:10.23915/distill.00007).
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import tensorflow as tf

from cnnviz_core.errors import OptionError
from cnnviz_core.maximization import transforms
from cnnviz_core.maximization.compiled import (
    CompiledAscent,
    Move,
    Plan,
    compiled_ascent,
    empty_state,
    tables,
)
from cnnviz_core.maximization.objectives import Objective, as_sequence, check
from cnnviz_core.types import Patterns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cnnviz_core.maximization.objectives import Goal
    from cnnviz_core.model import LoadedModel
    from cnnviz_core.types import FloatArray

    OnStep = Callable[[int, int, Patterns], bool | None]

_DEFAULT_STEPS = {"best": 64, "lecture": 30}
_MOST_STEPS = 100_000
_SIDES = (16, 2048)
_LENIENT_STEPS = 16
_TELL_SECONDS = 0.25
_BATCH = 16
_BATCH_PIXELS = 2**19


def maximize(
    model: LoadedModel,
    objectives: Objective | Sequence[Objective],
    *,
    size: int | None = None,
    steps: int | None = None,
    preset: Literal["best", "lecture"] = "best",
    seed: int = 0,
    on_step: OnStep | None = None,
) -> Patterns:
    """Grow an image for each objective, all in batches.

    An image depends on its objective and the options alone, not on what else is asked for. Both
    `history` (on the image as the step saw it, moved by the transforms) and `reached` (on the
    finished image through the network's own preprocessing, unmoved) are sums of activations.

    Args:
        model: the network; it is not changed.
        objectives: one, or several.
        size: side of the square images in pixels, by default the network's input size. Layers with
            maps are computed at any size; logits at the network's own.
        steps: ascent steps an image; by default 64, or the lecture's 30.
        preset: "best" (spectrum, decorrelated colour, Adam, transforms) or "lecture" (grey noise,
            normalized gradient, contrast stretched).
        seed: of the start and the transforms. The same seed gives the same images.
        on_step: called with steps done, steps in all and what there is so far; returning False
            stops. In what it is given, `reached` is the last value of `history`, NaN for images
            whose turn has not come, which are shown as they start.

    Returns:
        The images reached; after a stop, those whose turn had not come are as they start.

    Raises:
        LayerNotFoundError: the model has no such layer.
        NotSpatialError: the layer has no map.
        TargetError: the model has no such class.
        OptionError: another option is outside what is accepted.
    """
    goals = [check(model, objective) for objective in as_sequence(objectives)]
    steps = _checked_steps(steps, preset)
    shape = _checked_size(model, goals, size)
    plan = Plan((), shape, model.channels, model.preprocessing, preset)
    ascent = _Ascent(model, goals, plan, steps, seed)
    for done in ascent.run():
        if on_step is not None and on_step(done, ascent.total, ascent.preview()) is False:
            break
    return ascent.result()


@dataclass(frozen=True, eq=False)
class _Chunk:
    """Objectives that are computed together.

    Attributes:
        places: their places in the request.
        goals: what they are.
        compiled: the parts of the plan that they share.
    """

    places: list[int]
    goals: list[Goal]
    compiled: CompiledAscent


class _Ascent:
    """Runs the chunks one after another and collects what they reach."""

    def __init__(
        self, model: LoadedModel, goals: Sequence[Goal], plan: Plan, steps: int, seed: int
    ) -> None:
        self._names = tuple(goal.name for goal in goals)
        self._preset, self._seed, self._steps = plan.preset, seed, steps
        self._chunks = list(_chunks(model, goals, plan))
        self._moves = transforms.on_pixels(transforms.draw(steps, seed), *plan.size)
        self._history = np.full((steps, len(goals)), np.nan, np.float32)
        self._taken = np.zeros(len(goals), int)
        starts = [
            plan.parametrization.start(np.random.default_rng(_start_seed(seed, goal)))
            for goal in goals
        ]
        self._parameters = np.stack(starts)
        self._images = np.zeros((len(goals), *plan.size, plan.channels), np.float32)
        for chunk in self._chunks:
            self._draw(chunk)

    @property
    def total(self) -> int:
        """Steps of all chunks."""
        return len(self._chunks) * self._steps

    def run(self) -> Iterator[int]:
        """Take all steps; yields how many were taken, a few times a second."""
        for number, chunk in enumerate(self._chunks):
            for step in self._climb(chunk):
                self._draw(chunk)
                yield number * self._steps + step

    def _climb(self, chunk: _Chunk) -> Iterator[int]:
        laid = tables(chunk.goals, chunk.compiled.plan.sites)
        state = empty_state(self._parameters[chunk.places])
        told = time.monotonic()
        for index in range(self._steps):
            lenient = index < _LENIENT_STEPS
            move = Move(*map(tf.constant, (self._moves[index], index + 1.0, lenient)))
            state, values = chunk.compiled.step(state, laid, move)
            self._history[index, chunk.places] = values
            self._taken[chunk.places] = index + 1
            if time.monotonic() - told >= _TELL_SECONDS or index + 1 == self._steps:
                told = time.monotonic()
                self._parameters[chunk.places] = state.parameters.numpy()
                yield index + 1

    def preview(self) -> Patterns:
        """What there is so far."""
        last = self._history[np.maximum(self._taken, 1) - 1, np.arange(len(self._names))]
        return self._patterns(last)

    def result(self) -> Patterns:
        """What there is, with the objectives measured on the images themselves."""
        reached = np.empty(len(self._names), np.float32)
        for chunk in self._chunks:
            laid = tables(chunk.goals, chunk.compiled.plan.sites)
            images = tf.constant(self._images[chunk.places])
            reached[chunk.places] = chunk.compiled.values(images, laid)
        return self._patterns(reached)

    def _draw(self, chunk: _Chunk) -> None:
        parameters = tf.constant(self._parameters[chunk.places])
        self._images[chunk.places] = chunk.compiled.picture(parameters)

    def _patterns(self, reached: FloatArray) -> Patterns:
        return Patterns(
            images=np.repeat(self._images, 3 // self._images.shape[-1], axis=-1),
            names=self._names,
            reached=reached,
            history=self._history[: self._taken.max()].copy(),
            preset=self._preset,
            seed=self._seed,
        )


def _chunks(model: LoadedModel, goals: Sequence[Goal], plan: Plan) -> Iterator[_Chunk]:
    """Group objectives that read the same places, in batches of bounded memory."""
    groups: dict[tuple[str | None, ...], list[int]] = {}
    for place, goal in enumerate(goals):
        groups.setdefault(goal.sites, []).append(place)
    most = max(1, min(_BATCH, _BATCH_PIXELS // (plan.size[0] * plan.size[1])))
    for sites, places in groups.items():
        compiled = compiled_ascent(model.probe, replace(plan, sites=sites))
        for place in places:
            _check_positions(goals[place], compiled)
        for first in range(0, len(places), most):
            chosen = places[first : first + most]
            yield _Chunk(chosen, [goals[place] for place in chosen], compiled)


def _check_positions(goal: Goal, compiled: CompiledAscent) -> None:
    for term in goal.terms:
        if term.site is None:
            continue
        rows, columns = compiled.maps[term.site]
        if term.y >= rows or term.x >= columns:
            raise OptionError(
                f"The map of {term.site!r} has {rows} rows and {columns} columns at this size; row "
                f"{term.y}, column {term.x} was asked for. Both are counted from 0."
            )


def _start_seed(seed: int, goal: Goal) -> int:
    return int.from_bytes(hashlib.sha256(repr((seed, goal.terms)).encode()).digest())


def _checked_steps(steps: int | None, preset: str) -> int:
    if preset not in _DEFAULT_STEPS:
        raise OptionError(
            f"Preset {preset!r} is unknown. Choose one of {', '.join(_DEFAULT_STEPS)}."
        )
    if steps is None:
        return _DEFAULT_STEPS[preset]
    if not 1 <= steps <= _MOST_STEPS:
        raise OptionError(f"{steps} steps were asked for; 1 to {_MOST_STEPS} can be taken.")
    return steps


def _checked_size(model: LoadedModel, goals: Sequence[Goal], size: int | None) -> tuple[int, int]:
    if size is None:
        return model.input_size
    low, high = _SIDES
    if not low <= size <= high:
        raise OptionError(f"Size {size} is outside {low} to {high} pixels.")
    logits = any(term.site is None for goal in goals for term in goal.terms)
    if logits and (size, size) != model.input_size:
        height, width = model.input_size
        raise OptionError(
            f"Size {size} was asked for, but {model.name} computes its logits from images of "
            f"{height} x {width} pixels. Leave the size out, or choose a layer with a map."
        )
    return size, size

"""The run of an ascent: batches of images, each through its stages, and what they reach."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from cnnviz_core.images.levels import levels
from cnnviz_core.maximization.batches import batches
from cnnviz_core.maximization.compiled import tables
from cnnviz_core.maximization.pictures import as_rgb, eight_bit, tiled
from cnnviz_core.maximization.recipes import Best, Move, State
from cnnviz_core.maximization.results import Patterns
from cnnviz_core.maximization.schedule import SETTLING
from cnnviz_core.progress import Pass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cnnviz_core.arrays import BoolArray, FloatArray
    from cnnviz_core.maximization.batches import Batch, Part
    from cnnviz_core.maximization.objectives import Goal
    from cnnviz_core.maximization.schedule import AscentOptions
    from cnnviz_core.network.model import LoadedModel
    from cnnviz_core.progress import Passes

_LENIENT_STEPS = 16
_TELL_SECONDS = 0.25


class Climb:
    """Takes the batches one after another and collects what they reach."""

    def __init__(self, model: LoadedModel, goals: Sequence[Goal], options: AscentOptions) -> None:
        """Compile what is needed and draw every image as it starts."""
        self._options = options
        self._goals = [goal for goal in goals for _ in range(options.faces)]
        self._batches = list(batches(model, self._goals, options))
        amount, steps = len(self._goals), options.steps
        self._images = np.zeros((amount, *options.size, model.channels), np.float32)
        self._history = np.full((steps, amount), np.nan, np.float32)
        self._taken = np.zeros(amount, int)
        shown = as_rgb(self._images[:1]).shape[1:]
        self._frames = np.zeros((options.frames, amount, *shown), np.uint8)
        self._frame_steps = np.ceil(
            np.arange(1, options.frames + 1) * steps / (options.frames or 1)
        )
        self._start = np.full(amount, np.nan, np.float32)
        self._undrawn: Callable[[], None] | None = None
        for batch in self._batches:
            self._draw(batch, batch.parts[0], self._begun(batch))
            self._keep(batch, 0)

    def passes(self) -> Passes[Patterns]:
        """Take all steps; ends of stages are worth telling, others a few times a second."""
        total = len(self._batches) * self._options.steps
        for number, batch in enumerate(self._batches):
            self._start[batch.places] = self._values(batch)
            parameters = self._begun(batch)
            for part in batch.parts:
                recipe = part.compiled.recipe
                if isinstance(recipe, Best) and parameters.shape[1:] != recipe.shape:
                    parameters = self._grown(batch, recipe, parameters)
                for done in self._climb(batch, part, parameters):
                    step = number * self._options.steps + part.offset + done
                    rest = 0 if done == part.stage.steps else _TELL_SECONDS
                    yield Pass(step, total, self._result, self._preview, rest)
        return self._result()

    def _preview(self) -> Patterns:
        """What there is so far, with what the last step saw."""
        self._catch_up()
        last = self._history[np.maximum(self._taken, 1) - 1, np.arange(len(self._goals))]
        return self._patterns(last)

    def _result(self) -> Patterns:
        """What there is, with the objectives measured on the images themselves."""
        self._catch_up()
        reached = np.full(len(self._goals), np.nan, np.float32)
        for batch in self._batches:
            if self._taken[batch.places].any():
                reached[batch.places] = self._values(batch)
        return self._patterns(reached, self._frames if self._options.frames else None)

    def _climb(self, batch: Batch, part: Part, parameters: FloatArray) -> Iterator[int]:
        """Take the steps of one stage; `parameters` follow. What has settled takes no more."""
        places, going = np.array(batch.places), np.arange(len(batch.places))
        state = State(*map(tf.constant, (parameters, *[np.zeros_like(parameters)] * 2)))
        laid = tables(batch.goals, part.compiled.plan.sites)
        for done, move in enumerate(_moves(part), start=1):
            state, values = part.compiled.step(state, laid, move)
            self._note(places[going], values.numpy())
            leave = self._settled(places[going], part, done)
            taken, done = done, part.stage.steps if leave.all() else done
            self._undrawn = partial(self._show, batch, part, taken, parameters, going, state)
            if done == part.stage.steps or self._frame_due(part.offset + taken):
                self._catch_up()
            yield done
            if leave.all():
                return
            if leave.any():
                parameters[going] = state.parameters.numpy()
                going = going[~leave]
                state = State(*(tf.boolean_mask(tensor, ~leave) for tensor in state))
                laid = tables([batch.goals[place] for place in going], part.compiled.plan.sites)

    def _begun(self, batch: Batch) -> FloatArray:
        recipe = batch.parts[0].compiled.recipe
        randoms = self._randoms(batch)
        return np.stack([recipe.start(random, batch.decay) for random in randoms])

    def _grown(self, batch: Batch, recipe: Best, parameters: FloatArray) -> FloatArray:
        """Parameters of the next size."""
        pairs = zip(parameters, self._randoms(batch, 1), strict=True)
        return np.stack([recipe.grown(small, random, batch.decay) for small, random in pairs])

    def _randoms(self, batch: Batch, turn: int = 0) -> Iterator[np.random.Generator]:
        """A source of random numbers an image, which depends on its objective and face alone."""
        for place, goal in zip(batch.places, batch.goals, strict=True):
            face = place % self._options.faces
            named = repr((self._options.seed, goal.terms, face, turn))
            yield np.random.default_rng(int.from_bytes(hashlib.sha256(named.encode()).digest()))

    def _note(self, places: np.ndarray, values: FloatArray) -> None:
        self._history[self._taken[places], places] = values
        self._taken[places] += 1

    def _settled(self, places: np.ndarray, part: Part, done: int) -> BoolArray:
        """Which images hardly rose of late, as seen in this stage; faces only all together."""
        window, share = SETTLING[part.stage.still]
        early = part.offset + done < _LENIENT_STEPS or done < 2 * window
        if self._options.preset != "best" or early:
            return np.zeros(len(places), bool)
        last = np.arange(-2 * window, 0)[:, None] + self._taken[places]
        values = self._history[last, places]
        before, now = values[:window].mean(0), values[window:].mean(0)
        settled = now - before <= share * np.abs(now)
        faces = self._options.faces
        return np.repeat(settled.reshape(-1, faces).all(1), faces)

    def _draw(self, batch: Batch, part: Part, parameters: FloatArray) -> None:
        pictures = part.compiled.picture(tf.constant(parameters)).numpy()
        self._images[batch.places] = tiled(eight_bit(pictures), *self._options.size)

    def _catch_up(self) -> None:
        """Draw what the last step made, unless it has been drawn: most steps nobody looks at."""
        if self._undrawn is not None:
            self._undrawn()
            self._undrawn = None

    def _show(
        self,
        batch: Batch,
        part: Part,
        taken: int,
        parameters: FloatArray,
        going: np.ndarray,
        state: State,
    ) -> None:
        """Draw a batch after some steps of a stage; the images still `going` are in `state`."""
        parameters[going] = state.parameters.numpy()
        self._draw(batch, part, parameters)
        self._keep(batch, part.offset + taken)

    def _frame_due(self, step: int) -> bool:
        return bool(np.any(self._frame_steps == step))

    def _keep(self, batch: Batch, step: int) -> None:
        """Keep the images as the frames that are due by a step and have none."""
        shown = levels(as_rgb(self._images[batch.places]))
        for number in np.flatnonzero(self._frame_steps >= step):
            self._frames[number, batch.places] = shown

    def _values(self, batch: Batch) -> FloatArray:
        laid = tables(batch.goals, batch.last.plan.sites)
        values: FloatArray = batch.last.values(tf.constant(self._images[batch.places]), laid)
        return np.asarray(values)

    def _patterns(self, reached: FloatArray, frames: np.ndarray | None = None) -> Patterns:
        faces = self._options.faces
        names = [
            goal.name if faces == 1 else f"{goal.name}, face {place % faces + 1}"
            for place, goal in enumerate(self._goals)
        ]
        return Patterns(
            images=as_rgb(self._images),
            names=tuple(names),
            reached=reached,
            start=self._start,
            history=self._history[: self._taken.max()].copy(),
            preset=self._options.preset,
            seed=self._options.seed,
            frames=frames,
        )


def _moves(part: Part) -> Iterator[Move]:
    """What the steps of a stage are given."""
    stage = part.stage
    for index in range(stage.steps):
        yield Move(
            views=tf.constant(stage.views[index]),
            number=tf.constant(index + 1.0),
            rate=tf.constant(stage.rates[index]),
            decay=tf.constant(stage.decays[index]),
            lenient=tf.constant(part.offset + index < _LENIENT_STEPS),
        )

"""One step of an ascent as a compiled function, built once for a network, a place in it and a size.

What is looked at (channels, classes, coefficients, positions) comes in as tensors, so that another
channel of the same layer traces nothing anew. Every image of a batch is on its own: its value, its
gradient and its step depend on no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import tensorflow as tf

from cnnviz_core.errors import OptionError
from cnnviz_core.maximization import transforms
from cnnviz_core.maximization.leniency import lenient_relus
from cnnviz_core.maximization.objectives import WHOLE_MAP
from cnnviz_core.maximization.parametrizations import Pixels, Spectrum, lecture_look
from cnnviz_core.preprocessing import MODES
from cnnviz_core.probing import End

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnnviz_core.maximization.objectives import Goal
    from cnnviz_core.probing import Probe
    from cnnviz_core.types import FloatArray

# Olah's rate is 0.05: twice that gives in 64 steps what it gives in 128.
_ADAM_RATE, _ADAM_MEAN, _ADAM_SQUARE, _ADAM_FLOOR = 0.1, 0.9, 0.999, 1e-12
_LECTURE_RATE = 10 * 127.5
_LECTURE_BORDER = 2


@dataclass(frozen=True)
class Plan:
    """All that a compiled ascent depends on, beside the network.

    Attributes:
        sites: layers read, None for the logits.
        size: (height, width) of the images.
        channels: input channels of the network.
        preprocessing: name of its pixel preprocessing.
        preset: "best" or "lecture".
    """

    sites: tuple[str | None, ...]
    size: tuple[int, int]
    channels: int
    preprocessing: str
    preset: str

    @property
    def parametrization(self) -> Spectrum | Pixels:
        """What is varied."""
        kind = Spectrum if self.preset == "best" else Pixels
        return kind(*self.size, self.channels)


class Table(NamedTuple):
    """Terms of a batch of objectives at one site, each (batch, terms); unused ones weigh 0."""

    coefficient: Any
    index: Any
    y: Any
    x: Any


class State(NamedTuple):
    """Parameters of a batch of images with Adam's running moments (not used by the lecture)."""

    parameters: Any
    mean: Any
    square: Any


class Move(NamedTuple):
    """What is random or changes from step to step: affine coefficients, number, leniency."""

    coefficients: Any
    number: Any
    lenient: Any


def tables(goals: Sequence[Goal], sites: Sequence[str | None]) -> list[Table]:
    """Lay out the terms of a batch of objectives, one table a site."""
    laid = []
    for site in sites:
        rows = [[term for term in goal.terms if term.site == site] for goal in goals]
        shape = (len(rows), max(len(row) for row in rows))
        coefficient, index = np.zeros(shape, np.float32), np.zeros(shape, np.int32)
        y, x = np.full(shape, WHOLE_MAP, np.int32), np.full(shape, WHOLE_MAP, np.int32)
        for number, row in enumerate(rows):
            for place, term in enumerate(row):
                at = number, place
                coefficient[at], index[at] = term.coefficient, term.index
                y[at], x[at] = term.y, term.x
        laid.append(Table(*map(tf.constant, (coefficient, index, y, x))))
    return laid


class CompiledAscent:
    """The compiled parts of one plan.

    Attributes:
        plan: what it was built for.
        maps: (height, width) of the map at each site with one.
        step: state, tables, move -> new state and the values before it, (batch,).
        picture: parameters -> finished images, RGB or grey in [0, 1].
        values: images -> values on them as they are, (batch,).
    """

    def __init__(self, probe: Probe, plan: Plan) -> None:
        self.plan = plan
        self.maps: dict[str, tuple[int, int]] = {}
        self._probe = probe
        images = tf.TensorSpec([None, *plan.size, plan.channels])
        parameters = tf.TensorSpec([None, *plan.parametrization.shape])
        whole = tf.TensorSpec([None, None], tf.int32)
        table = Table(tf.TensorSpec([None, None]), whole, whole, whole)
        laid = [table for _ in plan.sites]
        move = Move(tf.TensorSpec([8]), tf.TensorSpec([]), tf.TensorSpec([], tf.bool))
        state = State(parameters, parameters, parameters)
        self.values = _compiled(self._plain_values, [images, laid])
        self._trace()
        self.picture = _compiled(self._finished, [parameters])
        self.step = _compiled(self._stepped, [state, laid, move])

    def _trace(self) -> None:
        """Run the network symbolically once, to learn its maps and whether the size fits."""
        try:
            self.values.get_concrete_function()
        except (ValueError, tf.errors.InvalidArgumentError) as error:
            height, width = self.plan.size
            raise OptionError(
                f"Images of {height} x {width} pixels do not fit this network up to "
                f"{', '.join(str(site) for site in self.plan.sites)}. Choose another size, or the "
                "network's own."
            ) from error

    def _plain_values(self, images: tf.Tensor, laid: list[Table]) -> tf.Tensor:
        return self._read(images, laid, {}, border=0)

    def _finished(self, parameters: tf.Tensor) -> tf.Tensor:
        images = self.plan.parametrization.image(parameters)
        return lecture_look(images) if self.plan.preset == "lecture" else images

    def _stepped(self, state: State, laid: list[Table], move: Move) -> tuple[State, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(state.parameters)
            images = self.plan.parametrization.image(state.parameters)
            if self.plan.preset == "best":
                relus = lenient_relus(self._probe.graph, move.lenient)
                moved = transforms.move(images, move.coefficients)
                values = self._read(moved, laid, relus, border=0)
            else:
                values = self._read(images, laid, {}, border=_LECTURE_BORDER)
        gradient = tape.gradient(values, state.parameters, unconnected_gradients="zero")
        rise = adam if self.plan.preset == "best" else normalized_rise
        return rise(state, gradient, move.number), values

    def _read(
        self, images: tf.Tensor, laid: list[Table], relus: dict[str, Any], border: int
    ) -> tf.Tensor:
        inputs = MODES[self.plan.preprocessing](255 * images)
        names = [End.LOGITS if site is None else site for site in self.plan.sites]
        read = self._probe.trace(inputs, names, relus)
        total = tf.zeros(tf.shape(images)[:1])
        for site, outputs, table in zip(self.plan.sites, read, laid, strict=True):
            outputs = tf.cast(outputs, tf.float32)
            if site is None:
                found = tf.gather(outputs, table.index, axis=1, batch_dims=1)
            else:
                self.maps[site] = tuple(outputs.shape[1:3])
                found = _map_values(outputs, table, border)
            total += tf.reduce_sum(table.coefficient * found, axis=1)
        return total


def _map_values(outputs: tf.Tensor, table: Table, border: int) -> tf.Tensor:
    """Value of each term, (batch, terms): mean of its channel's map, or one place of it."""
    inner = outputs
    if border and min(outputs.shape[1:3]) > 2 * border:
        inner = outputs[:, border:-border, border:-border]
    means = tf.gather(tf.reduce_mean(inner, (1, 2)), table.index, axis=1, batch_dims=1)
    y, x = tf.maximum(table.y, 0), tf.maximum(table.x, 0)
    places = tf.gather_nd(outputs, tf.stack([y, x, table.index], -1), batch_dims=1)
    return tf.where(table.y == WHOLE_MAP, means, places)


def adam(state: State, gradient: tf.Tensor, number: tf.Tensor) -> State:
    """One step of Adam uphill; `number` counts from 1."""
    mean = _ADAM_MEAN * state.mean + (1 - _ADAM_MEAN) * gradient
    square = _ADAM_SQUARE * state.square + (1 - _ADAM_SQUARE) * gradient**2
    direction = mean / (1 - _ADAM_MEAN**number)
    size = tf.sqrt(square / (1 - _ADAM_SQUARE**number))
    return State(state.parameters + _ADAM_RATE * direction / (size + _ADAM_FLOOR), mean, square)


def normalized_rise(state: State, gradient: tf.Tensor, number: tf.Tensor) -> State:
    """One step along the gradient of length 10 where the image spans 2, as in Keras's example."""
    del number
    length = tf.norm(tf.reshape(gradient, (tf.shape(gradient)[0], -1)), axis=1)
    length = tf.maximum(length, _ADAM_FLOOR)[:, None, None, None]
    return State(state.parameters + _LECTURE_RATE * gradient / length, state.mean, state.square)


def _compiled(function: Callable[..., Any], signature: list[Any]) -> Any:
    return tf.function(function, input_signature=signature)


def compiled_ascent(probe: Probe, plan: Plan) -> CompiledAscent:
    """Build the compiled parts of a plan, or return those built before for the same network.

    Raises:
        OptionError: the network cannot take images of that size.
    """
    built: CompiledAscent = probe.compiled(CompiledAscent, plan)
    return built


def empty_state(parameters: FloatArray) -> State:
    """The state before the first step."""
    return State(
        *(tf.constant(values) for values in (parameters, *[np.zeros_like(parameters)] * 2))
    )

"""One step of an ascent as a compiled function, built once for a network, a place in it and a size.

What is looked at (channels, classes, coefficients, positions) comes in as tensors, so that another
channel of the same layer traces nothing anew. Every image of a batch is on its own: its value, its
gradient and its step depend on no other, but on the other faces of the same objective.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import tensorflow as tf

from cnnviz_core.errors import OptionError
from cnnviz_core.images.preprocessing import MODES
from cnnviz_core.maximization.dead_relus import lenient_relus
from cnnviz_core.maximization.diversity import likeness
from cnnviz_core.maximization.objectives import WHOLE_LAYER, WHOLE_MAP
from cnnviz_core.maximization.recipes import RECIPES, Move, Recipe, State
from cnnviz_core.network.compiled_parts import End

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnnviz_core.maximization.objectives import Goal
    from cnnviz_core.network.compiled_parts import CompiledParts

_DIVERSITY = 1.0
_HALF_SCALE = 2.0**10
"""Of what is differentiated where layers compute in float16, whose small gradients would vanish."""


@dataclass(frozen=True)
class Plan:
    """All that a compiled ascent depends on, beside the network.

    Attributes:
        sites: layers read, None for the logits.
        size: (height, width) of the images.
        channels: input channels of the network.
        preprocessing: name of its pixel preprocessing.
        preset: name of the recipe.
        faces: images of each objective, to differ from one another.
        looks: layer in whose eyes faces differ; None where there is one face.
    """

    sites: tuple[str | None, ...]
    size: tuple[int, int]
    channels: int
    preprocessing: str
    preset: str
    faces: int = 1
    looks: str | None = None

    @property
    def recipe(self) -> Recipe:
        """How to climb."""
        return RECIPES[self.preset](*self.size, self.channels)


class Table(NamedTuple):
    """Terms of a batch of objectives at one site, each (batch, terms); unused ones weigh 0."""

    coefficient: Any
    index: Any
    y: Any
    x: Any


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
        picture: parameters -> finished images, in [0, 1].
        values: images -> values on them as they are, (batch,).
    """

    def __init__(self, parts: CompiledParts, plan: Plan) -> None:
        self.plan = plan
        self.recipe = plan.recipe
        self.maps: dict[str, tuple[int, int]] = {}
        self._parts = parts
        self._scale = _HALF_SCALE if _is_half(parts) else 1.0
        images = tf.TensorSpec([None, *plan.size, plan.channels])
        parameters = tf.TensorSpec([None, *self.recipe.shape])
        whole = tf.TensorSpec([None, None], tf.int32)
        table = Table(tf.TensorSpec([None, None]), whole, whole, whole)
        laid = [table for _ in plan.sites]
        number = tf.TensorSpec([])
        views = tf.TensorSpec([None, self.recipe.view])
        move = Move(views, number, number, number, tf.TensorSpec([], tf.bool))
        state = State(parameters, parameters, parameters)
        self.values = _compiled(self._plain_values, [images, laid])
        self._trace()
        self.picture = _compiled(self.recipe.finished, [parameters])
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
        values, _ = self._read(images, laid, {}, border=0)
        return values

    def _stepped(self, state: State, laid: list[Table], move: Move) -> tuple[State, tf.Tensor]:
        relus = lenient_relus(self._parts.graph, move.lenient)
        if self.plan.preset == "lecture":
            relus = {}
        views = tf.shape(move.views)[0]
        repeated = [Table(*(tf.tile(column, (views, 1)) for column in table)) for table in laid]
        with tf.GradientTape() as tape:
            tape.watch(state.parameters)
            images = self.recipe.seen(self.recipe.images(state.parameters), move.views)
            values, alike = self._read(images, repeated, relus, border=self.recipe.border)
            values = tf.reduce_mean(tf.reshape(values, (views, -1)), 0)
            alike = tf.reduce_mean(tf.reshape(alike, (views, -1)), 0)
            aim = values - _DIVERSITY * tf.stop_gradient(tf.abs(values)) * alike
            aim *= self._scale
        gradient = tape.gradient(aim, state.parameters, unconnected_gradients="zero")
        return self.recipe.stepped(state, gradient / self._scale, move), values

    def _read(
        self, images: tf.Tensor, laid: list[Table], relus: dict[str, Any], border: int
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Values of the objectives, and how alike each image is to its other faces, (batch,)."""
        plan = self.plan
        inputs = MODES[plan.preprocessing](255 * images)
        names = [End.LOGITS if site is None else site for site in plan.sites]
        looks = [plan.looks] if plan.looks is not None else []
        read = self._parts.trace(inputs, [*names, *looks], relus)
        total = tf.zeros(tf.shape(images)[:1])
        for site, outputs, table in zip(plan.sites, read, laid, strict=False):
            outputs = tf.cast(outputs, tf.float32)
            if site is None:
                values = tf.gather(outputs, table.index, axis=1, batch_dims=1)
            else:
                self.maps[site] = tuple(outputs.shape[1:3])
                values = _map_values(outputs, table, border)
            total += tf.reduce_sum(table.coefficient * values, axis=1)
        alike = likeness(tf.cast(read[-1], tf.float32), plan.faces) if looks else 0 * total
        return total, alike


def _map_values(outputs: tf.Tensor, table: Table, border: int) -> tf.Tensor:
    """Value of each term, (batch, terms): its channel's mean, one place, or the whole layer."""
    inner = outputs
    if border and min(outputs.shape[1:3]) > 2 * border:
        inner = outputs[:, border:-border, border:-border]
    index = tf.maximum(table.index, 0)
    means = tf.gather(tf.reduce_mean(inner, (1, 2)), index, axis=1, batch_dims=1)
    y, x = tf.maximum(table.y, 0), tf.maximum(table.x, 0)
    places = tf.gather_nd(outputs, tf.stack([y, x, index], -1), batch_dims=1)
    squares = tf.reduce_mean(inner**2, (1, 2, 3))[:, None]
    values = tf.where(table.y == WHOLE_MAP, means, places)
    return tf.where(table.index == WHOLE_LAYER, squares, values)


def _compiled(function: Callable[..., Any], signature: list[Any]) -> Any:
    return tf.function(function, input_signature=signature)


def _is_half(parts: CompiledParts) -> bool:
    kinds = (getattr(step.operation, "compute_dtype", "") for step in parts.graph.steps)
    return "float16" in kinds


def compiled_ascent(parts: CompiledParts, plan: Plan) -> CompiledAscent:
    """Build the compiled parts of a plan, or return those built before for the same network.

    Raises:
        OptionError: the network cannot take images of that size.
    """
    built: CompiledAscent = parts.compiled(CompiledAscent, plan)
    return built

"""Which layers work on a number by itself, before and after the one that is asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz_core.lab.readings import operands, refusal
from cnnviz_core.lab.told import RULES
from cnnviz_core.network.kinds import known

if TYPE_CHECKING:
    from cnnviz_core.network.graph import Graph, Step

MOST_AFTER, MOST_BEFORE = 8, 64
"""Steps that are told behind the layer asked for, and between it and the window."""


@dataclass(frozen=True, eq=False)
class Chain:
    """From what reads a window to the last layer that works on its number alone.

    Attributes:
        by: reads the window.
        before: layers from there to the one asked for, that one last; none where that is `by`.
        after: those that follow it.
    """

    by: Step
    before: tuple[Step, ...]
    after: tuple[Step, ...]


def chain(graph: Graph, step: Step) -> Chain:
    """The layers around one that work on each number by itself.

    Raises:
        ArchitectureError: the layer neither does that nor reads a window that can be told.
    """
    before: list[Step] = []
    by = step
    while _works_alone(graph, by):
        if len(before) == MOST_BEFORE:
            raise refusal(step, f"stands more than {MOST_BEFORE} steps behind what it is made of")
        before.insert(0, by)
        by = graph.producer(by.inputs[0])
    if not (by.kind in RULES or by.is_input or before):
        raise refusal(by, "mixes numbers in a way that is not told here one by one")
    return Chain(by, tuple(before), tuple(_after(graph, step)))


def _works_alone(graph: Graph, step: Step) -> bool:
    """Whether each number that a layer gives is made of the number at its place alone.

    A softmax over the channels counts: it is told by what it gives, beside the sum that it is
    given. What takes a tensor and numbers counts, unless these spread it to another shape.
    """
    kind = known(step.kind)
    if len(operands(step)) != 1 or not (kind.elementwise or kind.activates):
        return False
    over = getattr(step.operation, "axis", -1)
    if not kind.elementwise and over not in (-1, len(step.shape)):
        return False
    given = graph.producer(step.inputs[0])
    return given.outputs[0] == step.inputs[0] and given.shape == step.shape


def _after(graph: Graph, step: Step) -> list[Step]:
    following: list[Step] = []
    while len(following) < MOST_AFTER:
        readers = [reader for reader in graph.steps if set(reader.inputs) & set(step.outputs)]
        if len(readers) != 1 or not _works_alone(graph, readers[0]):
            return following
        step = readers[0]
        following.append(step)
    return following

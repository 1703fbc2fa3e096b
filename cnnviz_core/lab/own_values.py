"""What comes out of a layer's window and of each step after it, by the network itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import tensorflow as tf

from cnnviz_core.lab.readings import refusal
from cnnviz_core.lab.results import Following
from cnnviz_core.lab.step_numbers import numbers_of
from cnnviz_core.network.heads import with_activation
from cnnviz_core.network.kinds import known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cnnviz_core.arrays import FloatArray
    from cnnviz_core.lab.chains import Chain
    from cnnviz_core.network.graph import Graph, Step


class Passed(NamedTuple):
    """One step that a number went through.

    Attributes:
        step: the layer's call.
        kind: what it does, in one word.
        tensor: all that it gave.
    """

    step: Step
    kind: str
    tensor: tf.Tensor


def out_of_window(
    graph: Graph, links: Chain, read: Mapping[int, tf.Tensor]
) -> tuple[tf.Tensor, list[Passed]]:
    """What a layer's window gives, before its own activation, and all steps after it.

    Args:
        graph: the network's steps.
        links: the layer, and those that follow it.
        read: what the layer reads, by slot.
    """
    by = links.by
    activation = None if known(by.kind).activates else by.activation
    if activation in (None, "linear"):
        (output,) = graph.run(read, by.outputs[:1])
        return output, after(graph, links, output)
    noted: list[tf.Tensor] = []

    def note(tensor: tf.Tensor) -> Any:
        noted.append(tensor)
        return by.operation.activation(tensor)

    (output,) = graph.run(read, by.outputs[:1], {by.name: with_activation(by.operation, note)})
    return noted[0], [Passed(by, activation, output), *after(graph, links, output)]


def after(graph: Graph, links: Chain, tensor: tf.Tensor) -> list[Passed]:
    """The steps that take the window's number, up to the layer asked for and on."""
    passed = []
    for step in (*links.before, *links.after):
        (tensor,) = graph.run({step.inputs[0]: tensor}, step.outputs[:1])
        passed.append(Passed(step, _kind(step), tensor))
    return passed


def following(passed: Sequence[Passed], channel: int) -> tuple[Following, ...]:
    """One channel of each step.

    Raises:
        ArchitectureError: a step gives an infinity, or what is no number.
    """
    return tuple(
        Following(
            step.name,
            kind,
            numbers_of(step, channel) if known(step.kind).elementwise else {},
            _finite(step, one_map(step, tensor, channel)),
        )
        for step, kind, tensor in passed
    )


def _finite(step: Step, values: FloatArray) -> FloatArray:
    if not np.isfinite(values).all():
        raise refusal(step, "gives what is no finite number for this photo")
    return values


def all_maps(step: Step, tensor: tf.Tensor) -> FloatArray:
    """What a layer gives for the photo, (height, width, channels); of a list (1, 1, length).

    Raises:
        ArchitectureError: it is neither.
    """
    values = np.asarray(tf.cast(tensor, tf.float32))[0]
    if values.ndim == 1:
        return values[None, None]
    if values.ndim != 3:
        raise refusal(step, "is given neither maps nor a list of numbers")
    return values


def one_map(step: Step, tensor: tf.Tensor, channel: int) -> FloatArray:
    """One channel of it, (height, width).

    Raises:
        ArchitectureError: as for `all_maps`, or it has no such channel.
    """
    if channel >= tensor.shape[-1]:
        raise refusal(step, f"gives fewer channels than it says ({tensor.shape[-1]})")
    return np.ascontiguousarray(all_maps(step, tensor[..., channel : channel + 1])[..., 0])


def _kind(step: Step) -> str:
    kind = known(step.kind)
    return (kind.activation or step.activation or step.kind) if kind.activates else step.kind

"""How one channel of a layer comes about, from the network's own numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from cnnviz_core.errors import NotSpatialError
from cnnviz_core.images.preprocessing import resize, to_channels
from cnnviz_core.images.reading import require_image
from cnnviz_core.lab.chains import chain, numbers_of
from cnnviz_core.lab.combining import arithmetic_at, combined, given_by_each
from cnnviz_core.lab.readings import Reading, operands, reading, refusal
from cnnviz_core.lab.results import Arithmetic, Following, Source, Workings
from cnnviz_core.lab.told import READ
from cnnviz_core.network.heads import with_activation
from cnnviz_core.network.kinds import known
from cnnviz_core.options import require_whole

if TYPE_CHECKING:
    from cnnviz_core.arrays import FloatArray, ImageArray
    from cnnviz_core.lab.chains import Chain
    from cnnviz_core.network.graph import Step
    from cnnviz_core.network.model import LoadedModel

MOST_BYTES = 3 * 2**20
"""Of the maps that are told one by one; of more, those that give least are summed."""
_CLOSE, _FLOOR = 1e-4, 1e-6
"""How near the sum by hand must be to the network's: relative to it, and to all that is added."""
_CLOSE_HALF, _FLOOR_HALF = 1e-2, 2e-3
"""Where the network computes in half precision."""


def arithmetic(
    model: LoadedModel, image: ImageArray, layer: str, channel: int, y: int = 0, x: int = 0
) -> Arithmetic:
    """How the value of one unit comes about: patch, kernel, products, bias, sum, what follows.

    Args:
        model: a loaded model.
        image: (height, width, 3), RGB uint8, any size.
        layer: name of a layer: a convolution of any kind, a dense layer, a pooling, what works on
            each number by itself after one, or what puts maps together.
        channel: its channel, or its unit where it gives a list of numbers.
        y: row of the unit in the layer's map, from 0; 0 in a list.
        x: its column.

    Returns:
        Terms with the largest share first. `total`, what follows and `value` are the network's own
        and equal the sum of the terms to 1e-4, relative to it or to 1 % of all that is added.

    Raises:
        LayerNotFoundError: no such layer.
        ArchitectureError: the layer's arithmetic is not known here.
        NotSpatialError: the layer gives neither maps nor a list of numbers.
        OptionError: no such channel or place.
    """
    return arithmetic_at(workings(model, image, layer, channel), y, x)


def workings(model: LoadedModel, image: ImageArray, layer: str, channel: int) -> Workings:
    """How one channel of a layer comes about, at all of its places.

    Args:
        model: a loaded model.
        image: (height, width, 3), RGB uint8, any size.
        layer: as for `arithmetic`.
        channel: likewise.

    Returns:
        The maps that are read, at most 3 MB of them; of more, those that give least are summed.

    Raises:
        LayerNotFoundError: no such layer.
        ArchitectureError: the layer's arithmetic is not known here.
        NotSpatialError: the layer gives neither maps nor a list of numbers.
        OptionError: no such channel.
    """
    require_image(image)
    step = model.graph.step(layer)
    if len(step.shape) not in (1, 3):
        sides = " x ".join(map(str, step.shape)) or "one number"
        raise NotSpatialError(
            f"Layer {step.name!r} gives {sides}, neither maps nor a list of numbers. Choose a "
            "convolution, a pooling or a dense layer."
        )
    channel = require_whole("channel", channel, least=0, most=(step.shape[-1] or 1) - 1)
    links = chain(model.graph, step)
    if links.by.is_input:
        return _of_input(model, image, step, channel, links)
    return _of_window(model, image, step, channel, links)


@dataclass(frozen=True, eq=False)
class _Sum:
    """A window's maps as they are told.

    Attributes:
        inputs: the maps, (height, width, n).
        read: which they are, and where they are read.
        rest: what maps give that are not among them.
        left_out: how many those are.
    """

    inputs: FloatArray
    read: Reading
    rest: FloatArray | None = None
    left_out: int = 0


def _of_window(
    model: LoadedModel, image: ImageArray, step: Step, channel: int, links: Chain
) -> Workings:
    by = links.by
    slots = operands(by)
    tensors = model.parts.tensors(
        slots if by.kind in READ else by.outputs[:1], image, lambda: model.preprocess(image)
    )
    if by.kind in READ:
        total, steps = _own_values(model, links, dict(zip(slots, tensors, strict=True)))
        maps = [_maps(by, tensor) for tensor in tensors]
        read = reading(by, channel, [array.shape for array in maps], _maps(by, total).shape)
    else:
        total, steps = _after_total(model, links, tensors[0])
        maps = [_maps(by, tensors[0])]
        read = _passing(channel, maps[0].shape)
    totals = _map_of(by, total, channel)
    summed = _Sum(_gathered(maps, read, totals.shape), read)
    _prove(by, summed, totals, half=total.dtype.size < _SINGLE)
    summed = _bounded(summed)
    names = [model.graph.producer(slot).name for slot in slots] or [by.name]
    sources = tuple(
        Source(names[operand] if by.kind in READ else by.name, number)
        for operand, number in summed.read.maps
    )
    following = tuple(
        Following(name, kind, numbers_of(link, channel), _map_of(link, tensor, channel))
        for name, kind, link, tensor in steps
    )
    return _workings(step, channel, by, summed, sources, totals, following)


_SINGLE = 4
"""Bytes of a float32."""


def _workings(
    step: Step,
    channel: int,
    by: Step,
    summed: _Sum,
    sources: tuple[Source, ...],
    totals: FloatArray,
    following: tuple[Following, ...],
) -> Workings:
    own = [each.values for each in following if each.layer == step.name]
    rows, columns = summed.read.windows
    return Workings(
        layer=step.name,
        channel=channel,
        by=by.name,
        kind=by.kind,
        rule=summed.read.rule,
        sources=sources,
        inputs=summed.inputs,
        weights=summed.read.weights,
        bias=summed.read.bias,
        rows=rows,
        columns=columns,
        rest=summed.rest,
        left_out=summed.left_out,
        totals=totals,
        following=following,
        values=own[-1] if own else totals,
    )


def _own_values(
    model: LoadedModel, links: Chain, known_tensors: dict[int, tf.Tensor]
) -> tuple[tf.Tensor, list[tuple[str, str, Step, tf.Tensor]]]:
    """What comes out of the window, and after each step that follows, from the network itself."""
    by = links.by
    (output,) = model.graph.run(known_tensors, by.outputs[:1])
    activation = None if known(by.kind).activates else by.activation
    if activation in (None, "linear"):
        return _after_total(model, links, output)
    bare = {by.name: with_activation(by.operation, _as_it_is)}
    (total,) = model.graph.run(known_tensors, by.outputs[:1], bare)
    _, steps = _after_total(model, links, output)
    return total, [(by.name, activation, by, output), *steps]


def _as_it_is(tensor: Any) -> Any:
    return tensor


def _after_total(
    model: LoadedModel, links: Chain, output: tf.Tensor
) -> tuple[tf.Tensor, list[tuple[str, str, Step, tf.Tensor]]]:
    steps, tensor = [], output
    for link in (*links.before, *links.after):
        (tensor,) = model.graph.run({link.inputs[0]: tensor}, link.outputs[:1])
        steps.append((link.name, _what(link), link, tensor))
    return output, steps


def _what(step: Step) -> str:
    kind = known(step.kind)
    return (kind.activation or step.activation or step.kind) if kind.activates else step.kind


def _of_input(
    model: LoadedModel, image: ImageArray, step: Step, channel: int, links: Chain
) -> Workings:
    """The photo, resized, and what its pixels are made into."""
    by = links.by
    if by.outputs[0] != model.graph.inputs[0]:
        raise refusal(by, "takes no photo but numbers that are held at one value")
    picture = to_channels(image, model.channels)
    pixels = resize(picture[..., 0] if model.channels == 1 else picture, *model.input_size)
    pixels = pixels.reshape(*model.input_size, model.channels)
    batch = model.preprocess(image)
    _, steps = _after_total(model, links, tf.constant(batch))
    colour = model.channels - 1 - channel if model.preprocessing == "caffe" else channel
    read = _passing(colour, pixels.shape)
    following = tuple(
        Following(name, kind, numbers_of(link, channel), _map_of(link, tensor, channel))
        for name, kind, link, tensor in [
            (by.name, f"preprocessing {model.preprocessing}", by, tf.constant(batch)),
            *steps,
        ]
    )
    photo = pixels[..., colour : colour + 1]
    summed = _Sum(photo, read)
    return _workings(step, channel, by, summed, (Source("", colour),), photo[..., 0], following)


def _passing(channel: int, size: tuple[int, ...]) -> Reading:
    rows, columns = (np.arange(side)[:, None] for side in size[:2])
    return Reading("pass", ((0, channel),), (rows, columns))


def _maps(step: Step, tensor: tf.Tensor) -> FloatArray:
    """What a layer gives for the photo, (height, width, channels); of a list (1, 1, length)."""
    values = np.asarray(tf.cast(tensor, tf.float32))[0]
    if values.ndim == 1:
        return values[None, None]
    if values.ndim != 3:
        raise refusal(step, "is given neither maps nor a list of numbers")
    return values


def _map_of(step: Step, tensor: tf.Tensor, channel: int) -> FloatArray:
    values = _maps(step, tf.gather(tensor, [channel], axis=-1))
    return np.ascontiguousarray(values[..., 0])


def _gathered(maps: list[FloatArray], read: Reading, places: tuple[int, ...]) -> FloatArray:
    """The maps that a reading names, one behind the other; several layers' spread to one size."""
    if len(maps) == 1 or read.rule == "pass":
        operand = read.maps[0][0]
        return np.ascontiguousarray(maps[operand][..., [channel for _, channel in read.maps]])
    return np.stack(
        [np.broadcast_to(maps[operand][..., channel], places) for operand, channel in read.maps],
        axis=-1,
    )


def _prove(step: Step, summed: _Sum, totals: FloatArray, *, half: bool) -> None:
    """Refuse where the sum by hand is not the network's own."""
    read = summed.read
    by_hand = combined(read.rule, summed.inputs, read.weights, *read.windows)
    weights = None if read.weights is None else np.abs(read.weights)
    added = np.abs(combined(read.rule, np.abs(summed.inputs), weights, *read.windows))
    bias = read.bias or 0.0
    close, floor = (_CLOSE_HALF, _FLOOR_HALF) if half else (_CLOSE, _FLOOR)
    allowed = close * np.abs(totals) + floor * (added + abs(bias))
    with np.errstate(invalid="ignore"):
        apart = np.abs(by_hand + bias - totals) > allowed
    if apart.any() or not np.isfinite(totals).all():
        raise refusal(step, "gives other numbers than its weights and settings say")


def _bounded(summed: _Sum) -> _Sum:
    """The maps that give most, as many as may be told; what the others give is summed."""
    read = summed.read
    most = max(1, MOST_BYTES // (summed.inputs[..., 0].nbytes or 1))
    if read.weights is None or summed.inputs.shape[-1] <= most:
        return summed
    shares = given_by_each(summed.inputs, read.weights, *read.windows)
    order = np.argsort(-np.abs(shares).mean(axis=(0, 1)), kind="stable")
    told = np.sort(order[:most])
    others = np.sort(order[most:])
    fewer = Reading(
        read.rule,
        tuple(read.maps[n] for n in told),
        read.windows,
        read.weights[..., told],
        read.bias,
    )
    rest = shares[..., others].sum(axis=-1)
    return _Sum(np.ascontiguousarray(summed.inputs[..., told]), fewer, rest, len(others))

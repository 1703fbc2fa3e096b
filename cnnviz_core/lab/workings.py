"""How one channel of a layer comes about, from the network's own numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from cnnviz_core.errors import NotSpatialError
from cnnviz_core.images.preprocessing import resize, to_channels
from cnnviz_core.images.reading import require_image
from cnnviz_core.lab.chains import chain
from cnnviz_core.lab.combining import arithmetic_at
from cnnviz_core.lab.own_values import Passed, after, all_maps, following, one_map, out_of_window
from cnnviz_core.lab.readings import Reading, operands, reading, refusal
from cnnviz_core.lab.results import Arithmetic, Source, Workings
from cnnviz_core.lab.sums import MOST_BYTES, Summed, bounded, equals, gathered
from cnnviz_core.lab.told import RULES
from cnnviz_core.options import require_whole

if TYPE_CHECKING:
    from cnnviz_core.arrays import FloatArray, ImageArray
    from cnnviz_core.lab.chains import Chain
    from cnnviz_core.lab.results import Following
    from cnnviz_core.network.graph import Step
    from cnnviz_core.network.model import LoadedModel

_SINGLE = {"close": 1e-4, "floor": 1e-6}
_TENSOR_CORES = {"close": 1e-3, "floor": 1e-3}
_HALF = {"close": 1e-2, "floor": 2e-3}
"""How near the sum by hand must be to the network's, by the precision that it computes in: see
`equals`. GPUs round what they multiply to ten bits where TensorFlow lets them."""

MOST_MERGED = 4 * MOST_BYTES
"""Of the maps of several layers that are put together: none of these can be left out."""


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
        The terms, of a weighed sum the largest share first. `total`, what follows and `value` are
        the network's own; what `rule` makes of the terms, as of a weighed sum their sum with bias
        and rest, equals `total` to 1e-4 of it or 1e-6 of all that is added, without signs.

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
        The maps that are read, at most 512 and 3 MB of them; of more, those that give least on
        average over the map are summed.

    Raises:
        LayerNotFoundError: no such layer.
        ArchitectureError: the layer's arithmetic is not known here.
        NotSpatialError: the layer gives neither maps nor a list of numbers.
        OptionError: no such channel.
    """
    require_image(image)
    step = model.graph.step(layer)
    if len(step.shape) not in (1, 3):
        sides = " x ".join("any" if side is None else str(side) for side in step.shape)
        raise NotSpatialError(
            f"Layer {step.name!r} gives {sides or 'one number'}, neither maps nor a list of "
            "numbers. Choose a convolution, a pooling or a dense layer."
        )
    channel = require_whole("channel", channel, least=0, most=(step.shape[-1] or 1) - 1)
    links = chain(model.graph, step)
    if links.by.is_input:
        return _of_photo(model, image, step, channel, links)
    if links.by.kind not in RULES:
        return _of_untold(model, image, step, channel, links)
    return _of_window(model, image, step, channel, links)


def _of_window(
    model: LoadedModel, image: ImageArray, step: Step, channel: int, links: Chain
) -> Workings:
    by, slots = links.by, operands(links.by)
    givers = [model.graph.producer(slot) for slot in slots]
    if any(giver.outputs[0] != slot for giver, slot in zip(givers, slots, strict=True)):
        raise refusal(by, "reads one of several results of a layer")
    tensors = model.parts.tensors(slots, image, lambda: model.preprocess(image))
    given = [all_maps(by, tensor) for tensor in tensors]
    output, passed = out_of_window(model.graph, links, dict(zip(slots, tensors, strict=True)))
    size = all_maps(by, output[..., :1]).shape[:2]
    read = reading(by, channel, [maps.shape for maps in given], (*size, output.shape[-1]))
    totals = one_map(by, output, channel)
    summed = Summed(gathered(given, read, totals.shape), read)
    if len(given) > 1 and summed.inputs.nbytes > MOST_MERGED:
        raise refusal(by, "puts more numbers together than can be told one by one")
    by_hand = summed.by_hand()
    if not equals(summed, by_hand, totals, **_allowed(output)):
        raise refusal(by, "gives other numbers than its weights and settings say")
    summed = bounded(summed, by_hand)
    sources = tuple(Source(givers[place].name, number) for place, number in summed.read.maps)
    return _workings(step, channel, by, summed, sources, totals, following(passed, channel))


def _allowed(output: tf.Tensor) -> dict[str, float]:
    if output.dtype.size < tf.float32.size:
        return _HALF
    cores = tf.config.experimental.tensor_float_32_execution_enabled()
    return _TENSOR_CORES if cores and "GPU" in output.device else _SINGLE


def _of_untold(
    model: LoadedModel, image: ImageArray, step: Step, channel: int, links: Chain
) -> Workings:
    """From what a layer gives, however that came about."""
    by = links.by
    (output,) = model.parts.tensors(by.outputs[:1], image, lambda: model.preprocess(image))
    totals = one_map(by, output, channel)
    summed = Summed(totals[..., None], _passing(channel, totals))
    steps = following(after(model.graph, links, output), channel)
    return _workings(step, channel, by, summed, (Source(by.name, channel),), totals, steps)


def _of_photo(
    model: LoadedModel, image: ImageArray, step: Step, channel: int, links: Chain
) -> Workings:
    """The photo, resized, and what its pixels are made into."""
    by = links.by
    if by.outputs[0] != model.graph.inputs[0]:
        raise refusal(by, "takes no photo but numbers that are held at one value")
    picture = to_channels(image, model.channels)
    pixels = resize(picture[..., 0] if model.channels == 1 else picture, *model.input_size)
    pixels = pixels.reshape(*model.input_size, model.channels)
    batch = tf.constant(model.preprocess(image))
    # Networks of the first library with this preprocessing take blue first.
    colour = model.channels - 1 - channel if model.preprocessing == "caffe" else channel
    totals = np.ascontiguousarray(pixels[..., colour])
    summed = Summed(totals[..., None], _passing(colour, totals))
    made = Passed(by, f"preprocessing {model.preprocessing}", batch)
    steps = following([made, *after(model.graph, links, batch)], channel)
    return _workings(step, channel, by, summed, (Source("", colour),), totals, steps)


def _passing(channel: int, totals: FloatArray) -> Reading:
    rows, columns = (np.arange(side)[:, None] for side in totals.shape)
    return Reading("pass", ((0, channel),), (rows, columns))


def _workings(
    step: Step,
    channel: int,
    by: Step,
    summed: Summed,
    sources: tuple[Source, ...],
    totals: FloatArray,
    steps: tuple[Following, ...],
) -> Workings:
    own = [each.values for each in steps if each.layer == step.name]
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
        following=steps,
        values=own[-1] if own else totals,
    )

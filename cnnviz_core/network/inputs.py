"""Which of a network's inputs takes the image, and what the others are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.errors import OptionError, UnsupportedModelError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import ArrayLike

    from cnnviz_core.arrays import FloatArray
    from cnnviz_core.network.graph import Graph, Shape

UNKNOWN_SIDE = 224
"""Height and width at which a network that takes images of any size is looked into."""


def image_input(graph: Graph, given: Collection[str] = ()) -> tuple[int, int]:
    """Position of the one input that takes an image, and its number of channels.

    Args:
        graph: the network's steps.
        given: names of inputs that have values of their own, so that they are not the image.

    Raises:
        UnsupportedModelError: there is none, or more than one.
    """
    steps = [graph.producer(slot) for slot in graph.inputs]
    images = images_among([() if step.name in given else step.shape for step in steps])
    if len(images) != 1:
        shapes = [step.shape for step in steps]
        received = "; ".join(str(shape) for shape in shapes)
        raise UnsupportedModelError(
            f"The network takes inputs of shape {received}; exactly one image (height, width, "
            "channels) was expected."
        )
    return images[0]


def images_among(shapes: Sequence[Shape]) -> list[tuple[int, int]]:
    """Of inputs' shapes without the batch axis, those that images have: position and channels.

    Of several inputs with height and width, those with 1 or 3 channels are images.
    """
    maps = [
        (position, channels)
        for position, shape in enumerate(shapes)
        if len(shape) == 3 and (channels := shape[2]) is not None
    ]
    return [candidate for candidate in maps if len(maps) == 1 or candidate[1] in (1, 3)]


def other_inputs(
    graph: Graph, image: int, values: Mapping[str, ArrayLike]
) -> dict[int, FloatArray]:
    """What every input but the image is given, by slot, without the batch axis.

    Args:
        graph: the network's steps.
        image: position of the image's input.
        values: by the input's name.

    Raises:
        OptionError: a value is missing, of another shape, or belongs to no input.
    """
    slots = {
        graph.producer(slot).name: slot
        for position, slot in enumerate(graph.inputs)
        if position != image
    }
    if set(values) != set(slots):
        shapes = {name: graph.producer(slot).shape for name, slot in slots.items()}
        raise OptionError(
            f"Beside the image the network takes {shapes or 'nothing'}; values were given for "
            f"{sorted(values) or 'nothing'}. Give inputs={{name: value}} for each of them."
        )
    constants = {}
    for name, slot in slots.items():
        step, value = graph.producer(slot), np.asarray(values[name])
        fits = len(step.shape) == value.ndim and all(
            side in (None, given) for side, given in zip(step.shape, value.shape, strict=True)
        )
        if not fits:
            raise OptionError(
                f"Input {name!r} takes an array of shape {step.shape}, without the batch axis; "
                f"one of {value.shape} was given."
            )
        constants[slot] = value.astype(step.operation.dtype)
    return constants

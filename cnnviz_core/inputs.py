"""Which of a network's inputs takes the image, and what the others are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.errors import OptionError, UnsupportedModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

    from cnnviz_core.graph import Graph
    from cnnviz_core.types import FloatArray


def image_input(graph: Graph) -> tuple[int, int]:
    """Position of the one input that takes an image, and its number of channels.

    Of several inputs with height and width, the one with 1 or 3 channels is the image.

    Raises:
        UnsupportedModelError: there is none, or more than one.
    """
    shapes = [graph.producer(slot).shape for slot in graph.inputs]
    maps = [
        (position, channels)
        for position, shape in enumerate(shapes)
        if len(shape) == 3 and (channels := shape[2]) is not None
    ]
    images = [each for each in maps if len(maps) == 1 or each[1] in (1, 3)]
    if len(images) != 1:
        found = "; ".join(str(shape) for shape in shapes)
        raise UnsupportedModelError(
            f"The network takes inputs of shape {found}; exactly one image (height, width, "
            "channels) was expected."
        )
    return images[0]


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
    others = {
        graph.producer(slot).name: slot
        for position, slot in enumerate(graph.inputs)
        if position != image
    }
    if set(values) != set(others):
        shapes = {name: graph.producer(slot).shape for name, slot in others.items()}
        raise OptionError(
            f"Beside the image the network takes {shapes or 'nothing'}; values were given for "
            f"{sorted(values) or 'nothing'}. Give inputs={{name: value}} for each of them."
        )
    constants = {}
    for name, slot in others.items():
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

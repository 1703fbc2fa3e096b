"""Whether a network takes images at all; where not, what it takes instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.allowed.networks import TensorRef
from cnnviz_core.network.inputs import images_among

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cnnviz_core.model_files.allowed.networks import CheckedLayer, Network

    Shape = tuple[int | None, ...]


def input_layers(network: Network) -> list[CheckedLayer]:
    """The inputs of a network in order; of a Sequential one that begins with a model, its inputs.

    Raises:
        ModelFileError: an input is something else than an input layer.
    """
    if network.kind == "Sequential":
        first = network.layers[0]
        return input_layers(first.inner) if first.inner is not None else [first]
    by_name = {layer.name: layer for layer in network.layers}
    layers = [by_name[ref.layer] for ref in _in_order(network.inputs) if ref.layer in by_name]
    listed = {layer.name for layer in layers}
    for layer in network.layers:
        if (layer.kind == "InputLayer") != (layer.name in listed):
            raise ModelFileError(
                f"The inputs of model {network.name[:80]!r} are not its input layers, so the file "
                "is damaged. Save the model again."
            )
    return layers


def _in_order(inputs: Any) -> Iterator[TensorRef]:
    """References in the order of Keras's own list: of a dictionary by its sorted keys."""
    if isinstance(inputs, TensorRef):
        yield inputs
    elif isinstance(inputs, dict):
        for key in sorted(inputs):
            yield from _in_order(inputs[key])
    else:
        for part in inputs:
            yield from _in_order(part)


def need_image(network: Network) -> None:
    """Refuse a network of which no input takes an image, and say what it takes.

    Raises:
        ModelFileError: it takes tables, texts, sequences or videos, or several maps of which none
            is surely an image.
    """
    inputs = input_layers(network)
    shapes = [tuple(layer.settings.get("batch_shape", ())) for layer in inputs]
    if images_among([shape[1:] for shape in shapes]):
        return
    if any(len(shape) == 4 for shape in shapes):
        taken = "; ".join(str(shape[1:]) for shape in shapes)[:200]
        raise ModelFileError(
            f"The network takes inputs of shape {taken}, of which none is surely an image (height, "
            "width and 1 or 3 channels). It cannot be shown."
        )
    words = any(layer.kind == "Embedding" for _, layer in network.walk())
    raise ModelFileError(
        f"This model takes {_taken(shapes, words)}; cnnviz shows models whose input is images of "
        "height, width and channels."
    )


def _taken(shapes: Sequence[Any], words: bool) -> str:
    ranks = {len(shape) for shape in shapes}
    if 5 in ranks:
        return "videos or volumes"
    if words:
        return "text"
    if 3 in ranks:
        return "sequences, or images without an axis of channels"
    return "rows of numbers, as in a table"

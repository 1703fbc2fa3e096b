"""From a Keras network to a `LoadedModel`, proved before it is handed out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from cnnviz_core.errors import ModelFileError, OptionError
from cnnviz_core.images.preprocessing import MODES, require_mode
from cnnviz_core.network.compiled_parts import CompiledParts
from cnnviz_core.network.heads import readings
from cnnviz_core.network.inputs import UNKNOWN_SIDE, image_input, other_inputs
from cnnviz_core.network.model import LoadedModel
from cnnviz_core.network.proof import prove
from cnnviz_core.network.tracing import feed, trace

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from cnnviz_core.arrays import FloatArray
    from cnnviz_core.network.graph import Graph

Labels = Sequence[str] | Mapping[str, Sequence[str]] | None

_PROOFS = 3


def wrap(
    network: keras.Model,
    *,
    name: str,
    labels: Labels = None,
    preprocessing: str = "raw",
    inputs: Mapping[str, ArrayLike] | None = None,
    classes: bool | Collection[str] = True,
) -> LoadedModel:
    """Make a network ready to be looked into, and prove that its parts equal the whole.

    Args:
        network: one image input. Where none of its outputs lists class scores, everything that
            needs no class can be looked at.
        name: what it is called.
        labels: class labels in index order; on a network with several outputs a mapping from the
            output's name to its labels.
        preprocessing: name of the pixel preprocessing.
        inputs: values of all other inputs, by name, without the batch axis.
        classes: whether lists of numbers that it gives are class scores, or the names of the
            outputs that are; False for regression.

    Returns:
        The model, read at its first output that lists classes; see `LoadedModel.with_output`.

    Raises:
        UnsupportedModelError: it takes no image, or cannot be followed.
        ModelFileError: the labels are not as many as the classes.
        OptionError: `preprocessing` is unknown, or an input is missing or of another shape.
    """
    require_mode(preprocessing)
    whole = trace(network)
    image, channels = image_input(whole, inputs or ())
    height, width = whole.producer(whole.inputs[image]).shape[:2]
    if channels != 3 and preprocessing in ("torch", "caffe"):
        raise OptionError(
            f"Preprocessing {preprocessing!r} is made for RGB, and {network.name!r} takes "
            f"{channels} channels. Choose raw, unit or tf."
        )
    size = (height or UNKNOWN_SIDE, width or UNKNOWN_SIDE)
    constants = other_inputs(whole, image, inputs or {})
    pictures = np.random.default_rng(0).integers(0, 256, (_PROOFS, *size, channels))
    pictures[0] //= 16
    batches = [MODES[preprocessing](picture[None].astype(np.float32)) for picture in pictures]
    views: dict[str, LoadedModel] = {}
    several = len(whole.outputs) > 1
    if isinstance(labels, Mapping) and (unknown := labels.keys() - set(whole.output_names)):
        raise ModelFileError(
            f"Labels were given for {sorted(unknown)}; the network's outputs are called "
            f"{list(whole.output_names)}."
        )
    for position, head in readings(whole, classes=classes).items():
        graph, output = whole.arranged(image, position), whole.output_names[position]
        answer = partial(_answer, network, whole, constants, position)
        parts = prove(name, answer, CompiledParts(graph, head, size, constants), batches)
        views[output] = LoadedModel(
            name=name,
            network=network,
            graph=graph,
            head=parts.head,
            labels=_labels(labels, output, head.classes),
            input_size=size,
            channels=channels,
            preprocessing=preprocessing,
            parts=parts,
            output=output if several else None,
            views=views if several else {},
        )
    return next(iter(views.values()))


def _answer(
    network: keras.Model,
    graph: Graph,
    constants: Mapping[int, FloatArray],
    position: int,
    batch: FloatArray,
) -> Any:
    """One output of the network as a whole, called as its author would, for a batch of one."""
    values = [constants[slot][None] if slot in constants else batch for slot in graph.inputs]
    return keras.tree.flatten(network(feed(network, values), training=False))[position]


def _labels(labels: Labels, output: str, classes: int) -> tuple[str, ...]:
    if isinstance(labels, Mapping):
        labels = labels.get(output)
    if labels is None:
        return tuple(f"class {index}" for index in range(classes))
    if len(labels) != classes:
        raise ModelFileError(
            f"{len(labels)} labels were given for a network with {classes} classes. "
            "Give one label a class, in index order."
        )
    return tuple(labels)

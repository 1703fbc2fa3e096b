"""From a name or a trusted path to a `LoadedModel`, proved before it is handed out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from cnnviz_core import applications, zoo
from cnnviz_core.errors import (
    ModelFileError,
    ModelNotFoundError,
    OptionError,
    UnsupportedModelError,
)
from cnnviz_core.graph import trace
from cnnviz_core.heads import read_head
from cnnviz_core.model import LoadedModel
from cnnviz_core.preprocessing import require_mode, to_network
from cnnviz_core.probing import Probe
from cnnviz_core.proof import prove

if TYPE_CHECKING:
    from collections.abc import Sequence

_UNKNOWN_SIDE = 224
_PROOFS = 3


def load_model(
    name_or_path: str | Path,
    *,
    labels: Sequence[str] | None = None,
    preprocessing: str | None = None,
) -> LoadedModel:
    """Load a bundled model, a keras.applications model, or a file that the caller trusts.

    Args:
        name_or_path: a name of `available_models()`, or the path of a `.keras` or `.h5` file.
            Keras can run code from a model file: give only paths you trust.
        labels: class labels in index order; by default the card's, ImageNet's, or numbers.
        preprocessing: "raw", "unit", "tf", "torch" or "caffe"; by default the card's, or "raw"
            for a file.

    Raises:
        ModelNotFoundError: no such name and no such file.
        ModelFileError: the file cannot be read as a Keras model.
        WeightsUnavailableError: pretrained weights can be neither found nor downloaded.
        UnsupportedModelError: the network is no image classifier that can be followed.
    """
    name = str(name_or_path)
    card = zoo.find_card(name)
    if card is not None and card.family == "bundled":
        network = read_network(zoo.bundled_path(name))
        return wrap(
            network,
            name=name,
            labels=labels or card.labels,
            preprocessing=preprocessing or card.preprocessing,
        )
    if card is not None:
        return wrap(
            applications.build(name),
            name=name,
            labels=labels or applications.imagenet_labels(),
            preprocessing=preprocessing or card.preprocessing,
        )
    path = Path(name_or_path)
    if path.suffix not in (".keras", ".h5") or not _is_file(path):
        raise ModelNotFoundError(
            f"No model is called {name[:120]!r} and there is no .keras or .h5 file of that path. "
            "See available_models() for the names."
        )
    return wrap(
        read_network(path), name=path.stem, labels=labels, preprocessing=preprocessing or "raw"
    )


def read_network(path: Path) -> keras.Model:
    """Read a model file from a trusted path.

    Raises:
        ModelFileError: it cannot be read.
    """
    try:
        return keras.saving.load_model(path, compile=False)
    except Exception as error:
        # A damaged file makes Keras, h5py and zipfile raise whatever they meet.
        reason = str(error).splitlines()[0][:300] if str(error) else type(error).__name__
        raise ModelFileError(f"{path.name} cannot be read as a Keras model: {reason}") from error


def wrap(
    network: keras.Model,
    *,
    name: str,
    labels: Sequence[str] | None = None,
    preprocessing: str = "raw",
) -> LoadedModel:
    """Make a network ready to be looked into, and prove that its parts equal the whole.

    Raises:
        UnsupportedModelError: it is no image classifier, or cannot be followed.
        OptionError: `preprocessing` is unknown.
    """
    require_mode(preprocessing)
    graph = trace(network)
    height, width, channels = _input_shape(graph.steps[: len(graph.inputs)])
    if channels == 1 and preprocessing in ("torch", "caffe"):
        raise OptionError(
            f"Preprocessing {preprocessing!r} is made for RGB, and {network.name!r} takes one "
            "channel. Choose raw, unit or tf."
        )
    size = (height or _UNKNOWN_SIDE, width or _UNKNOWN_SIDE)
    pictures = np.random.default_rng(0).integers(0, 256, (_PROOFS, *size, 3)).astype(np.uint8)
    pictures[0] //= 16
    batches = [to_network(each, *size, channels, preprocessing)[None] for each in pictures]
    probe = prove(network, Probe(graph, read_head(graph), graph.steps[0].shape), batches)
    head = probe.head
    return LoadedModel(
        name=name,
        network=network,
        graph=graph,
        head=head,
        labels=_labels(labels, head.classes),
        input_size=size,
        channels=channels,
        preprocessing=preprocessing,
        probe=probe,
    )


def _input_shape(inputs: Sequence[Any]) -> tuple[int | None, int | None, int]:
    if len(inputs) != 1:
        raise UnsupportedModelError(
            f"The network takes {len(inputs)} inputs; one image was expected."
        )
    shape = inputs[0].shape
    if len(shape) != 3 or shape[2] not in (1, 3):
        raise UnsupportedModelError(
            f"The network takes an input of shape {shape}; an image (height, width, 3) or "
            "(height, width, 1) was expected."
        )
    return shape


def _labels(labels: Sequence[str] | None, classes: int) -> tuple[str, ...]:
    if labels is None:
        return tuple(f"class {index}" for index in range(classes))
    if len(labels) != classes:
        raise ModelFileError(
            f"{len(labels)} labels were given for a network with {classes} classes. "
            "Give one label a class, in index order."
        )
    return tuple(labels)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        # A name too long for any file system, or with a zero byte in it.
        return False

"""Which network of keras.applications a file of weights alone belongs to.

Told by names and shapes of its layers' arrays, without Keras: the table beside this file was made
from Keras by `models/list_applications.py`. A signature leaves out what a user's own training
changes: the number of classes, and the colour channels of the first kernel.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.images.colours import IMAGENET_DEVIATION

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cnnviz_core.model_files.container.contents import Contents, WeightStore

TABLE = Path(__file__).with_name("known_weights.json")
MAX_CHANNELS = 4
"""Of a picture; a first kernel with more is another network's."""

_NUMBER = re.compile(r"_\d+$")
_UNSEEN = ("input_layer", "dropout", "stochastic_depth")
"""Layers without weights that only some versions of Keras list."""

Shape = tuple[int, ...]


@dataclass(frozen=True)
class LayerArrays:
    """A layer of a file, in the network's order.

    Attributes:
        name: in HDF5 of the older form the layer's, in Keras 3's that of its class, numbered.
        shapes: of its arrays, of nested layers too.
    """

    name: str
    shapes: tuple[Shape, ...]


@dataclass(frozen=True)
class KnownWeights:
    """A network of keras.applications that a file of weights fits.

    Attributes:
        constructor: its name in keras.applications.
        options: further arguments, such as a width.
        include_top: whether the file has the classifier.
        side: height and width of the pictures that the architecture is mostly used with.
        classes: how many the classifier tells apart; None without one.
        channels: of the picture.
        rescaled: whether the arrays are ImageNet's of an EfficientNet, whose normalization holds
            deviations in the place of variances. Keras corrects that by a layer without arrays.
    """

    constructor: str
    options: tuple[tuple[str, float | bool], ...]
    include_top: bool
    side: int
    classes: int | None
    channels: int
    rescaled: bool = False


def recognize(contents: Contents) -> KnownWeights | None:
    """The architecture whose arrays the file holds, all of them and no other; None for none."""
    store = contents.store
    listed = store.texts(contents.weights, "layer_names")
    layers = _archived(store) if listed is None else _listed(store, contents.weights, listed)
    if not layers:
        return None
    kind = "archive" if listed is None else "listed"
    for with_top in (True, False):
        sign, classes, channels = signature(layers, kind, with_top=with_top)
        known = _table().get(sign)
        if known is not None:
            constructor, options, side = known
            return KnownWeights(
                constructor,
                tuple(options.items()),
                with_top,
                side,
                classes,
                channels,
                constructor.startswith("EfficientNetB") and _holds_deviations(store),
            )
    return None


def _holds_deviations(store: WeightStore) -> bool:
    """Whether a normalization's array holds ImageNet's standard deviations."""
    return any(
        entry.shape == (3,) and np.allclose(store.read(path), IMAGENET_DEVIATION, atol=1e-4)
        for path, entry in store.arrays.items()
        if "normalization" in path and "batch_normalization" not in path
    )


def signature(
    layers: Sequence[LayerArrays], kind: str, *, with_top: bool
) -> tuple[str, int | None, int]:
    """What tells architectures apart, with the classes and the channels that it leaves out.

    Args:
        layers: of a file, in the network's order.
        kind: "listed" for the older form, "archive" for Keras 3's.
        with_top: whether the last layer with arrays is a classifier.

    Returns:
        Hexadecimal signature, number of classes (None without a classifier), channels.
    """
    rows = _rows(layers, kind)
    filled = [shapes for _, shapes in rows if shapes]
    classes: int | None = None
    channels = 3
    if with_top and filled and len(filled[-1]) == 2:
        kernel, bias = sorted(filled[-1], key=len, reverse=True)
        if len(kernel) in (2, 4) and len(bias) == 1 and kernel[-1] == bias[0]:
            classes, kernel[-1], bias[0] = bias[0], 0, 0
    first = filled[0][0] if filled else []
    if len(first) == 4 and 1 <= first[2] <= MAX_CHANNELS:
        channels, first[2] = first[2], 0
    rows = [(name, sorted(shapes)) for name, shapes in rows]
    text = json.dumps([kind, with_top, sorted(rows)])
    return hashlib.sha256(text.encode()).hexdigest()[:32], classes, channels


def _rows(layers: Sequence[LayerArrays], kind: str) -> list[tuple[str, list[list[int]]]]:
    """Stem of each layer's name and its shapes, of those that a form of file tells of reliably.

    Rescaling and normalization of pixels count without arrays too: whether they are part of a
    network changes what it expects.
    """
    rows: list[tuple[str, list[list[int]]]] = []
    for layer in layers:
        stem = _NUMBER.sub("", layer.name)
        pixels = not layer.shapes and stem.endswith(("rescaling", "normalization"))
        if pixels and any(stem == earlier for earlier, _ in rows):
            continue  # EfficientNet has a second one where it was made with ImageNet's weights
        if layer.shapes or pixels or kind == "archive":
            rows.append((stem, [list(shape) for shape in layer.shapes]))
    return rows


def archived_order(names: Iterable[str]) -> list[str]:
    """Names of layer groups of Keras 3's form, without those that not every version lists.

    The groups of a file are sorted by their letters. Classes lie apart here, each class's layers
    by their numbers, the class of the classifier last and that of the first kernel first: in
    ConvNeXt, that kernel is in a nested network.
    """

    def place(name: str) -> tuple[int, str, int]:
        match = _NUMBER.search(name)
        stem = name[: match.start()] if match else name
        number = int(match.group()[1:]) if match and len(match.group()) < 8 else 0
        return {"sequential": 0, "conv2d": 1, "dense": 3}.get(stem, 2), stem, number

    seen = [name for name in names if not _NUMBER.sub("", name).startswith(_UNSEEN)]
    ordered = sorted(seen, key=place)
    if not any(_NUMBER.sub("", name) == "dense" for name in ordered):
        # The classifier is the last 1 x 1 convolution, the first kernel the first one.
        last = [name for name in ordered if _NUMBER.sub("", name) == "conv2d"][-1:]
        ordered = [name for name in ordered if name not in last] + last
    return ordered


def _listed(store: WeightStore, root: str, names: Sequence[str]) -> list[LayerArrays] | None:
    """Layers of the older form, which lists them and their arrays in order."""
    layers = []
    for name in names:
        group = f"{root}/{name}".lstrip("/")
        arrays = store.texts(group, "weight_names")
        if arrays is None:
            return None
        entries = [store.arrays.get(f"{group}/{array}") for array in arrays]
        shapes = tuple(entry.shape for entry in entries if entry is not None)
        if len(shapes) != len(entries):
            return None
        layers.append(LayerArrays(name, shapes))
    return layers


def _archived(store: WeightStore) -> list[LayerArrays] | None:
    """Layers of Keras 3's form, `layers/CLASS_NUMBER/.../vars/0`."""
    shapes: dict[str, list[tuple[str, Shape]]] = {
        path.split("/")[1]: [] for path in store.groups if path.startswith("layers/")
    }
    for path, entry in store.arrays.items():
        parts = path.split("/")
        if parts[0] == "optimizer" or "seed_generator" in parts:
            continue
        if len(parts) < 4 or parts[0] != "layers":
            return None
        shapes.setdefault(parts[1], []).append((path, entry.shape))
    return [
        LayerArrays(name, tuple(shape for _, shape in sorted(shapes[name])))
        for name in archived_order(shapes)
    ]


@lru_cache(maxsize=1)
def _table() -> dict[str, tuple[str, dict[str, float | bool], int]]:
    """Constructor, options and usual side of each signature."""
    rows = json.loads(TABLE.read_text(encoding="utf-8"))
    return {sign: (row[0], row[1], row[2]) for row in rows for sign in row[3:]}

"""A channel's workings as bytes for the browser: a head in JSON, then each array as it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz_core.images.rendering import palette
from cnnviz_ui.frame.text import count, times

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from cnnviz_core.lab.results import Workings
    from cnnviz_core.looking.results import LayerInfo, Structure

COLOURS = ("red", "green", "blue")
_TYPES = {"float32": "<f4", "int32": "<i4", "uint8": "|u1"}
_START = 8
"""Bytes before the head; the first four say how long it is."""


@dataclass(frozen=True)
class Names:
    """What the channels of some layers are called.

    Attributes:
        colours: by the name of the layer that takes the photo, its channels.
        classes: by the name of the layer that gives the classes, its channels.
    """

    colours: Mapping[str, Sequence[str]]
    classes: Mapping[str, Sequence[str]]

    def channel(self, layer: str, channel: int) -> str:
        """A channel in words."""
        if channel < len(self.colours.get(layer, ())):
            return self.colours[layer][channel]
        words = f"channel {channel}"
        if channel < len(self.classes.get(layer, ())):
            return f"{words} ({self.classes[layer][channel]})"
        return words

    def crumb(self, layer: str, channel: int) -> str:
        """A channel with its layer, as short as it can be told."""
        for told in (self.colours, self.classes):
            if channel < len(told.get(layer, ())):
                return f"{layer}: {told[layer][channel]}"
        return f"{layer}: {channel}"


def names_of(structure: Structure) -> Names:
    """Of the colours that go in, and the classes that come out."""
    colours = COLOURS[::-1] if structure.preprocessing == "caffe" else COLOURS
    inputs = [
        layer.name
        for layer in structure.layers
        if layer.kind == "InputLayer" and layer.output_shape[2:] == (structure.channels,)
    ]
    scores = class_layer(structure)
    named = scores is not None and scores.output_shape == (len(structure.labels),)
    return Names(
        dict.fromkeys(inputs, colours) if structure.channels == len(colours) else {},
        {scores.name: structure.labels} if scores is not None and named else {},
    )


def class_layer(structure: Structure) -> LayerInfo | None:
    """The layer whose numbers are the classes' own; None where there is none.

    One number may tell two classes apart.
    """
    shapes = {(len(structure.labels),)} | ({(1,)} if structure.output_kind == "sigmoid" else set())
    found = [layer for layer in structure.layers if layer.output_shape in shapes]
    if structure.classless or not found:
        return None
    named = [layer for layer in found if layer.name in structure.outputs[:1]]
    return (named or found)[-1]


def packed(key: str, found: Sequence[Workings], names: Names) -> bytes:
    """The workings of a channel, or where it is the photo's pixel, of all channels.

    Args:
        key: of the request.
        found: the channel asked for first, then where it reads the photo itself all in order.
        names: of channels.
    """
    first = found[0]
    low, high = min(0.0, float(first.values.min())), max(0.0, float(first.values.max()))
    head = {
        "key": key,
        "title": f"{first.layer}, {names.channel(first.layer, first.channel)}",
        "layer": first.layer,
        "channel": first.channel,
        "head": reading(first),
        "rule": first.rule,
        "window": [first.rows.shape[1], first.columns.shape[1]],
        "size": list(first.inputs.shape),
        "places": list(first.values.shape),
        "bias": first.bias,
        "leftOut": first.left_out,
        "low": low,
        "high": high,
        "colourNames": {layer: list(words) for layer, words in names.colours.items()},
        "following": [
            {"layer": step.layer, "kind": _said(step.kind), "numbers": dict(step.numbers)}
            for step in first.following
        ],
    }
    if reads_photo(first):
        return _joined(*_pixels(head, found[1:], names))
    return _joined(*_window(head, first))


def reads_photo(workings: Workings) -> bool:
    """Whether what a channel reads is the photo itself."""
    return workings.sources[0].layer == ""


def reading(workings: Workings) -> str:
    """What a layer reads, in words."""
    if reads_photo(workings):
        return "The photo as the network is given it: the end of the way."
    if workings.sources[0].layer == workings.by:
        layer = f"{workings.by} ({workings.kind})"
        return f"Begins at what {layer} gives; how that comes about is not told."
    height, width = workings.rows.shape[1], workings.columns.shape[1]
    layers = ", ".join(dict.fromkeys(source.layer for source in workings.sources))
    maps = count(len(workings.sources) + workings.left_out, "channel")
    window = "" if (height, width) == (1, 1) else f"{times(height, width)} of "
    return f"{workings.by} ({workings.kind}) reads {window}{maps} of {layers}."


def _said(kind: str) -> str:
    return "batch normalization" if kind == "BatchNormalization" else kind


def _window(
    head: dict[str, Any], found: Workings
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    layers = list(dict.fromkeys(source.layer for source in found.sources))
    head |= {
        "layers": layers,
        "sources": [[layers.index(source.layer), source.channel] for source in found.sources],
    }
    arrays = {
        "inputs": found.inputs,
        "weights": found.weights,
        "rows": found.rows.astype(np.int32),
        "columns": found.columns.astype(np.int32),
        "rest": found.rest,
        "totals": found.totals,
        "values": found.values,
        "palette": palette("viridis"),
    }
    arrays |= {f"after{place}": step.values for place, step in enumerate(found.following)}
    return head, {name: array for name, array in arrays.items() if array is not None}


def _pixels(
    head: dict[str, Any], found: Sequence[Workings], names: Names
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """The photo before and after each step, (height, width, channels)."""
    colours = [each.sources[0].channel for each in found]
    grey = len(found) == 1
    head |= {
        "colours": [colours.index(colour) for colour in sorted(colours)],
        "colourList": ["grey" if grey else COLOURS[colour] for colour in colours],
    }
    arrays = {
        "photo": np.concatenate([each.inputs for each in found], axis=-1),
        "values": found[0].values,
        "palette": palette("viridis"),
    }
    for place in range(len(found[0].following)):
        arrays[f"after{place}"] = np.stack([each.following[place].values for each in found], -1)
    return head, arrays


def _joined(head: dict[str, Any], arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Each array begins at a multiple of eight bytes, as browsers want it."""
    kinds = {name: str(array.dtype) for name, array in arrays.items()}
    parts = {
        name: np.ascontiguousarray(array, _TYPES[kinds[name]]) for name, array in arrays.items()
    }
    # Where arrays begin depends on how long the head is, which says where they begin.
    room = len(_head(head, kinds, parts, start=10**9)) + _START
    start = _rounded(room)
    text = _head(head, kinds, parts, start=start)
    pieces = [len(text).to_bytes(_START, "little"), text.ljust(start - _START)]
    for part in parts.values():
        pieces.append(part.tobytes().ljust(_rounded(part.nbytes), b"\0"))
    return b"".join(pieces)


def _head(
    head: Mapping[str, Any],
    kinds: Mapping[str, str],
    parts: Mapping[str, NDArray[Any]],
    *,
    start: int,
) -> bytes:
    listed = []
    for name, part in parts.items():
        shape = list(part.shape)
        listed.append({"name": name, "type": kinds[name], "shape": shape, "start": start})
        start += _rounded(part.nbytes)
    return json.dumps({**head, "arrays": listed}, allow_nan=False).encode()


def _rounded(size: int) -> int:
    return -(-size // 8) * 8

"""The arithmetic of made-up units: numbers by chance that add up."""

import zlib

import numpy as np

from cnnviz_core.lab.combining import combined
from cnnviz_core.lab.results import Following, Source, Workings
from cnnviz_core.lab.sizes import windows


def workings(request, layers):
    """What a channel of one of the stand-in's layers is made of, as `layers` lie in a row.

    Args:
        request: for the workings of a channel.
        layers: (name, kind, output shape, ...) in order, each reading the one before.
    """
    names = [name for name, *_ in layers]
    place = names.index(request.layer)
    following = []
    while layers[place][1] == "Activation":
        following.insert(0, names[place])
        place -= 1
    name, kind, shape = layers[place][:3]
    source = layers[place - 1] if place else None
    rule, inputs, weights, sources, (rows, columns) = _window(request, kind, shape, source)
    bias = 0.25 if rule == "weigh" else None
    totals = combined(rule, inputs, weights, rows, columns) + (bias or 0.0)
    totals = totals.astype(np.float32)
    steps = tuple(Following(each, "relu", {}, np.maximum(totals, 0)) for each in following)
    return Workings(
        layer=request.layer,
        channel=request.channel,
        by=name,
        kind=kind,
        rule=rule,
        sources=sources,
        inputs=inputs,
        weights=weights,
        bias=bias,
        rows=rows,
        columns=columns,
        rest=None,
        left_out=0,
        totals=totals,
        following=steps,
        values=steps[-1].values if steps else totals,
    )


def _window(request, kind, shape, source):
    """Rule, maps, weights, where they come from, and where the window lies."""
    chance = np.random.default_rng(zlib.crc32(f"{request.layer} {request.channel}".encode()))
    if source is None:
        same = tuple(np.arange(side)[:, None] for side in shape[:2])
        photo = chance.integers(0, 256, (*shape[:2], 1)).astype(np.float32)
        return "pass", photo, None, (Source("", request.channel),), same
    height, width, channels = (1, 1, *source[2])[-3:]
    if kind == "GlobalAveragePooling2D":
        inputs = chance.normal(size=(height, width, 1)).astype(np.float32)
        window = (np.arange(height)[None], np.arange(width)[None])
        return "mean", inputs, None, (Source(source[0], request.channel),), window
    if kind == "Add":
        inputs = chance.normal(size=(height, width, 2)).astype(np.float32)
        same = tuple(np.arange(side)[:, None] for side in (height, width))
        sources = (Source(source[0], request.channel), Source(source[0], request.channel + 1))
        return "add", inputs, None, sources, same
    side = 3 if kind == "Conv2D" else 1
    stride = max(1, height // (1, 1, *shape)[-3])
    inputs = chance.normal(size=(height, width, channels)).astype(np.float32)
    weights = chance.normal(size=(side, side, channels)).astype(np.float32)
    sources = tuple(Source(source[0], channel) for channel in range(channels))
    window = windows((height, width), (side, side), stride=stride, padding="same", dilation=1)
    return "weigh", inputs, weights, sources, window

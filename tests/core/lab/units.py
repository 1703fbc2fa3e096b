"""One unit held against its network: what every test of arithmetic asserts."""

import keras
import numpy as np
import pytest

from cnnviz_core.lab.workings import arithmetic
from cnnviz_core.network.wrapping import wrap

PHOTO = np.random.default_rng(3).integers(0, 256, (40, 30, 3), dtype=np.uint8)
PUT_TOGETHER = {
    "add": np.sum,
    "subtract": lambda terms: terms[0] - terms[1],
    "multiply": np.prod,
    "average": np.mean,
    "maximum": np.max,
    "minimum": np.min,
}


def wrapped(*stack, size=(9, 8), channels=3):
    """A small network of layers in a row."""
    keras.utils.set_random_seed(5)
    tensor = inputs = keras.Input((*size, channels))
    for layer in stack:
        tensor = layer(tensor)
    return wrap(keras.Model(inputs, tensor), name="n", preprocessing="unit", classes=False)


def own(model, photo):
    """What every step of a network gives, by name, (height, width, channels)."""
    slots = [step.outputs[0] for step in model.graph.steps]
    tensors = model.graph.run(model.parts.fed(model.preprocess(photo)), slots)
    return {
        step.name: as_maps(tensor) for step, tensor in zip(model.graph.steps, tensors, strict=True)
    }


def as_maps(tensor):
    """A batch of one as (height, width, channels); of a list (1, 1, length)."""
    array = np.asarray(tensor, np.float32)[0]
    return array if array.ndim == 3 else array[None, None]


def assert_adds_up(unit):
    """Terms, bias and rest are the total, to 1e-4 of it or 1e-6 of all that is added."""
    terms = [term.total for term in unit.terms]
    if unit.rule in PUT_TOGETHER:
        assert PUT_TOGETHER[unit.rule](terms) == pytest.approx(unit.total, rel=1e-4, abs=1e-6)
        return
    bias = unit.bias or 0.0
    sizes = sum(np.abs(term.products).sum() for term in unit.terms) + abs(bias) + abs(unit.rest)
    allowed = 1e-4 * abs(unit.total) + 1e-6 * sizes
    assert abs(sum(terms) + unit.rest + bias - unit.total) <= allowed


def assert_is_own(model, photo, values, step, chance):
    """One unit by chance of a layer: all its numbers are the network's, and its sum adds up."""
    channels = values[step.name].shape[-1]
    y, x = (int(chance.integers(side)) for side in values[step.name].shape[:2])
    channel = int(chance.integers(channels))
    unit = arithmetic(model, photo, step.name, channel, y, x)
    close = {"rel": 1e-4, "abs": 1e-6 * float(np.abs(values[step.name]).max())}
    assert unit.value == pytest.approx(float(values[step.name][y, x, channel]), **close)
    assert_adds_up(unit)
    assert_reads(values, unit)
    told = {name: value for name, _, value in unit.following}
    if unit.by == step.name and unit.by not in told:
        assert unit.total == unit.value
    for name, value in told.items():
        close["abs"] = 1e-6 * float(np.abs(values[name]).max())
        assert value == pytest.approx(float(values[name][y, x, channel]), **close)


def assert_reads(values, unit):
    """Each patch is cut out of the map that its source names."""
    for term in unit.terms:
        if term.source.layer:
            maps = values[term.source.layer][..., term.source.channel]
            patch = np.array(
                [
                    [0.0 if y < 0 or x < 0 else _at(maps, int(y), int(x)) for x in unit.columns]
                    for y in unit.rows
                ]
            )
            np.testing.assert_allclose(term.patch, patch, rtol=1e-4, atol=1e-5 * np.abs(maps).max())


def _at(maps, y, x):
    """A number of a map, which may be one for all places."""
    return maps[0, 0] if maps.shape == (1, 1) else maps[y, x]

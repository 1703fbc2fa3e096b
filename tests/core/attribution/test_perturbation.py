"""Occlusion and RISE against loops over the network itself, and what must hold on simple ones."""

import keras
import numpy as np
import pytest
from keras import layers

from cnnviz_core import Contrast, occlusion, rise
from cnnviz_core.attribution.masks import upsampling
from cnnviz_core.attribution.perturbation import GREY
from cnnviz_core.errors import OptionError, TargetError
from cnnviz_core.network.wrapping import wrap
from tests.core import networks
from tests.core.replicas import replica_of


def probabilities(model, batch):
    """The network's own answer for one preprocessed image, (classes,)."""
    return np.asarray(model.network(batch))[0]


def decided():
    """A residual network whose answer moves with the image: logits thirty times as large."""
    network = networks.residual()
    layer = network.get_layer("logits")
    layer.kernel.assign(30 * layer.kernel)
    return network


def linear_network():
    """A sum of weighted pixels and its negative, read as logits; (12, 16) pixels."""
    inputs = keras.Input((12, 16, 3))
    x = layers.Flatten()(inputs)
    return keras.Model(inputs, layers.Dense(1, activation="sigmoid", name="output")(x))


def blind_network():
    """A softmax that does not depend on the image."""
    inputs = keras.Input((32, 32, 3))
    x = layers.GlobalAveragePooling2D()(inputs)
    dense = layers.Dense(
        3, "softmax", kernel_initializer="zeros", bias_initializer="random_normal", name="output"
    )
    return keras.Model(inputs, dense(x))


@replica_of("occlusion")
def slow_occlusion(model, image, index, patch, stride):
    """Occlusion as a loop over patches and pixels."""
    batch = model.preprocess(image)
    height, width = batch.shape[1:3]
    grey = model.preprocess(np.full((height, width, 3), GREY, np.uint8))[0, 0, 0]
    before = probabilities(model, batch)[index]
    tops = [*range(0, height - patch, stride), height - patch]
    lefts = [*range(0, width - patch, stride), width - patch]
    falls = [[[] for _ in range(width)] for _ in range(height)]
    for top in tops:
        for left in lefts:
            covered = batch.copy()
            covered[0, top : top + patch, left : left + patch] = grey
            fall = before - probabilities(model, covered)[index]
            for y in range(top, top + patch):
                for x in range(left, left + patch):
                    falls[y][x].append(fall)
    return np.array([[np.mean(cell) for cell in row] for row in falls])


@pytest.mark.parametrize(
    ("options", "patch", "stride"),
    [({}, 5, 2), ({"patch": 9, "stride": 7}, 9, 7), ({"patch": 32}, 32, 16)],
)
def test_occlusion_equals_slow_version(photo, options, patch, stride):
    """A loop over patches and pixels with the network itself gives the same map."""
    model = wrap(decided(), name="residual", preprocessing="tf")
    expected = slow_occlusion(model, photo, 2, patch, stride)
    attribution = occlusion(model, photo, 2, batch_size=50, **options)
    np.testing.assert_allclose(attribution.values, expected, atol=1e-5)
    assert np.abs(attribution.values).max() > 5e-3
    assert attribution.units == "probability"
    assert attribution.options == {
        "patch": patch,
        "stride": stride,
        "patches": attribution.options["patches"],
    }


def test_occlusion_of_a_linear_network(photo):
    """On a sum of weighted pixels a patch's fall is the sum of weight times change inside it."""
    model = wrap(linear_network(), name="linear", preprocessing="tf")
    kernel = np.asarray(model.network.get_layer("output").kernel).reshape(12, 16, 3)
    batch = model.preprocess(photo)[0]
    grey = model.preprocess(np.full((12, 16, 3), GREY, np.uint8))[0]
    parts = (kernel * (batch - grey)).sum(axis=-1)
    logit = occlusion(model, photo, 1).score
    falls = occlusion(model, photo, 1, patch=4, stride=4).values
    for top in range(0, 12, 4):
        for left in range(0, 16, 4):
            after = logit - parts[top : top + 4, left : left + 4].sum()
            expected = 1 / (1 + np.exp(-logit)) - 1 / (1 + np.exp(-after))
            patch = falls[top : top + 4, left : left + 4]
            np.testing.assert_allclose(patch, expected, atol=1e-5)
    opposite = occlusion(model, photo, 0, patch=4, stride=4)
    np.testing.assert_allclose(opposite.values, -falls, atol=1e-6)


@pytest.mark.parametrize("place", [(0, 0), (31, 31), (13, 20), (0, 31)])
def test_hot_spot_lies_where_it_is(place):
    """Where one pixel alone decides, the map is highest there, at borders and corners too."""
    keras.utils.set_random_seed(1)
    inputs = keras.Input((32, 32, 3))
    dense = layers.Dense(1, activation="sigmoid", kernel_initializer="zeros", name="output")
    model = wrap(keras.Model(inputs, dense(layers.Flatten()(inputs))), name="spot")
    kernel = np.zeros((32, 32, 3, 1), np.float32)
    kernel[place] = 0.01
    dense.kernel.assign(kernel.reshape(-1, 1))
    image = np.full((32, 32, 3), 255, np.uint8)
    falls = occlusion(model, image, 1, patch=6, stride=2).values
    assert falls[place] == falls.max() > 0
    reach = np.argwhere(falls == falls.max()) - place
    assert np.abs(reach).max() <= 2


@replica_of("rise")
def slow_rise(model, image, index, keep, drawn):
    """RISE as a loop over masks, each upsampled pixel by pixel."""
    batch = model.preprocess(image)
    terms = []
    for mask in drawn:
        terms.append(probabilities(model, batch * mask[None, ..., None])[index] * mask / keep)
    error = np.std(terms, axis=0, ddof=1) / np.sqrt(len(terms))
    return np.mean(terms, axis=0), error.mean()


def slow_mask(grid, offset, size):
    """A grid upsampled bilinearly, half-pixel centres, to one cell more than the image, and cut."""
    cells = len(grid)
    height, width = ((cells + 1) * -(-side // cells) for side in size)
    whole = np.zeros((height, width))
    for y in range(height):
        for x in range(width):
            row = np.clip((y + 0.5) * cells / height - 0.5, 0, cells - 1)
            column = np.clip((x + 0.5) * cells / width - 0.5, 0, cells - 1)
            top, left = int(row), int(column)
            bottom, right = min(top + 1, cells - 1), min(left + 1, cells - 1)
            upper = grid[top][left] * (1 - column + left) + grid[top][right] * (column - left)
            lower = grid[bottom][left] * (1 - column + left) + grid[bottom][right] * (column - left)
            whole[y, x] = upper * (1 - row + top) + lower * (row - top)
    return whole[offset[0] : offset[0] + size[0], offset[1] : offset[1] + size[1]]


@pytest.mark.parametrize(("cells", "keep"), [(7, 0.5), (4, 0.3)])
def test_rise_equals_slow_version(photo, cells, keep):
    """Masks made pixel by pixel and a loop with the network give the same map and error."""
    model = wrap(decided(), name="residual", preprocessing="tf")
    count, step = 30, -(-32 // cells)
    of_grids, of_offsets = np.random.default_rng(5).spawn(2)
    grids = of_grids.random((count, cells, cells)) < keep
    offsets = of_offsets.integers(0, step, (count, 2))
    drawn = [slow_mask(*draw, (32, 32)) for draw in zip(grids, offsets, strict=True)]
    expected, error = slow_rise(model, photo, 3, keep, drawn)
    options = {"cells": cells, "keep": keep, "seed": 5}
    attribution = rise(model, photo, 3, num_masks=count, batch_size=13, **options)
    np.testing.assert_allclose(attribution.values, expected, atol=1e-5)
    assert attribution.measures["standard_error"] == pytest.approx(error, rel=1e-4)
    assert attribution.floor == attribution.values.min() > 0
    assert attribution.options == {"num_masks": count, **options}


def test_rise_of_a_blind_network_is_constant(photo):
    """A network that ignores the image gives its probability everywhere, within the error."""
    model = wrap(blind_network(), name="blind", preprocessing="unit")
    attribution = rise(model, photo, 1, num_masks=4000)
    error = attribution.measures["standard_error"]
    assert np.abs(attribution.values - attribution.probability).max() < 5 * error
    assert attribution.values.mean() == pytest.approx(attribution.probability, abs=2 * error)


def test_rise_standard_error_tells_the_spread(photo):
    """The error reported is the deviation of maps of different seeds."""
    model = wrap(decided(), name="residual", preprocessing="tf")
    maps = [rise(model, photo, 3, num_masks=60, seed=seed) for seed in range(20)]
    spread = np.std([attribution.values for attribution in maps], axis=0, ddof=1).mean()
    error = np.mean([attribution.measures["standard_error"] for attribution in maps])
    assert error == pytest.approx(spread, rel=0.1)


def test_rise_is_seeded(photo):
    """The same seed gives the same map whatever the batch, another seed another map."""
    model = wrap(networks.conv_mean_dense(), name="flat", preprocessing="unit")
    first = rise(model, photo, 1, num_masks=40, seed=3, batch_size=40)
    again = rise(model, photo, 1, num_masks=40, seed=3, batch_size=7)
    np.testing.assert_allclose(again.values, first.values, atol=1e-6)
    assert not np.allclose(rise(model, photo, 1, num_masks=40, seed=4).values, first.values)


@pytest.mark.parametrize("method", [occlusion, rise])
def test_contrast_is_the_difference(photo, method):
    """Both methods are linear in the probability: a contrast is the difference of two maps."""
    model = wrap(networks.residual(), name="residual", preprocessing="unit")
    options = {"num_masks": 30} if method is rise else {"patch": 8}
    attribution = method(model, photo, Contrast(1, 3), **options)
    first, second = (method(model, photo, index, **options).values for index in (1, 3))
    np.testing.assert_allclose(attribution.values, first - second, atol=1e-6)
    assert attribution.signed


@pytest.mark.parametrize("twin", [networks.nested_twin, networks.sequential_twin])
@pytest.mark.parametrize("method", [occlusion, rise])
def test_nested_twin_gives_the_same_map(photo, method, twin):
    """A base inside a model changes nothing."""
    flat = networks.conv_mean_dense()
    options = {"num_masks": 20} if method is rise else {"patch": 8}
    model = wrap(flat, name="flat", preprocessing="unit")
    nested = wrap(twin(flat, "conv2"), name="nested", preprocessing="unit")
    expected = method(model, photo, 1, **options).values
    np.testing.assert_allclose(method(nested, photo, 1, **options).values, expected, atol=1e-6)


@pytest.mark.parametrize("method", [occlusion, rise])
def test_stopping_returns_the_map_so_far(photo, method):
    """False stops: what is returned is the preview of that step, and earlier steps were told."""
    model = wrap(networks.conv_mean_dense(), name="flat", preprocessing="unit")
    steps = []

    def on_step(step, total, preview):
        steps.append((step, total, preview))
        return step < 20

    options = {"num_masks": 50} if method is rise else {"patch": 8, "stride": 4}
    attribution = method(model, photo, 1, batch_size=10, on_step=on_step, **options)
    assert [step for step, _, _ in steps] == [10, 20]
    assert {total for _, total, _ in steps} == {50 if method is rise else 49}
    np.testing.assert_array_equal(attribution.values, steps[-1][2].values)
    shorter = {"num_masks": 20} if method is rise else {**options, "on_step": lambda *_: False}
    expected = method(model, photo, 1, batch_size=20, **shorter)
    np.testing.assert_allclose(attribution.values, expected.values, atol=1e-6)


def test_occlusion_is_zero_where_no_patch_has_been(photo):
    """A map that was stopped early is zero, not NaN, where nothing was covered yet."""
    model = wrap(networks.conv_mean_dense(), name="flat", preprocessing="unit")
    attribution = occlusion(model, photo, patch=8, batch_size=1, on_step=lambda *_: False)
    assert not attribution.values[8:].any()
    assert attribution.values[:8, :8].all()


@pytest.mark.parametrize("method", [occlusion, rise])
def test_another_batch_and_image_trace_nothing(photo, monkeypatch, method):
    """A last batch that is smaller, another image, class and size of mask run what is compiled."""
    model = wrap(networks.residual(), name="residual", preprocessing="unit")
    first = {"num_masks": 8, "cells": 7} if method is rise else {"patch": 32}
    other = {"num_masks": 11, "cells": 5} if method is rise else {"patch": 9}
    method(model, photo, 1, **first)
    monkeypatch.setattr(model.graph, "run", None)
    attribution = method(model, photo[::-1], 2, batch_size=4, **other)
    assert attribution.target.index == 2


@pytest.mark.parametrize("method", [occlusion, rise])
def test_network_is_unchanged(photo, weights_hash, method):
    """Weights and their trainable flags hash the same before and after."""
    network = networks.residual()
    model = wrap(network, name="residual", preprocessing="unit")
    before = weights_hash(network)
    method(model, photo, 1, **({"num_masks": 8} if method is rise else {"patch": 16}))
    assert weights_hash(network) == before


def test_upsampling_is_linear_interpolation():
    """The matrix equals interpolation between half-pixel centres, and its rows sum to 1."""
    values = np.random.default_rng(0).random(7)
    for length in (5, 7, 32, 61):
        places = (np.arange(length) + 0.5) * 7 / length - 0.5
        matrix = upsampling(length, 7)
        np.testing.assert_allclose(matrix @ values, np.interp(places, np.arange(7), values))
        np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize(
    ("method", "options", "error", "sentence"),
    [
        (occlusion, {"patch": 0}, OptionError, "patch=0 was given; 1 to 32 was expected"),
        (occlusion, {"patch": 33}, OptionError, "patch=33 .* input of 32 x 32"),
        (occlusion, {"stride": 0}, OptionError, "stride=0 was given; 1 to 5"),
        (occlusion, {"patch": 4, "stride": 5}, OptionError, "leaves pixels that no patch covers"),
        (occlusion, {"batch_size": 0}, OptionError, "batch_size=0 was given; at least 1"),
        (occlusion, {"target": 9}, TargetError, "Class 9 does not exist"),
        (rise, {"num_masks": 0}, OptionError, "num_masks=0 was given; a whole number"),
        (rise, {"cells": 0}, OptionError, "cells=0 was given; 1 to 32"),
        (rise, {"cells": 33}, OptionError, "cells=33 was given; 1 to 32"),
        (rise, {"keep": 0}, OptionError, "keep=0 was given; a share between 0 and 1"),
        (rise, {"keep": 1.0}, OptionError, r"keep=1\.0 was given"),
        (rise, {"batch_size": -1}, OptionError, "batch_size=-1 was given; at least 1"),
        (rise, {"target": "wolf"}, TargetError, "no class 'wolf'"),
        (rise, {"output": "b"}, TargetError, "no output 'b'"),
    ],
)
def test_refusals(photo, method, options, error, sentence):
    """What cannot be computed is refused with what was expected."""
    model = wrap(networks.conv_mean_dense(), name="flat", preprocessing="unit")
    with pytest.raises(error, match=sentence):
        method(model, photo, **options)

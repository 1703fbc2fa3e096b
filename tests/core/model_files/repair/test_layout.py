"""Networks with channels first, rewritten: the same values as plain NumPy with channels first."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnviz_core.errors import ModelFileError
from tests.core.model_files.legacy_files import (
    after_image,
    classes,
    layer,
    loaded,
    modern,
    node,
    notes,
    row,
    settings,
)

Array = np.ndarray[Any, Any]
RANDOM = np.random.default_rng(3)
X = RANDOM.normal(size=(2, 3, 5, 6)).astype("float32")
LAST = np.moveaxis(X, 1, -1)
FIRST = {"data_format": "channels_first"}
CONVOLUTION = {"filters": 4, "kernel_size": [2, 3], "use_bias": False, **FIRST}
INPUT = {"batch_input_shape": [None, 3, 5, 6]}


def convolved(x: Array, kernel: Array) -> Array:
    """A convolution without borders, channels first."""
    height, width = x.shape[2] - kernel.shape[0] + 1, x.shape[3] - kernel.shape[1] + 1
    out = np.zeros((x.shape[0], kernel.shape[3], height, width))
    for row_ in range(kernel.shape[0]):
        for column in range(kernel.shape[1]):
            part = x[:, :, row_ : row_ + height, column : column + width]
            out += np.einsum("nchw,cf->nfhw", part, kernel[row_, column])
    return out


def after_convolution(*layers: dict[str, Any]) -> tuple[Any, Array]:
    """A model of a convolution with channels first and more layers; and the convolution."""
    model = loaded(modern(row(layer("Conv2D", "conv", **CONVOLUTION, **INPUT), *layers))[0])
    kernel = RANDOM.normal(size=(2, 3, 3, 4)).astype("float32")
    model.get_layer("conv").set_weights([kernel])
    return model, convolved(X, kernel)


@pytest.mark.parametrize("known", [True, False])
def test_flatten_keeps_the_order_of_weights(known: bool) -> None:
    """Flatten puts channels last first where it knows of them; else it leaves the file's order."""
    flatten = layer("Flatten", "flat", **(FIRST if known else {}))
    model, maps = after_convolution(flatten)
    expected = (np.moveaxis(maps, 1, -1) if known else maps).reshape(2, -1)
    np.testing.assert_allclose(model(LAST), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (layer("GlobalAveragePooling2D", "a", **FIRST), lambda x: x.mean((2, 3))),
        (layer("ReLU", "a"), lambda x: np.moveaxis(np.maximum(x, 0), 1, -1)),
        (
            layer("ZeroPadding2D", "a", padding=[[1, 0], [0, 2]], **FIRST),
            lambda x: np.moveaxis(np.pad(x, [[0, 0], [0, 0], [1, 0], [0, 2]]), 1, -1),
        ),
        (
            layer("Cropping2D", "a", cropping=[[1, 0], [0, 2]], **FIRST),
            lambda x: np.moveaxis(x[:, :, 1:, :-2], 1, -1),
        ),
        (layer("Reshape", "a", target_shape=[16, 4]), lambda x: x.reshape(2, 16, 4)),
        (layer("Permute", "a", dims=[2, 1, 3]), lambda x: x.swapaxes(1, 2)),
        (
            layer("Activation", "a", activation="softmax"),
            lambda x: np.moveaxis(np.exp(x) / np.exp(x).sum(3, keepdims=True), 1, -1),
        ),
        (
            layer("Softmax", "a", axis=1),
            lambda x: np.moveaxis(np.exp(x) / np.exp(x).sum(1, keepdims=True), 1, -1),
        ),
        (
            layer("Activation", "a", activation="hard_sigmoid"),
            lambda x: np.moveaxis(np.clip(0.2 * x + 0.5, 0, 1), 1, -1),
        ),
    ],
)
def test_layers_on_maps(entry: dict[str, Any], expected: Any) -> None:
    """Each layer makes of maps with channels last what it made of them with channels first."""
    model, maps = after_convolution(entry)
    np.testing.assert_allclose(model(LAST), expected(maps), atol=1e-5)


def test_weights_of_every_channel_stay_in_place() -> None:
    """Batch normalization along axis 1 and PReLU shared over rows and columns keep their arrays."""
    model, maps = after_convolution(
        layer("BatchNormalization", "norm", axis=1, epsilon=0.0),
        layer("PReLU", "slopes", shared_axes=[2, 3]),
    )
    scale, shift, mean = RANDOM.normal(size=(3, 4))
    variance, slope = RANDOM.uniform(1, 2, 4), RANDOM.uniform(0, 1, (4, 1, 1))
    model.get_layer("norm").set_weights([scale, shift, mean, variance])
    model.get_layer("slopes").set_weights([slope])
    by_channel = (slice(None), None, None)
    normal = (maps - mean[by_channel]) / np.sqrt(variance[by_channel])
    normal = normal * scale[by_channel] + shift[by_channel]
    expected = np.where(normal > 0, normal, slope * normal)
    np.testing.assert_allclose(np.moveaxis(np.asarray(model(LAST)), -1, 1), expected, atol=1e-4)


def test_branches_are_joined_along_channels() -> None:
    """In a graph, concatenation along axis 1 is along the last."""
    call = [[["image", 0, 0, {}]]]
    both = [[["one", 0, 0, {}], ["two", 0, 0, {}]]]
    model, repairs = modern(
        after_image(
            node("MaxPooling2D", "one", call, pool_size=[5, 6], strides=[1, 1], **FIRST),
            node("AveragePooling2D", "two", call, pool_size=[5, 6], strides=[1, 1], **FIRST),
            node("Concatenate", "both", both, axis=1),
            node("Flatten", "flat", [[["both", 0, 0, {}]]]),
            shape=(3, 5, 6),
        )
    )
    assert settings(model, "image")["batch_shape"] == [None, 5, 6, 3]
    expected = np.concatenate([X.max((2, 3)), X.mean((2, 3))], 1)
    np.testing.assert_allclose(loaded(model)(LAST), expected, atol=1e-6)
    assert "('one', 'two', 'flat')" in notes(repairs)


def test_models_inside_are_rewritten_too() -> None:
    """A row inside a graph sees maps with channels last as well."""
    inner = row(layer("MaxPooling2D", "p", pool_size=[5, 6], **FIRST), layer("Flatten", "f"))
    inner |= {"name": "inner", "inbound_nodes": [[["image", 0, 0, {}]]]}
    inner["config"]["name"] = "inner"
    model, _ = modern(after_image(inner, shape=(3, 5, 6)))
    np.testing.assert_allclose(loaded(model)(LAST), X.max((2, 3)), atol=1e-6)


def test_an_output_of_maps_is_announced() -> None:
    """A segmentation has its channels last then, which the user is told."""
    entry = layer("Conv2D", "conv", **CONVOLUTION, **INPUT)
    assert "output is a map" in notes(modern(row(entry))[1])


def test_networks_with_channels_last_are_left_alone() -> None:
    """Nothing is inserted where no layer puts channels first."""
    entry = layer("Conv2D", "a", filters=1, kernel_size=[1, 1], **INPUT)
    model, repairs = modern(row(entry, layer("Flatten", "f")))
    assert classes(model) == ["InputLayer", "Conv2D", "Flatten"]
    assert "channels" not in notes(repairs)


@pytest.mark.parametrize(
    ("entry", "match"),
    [
        (layer("Conv2D", "a", filters=1, kernel_size=[1, 1]), "takes channels last"),
        (layer("Attention", "a"), r"\(Attention\) reads maps"),
        (layer("BatchNormalization", "a", axis=7), "several axes"),
        (
            layer("Conv2D", "a", filters=1, kernel_size=[1, 1], activation="softmax", **FIRST),
            "softmax along the width",
        ),
    ],
)
def test_what_cannot_be_rewritten_is_refused(entry: dict[str, Any], match: str) -> None:
    """Layers that mix both orders, or work along several axes, are named."""
    with pytest.raises(ModelFileError, match=match):
        modern(row(layer("Conv2D", "conv", **CONVOLUTION, **INPUT), entry))


def test_maps_and_vectors_do_not_mix() -> None:
    """A sum of a map and a vector would mean other axes."""
    call = [[["image", 0, 0, {}]]]
    with pytest.raises(ModelFileError, match="other values together"):
        modern(
            after_image(
                node("MaxPooling2D", "p", call, **FIRST),
                node("GlobalMaxPooling2D", "g", call, **FIRST),
                node("Multiply", "m", [[["p", 0, 0, {}], ["g", 0, 0, {}]]]),
                shape=(3, 5, 6),
            )
        )

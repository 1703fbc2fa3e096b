"""Repairs that must not change a value: compared with plain NumPy."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from cnnviz_core.errors import ModelFileError
from tests.core.model_files.legacy_files import (
    FIRST,
    after_image,
    layer,
    loaded,
    modern,
    node,
    notes,
    row,
)

Array = np.ndarray[Any, Any]
RANDOM = np.random.default_rng(7)
X = RANDOM.normal(0, 3, (2, 4, 4, 3)).astype("float32")


def computed(configuration: Any, version: str = "2.10.0", x: Array = X) -> Array:
    """What a model of no weights makes of images."""
    return np.asarray(loaded(modern(configuration, version)[0])(x))


def old_hard_sigmoid(x: Array) -> Array:
    """As Keras 1 and 2 defined it."""
    return np.clip(0.2 * x + 0.5, 0, 1)


@pytest.mark.parametrize("version", ["1.2.2", "2.2.4", "2.15.0"])
def test_hard_sigmoid_of_keras_2(version: str) -> None:
    """It is clip(0.2 x + 0.5), in a row and in a graph; that of Keras 3 differs visibly."""
    entry = layer("Activation", "a", activation="hard_sigmoid", **FIRST)
    np.testing.assert_allclose(computed(row(entry), version), old_hard_sigmoid(X), atol=1e-6)
    inside = node("Activation", "a", [[["image", 0, 0, {}]]], activation="hard_sigmoid")
    model = after_image(inside, node("Flatten", "f", [[["a", 0, 0, {}]]]))
    expected = old_hard_sigmoid(X).reshape(2, -1)
    np.testing.assert_allclose(computed(model, version), expected, atol=1e-6)
    assert np.abs(np.clip(X / 6 + 0.5, 0, 1) - old_hard_sigmoid(X)).max() > 0.05
    assert "hard sigmoid" in notes(modern(model, version)[1])


def test_hard_sigmoid_of_a_layer_called_twice() -> None:
    """Each call of the layer gets its own, and both are read by the right ones."""
    shared = node(
        "Dense",
        "d",
        [[["image", 0, 0, {}]], [["relu", 0, 0, {}]]],
        units=2,
        activation="hard_sigmoid",
    )
    model = loaded(
        modern(
            after_image(
                node("ReLU", "relu", [[["image", 0, 0, {}]]]),
                shared,
                node("Subtract", "out", [[["d", 0, 0, {}], ["d", 1, 0, {}]]]),
            )
        )[0]
    )
    kernel, bias = RANDOM.normal(size=(3, 2)), RANDOM.normal(size=2)
    model.get_layer("d").set_weights([kernel, bias])
    of_image = old_hard_sigmoid(X @ kernel + bias)
    of_relu = old_hard_sigmoid(np.maximum(X, 0) @ kernel + bias)
    np.testing.assert_allclose(model(X), of_image - of_relu, atol=1e-5)


def test_keras_3_keeps_its_own_hard_sigmoid() -> None:
    """In a file of Keras 3 the name means relu6(x + 3) / 6."""
    entry = layer("Activation", "a", activation="hard_sigmoid")
    inner = {"batch_shape": [None, 4, 4, 3], "name": "i", "dtype": "float32"}
    model = row({"class_name": "InputLayer", "config": inner}, entry)
    answer = computed(model, "3.9.2")
    np.testing.assert_allclose(answer, np.clip(X / 6 + 0.5, 0, 1), atol=1e-6)


def test_thresholded_relu() -> None:
    """It lets through what lies above its threshold, as it is."""
    entry = layer("ThresholdedReLU", "a", theta=1.5, **FIRST)
    np.testing.assert_array_equal(computed(row(entry)), np.where(X > 1.5, X, 0))


def test_random_height_and_width_do_nothing() -> None:
    """They only act in training."""
    rows = [
        layer("RandomHeight", "a", factor=0.3, **FIRST),
        layer("RandomWidth", "b", factor=0.3, interpolation="bilinear"),
    ]
    np.testing.assert_array_equal(computed(row(*rows), "2.4.0"), X)


def softmax(x: Array) -> Array:
    """Along the last axis."""
    raised = np.exp(x - x.max(-1, keepdims=True))
    return np.asarray(raised / raised.sum(-1, keepdims=True))


P = np.abs(X) + 0.1
OPERATIONS: list[tuple[str, Any, Any]] = [
    ("math.truediv", {"y": 127.5, "name": None}, X / 127.5),
    ("math.subtract", {"y": [1.0, 2.0, 3.0]}, X - np.array([1, 2, 3])),
    ("__operators__.add", {"y": 2}, X + 2),
    ("math.multiply", {"y": ["image", 0, 0]}, X * X),
    ("math.maximum", {"y": 0.5}, np.maximum(X, 0.5)),
    ("math.pow", {"y": 2}, X**2),
    ("math.negative", {}, -X),
    ("math.abs", {}, np.abs(X)),
    ("math.square", {}, X**2),
    ("math.exp", {}, np.exp(X)),
    ("math.tanh", {}, np.tanh(X)),
    ("math.sigmoid", {}, 1 / (1 + np.exp(-X))),
    ("nn.relu", {}, np.maximum(X, 0)),
    ("nn.relu6", {}, np.clip(X, 0, 6)),
    ("nn.elu", {}, np.where(X > 0, X, np.exp(X) - 1)),
    ("nn.softplus", {}, np.log1p(np.exp(X))),
    ("nn.silu", {}, X / (1 + np.exp(-X))),
    ("nn.leaky_relu", {}, np.where(X > 0, X, 0.2 * X)),
    ("nn.leaky_relu", {"alpha": 0.1}, np.where(X > 0, X, 0.1 * X)),
    (
        "nn.gelu",
        {"approximate": True},
        X / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (X + 0.044715 * X**3))),
    ),
    ("nn.softmax", {"axis": -1}, softmax(X)),
    ("nn.bias_add", {"bias": [1.0, 2.0, 3.0]}, X + np.array([1, 2, 3])),
    ("math.reduce_mean", {"axis": [1, 2], "keepdims": True}, X.mean((1, 2), keepdims=True)),
    ("math.reduce_max", {"axis": 3}, X.max(3)),
    ("math.reduce_sum", {"axis": -1}, X.sum(-1)),
    ("math.reduce_min", {"axis": [1]}, X.min(1)),
    ("clip_by_value", {"clip_value_min": -1, "clip_value_max": 1}, np.clip(X, -1, 1)),
    ("reshape", {"shape": [-1, 48]}, X.reshape(-1, 48)),
    ("cast", {"dtype": "float32"}, X),
    ("identity", {}, X),
    ("expand_dims", {"axis": 1}, X[:, None]),
    ("transpose", {"perm": [0, 2, 1, 3]}, X.transpose(0, 2, 1, 3)),
    (
        "pad",
        {"paddings": [[0, 0], [1, 2], [0, 1], [0, 0]], "mode": "CONSTANT"},
        np.pad(X, [[0, 0], [1, 2], [0, 1], [0, 0]]),
    ),
    (
        "pad",
        {"paddings": [[0, 0], [1, 1], [1, 1], [0, 0]], "mode": "REFLECT"},
        np.pad(X, [[0, 0], [1, 1], [1, 1], [0, 0]], mode="reflect"),
    ),
    ("image.resize", {"size": [8, 8], "method": "nearest"}, X.repeat(2, 1).repeat(2, 2)),
    (
        "math.l2_normalize",
        {"axis": -1},
        X / np.sqrt(np.maximum((X**2).sum(-1, keepdims=True), 1e-12)),
    ),
]


@pytest.mark.parametrize(("function", "kwargs", "expected"), OPERATIONS)
def test_tensorflow_functions(function: str, kwargs: Any, expected: Array) -> None:
    """Each is computed by Keras's operation as TensorFlow computes it."""
    entry = node("TFOpLambda", "op", [["image", 0, 0, kwargs]], function=function)
    np.testing.assert_allclose(computed(after_image(entry)), expected, rtol=1e-5, atol=1e-5)


def test_exact_gelu_is_the_default() -> None:
    """TensorFlow's gelu is exact where it is not told otherwise; Keras's operation is not."""
    entry = node("TFOpLambda", "op", [["image", 0, 0, {}]], function="nn.gelu")
    model, _ = modern(after_image(entry), "2.10.0")
    assert model["config"]["layers"][1]["config"]["approximate"] is False


def test_constant_first() -> None:
    """1 - x and 2 / x keep their order."""
    call = [["_CONSTANT_VALUE", -1, 1, {"y": ["image", 0, 0], "name": None}]]
    entry = node("TFOpLambda", "op", call, function="math.subtract")
    np.testing.assert_allclose(computed(after_image(entry)), 1 - X, atol=1e-6)


def test_concat_and_slices() -> None:
    """Lists of tensors and slices: x[..., ::-1] behind x."""
    spec = [{"class_name": "__ellipsis__"}, {"start": None, "stop": None, "step": -1}]
    model = after_image(
        node(
            "SlicingOpLambda",
            "turned",
            [["image", 0, 0, {"slice_spec": spec}]],
            function="__operators__.getitem",
        ),
        node(
            "TFOpLambda",
            "both",
            [[["image", 0, 0, {"axis": -1}], ["turned", 0, 0, {"axis": -1}]]],
            function="concat",
        ),
    )
    np.testing.assert_array_equal(computed(model), np.concatenate([X, X[..., ::-1]], -1))


def test_channels_as_pixels() -> None:
    """Each group of channels becomes a block of two rows and two columns."""
    joined = [["image", 0, 0, {"axis": -1}]] * 4
    model = after_image(
        node("TFOpLambda", "wide", [joined], function="concat"),
        node(
            "TFOpLambda", "large", [["wide", 0, 0, {"block_size": 2}]], function="nn.depth_to_space"
        ),
    )
    np.testing.assert_array_equal(computed(model), X.repeat(2, 1).repeat(2, 2))


@pytest.mark.parametrize("as_text", [True, False])
def test_nodes_of_a_graph(as_text: bool) -> None:
    """TensorFlow 1.15 to 2.3 wrote nodes of its graph, with constants by their place."""
    definition = {"name": "sub", "op": "Sub", "input": ["sub/x", "image"]}
    entry = node(
        "TensorFlowOpLayer",
        "op",
        [[["image", 0, 0, {}]]],
        node_def=json.dumps(definition) if as_text else definition,
        constants={"0": 1.5},
    )
    np.testing.assert_allclose(computed(after_image(entry), "2.2.4-tf"), 1.5 - X, atol=1e-6)


@pytest.mark.parametrize(
    ("function", "kwargs"),
    [
        ("nn.conv2d", {"filters": [1]}),
        ("cast", {"dtype": "uint8"}),
        ("image.resize", {"size": [8, 8], "preserve_aspect_ratio": True}),
        ("nn.silu", {"beta": 2.0}),
        ("reshape", {"shape": [["image", 0, 0], 3]}),
        ("math.add", {}),
        ("math.add", {"z": 1}),
        ("math.reduce_mean", {"axis": "x"}),
    ],
)
def test_other_functions_are_refused_by_name(function: str, kwargs: Any) -> None:
    """A function that Keras cannot compute the same is named."""
    entry = node("TFOpLambda", "op", [["image", 0, 0, kwargs]], function=function)
    with pytest.raises(ModelFileError, match=f"'op'.*'{function}'"):
        modern(after_image(entry), "2.10.0")

"""Files of Keras 1, with its names of layers and settings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnviz_core.errors import ModelFileError
from tests.core.model_files.legacy_files import (
    FIRST,
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

OLD = "1.2.2"
TF = {"dim_ordering": "tf"}
CONVOLUTION = {
    "nb_filter": 4,
    "nb_row": 3,
    "nb_col": 2,
    "border_mode": "same",
    "subsample": [1, 1],
    "init": "glorot_uniform",
    "W_regularizer": {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.5},
    "b_regularizer": None,
    "bias": True,
    "activation": "relu",
    **TF,
}


@pytest.mark.parametrize(
    ("class_name", "old", "new_class", "expected"),
    [
        (
            "AtrousConvolution2D",
            {**CONVOLUTION, "atrous_rate": [2, 2]},
            "Conv2D",
            {"dilation_rate": [2, 2]},
        ),
        (
            "SeparableConvolution2D",
            {**CONVOLUTION, "depthwise_init": "one"},
            "SeparableConv2D",
            {"filters": 4},
        ),
        (
            "Dense",
            {"output_dim": 3, "input_dim": 3, "bias": False, "init": "normal"},
            "Dense",
            {"units": 3, "use_bias": False},
        ),
        ("Dropout", {"p": 0.25}, "Dropout", {"rate": 0.25}),
        ("SpatialDropout2D", {"p": 0.25, **TF}, "SpatialDropout2D", {"rate": 0.25}),
        ("GaussianNoise", {"sigma": 0.5}, "GaussianNoise", {"stddev": 0.5}),
        ("GaussianDropout", {"p": 0.5}, "GaussianDropout", {"rate": 0.5}),
        (
            "MaxPooling2D",
            {"pool_size": [2, 2], "strides": [2, 2], "border_mode": "valid", **TF},
            "MaxPooling2D",
            {"padding": "valid"},
        ),
        ("UpSampling2D", {"size": [2, 2], **TF}, "UpSampling2D", {"size": [2, 2]}),
        (
            "ZeroPadding2D",
            {"padding": [1, 2], **TF},
            "ZeroPadding2D",
            {"padding": [[1, 1], [2, 2]]},
        ),
        (
            "ZeroPadding2D",
            {"padding": [1, 2, 3, 4], **TF},
            "ZeroPadding2D",
            {"padding": [[1, 2], [3, 4]]},
        ),
        (
            "ZeroPadding2D",
            {"padding": {"top_pad": 1}, **TF},
            "ZeroPadding2D",
            {"padding": [[1, 0], [0, 0]]},
        ),
        (
            "BatchNormalization",
            {"mode": 0, "axis": -1, "gamma_init": "one", "epsilon": 0.01},
            "BatchNormalization",
            {"epsilon": 0.01},
        ),
        ("ELU", {"alpha": 0.5}, "ELU", {"alpha": 0.5}),
        ("LeakyReLU", {"alpha": 0.2}, "LeakyReLU", {"negative_slope": 0.2}),
        (
            "PReLU",
            {"init": "zero", "weights": None, "shared_axes": [1, 2]},
            "PReLU",
            {"shared_axes": [1, 2]},
        ),
        ("Permute", {"dims": [3, 1, 2]}, "Permute", {"dims": [3, 1, 2]}),
        ("Reshape", {"target_shape": [48]}, "Reshape", {"target_shape": [48]}),
    ],
)
def test_layers(class_name: str, old: Any, new_class: str, expected: Any) -> None:
    """Each layer has its name and settings of today, and Keras can make it."""
    model, _ = modern(row(layer(class_name, "a", **FIRST, **old)), OLD)
    assert classes(model)[1] == new_class
    made = settings(model, "a")
    assert {key: made[key] for key in expected} == expected
    assert loaded(model).layers[0].name == "a"


def test_convolution() -> None:
    """Every setting of the most used layer."""
    model, repairs = modern(row(layer("Convolution2D", "a", **FIRST, **CONVOLUTION)), OLD)
    made = settings(model, "a")
    assert made.pop("kernel_initializer")["class_name"] == "GlorotUniform"
    assert made.pop("kernel_regularizer")["config"] == {"l1": 0.0, "l2": 0.5}
    assert made == {
        "name": "a",
        "filters": 4,
        "kernel_size": [3, 2],
        "padding": "same",
        "strides": [1, 1],
        "data_format": "channels_last",
        "use_bias": True,
        "activation": "relu",
        "bias_regularizer": None,
    }
    assert "Convolution2D of Keras 1 is now called Conv2D" in notes(repairs)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("sum", lambda a, b: a + b),
        ("mul", lambda a, b: a * b),
        ("ave", lambda a, b: (a + b) / 2),
        ("max", np.maximum),
        ("concat", lambda a, b: np.concatenate([a, b], -1)),
    ],
)
def test_merge(mode: str, expected: Any) -> None:
    """`merge` of each mode."""
    x = np.random.default_rng(0).normal(size=(2, 4, 4, 3)).astype("float32")
    model, _ = modern(
        after_image(
            node("Activation", "relu", [[["image", 0, 0]]], activation="relu"),
            node("Merge", "m", [[["image", 0, 0], ["relu", 0, 0]]], mode=mode, concat_axis=-1),
        ),
        OLD,
    )
    np.testing.assert_allclose(loaded(model)(x), expected(x, np.maximum(x, 0)), atol=1e-6)


def test_row_that_begins_with_a_merge() -> None:
    """It becomes a graph with an input for each branch."""
    branches = [row(layer("Activation", name, activation="relu", **FIRST)) for name in "ab"]
    merge = layer("Merge", "m", mode="sum", layers=branches)
    model, repairs = modern(row(merge, layer("Flatten", "f")), OLD)
    assert model["class_name"] == "Functional"
    x = np.random.default_rng(0).normal(size=(2, 2, 4, 4, 3)).astype("float32")
    expected = np.maximum(x, 0).sum(0).reshape(2, -1)
    np.testing.assert_allclose(loaded(model)(list(x)), expected, atol=1e-6)
    assert "begins with a Merge" in notes(repairs)


def test_channels_first_of_theano_ordering() -> None:
    """'th' means channels first: the input's shape is turned and Flatten keeps its order."""
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 6)).astype("float32")
    pooling = {"pool_size": [2, 2], "strides": [2, 2], "dim_ordering": "th"}
    shape = {"batch_input_shape": [None, 3, 4, 6]}
    padding = layer("ZeroPadding2D", "z", padding=[0, 1])
    model, _ = modern(
        row(layer("MaxPooling2D", "p", **pooling, **shape), padding, layer("Flatten", "f")), OLD
    )
    pooled = x.reshape(2, 3, 2, 2, 3, 2).max((3, 5))
    expected = np.pad(pooled, [[0, 0], [0, 0], [0, 0], [1, 1]]).reshape(2, -1)
    np.testing.assert_allclose(loaded(model)(np.moveaxis(x, 1, -1)), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("side", "mode", "fits"),
    [(7, "valid", True), (8, "valid", False), (6, "same", True), (7, "same", False)],
)
def test_deconvolution(side: int, mode: str, fits: bool) -> None:
    """Keras 1 was told the size of the output: only the one that Keras 3 makes is read."""
    config = CONVOLUTION | {"border_mode": mode, "subsample": [2, 2], "nb_col": 3}
    entry = layer("Deconvolution2D", "a", output_shape=[None, side, side, 4], **config, **FIRST)
    if fits:
        assert classes(modern(row(entry), OLD)[0])[1] == "Conv2DTranspose"
    else:
        with pytest.raises(ModelFileError, match="size that Keras 3 does not"):
            modern(row(entry), OLD)


@pytest.mark.parametrize(
    ("entry", "match"),
    [
        (layer("BatchNormalization", "a", mode=1), "by the batch it sees"),
        (layer("Merge", "a", mode="dot"), "in the way 'dot'"),
        (layer("Merge", "a", mode="sum", layers=[layer("Dense", "d")]), "no Sequential"),
        (layer("ZeroPadding2D", "a", padding="x", **TF), "pads in a form"),
        (layer("MaxPooling2D", "a", dim_ordering="x"), "first or last"),
        (layer("MaxPooling2D", "a"), "first or last"),
        (layer("Deconvolution2D", "a", **CONVOLUTION), "does not say the size of its output"),
    ],
)
def test_refused(entry: dict[str, Any], match: str) -> None:
    """What Keras 3 cannot do, or the file leaves open, is named."""
    entry["config"].update(FIRST)
    with pytest.raises(ModelFileError, match=match):
        modern(row(entry), OLD)


@pytest.mark.parametrize(
    ("entry", "refused"),
    [
        (layer("Convolution2D", "a", **CONVOLUTION), True),
        (layer("Convolution2D", "a", **CONVOLUTION | {"nb_col": 3}), False),
        (layer("Convolution2D", "a", **CONVOLUTION | {"border_mode": "valid"}), False),
        (layer("Convolution2D", "a", **CONVOLUTION | {"nb_col": 3, "subsample": [2, 2]}), True),
        (layer("MaxPooling2D", "a", border_mode="same", **TF), True),
    ],
)
def test_borders_of_theano(entry: dict[str, Any], refused: bool) -> None:
    """Theano, known by its names of weights, puts the odd zero in front: that is refused."""
    entry["config"].update(FIRST)
    for paths in (("a/a_W:0",), ("a/a_W",)):
        if refused and paths == ("a/a_W",):
            with pytest.raises(ModelFileError, match="Theano"):
                modern(row(entry), OLD, backend=None, paths=paths)
        else:
            assert modern(row(entry), OLD, backend=None, paths=paths)


def test_era_without_a_version() -> None:
    """A file that does not say its version is known by Keras 1's settings."""
    entry = layer("Convolution2D", "a", **FIRST, **CONVOLUTION)
    model, _ = modern(row(entry), None)
    assert settings(model, "a")["kernel_size"] == [3, 2]

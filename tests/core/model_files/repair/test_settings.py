"""Settings of old layers: renamed, left out or refused where Keras 3 would compute otherwise."""

from __future__ import annotations

from typing import Any

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


@pytest.mark.parametrize(
    ("class_name", "old", "expected", "note"),
    [
        ("DepthwiseConv2D", {"groups": 1, "kernel_initializer": None}, {}, "groups=1"),
        ("SeparableConv2D", {"kernel_regularizer": None, "groups": 1}, {}, "kernel_regularizer"),
        ("Conv2DTranspose", {"groups": 1}, {}, "groups=1"),
        ("LeakyReLU", {"alpha": 0.1}, {"negative_slope": 0.1}, "alpha"),
        ("LeakyReLU", {}, {"negative_slope": 0.3}, ""),
        ("LeakyReLU", {"alpha": {"type": "ndarray", "value": 0.5}}, {"negative_slope": 0.5}, ""),
        ("BatchNormalization", {"axis": [3]}, {"axis": 3, "epsilon": 1e-3}, ""),
        ("BatchNormalization", {"fused": True}, {"epsilon": 1e-3}, "fused"),
        ("BatchNormalizationV1", {"virtual_batch_size": 4}, {"epsilon": 1e-3}, "virtual"),
        ("BatchNormalizationV2", {"axis": 3, "epsilon": 2e-3}, {"axis": 3, "epsilon": 2e-3}, "V2"),
        ("SyncBatchNormalization", {}, {"epsilon": 1e-3}, "SyncBatch"),
        (
            "ReLU",
            {"negative_slope": None, "max_value": 6.0},
            {"negative_slope": 0.0, "max_value": 6.0},
            "",
        ),
        ("RandomHeight", {"factor": 0.2, "seed": None}, {"activation": "linear"}, "RandomHeight"),
        ("Activation", {"activation": "swish"}, {"activation": "silu"}, ""),
        ("Activation", {"activation": "relu6"}, {"activation": "relu6"}, "relu6"),
        ("Activation", {"activation": "leaky_relu"}, {"activation": "leaky_relu"}, "leaky_relu"),
        ("Activation", {"activation": None}, {"activation": "linear"}, ""),
        (
            "SpatialDropout2D",
            {"rate": 0.5, "noise_shape": None, "trainable": True},
            {"rate": 0.5},
            "",
        ),
        (
            "Dense",
            {"dtype": {"class_name": "Policy", "config": {"name": "mixed_float16"}}},
            {"dtype": "mixed_float16"},
            "",
        ),
        (
            "Dense",
            {
                "dtype": {
                    "class_name": "PolicyV1",
                    "config": {"name": "float32", "loss_scale": None},
                }
            },
            {"dtype": "float32"},
            "",
        ),
        ("Dense", {"dtype": None, "dynamic": False}, {}, ""),
        ("RandomFlip", {"mode": "horizontal", "rng_type": "x"}, {"mode": "horizontal"}, "rng_type"),
    ],
)
def test_settings(class_name: str, old: Any, expected: Any, note: str) -> None:
    """Each setting that Keras 3 names otherwise, or has no more, is translated and named."""
    model, repairs = modern(row(layer(class_name, "a", **FIRST, **old)), "2.10.0")
    assert settings(model, "a") == {"name": "a", **expected}
    assert note in notes(repairs)


@pytest.mark.parametrize(
    ("class_name", "config", "version", "match"),
    [
        ("DepthwiseConv2D", {"groups": 2}, "2.10.0", "groups"),
        ("BatchNormalization", {"adjustment": [1]}, "2.10.0", "adjustment"),
        ("LSTM", {"recurrent_activation": "hard_sigmoid"}, "2.2.4", "recurrence"),
        ("UpSampling2D", {"interpolation": "bilinear"}, "2.2.4", "half a pixel"),
        ("Activation", {"activation": "hard_swish"}, "2.2.4", "activation function 'hard_swish'"),
        ("Activation", {"activation": "mine"}, "2.15.0", "whose code is not"),
        ("InputLayer", {"ragged": True}, "2.10.0", "ragged"),
        ("SimpleRNN", {"activation": "hard_sigmoid"}, "2.4.0", "hard sigmoid"),
        (
            "TimeDistributed",
            {"layer": layer("Dense", "d", activation="hard_sigmoid")},
            "2.4.0",
            "hard",
        ),
    ],
)
def test_what_keras_3_computes_otherwise_is_refused(
    class_name: str, config: Any, version: str, match: str
) -> None:
    """Nothing that would silently give other values comes through."""
    with pytest.raises(ModelFileError, match=match):
        modern(row(layer(class_name, "a", **FIRST, **config)), version)


@pytest.mark.parametrize(
    ("version", "initializer", "read"),
    [
        ("2.3.0-tf", {"seed": None, "dtype": "float32"}, True),
        ("2.4.0", {"seed": None, "dtype": "float32"}, True),
        ("2.2.4-tf", {"seed": None}, True),
        ("2.2.4-tf", {"seed": None, "dtype": "float32"}, False),
        ("2.1.6-tf", {"seed": None, "dtype": "float32"}, False),
        ("2.3.1", {"seed": None}, False),
    ],
)
def test_linear_upsampling(version: str, initializer: Any, read: bool) -> None:
    """TensorFlow 2 enlarges as Keras 3 does, TensorFlow 1.13 and Keras by itself did not.

    TensorFlow 1.13 and 2.0 say the same version, but only the older writes types of initializers.
    """
    made = {"class_name": "GlorotUniform", "config": initializer}
    model = row(
        layer("UpSampling2D", "a", size=[2, 2], interpolation="bilinear", **FIRST),
        layer("Dense", "d", units=1, kernel_initializer=made),
    )
    if read:
        assert classes(modern(model, version)[0])[1] == "UpSampling2D"
    else:
        with pytest.raises(ModelFileError, match="half a pixel"):
            modern(model, version)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("glorot_uniform", ("GlorotUniform", {})),
        ({"class_name": "Zeros", "config": {"dtype": "float32"}}, ("Zeros", {})),
        (
            {"class_name": "VarianceScaling", "config": {"scale": 1.0, "distribution": "normal"}},
            ("VarianceScaling", {"scale": 1.0, "distribution": "truncated_normal"}),
        ),
        (
            {"class_name": "RandomUniformV2", "config": {"minval": -1}},
            ("RandomUniform", {"minval": -1}),
        ),
        ({"class_name": "TheirOwn", "config": {}}, ("GlorotUniform", {})),
    ],
)
def test_initializers(value: Any, expected: tuple[str, Any]) -> None:
    """Initializers of every spelling become Keras 3's; unknown ones go, as weights are read."""
    entry = layer("Dense", "a", units=1, kernel_initializer=value, **FIRST)
    model, repairs = modern(row(entry))
    made = settings(model, "a")["kernel_initializer"]
    assert (made["class_name"], made["config"]) == expected
    assert made["module"] == "keras.initializers"
    assert ("TheirOwn" in notes(repairs)) == ("TheirOwn" in str(value))
    assert loaded(model)


def test_regularizers_and_constraints() -> None:
    """They only act in training, and keep what Keras knows."""
    old = {
        "kernel_regularizer": {"class_name": "L1L2", "config": {"l1": 0.0, "l2": 0.5}},
        "bias_regularizer": "their_own",
        "kernel_constraint": {"class_name": "MaxNorm", "config": {"max_value": 2, "axis": 0}},
    }
    model, repairs = modern(row(layer("Dense", "a", units=1, **FIRST, **old)))
    made = settings(model, "a")
    assert made["kernel_regularizer"]["config"] == {"l1": 0.0, "l2": 0.5}
    assert made["bias_regularizer"] is None
    assert made["kernel_constraint"]["module"] == "keras.constraints"
    assert "their_own" in notes(repairs)
    assert loaded(model)


def test_same_repair_is_named_once() -> None:
    """Two layers that need the same repair share it."""
    both = [layer("LeakyReLU", "a", alpha=0.1, **FIRST), layer("LeakyReLU", "b", alpha=0.1)]
    alpha_repairs = [repair for repair in modern(row(*both))[1] if "alpha" in repair.what]
    assert [repair.layers for repair in alpha_repairs] == [("a", "b")]


def test_input_layer_of_keras_2() -> None:
    """Its shape has another name now, and its type stays."""
    model, _ = modern(after_image(node("Flatten", "f", [[["image", 0, 0, {}]]])))
    made = settings(model, "image")
    assert made["batch_shape"] == [None, 4, 4, 3]
    assert "batch_input_shape" not in made

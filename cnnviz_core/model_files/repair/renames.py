"""Layers of Keras 2: classes and settings that Keras 3 names otherwise, or no longer has."""

from __future__ import annotations

import re
from typing import Any

from cnnviz_core.model_files.repair import objects
from cnnviz_core.model_files.repair.context import Context, Json, refuse

CLASSES = {
    "Model": "Functional",
    "Network": "Functional",
    "Container": "Functional",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "SyncBatchNormalization": "BatchNormalization",
    "RandomHeight": "Activation",
    "RandomWidth": "Activation",
    "ThresholdedReLU": "ReLU",
    "Convolution2D": "Conv2D",
    "Convolution2DTranspose": "Conv2DTranspose",
    "Deconvolution2D": "Conv2DTranspose",
    "SeparableConvolution2D": "SeparableConv2D",
    "DepthwiseConvolution2D": "DepthwiseConv2D",
    "MaxPool2D": "MaxPooling2D",
    "AvgPool2D": "AveragePooling2D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
}
INPUT_KEYS = (
    "batch_input_shape",
    "input_shape",
    "input_dtype",
    "input_length",
    "experimental_autocast",
)
_RECURRENT_ONLY: dict[str, tuple[Any, ...]] = {
    "time_major": (False,),
    "implementation": (0, 1, 2),
}
_TRAINING_CHOICES = ("auto_vectorize", "force_generator", "rng_type")
_SHAPES = ("query_shape", "key_shape", "value_shape")
_NO_KERNEL = ("kernel_initializer", "kernel_regularizer", "kernel_constraint")
DROPPED = {
    "DepthwiseConv2D": _NO_KERNEL,
    "SeparableConv2D": _NO_KERNEL,
    "SeparableConv1D": _NO_KERNEL,
    "DepthwiseConv1D": _NO_KERNEL,
    "BatchNormalization": ("fused", "virtual_batch_size"),
    "MultiHeadAttention": _SHAPES,
    "SpatialDropout1D": ("noise_shape", "trainable"),
    "SpatialDropout2D": ("noise_shape", "trainable"),
    "SpatialDropout3D": ("noise_shape", "trainable"),
    "RandomFlip": _TRAINING_CHOICES,
    "RandomRotation": _TRAINING_CHOICES,
    "RandomZoom": _TRAINING_CHOICES,
    "RandomTranslation": _TRAINING_CHOICES,
    "RandomContrast": _TRAINING_CHOICES,
    "RandomBrightness": _TRAINING_CHOICES,
    "RandomCrop": _TRAINING_CHOICES,
}
"""Settings that never changed what such a layer computes once it is trained."""
ONLY: dict[str, dict[str, tuple[Any, ...]]] = {
    "DepthwiseConv2D": {"groups": (1, None), "filters": (None,)},
    "SeparableConv2D": {"groups": (1, None)},
    "SeparableConv1D": {"groups": (1, None)},
    "DepthwiseConv1D": {"groups": (1, None), "filters": (None,)},
    "Conv1DTranspose": {"groups": (1, None)},
    **dict.fromkeys(("LSTM", "GRU", "SimpleRNN"), _RECURRENT_ONLY),
    "Conv2DTranspose": {"groups": (1, None)},
    "BatchNormalization": {"adjustment": (None,)},
    "InputLayer": {"type_spec": (None,), "input_tensor": (None,)},
}
"""Settings that go if they have one of these values, which mean nothing; else are refused."""
RENAMED = {
    "LeakyReLU": {"alpha": "negative_slope"},
    "ThresholdedReLU": {"theta": "threshold"},
    "InputLayer": {"batch_input_shape": "batch_shape", "input_dtype": "dtype"},
}
DEFAULTS: dict[str, Json] = {
    "LeakyReLU": {"negative_slope": 0.3},
    "ThresholdedReLU": {"threshold": 1.0},
    "BatchNormalization": {"epsilon": 1e-3},
    "GRU": {"reset_after": False},
}
"""What Keras 2 took where a file is silent."""
RECURRENT = "recurrent_activation"
HARD_RECURRENCE = (
    "uses the hard sigmoid of Keras 2 in its recurrence; Keras 3 means another function by that"
    " name, so the model would answer otherwise. Train it with recurrent_activation='sigmoid' and"
    " save it again."
)
HALF_PIXEL = (
    "enlarges by linear interpolation as Keras did before TensorFlow 2: half a pixel off what Keras"
    " does today. Set its interpolation to 'nearest', or save the model with a newer TensorFlow."
)


def layer_config(class_name: str, config: Json, name: str, context: Context) -> tuple[str, Json]:
    """Class and settings of a layer of Keras 2 (or 1, already translated to 2) for Keras 3."""
    if "dynamic" in config and config["dynamic"] in (False, None):
        del config["dynamic"]
    _rename(class_name, config, name, context)
    for key in INPUT_KEYS:
        config.pop(key, None)
    for key in list(config):
        package = objects.family(key)
        if package is not None:
            config[key] = objects.translated(package, config[key], name, context)
    if "dtype" in config:
        config["dtype"] = objects.policy(config["dtype"])
        if config["dtype"] is None:
            del config["dtype"]
    _special(class_name, config, name, context)
    renamed = CLASSES.get(class_name, class_name)
    if renamed != class_name:
        context.note(f"{class_name} was read as {renamed}, which computes the same.", name)
    _drop(renamed, config, name, context)
    return renamed, config


def _rename(class_name: str, config: Json, name: str, context: Context) -> None:
    for old, new in RENAMED.get(class_name, {}).items():
        if old not in config:
            continue
        value = config.pop(old)
        if config.get(new) is None:
            config[new] = value
        if class_name != "InputLayer":
            context.note(f"{class_name}: the old argument {old} is now called {new}.", name)
    defaults = DEFAULTS.get(class_name) or DEFAULTS.get(CLASSES.get(class_name, ""), {})
    config.update(defaults | config)


def _drop(class_name: str, config: Json, name: str, context: Context) -> None:
    for key in DROPPED.get(class_name, ()):
        if key in config:
            del config[key]
            reason = "which had no effect" if key in _NO_KERNEL else "which only training used"
            if key in _SHAPES:
                reason = "which follows from what it is called on"
            context.note(f"{class_name}: the old argument {key}, {reason}, was left out.", name)
    for key, values in ONLY.get(class_name, {}).items():
        if key not in config:
            continue
        value = config.pop(key)
        if not any(type(value) is type(allowed) and value == allowed for allowed in values):
            raise refuse(name, f"({class_name}) has the setting {key!r}, which Keras 3 cannot do.")
        if value is not None:
            context.note(f"{class_name}: the old argument {key}={value} was left out.", name)


def _special(class_name: str, config: Json, name: str, context: Context) -> None:
    """What one class alone needs."""
    if class_name.startswith(("BatchNormalization", "SyncBatch", "LayerNormalization")):
        axis = config.get("axis")
        if isinstance(axis, list) and len(axis) == 1:
            config["axis"] = axis[0]
    if class_name == "SyncBatchNormalization":
        config.pop("synchronized", None)
    if class_name == "InputLayer" and config.get("ragged"):
        raise refuse(name, "takes ragged input, which is not an image.")
    if class_name in ("RandomHeight", "RandomWidth"):
        for key in set(config) - {"name", "trainable", "dtype"}:
            del config[key]
        config["activation"] = "linear"
    if class_name in ("ReLU", "ThresholdedReLU"):
        _relu(config)
    if class_name == "UpSampling2D":
        _check_interpolation(config, name, context)
    for key in ("activation", RECURRENT):
        if key in config:
            config[key] = objects.activation(config[key], name, context)
    if config.get(RECURRENT) == "hard_sigmoid" and class_name in ("LSTM", "GRU"):
        raise refuse(name, HARD_RECURRENCE)


def _relu(config: Json) -> None:
    """Numbers that old files leave empty."""
    for key in ("negative_slope", "threshold"):
        if key in config and config[key] is None:
            config[key] = 0.0


def _check_interpolation(config: Json, name: str, context: Context) -> None:
    """Refuse linear enlargement by a Keras that aligned corners otherwise."""
    if config.get("interpolation", "nearest") == "nearest":
        return
    version = context.version or ""
    match = re.match(r"(\d{1,4})\.(\d{1,4})([.-]|$)", version, re.ASCII)
    release = (int(match[1]), int(match[2])) if match else (2, 0)
    old_alone = release < (2, 4) and "tf" not in version
    old_inside = "tf" in version and release < (2, 3) and not context.later_resizing
    if old_alone or old_inside:
        raise refuse(name, HALF_PIXEL)

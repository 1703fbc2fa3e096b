"""The numbers that a step on one value is made of: a normalization's, a slope, a factor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

if TYPE_CHECKING:
    from cnnviz_core.network.graph import Step

_SETTINGS = {
    "BatchNormalization": ("gamma", "beta", "moving_mean", "moving_variance", "epsilon"),
    "Rescaling": ("scale", "offset"),
    "Normalization": ("mean", "variance"),
    "LayerScale": ("gamma",),
    "ReLU": ("max_value", "negative_slope", "threshold"),
    "LeakyReLU": ("negative_slope",),
    "PReLU": ("alpha",),
    "ELU": ("alpha",),
}
"""By the class of the layer, the attributes that say all of what it does."""
_WORDS = {"moving_mean": "mean", "moving_variance": "variance"}
_PLACES = ("first", "second")
"""Of what an operation on a tensor and a number takes, which is the number."""


def numbers_of(step: Step, channel: int) -> dict[str, float]:
    """What a layer's step on one channel is made of, by name; of other layers nothing.

    Left out is what is not set, and what differs from place to place.
    """
    layer = step.operation
    if not isinstance(layer, keras.Layer):
        return _of_operation(step)
    channels = step.shape[-1] or 0
    if step.kind == "BatchNormalization" and layer.axis not in (-1, len(step.shape)):
        return {}
    if step.kind == "Normalization" and layer.invert:
        return {}
    found = {
        _WORDS.get(name, name): _of_channel(getattr(layer, name, None), channel, channels)
        for name in _SETTINGS.get(step.kind, ())
    }
    return {name: number for name, number in found.items() if number is not None}


def _of_channel(setting: Any, channel: int, channels: int) -> float | None:
    """One channel's own of a setting; None where there is none, or one for each place."""
    if setting is None:
        return None
    values = np.asarray(setting, np.float32)
    if values.size == 1:
        return float(values.item())
    by_channel = values.shape[-1] == values.size == channels
    return float(values.ravel()[channel]) if by_channel else None


def _of_operation(step: Step) -> dict[str, float]:
    arguments = dict(zip(_PLACES, step.args, strict=False))
    return {
        name: float(value) for name, value in arguments.items() if isinstance(value, int | float)
    }

"""Layers that architectures of keras.applications define for themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnviz_core.model_files.allowed.rules import checks
from cnnviz_core.model_files.allowed.rules.checks import Unfit
from cnnviz_core.model_files.allowed.rules.convolution import MAX_FILTERS
from cnnviz_core.model_files.allowed.rules.geometry import Shape, broadcast
from cnnviz_core.model_files.allowed.rules.rule import (
    COMMON,
    REQUIRED,
    Rule,
    Setting,
    Sized,
    Tensor,
    count,
    listed,
    plain,
    weights,
)


def _layer_scale(settings: Mapping[str, Any], shape: Shape) -> Sized:
    side = (settings["projection_dim"],)
    result = broadcast(shape, side)
    if result != shape:
        raise Unfit(f"called on a tensor of {side[0]} channels")
    return Sized((Tensor(shape),), weights(("variable", side)), count(*shape))


def _scaled_sum(settings: Mapping[str, Any], args: Any, kwargs: Any) -> Sized:
    tensors = listed(args, 2)
    if len(tensors) != 2:
        raise Unfit("called on two tensors")
    result = broadcast(tensors[0].shape, tensors[1].shape)
    return Sized((Tensor(result),), multiply_adds=count(*result))


_LAYER_SCALE = Rule(
    "keras.src.applications.convnext",
    "LayerScale",
    {
        **COMMON,
        "init_values": Setting(checks.number(), REQUIRED),
        "projection_dim": Setting(checks.whole(1, MAX_FILTERS), REQUIRED),
    },
    plain(_layer_scale),
    prefix="keras.applications.convnext",
)
_SCALE = Rule(
    "keras.src.applications.inception_resnet_v2",
    "CustomScaleLayer",
    {**COMMON, "scale": Setting(checks.number(), REQUIRED)},
    _scaled_sum,
    prefix="keras.applications.inception_resnet_v2",
)
RULES = {rule.kind: rule for rule in (_LAYER_SCALE, _SCALE)}

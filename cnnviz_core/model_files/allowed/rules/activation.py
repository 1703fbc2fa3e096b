"""Activation layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnviz_core.model_files.allowed.rules import checks
from cnnviz_core.model_files.allowed.rules.checks import Unfit
from cnnviz_core.model_files.allowed.rules.convolution import trained
from cnnviz_core.model_files.allowed.rules.geometry import Shape
from cnnviz_core.model_files.allowed.rules.objects import ACTIVATION_LAYERS
from cnnviz_core.model_files.allowed.rules.rule import (
    Setting,
    Sized,
    Tensor,
    count,
    layer,
    plain,
    same,
    same_along,
    weights,
)


def _prelu(settings: Mapping[str, Any], shape: Shape) -> Sized:
    shared = settings["shared_axes"] or []
    if any(not 1 <= axis < len(shape) for axis in shared):
        raise Unfit(f"told to share axes of its {len(shape)} axes")
    sides = [1 if axis in shared else side for axis, side in enumerate(shape)][1:]
    known = tuple(side for side in sides if side is not None)
    if len(known) != len(sides):
        raise Unfit("called on a tensor whose sides are known, where it does not share them")
    return Sized((Tensor(shape),), weights(("alpha", known)), count(*shape))


_PRELU = {
    **trained("alpha"),
    "shared_axes": Setting(
        checks.optional(
            checks.either(
                checks.several(checks.whole(1, 7), 0, 7),
                lambda value: [checks.whole(1, 7)(value)],
            )
        ),
        None,
    ),
}
_DEFAULTS: dict[str, dict[str, Any]] = {
    "ReLU": {"max_value": None, "negative_slope": 0.0, "threshold": 0.0},
    "LeakyReLU": {"negative_slope": 0.3},
    "ELU": {"alpha": 1.0},
    "Softmax": {"axis": -1},
}
RULES = {
    **layer("PReLU", _PRELU, plain(_prelu)),
    **{
        kind: rule
        for name, defaults in _DEFAULTS.items()
        for kind, rule in layer(
            name,
            {key: Setting(ACTIVATION_LAYERS[name][key], value) for key, value in defaults.items()},
            plain(same_along if name == "Softmax" else same),
        ).items()
    },
}

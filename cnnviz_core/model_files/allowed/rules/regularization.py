"""Layers that only act in training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnviz_core.model_files.allowed.rules import checks
from cnnviz_core.model_files.allowed.rules.geometry import Shape
from cnnviz_core.model_files.allowed.rules.objects import SEED
from cnnviz_core.model_files.allowed.rules.rule import (
    REQUIRED,
    Rule,
    Setting,
    layer,
    need_rank,
    plain,
    same,
)


def _ranked(rank: int) -> Any:
    def size(settings: Mapping[str, Any], shape: Shape) -> Shape:
        need_rank(shape, rank + 2)
        return shape

    return size


_RATE = {"rate": Setting(checks.number(0, 1), REQUIRED), "seed": Setting(SEED, None)}
_BELOW = {"rate": Setting(checks.number(0, 0.9999999), REQUIRED), "seed": Setting(SEED, None)}
_NOISE = {
    "noise_shape": Setting(
        checks.dropped(checks.optional(checks.several(checks.optional(checks.whole()), 0, 8))),
        None,
        written=False,
    )
}
# Keras writes these for spatial dropout and does not take them back.
_UNSAID = _NOISE | {"trainable": Setting(checks.boolean, True, written=False)}
_FORMAT = {"data_format": Setting(checks.data_format, "channels_last")}
_LEVEL = {"l1": Setting(checks.number(0), 0.0), "l2": Setting(checks.number(0), 0.0)}
RULES: dict[str, Rule] = {
    **layer("Dropout", _RATE | _NOISE, plain(same, hands_on=True)),
    **layer("SpatialDropout1D", _RATE | _UNSAID, plain(_ranked(1), hands_on=True)),
    **layer("SpatialDropout2D", _RATE | _UNSAID | _FORMAT, plain(_ranked(2), hands_on=True)),
    **layer("AlphaDropout", _BELOW | _NOISE, plain(same, hands_on=True)),
    **layer("GaussianDropout", _BELOW, plain(same, hands_on=True)),
    **layer(
        "GaussianNoise",
        {"stddev": Setting(checks.number(0, 1), REQUIRED), "seed": Setting(SEED, None)},
        plain(same, hands_on=True),
    ),
    **layer("ActivityRegularization", _LEVEL, plain(same, hands_on=True)),
}

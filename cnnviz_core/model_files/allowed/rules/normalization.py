"""Normalizations by statistics of the batch, of groups, of positions, or of the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnviz_core.model_files.allowed.networks import Variable
from cnnviz_core.model_files.allowed.rules import checks
from cnnviz_core.model_files.allowed.rules.checks import Unfit
from cnnviz_core.model_files.allowed.rules.convolution import trained
from cnnviz_core.model_files.allowed.rules.geometry import Shape
from cnnviz_core.model_files.allowed.rules.rule import (
    Setting,
    Sized,
    Tensor,
    count,
    known_side,
    layer,
    plain,
    resolve,
    resolve_all,
    weights,
)

_EPSILON = Setting(checks.number(0, 1e6), 1e-3)
_AFFINE = {
    "center": Setting(checks.boolean, True),
    "scale": Setting(checks.boolean, True),
    **trained("beta", "gamma"),
}
_AXES = checks.axis_or_axes
_VALUES = checks.optional(checks.numbers)


def _affine(
    settings: Mapping[str, Any], sides: tuple[int, ...]
) -> list[tuple[str, tuple[int, ...]]]:
    named = [("gamma", sides)] if settings["scale"] else []
    return named + ([("beta", sides)] if settings["center"] else [])


def _batch(settings: Mapping[str, Any], shape: Shape) -> Sized:
    side = (known_side(shape, settings["axis"]),)
    learned = weights(*_affine(settings, side))
    measured = tuple(
        Variable(name, side, f"vars/{len(learned) + index}", trainable=False)
        for index, name in enumerate(("moving_mean", "moving_variance"))
    )
    return Sized((Tensor(shape),), learned + measured, count(*shape))


def _layer(settings: Mapping[str, Any], shape: Shape) -> Sized:
    axes = settings["axis"]
    resolve_all(axes, len(shape))
    listed = sorted(axes) if isinstance(axes, list) else [axes]
    sides = tuple(known_side(shape, axis) for axis in listed)
    if settings["rms_scaling"]:
        return Sized((Tensor(shape),), weights(("gamma", sides)), count(*shape))
    return Sized((Tensor(shape),), weights(*_affine(settings, sides)), 2 * count(*shape))


def _group(settings: Mapping[str, Any], shape: Shape) -> Sized:
    channels, groups = known_side(shape, settings["axis"]), settings["groups"]
    if resolve(settings["axis"], len(shape)) == 0:
        raise Unfit("told to normalize another axis than the batch")
    if groups != -1 and channels % groups:
        raise Unfit(f"called on a number of channels that {groups} groups divide, not {channels}")
    return Sized((Tensor(shape),), weights(*_affine(settings, (channels,))), 2 * count(*shape))


def _rms(settings: Mapping[str, Any], shape: Shape) -> Sized:
    axes = resolve_all(settings["axis"], len(shape))
    sides = tuple(known_side(shape, axis) for axis in axes)
    return Sized((Tensor(shape),), weights(("scale", sides)), count(*shape))


def _unit(settings: Mapping[str, Any], shape: Shape) -> Sized:
    resolve_all(settings["axis"], len(shape))
    return Sized((Tensor(shape),), multiply_adds=count(*shape))


def _measured(settings: Mapping[str, Any], shape: Shape) -> Sized:
    kept = sorted(resolve_all(settings["axis"], len(shape)))
    sides = tuple(known_side(shape, axis) for axis in kept)
    if settings["mean"] is not None:
        _fits(settings["mean"], sides)
        _fits(settings["variance"], sides)
        return Sized((Tensor(shape),), multiply_adds=count(*shape))
    names = (("mean", sides), ("variance", sides), ("count", ()))
    return Sized(
        (Tensor(shape),),
        tuple(
            Variable(name, side, f"vars/{index}", trainable=False)
            for index, (name, side) in enumerate(names)
        ),
        count(*shape),
    )


def _fits(values: Any, sides: tuple[int, ...]) -> None:
    given = checks.shape_of(values)
    fits = len(given) <= len(sides)
    if not fits or any(a not in (1, b) for a, b in zip(given[::-1], sides[::-1], strict=False)):
        raise Unfit(f"given a mean and a variance of the shape {list(sides)}, not {list(given)}")


def _both(settings: Mapping[str, Any]) -> None:
    if (settings["mean"] is None) != (settings["variance"] is None):
        raise Unfit("given both a mean and a variance, or neither")
    if checks.shape_of(settings["mean"]) != checks.shape_of(settings["variance"]):
        raise Unfit("given a mean and a variance of the same shape")


def _axis_list(value: Any) -> Any:
    listed = checks.either(lambda axis: [checks.axis(axis)], checks.axes)
    return [] if value is None else listed(value)


_BATCH = {
    "axis": Setting(
        checks.either(
            checks.axis, lambda value: checks.axis(checks.several(checks.axis, 1, 1)(value)[0])
        ),
        -1,
    ),
    "momentum": Setting(checks.number(-1e6, 1e6), 0.99),
    "epsilon": _EPSILON,
    **_AFFINE,
    **trained("moving_mean", "moving_variance"),
    "synchronized": Setting(checks.boolean, False, written=False),
    "renorm": Setting(checks.choice(False, None), False, written=False),
    "renorm_clipping": Setting(checks.nothing, None, written=False),
    "renorm_momentum": Setting(checks.optional(checks.number()), 0.99, written=False),
}
for _key in ("regularizer", "constraint"):
    for _name in ("moving_mean", "moving_variance"):
        del _BATCH[f"{_name}_{_key}"]
_LAYER = {
    "axis": Setting(_AXES, -1),
    "epsilon": _EPSILON,
    "rms_scaling": Setting(checks.boolean, False),
    **_AFFINE,
}
_GROUP = {
    "groups": Setting(checks.either(checks.whole(1), checks.choice(-1)), 32),
    "axis": Setting(checks.axis, -1),
    "epsilon": _EPSILON,
    **_AFFINE,
}
_RMS = {"axis": Setting(_AXES, -1), "epsilon": Setting(checks.number(0, 1e6), 1e-6)}
_MEASURED = {
    "axis": Setting(_axis_list, [-1]),
    "mean": Setting(_VALUES, None),
    "variance": Setting(_VALUES, None),
    "invert": Setting(checks.boolean, False),
}
RULES = {
    **layer("BatchNormalization", _BATCH, plain(_batch)),
    **layer("LayerNormalization", _LAYER, plain(_layer)),
    **layer("GroupNormalization", _GROUP, plain(_group)),
    **layer("RMSNormalization", _RMS, plain(_rms)),
    **layer("UnitNormalization", {"axis": Setting(_AXES, -1)}, plain(_unit)),
    **layer("Normalization", _MEASURED, plain(_measured), validate=_both),
}

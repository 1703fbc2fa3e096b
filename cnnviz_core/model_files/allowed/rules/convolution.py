"""Convolutions along one and two axes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cnnviz_core.model_files.allowed.rules import checks
from cnnviz_core.model_files.allowed.rules.checks import Unfit
from cnnviz_core.model_files.allowed.rules.geometry import Shape, spread, windows
from cnnviz_core.model_files.allowed.rules.objects import (
    activation,
    constraint,
    initializer,
    regularizer,
)
from cnnviz_core.model_files.allowed.rules.rule import (
    REQUIRED,
    Rule,
    Setting,
    Sized,
    Tensor,
    count,
    known_side,
    layer,
    need_rank,
    plain,
    weights,
)

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_FILTERS = 2**20


def trained(*names: str) -> dict[str, Setting]:
    """What a weight has besides its values: how it was drawn, and what training kept it to."""
    settings = {}
    for name in names:
        first = "zeros" if name in ("bias", "beta", "moving_mean", "alpha") else "glorot_uniform"
        first = "ones" if name in ("gamma", "moving_variance") else first
        settings[f"{name}_initializer"] = Setting(initializer, first)
        settings[f"{name}_regularizer"] = Setting(checks.dropped(regularizer), None, written=False)
        settings[f"{name}_constraint"] = Setting(checks.dropped(constraint), None, written=False)
    return settings


def _settings(rank: int, *named: str, causal: bool = False) -> dict[str, Setting]:
    paddings = ("valid", "same", "causal") if causal else ("valid", "same")
    return {
        "kernel_size": Setting(checks.sides(rank), REQUIRED),
        "strides": Setting(checks.sides(rank), [1] * rank),
        "padding": Setting(checks.lowered(*paddings), "valid"),
        "data_format": Setting(checks.data_format, "channels_last"),
        "dilation_rate": Setting(checks.sides(rank), [1] * rank),
        "activation": Setting(activation, "linear"),
        "use_bias": Setting(checks.boolean, True),
        **trained(*named, "bias"),
    }


_FILTERS = {"filters": Setting(checks.whole(1, MAX_FILTERS), REQUIRED)}
_GROUPS = {"groups": Setting(checks.whole(1, MAX_FILTERS), 1)}
_MULTIPLIER = {"depth_multiplier": Setting(checks.whole(1, MAX_FILTERS), 1)}
Kernels = tuple[tuple[str, tuple[int, ...]], ...]


def _not_both(settings: Mapping[str, Any]) -> None:
    if max(settings["strides"]) > 1 and max(settings["dilation_rate"]) > 1:
        raise Unfit("either strided or dilated, not both")


def _divided(settings: Mapping[str, Any]) -> None:
    _not_both(settings)
    if settings["filters"] % settings["groups"]:
        raise Unfit("of a number of filters that its groups divide")


def _transposed(settings: Mapping[str, Any]) -> None:
    _not_both(settings)
    extra = settings["output_padding"]
    if extra is not None and any(a >= b for a, b in zip(extra, settings["strides"], strict=True)):
        raise Unfit("given an output padding smaller than its strides")


def _places(settings: Mapping[str, Any], shape: Shape) -> Shape:
    need_rank(shape, len(settings["kernel_size"]) + 2)
    axes = zip(
        shape[1:-1],
        settings["kernel_size"],
        settings["strides"],
        settings["dilation_rate"],
        strict=True,
    )
    return tuple(
        windows(side, kernel, stride, settings["padding"], dilation)
        for side, kernel, stride, dilation in axes
    )


def _sized(settings: Mapping[str, Any], shape: Shape, filters: int, kernels: Kernels) -> Sized:
    """A layer that takes its kernels to every place of its output."""
    places = _places(settings, shape)
    bias = (("bias", (filters,)),) if settings["use_bias"] else ()
    work = sum(count(*kernel) for _, kernel in kernels)
    return Sized(
        (Tensor((shape[0], *places, filters)),),
        weights(*kernels, *bias),
        count(shape[0], *places) * work,
        _dilated(settings, shape),
    )


def _dilated(settings: Mapping[str, Any], shape: Shape) -> int:
    """Values of the input as TensorFlow pads it, whatever the padding, where kernels have gaps."""
    if max(settings["dilation_rate"]) == 1:
        return 0
    axes = zip(shape[1:-1], settings["kernel_size"], settings["dilation_rate"], strict=True)
    return count(shape[0], *((side or 0) + kernel * gap for side, kernel, gap in axes), shape[-1])


def _convolution(settings: Mapping[str, Any], shape: Shape) -> Sized:
    need_rank(shape, len(settings["kernel_size"]) + 2)
    channels, groups = known_side(shape), settings["groups"]
    if channels % groups:
        raise Unfit(f"called on a number of channels that {groups} groups divide, not {channels}")
    kernel = (*settings["kernel_size"], channels // groups, settings["filters"])
    return _sized(settings, shape, settings["filters"], (("kernel", kernel),))


def _depthwise(settings: Mapping[str, Any], shape: Shape) -> Sized:
    need_rank(shape, len(settings["kernel_size"]) + 2)
    channels, multiplier = known_side(shape), settings["depth_multiplier"]
    kernel = (*settings["kernel_size"], channels, multiplier)
    return _sized(settings, shape, channels * multiplier, (("kernel", kernel),))


def _separable(settings: Mapping[str, Any], shape: Shape) -> Sized:
    need_rank(shape, len(settings["kernel_size"]) + 2)
    channels, multiplier = known_side(shape), settings["depth_multiplier"]
    rank = len(settings["kernel_size"])
    depthwise = (*settings["kernel_size"], channels, multiplier)
    pointwise = (*(1,) * rank, channels * multiplier, settings["filters"])
    kernels: Kernels = (("depthwise_kernel", depthwise), ("pointwise_kernel", pointwise))
    sized = _sized(settings, shape, settings["filters"], kernels)
    middle = count(*sized.outputs[0].shape[:-1]) * channels * multiplier
    return Sized(sized.outputs, sized.variables, sized.multiply_adds, middle + sized.scratch)


def _transpose(settings: Mapping[str, Any], shape: Shape) -> Sized:
    rank = len(settings["kernel_size"])
    need_rank(shape, rank + 2)
    extra = settings["output_padding"] or [None] * rank
    axes = zip(
        shape[1:-1],
        settings["kernel_size"],
        settings["strides"],
        extra,
        settings["dilation_rate"],
        strict=True,
    )
    places = tuple(
        spread(side, kernel_side, stride, settings["padding"], output_padding, dilation)
        for side, kernel_side, stride, output_padding, dilation in axes
    )
    kernel = (*settings["kernel_size"], settings["filters"], known_side(shape))
    bias = (("bias", (settings["filters"],)),) if settings["use_bias"] else ()
    return Sized(
        (Tensor((shape[0], *places, settings["filters"])),),
        weights(("kernel", kernel), *bias),
        count(*shape[:-1], *kernel),
    )


def _family(rank: int) -> dict[str, Rule]:
    suffix = f"Conv{rank}D"
    kernel = _settings(rank, "kernel", causal=rank == 1)
    extra = {"output_padding": Setting(checks.optional(checks.sides(rank, 0)), None)}
    depthwise = _settings(rank, "depthwise")
    separable = _settings(rank, "depthwise", "pointwise")
    rows: tuple[tuple[str, dict[str, Setting], Callable[..., Sized], Any], ...] = (
        (suffix, _FILTERS | _GROUPS | kernel, _convolution, _divided),
        (f"{suffix}Transpose", _FILTERS | extra | kernel, _transpose, _transposed),
        (f"Depthwise{suffix}", _MULTIPLIER | depthwise, _depthwise, _not_both),
        (f"Separable{suffix}", _FILTERS | _MULTIPLIER | separable, _separable, _not_both),
    )
    rules: dict[str, Rule] = {}
    for name, settings, size, validate in rows:
        rules |= layer(name, settings, plain(size), validate=validate)
    return rules


RULES = _family(1) | _family(2)

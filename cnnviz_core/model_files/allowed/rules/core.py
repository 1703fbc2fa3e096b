"""Inputs, dense layers and layers that hand on what they get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnviz_core.model_files.allowed.rules import checks
from cnnviz_core.model_files.allowed.rules.checks import Unfit
from cnnviz_core.model_files.allowed.rules.convolution import MAX_FILTERS, trained
from cnnviz_core.model_files.allowed.rules.einsum import einsum_dense, parse
from cnnviz_core.model_files.allowed.rules.geometry import Shape
from cnnviz_core.model_files.allowed.rules.objects import INPUT_TYPES, activation, policy
from cnnviz_core.model_files.allowed.rules.rule import (
    REQUIRED,
    Rule,
    Setting,
    Sized,
    Tensor,
    count,
    known_side,
    layer,
    plain,
    same,
    weights,
)


def _input_type(value: Any) -> str:
    if value == "string":
        raise Unfit("a number type: models of text are not read here")
    if type(value) is dict:
        return policy(value)
    checked: str = checks.choice(*INPUT_TYPES)(value)
    return checked


def _input_shape(value: Any) -> list[int | None]:
    shape = checks.shape(value)
    if not shape:
        raise Unfit("a shape that begins with the batch")
    return shape


def _input(settings: Mapping[str, Any], args: Any, kwargs: Any) -> Sized:
    return Sized((Tensor(tuple(settings["batch_shape"])),))


def _dense(settings: Mapping[str, Any], shape: Shape) -> Sized:
    if len(shape) < 2:
        raise Unfit("called on a tensor of at least 2 axes")
    inputs, units = known_side(shape), settings["units"]
    bias = (("bias", (units,)),) if settings["use_bias"] else ()
    return Sized(
        (Tensor((*shape[:-1], units)),),
        weights(("kernel", (inputs, units)), *bias),
        count(*shape, units),
    )


_NO = checks.choice(False, None)
_INPUT = Rule(
    "keras.layers",
    "InputLayer",
    {
        "batch_shape": Setting(_input_shape, REQUIRED),
        "dtype": Setting(checks.optional(_input_type), "float32"),
        "sparse": Setting(_NO, False),
        "ragged": Setting(_NO, False),
        "optional": Setting(_NO, False),
        "trainable": Setting(checks.boolean, True, written=False),
    },
    _input,
    arguments=(),
)
_DENSE = {
    "units": Setting(checks.whole(1, MAX_FILTERS * 16), REQUIRED),
    "activation": Setting(activation, "linear"),
    "use_bias": Setting(checks.boolean, True),
    **trained("kernel", "bias"),
}
_EINSUM = {
    "equation": Setting(parse, REQUIRED),
    "output_shape": Setting(
        checks.either(checks.whole(1), checks.several(checks.optional(checks.whole(1)), 1, 8)),
        REQUIRED,
    ),
    "bias_axes": Setting(checks.optional(checks.text), None),
    "activation": Setting(activation, "linear"),
    "gptq_unpacked_column_size": Setting(checks.nothing, None, written=False),
    **trained("kernel", "bias"),
}
RULES = {
    _INPUT.kind: _INPUT,
    **layer("Dense", _DENSE, plain(_dense)),
    **layer("EinsumDense", _EINSUM, plain(einsum_dense)),
    **layer("Activation", {"activation": Setting(activation, REQUIRED)}, plain(same)),
    **layer("Identity", {}, plain(same, hands_on=True)),
    **layer("Masking", {"mask_value": Setting(checks.number(), 0.0)}, plain(same)),
}

"""Functions of `keras.ops` that work value by value, or gather values along axes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

from cnnviz_core.model_files.allowed.rules import checks
from cnnviz_core.model_files.allowed.rules.checks import Check, Unfit
from cnnviz_core.model_files.allowed.rules.geometry import Shape, broadcast
from cnnviz_core.model_files.allowed.rules.objects import FLOATS, INPUT_TYPES
from cnnviz_core.model_files.allowed.rules.rule import (
    REQUIRED,
    Rule,
    Setting,
    Size,
    Sized,
    Tensor,
    count,
    plain,
    resolve_all,
    same_along,
)

NUMPY, NN, CORE, IMAGE, MATH = (
    f"keras.src.ops.{name}" for name in ("numpy", "nn", "core", "image", "math")
)
ACTIVATIONS = "keras.src.activations.activations"


def operation(
    module: str, class_name: str, settings: Mapping[str, Setting], size: Size, **options: Any
) -> dict[str, Rule]:
    """A rule for a class of `keras.ops`, by its kind."""
    options = {"arguments": ("x",), **options}
    rule = Rule(module, class_name, settings, size, prefix=f"{module}.", **options)
    return {rule.kind: rule}


def shape_of(value: Any) -> Shape:
    """The shape of an argument: of a tensor, a number, or lists of numbers."""
    if isinstance(value, Tensor):
        return value.shape
    if isinstance(value, int | float):
        return ()
    if isinstance(value, list) and value:
        return checks.shape_of(checks.numbers(value))
    raise Unfit("called on tensors and numbers")


def _elementwise(settings: Mapping[str, Any], args: tuple[Any, ...], _: Any) -> Sized:
    result = reduce(broadcast, (shape_of(argument) for argument in args))
    return Sized((Tensor(result),), multiply_adds=count(*result))


def _reduced(settings: Mapping[str, Any], shape: Shape) -> Sized:
    gone = resolve_all(settings["axis"], len(shape))
    if settings.get("keepdims"):
        result = tuple(1 if axis in gone else side for axis, side in enumerate(shape))
    else:
        result = tuple(side for axis, side in enumerate(shape) if axis not in gone)
    return Sized((Tensor(result),), multiply_adds=count(*shape))


def _matmul(settings: Mapping[str, Any], args: tuple[Any, ...], _: Any) -> Sized:
    first, second = (shape_of(argument) for argument in args)
    if len(first) < 2 or len(second) < 2:
        raise Unfit("called on tensors of at least 2 axes")
    if first[-1] != second[-2] and None not in (first[-1], second[-2]):
        raise Unfit(f"called on tensors of equal sides, not {first[-1]} and {second[-2]}")
    result = (*broadcast(first[:-2], second[:-2]), first[-2], second[-1])
    return Sized((Tensor(result),), multiply_adds=count(*result, first[-1]))


def _initial(value: Any) -> Any:
    return checks.optional(checks.number())(value)


_AXIS: Check = checks.optional(checks.axis_or_axes)
_REDUCED = {"axis": Setting(_AXIS, None), "keepdims": Setting(checks.boolean, False)}
_ALONG = {"axis": Setting(checks.axis_or_axes, -1)}
_SLOPE = Setting(checks.number(), 1.0)
_TYPE = {"dtype": Setting(checks.choice(*INPUT_TYPES), REQUIRED)}
_BINARY = (
    "Add Subtract Multiply Divide TrueDivide FloorDivide Power Mod Maximum Minimum Greater"
    " GreaterEqual Less LessEqual Equal NotEqual LogicalAnd LogicalOr"
)
_UNARY: dict[str, str] = {
    NUMPY: "Absolute Abs Negative Exp Expm1 Log Log1p Sqrt Square Tanh Sin Cos Sign Floor Ceil"
    " Reciprocal LogicalNot Copy",
    NN: "Relu Relu6 Sigmoid SparseSigmoid Softplus Softsign Silu LogSigmoid HardSigmoid HardSilu"
    " HardTanh TanhShrink Selu SparsePlus",
    MATH: "Rsqrt",
}
_SHAPED: dict[str, dict[str, Setting]] = {
    "LeakyRelu": {"negative_slope": Setting(checks.number(), 0.2)},
    "Elu": {"alpha": _SLOPE},
    "Celu": {"alpha": Setting(checks.number(1e-6), 1.0)},
    "Gelu": {"approximate": Setting(checks.boolean, True)},
    "Squareplus": {"b": Setting(checks.number(0), 4)},
    "HardShrink": {"threshold": Setting(checks.number(), 0.5)},
    "SoftShrink": {"threshold": Setting(checks.number(), 0.5)},
    "Threshold": {
        "threshold": Setting(checks.number(), REQUIRED),
        "default_value": Setting(checks.number(), REQUIRED),
    },
}
_CLIP = {
    "x_min": Setting(checks.number(), REQUIRED),
    "x_max": Setting(checks.number(), REQUIRED),
}
_RELU = {
    "negative_slope": Setting(checks.number(), 0.0),
    "max_value": Setting(checks.optional(checks.number()), None),
    "threshold": Setting(checks.number(), 0.0),
}
_NORMALIZE = {
    **_ALONG,
    "order": Setting(checks.choice(1, 2), 2),
    "epsilon": Setting(checks.optional(checks.number(1e-30)), None),
}


def _all(module: str, names: str, settings: Any, size: Size, **options: Any) -> dict[str, Rule]:
    rules: dict[str, Rule] = {}
    for name in names.split():
        rules |= operation(module, name, settings, size, **options)
    return rules


def _unary() -> dict[str, Rule]:
    rules: dict[str, Rule] = {}
    for module, names in _UNARY.items():
        rules |= _all(module, names, {}, _elementwise)
    for name, settings in _SHAPED.items():
        rules |= operation(NN, name, settings, _elementwise)
    return rules


_same_along: Callable[..., Sized] = plain(same_along)
RULES = {
    **_all(NUMPY, _BINARY, {}, _elementwise, arguments=("x1", "x2")),
    **_unary(),
    **operation(NUMPY, "Clip", _CLIP, _elementwise),
    **operation(NUMPY, "Round", {"decimals": Setting(checks.whole(-10, 10), 0)}, _elementwise),
    **operation(NUMPY, "Where", {}, _elementwise, arguments=("condition", "x1", "x2")),
    **operation(ACTIVATIONS, "ReLU", _RELU, _elementwise),
    **operation(CORE, "Cast", _TYPE, _elementwise),
    **operation(CORE, "StopGradient", {}, _elementwise, arguments=("variable",)),
    **_all(NUMPY, "Mean Sum Std Var Amax Amin", _REDUCED, plain(_reduced)),
    **_all(NUMPY, "Max Min", _REDUCED | {"initial": Setting(_initial, None)}, plain(_reduced)),
    **operation(
        NUMPY,
        "Prod",
        _REDUCED | {"dtype": Setting(checks.optional(checks.choice(*FLOATS)), None)},
        plain(_reduced),
    ),
    **operation(MATH, "Logsumexp", _REDUCED, plain(_reduced)),
    **_all(NN, "Softmax LogSoftmax Sparsemax", _ALONG, _same_along),
    **operation(NN, "Normalize", _NORMALIZE, _same_along),
    **operation(NUMPY, "Matmul", {}, _matmul, arguments=("x1", "x2")),
}

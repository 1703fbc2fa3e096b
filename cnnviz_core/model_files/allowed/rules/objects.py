"""Checks of objects that layers hold: number types, activations, initializers and the like.

Regularizers and constraints only act in training: they are checked and then left out. Initializers
stay, because the sanity check by randomization draws with them; of them the orthogonal one and the
constant ones that hold arrays are replaced by cheap ones, since a large kernel is about to be
overwritten anyway.
"""

from __future__ import annotations

from typing import Any

from cnnviz_core.model_files.allowed.rules.checks import (
    Check,
    Unfit,
    axes,
    axis_or_axes,
    boolean,
    choice,
    dropped,
    either,
    number,
    optional,
    text,
    whole,
)

FLOATS = ("float32", "float16", "bfloat16", "float64")
INPUT_TYPES = (*FLOATS, "uint8", "int8", "uint16", "int16", "uint32", "int32", "int64", "bool")
POLICIES = (*FLOATS, "mixed_float16", "mixed_bfloat16")
_ACTIVATIONS = (
    "celu elu exponential gelu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh"
    " leaky_relu linear log_sigmoid log_softmax mish relu relu6 selu sigmoid silu soft_shrink"
    " softmax softplus softsign sparse_plus sparse_sigmoid sparsemax squareplus swish tanh"
    " tanh_shrink threshold"
)
ACTIVATIONS = frozenset(_ACTIVATIONS.split())
SEED = optional(either(whole(0, 2**63), lambda value: _seed_generator(value)))
_AXES = optional(axes)
_SPREAD: dict[str, Check] = {"seed": SEED, "input_axes": _AXES, "output_axes": _AXES}
_POSITIVE = number(1e-30, 1e30)
INITIALIZERS: dict[str, dict[str, Check]] = {
    "Zeros": {},
    "Ones": {},
    "Constant": {"value": number()},
    "RandomNormal": {"mean": number(), "stddev": number(0), "seed": SEED},
    "TruncatedNormal": {"mean": number(), "stddev": number(0), "seed": SEED},
    "RandomUniform": {"minval": number(), "maxval": number(), "seed": SEED},
    "VarianceScaling": {
        "scale": _POSITIVE,
        "mode": choice("fan_in", "fan_out", "fan_avg"),
        "distribution": choice("truncated_normal", "untruncated_normal", "uniform"),
        **_SPREAD,
    },
    "GlorotNormal": _SPREAD,
    "GlorotUniform": _SPREAD,
    "HeNormal": _SPREAD,
    "HeUniform": _SPREAD,
    "LecunNormal": _SPREAD,
    "LecunUniform": _SPREAD,
    "Orthogonal": {"gain": number(), "seed": SEED},
    "Identity": {"gain": number()},
}
REGULARIZERS: dict[str, dict[str, Check]] = {
    "L1": {"l1": number()},
    "L2": {"l2": number()},
    "L1L2": {"l1": number(), "l2": number()},
    "OrthogonalRegularizer": {"factor": number(), "mode": choice("rows", "columns")},
}
CONSTRAINTS: dict[str, dict[str, Check]] = {
    "MaxNorm": {"max_value": number(), "axis": either(whole(-8, 7), axes)},
    "MinMaxNorm": {
        "min_value": number(),
        "max_value": number(),
        "rate": number(),
        "axis": either(whole(-8, 7), axes),
    },
    "NonNeg": {},
    "UnitNorm": {"axis": either(whole(-8, 7), axes)},
}
ACTIVATION_LAYERS: dict[str, dict[str, Check]] = {
    "ReLU": {"max_value": optional(number(0)), "negative_slope": number(0), "threshold": number(0)},
    "LeakyReLU": {"negative_slope": number(0)},
    "ELU": {"alpha": number(0)},
    "Softmax": {"axis": axis_or_axes},
}
_SHORT = {
    "zeros": "Zeros",
    "zero": "Zeros",
    "ones": "Ones",
    "one": "Ones",
    "normal": "RandomNormal",
    "uniform": "RandomUniform",
    "glorot_uniform": "GlorotUniform",
    "glorot_normal": "GlorotNormal",
    "he_normal": "HeNormal",
    "he_uniform": "HeUniform",
    "lecun_normal": "LecunNormal",
    "lecun_uniform": "LecunUniform",
    "random_normal": "RandomNormal",
    "random_uniform": "RandomUniform",
    "truncated_normal": "TruncatedNormal",
    "orthogonal": "Orthogonal",
    "identity": "Identity",
    "l1": "L1",
    "l2": "L2",
    "l1_l2": "L1L2",
    "max_norm": "MaxNorm",
    "min_max_norm": "MinMaxNorm",
    "non_neg": "NonNeg",
    "unit_norm": "UnitNorm",
}


def unpack(value: Any, what: str) -> tuple[str, str, Any]:
    """Module, class and settings of a serialized object of Keras's own.

    Raises:
        Unfit: it has no such form, or is registered by somebody else's code.
    """
    if type(value) is not dict:
        raise Unfit(what)
    name, module = value.get("class_name"), value.get("module")
    if type(name) is not str or type(module) is not str:
        raise Unfit(f"{what}, not a custom one")
    registered = value.get("registered_name")
    if registered is not None and registered != name:
        raise Unfit(f"{what} of Keras's own, not the custom {str(registered)[:80]!r}")
    unknown = set(value) - {
        "class_name",
        "module",
        "config",
        "registered_name",
        "build_config",
        "shared_object_id",
    }
    if unknown:
        raise Unfit(f"{what} without {str(min(map(str, unknown)))[:80]!r}")
    return module, name, value.get("config")


def known(what: str, package: str, allowed: dict[str, dict[str, Check]]) -> Check:
    """A serialized object of one of a few classes; written anew with what was checked."""

    def check(value: Any) -> dict[str, Any]:
        if type(value) is str:
            value = {
                "module": f"keras.{package}",
                "class_name": _SHORT.get(value, value),
                "config": {},
            }
        module, name, config = unpack(value, what)
        inside = module == f"keras.{package}" or module.startswith(f"keras.src.{package}.")
        if not inside or name not in allowed:
            raise Unfit(f"{what} of Keras's own, not {name[:80]!r}")
        checks = allowed[name]
        clean = {}
        for key, setting in (config if type(config) is dict else {}).items():
            if type(key) is not str or key not in checks:
                raise Unfit(f"{what} {name} without {str(key)[:80]!r}")
            clean[key] = checks[key](setting)
        return {
            "module": f"keras.{package}",
            "class_name": name,
            "config": clean,
            "registered_name": None,
        }

    return check


_initializer = known("an initializer", "initializers", INITIALIZERS)
regularizer = optional(known("a regularizer", "regularizers", REGULARIZERS))
constraint = optional(known("a constraint", "constraints", CONSTRAINTS))


_COMMON: dict[str, Check] = {
    "name": text,
    "trainable": boolean,
    "dtype": lambda value: policy(value),
    "activity_regularizer": dropped(regularizer),
}
_layer = known(
    "an activation",
    "layers",
    {name: _COMMON | checks for name, checks in ACTIVATION_LAYERS.items()},
)


def initializer(value: Any) -> Any:
    """An initializer; costly ones are replaced by one that is as good for a weight that is read."""
    if type(value) is dict and value.get("class_name") == "Constant":
        config = value.get("config")
        if type(config) is dict and type(config.get("value")) in (list, dict):
            value = "zeros"
    checked = _initializer("zeros" if value is None else value)
    if checked["class_name"] in ("Orthogonal", "Identity"):
        return _initializer("glorot_uniform")
    return checked


def policy(value: Any) -> str:
    """The types that a layer computes and stores in, by Keras's name for the pair."""
    if type(value) is dict:
        module, name, config = unpack(value, "a number type")
        if name != "DTypePolicy" or not module.startswith("keras") or type(config) is not dict:
            raise Unfit(f"a plain number type, not {name[:80]!r}, which is quantized or custom")
        if set(config) - {"name", "source_name"} or config.get("source_name") is not None:
            raise Unfit("a plain number type, not a quantized one")
        value = config.get("name")
    checked: str = choice(*POLICIES)(value)
    return checked


def activation(value: Any) -> Any:
    """An activation function by its name, or a layer without weights that stands for one."""
    if value is None:
        return "linear"
    if type(value) is dict and value.get("class_name") in tuple(ACTIVATION_LAYERS):
        return _layer(value)
    if type(value) is dict:
        module, name, config = unpack(value | {"registered_name": None}, "an activation")
        fits = module == "builtins" or module.startswith(("keras.activations", "keras.src.activ"))
        if name != "function" or not fits:
            raise Unfit(f"an activation function of Keras's own, not {name[:80]!r}")
        value = config
    if type(value) is not str or value not in ACTIVATIONS:
        raise Unfit(f"an activation function of Keras's own, not {str(value)[:80]!r}")
    return value


def _seed_generator(value: Any) -> Any:
    module, name, config = unpack(value, "a seed")
    if name != "SeedGenerator" or type(config) is not dict or not module.startswith("keras"):
        raise Unfit("a seed")
    return SEED(config["seed"]) if type(config.get("seed")) is int else None

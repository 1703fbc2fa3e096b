"""Initializers, regularizers, constraints, activations and number types in Keras 3's form."""

from __future__ import annotations

import re
from typing import Any

from cnnviz_core.model_files.repair.context import Context, Json, refuse, shown

KEPT = {
    "initializers": {
        "Zeros": (),
        "Ones": (),
        "Constant": ("value",),
        "RandomNormal": ("mean", "stddev", "seed"),
        "RandomUniform": ("minval", "maxval", "seed"),
        "TruncatedNormal": ("mean", "stddev", "seed"),
        "VarianceScaling": ("scale", "mode", "distribution", "seed"),
        "Orthogonal": ("gain", "seed"),
        "Identity": ("gain",),
        "GlorotUniform": ("seed",),
        "GlorotNormal": ("seed",),
        "HeNormal": ("seed",),
        "HeUniform": ("seed",),
        "LecunNormal": ("seed",),
        "LecunUniform": ("seed",),
    },
    "regularizers": {"L1": ("l1",), "L2": ("l2",), "L1L2": ("l1", "l2")},
    "constraints": {
        "MaxNorm": ("max_value", "axis"),
        "NonNeg": (),
        "UnitNorm": ("axis",),
        "MinMaxNorm": ("min_value", "max_value", "rate", "axis"),
    },
}
"""Classes of Keras 3 with the settings that older ones share with it."""
RENAMED = {
    "normal": "RandomNormal",
    "uniform": "RandomUniform",
    "zero": "Zeros",
    "one": "Ones",
    "l1l2regularizer": "L1L2",
    "weightregularizer": "L1L2",
    "l1l2": "L1L2",
}
KERAS_2_ACTIVATIONS = frozenset(
    {"elu", "exponential", "gelu", "hard_sigmoid", "linear", "relu", "selu", "sigmoid", "silu"}
    | {"softmax", "softplus", "softsign", "tanh"}
)
NAMED_ACTIVATIONS = frozenset({"relu6", "leaky_relu", "log_softmax", "mish"})
"""Functions that old files give by name alone, where users took them from `tf.nn` or wrote them."""
ACTIVATION_NAMES = {"swish": "silu", "softmax_v2": "softmax", "log_softmax_v2": "log_softmax"}
SUFFIXES = {
    "_initializer": "initializers",
    "_regularizer": "regularizers",
    "_constraint": "constraints",
}


def family(key: str) -> str | None:
    """Which package a setting's objects come from, by the end of the setting's name."""
    return next((package for end, package in SUFFIXES.items() if key.endswith(end)), None)


def translated(package: str, value: Any, name: str, context: Context) -> Any:
    """An object that acts before or in training, as Keras 3 writes it.

    One that Keras does not know is left out, as it has no influence on a trained network.
    """
    if value is None or value == "":
        return None
    config: Any = {}
    given = value
    if isinstance(value, dict):
        given = value.get("class_name", value.get("name"))
        config = value.get("config", value)
        if given == "function":
            given, config = config, {}
    class_name = _class_of(package, given)
    if class_name is None:
        kind = package[:-1]
        context.note(
            f"The {kind} {shown(given)} is unknown to Keras and was left out; a trained network"
            " does not need it.",
            name,
        )
        return _made("initializers", "GlorotUniform", {}) if package == "initializers" else None
    config = config if isinstance(config, dict) else {}
    kept = {key: config[key] for key in KEPT[package][class_name] if key in config}
    if kept.get("distribution") == "normal":
        kept["distribution"] = "truncated_normal"
    return _made(package, class_name, kept)


def activation(value: Any, name: str, context: Context) -> Any:
    """An activation of Keras 2: the name of a function of Keras 3, or a layer as it stands.

    Raises:
        ModelFileError: it is a function of the user's own, which Keras 3 may know under another
            definition.
    """
    if isinstance(value, dict) and value.get("class_name") == "function":
        if value.get("registered_name") not in (None, "function") and value.get(
            "registered_name"
        ) != value.get("config"):
            return value
        value = value.get("config")
    if value is None:
        return "linear"
    if not isinstance(value, str):
        return value
    value = ACTIVATION_NAMES.get(value, value)
    if value in NAMED_ACTIVATIONS:
        context.note(
            f"The activation {value}, of which the file holds the name alone, was taken for Keras's"
            " own of that name.",
            name,
        )
    elif value not in KERAS_2_ACTIVATIONS:
        raise refuse(
            name,
            f"uses the activation function {shown(value)} of its own, whose code is not in the"
            " file; use one of Keras's own and save the model again.",
        )
    return value


def policy(value: Any) -> Any:
    """A number type or mixed policy by its name alone."""
    if isinstance(value, dict) and value.get("class_name") in (
        "Policy",
        "PolicyV1",
        "FloatDTypePolicy",
    ):
        config = value.get("config")
        if isinstance(config, dict) and isinstance(config.get("name"), str):
            named = config["name"]
            return "float32" if named in ("_infer", "infer") else named
    return value


def _class_of(package: str, given: Any) -> str | None:
    """The class of Keras 3 for a class or function name of any age."""
    if not isinstance(given, str):
        return None
    bare = re.sub(r"(_initializer)?(V[12])?$", "", given[:200])
    plain = bare.replace("_", "").lower()
    known = {name.lower(): name for name in KEPT[package]}
    renamed = RENAMED.get(plain)
    if renamed in KEPT[package]:
        return renamed
    return known.get(plain)


def _made(package: str, class_name: str, config: Json) -> Json:
    return {
        "module": f"keras.{package}",
        "class_name": class_name,
        "config": config,
        "registered_name": None,
    }

"""A single layer's entry: its name, its module, its settings, the layer it wraps."""

from __future__ import annotations

from typing import Any

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.allowed.networks import CheckedLayer
from cnnviz_core.model_files.allowed.refusals import refusal
from cnnviz_core.model_files.allowed.rules import RULES
from cnnviz_core.model_files.repair import keras1, renames
from cnnviz_core.model_files.repair.context import NESTED, Context, Json, refuse

OPERATIONS = {
    rule.class_name: rule.module
    for rule in RULES.values()
    if CheckedLayer("", rule.kind, {}).is_operation
}
"""Modules of operations that may be read, by their classes."""
APPLICATIONS = {
    rule.class_name: rule.module
    for rule in RULES.values()
    if rule.module.startswith("keras.src.applications.")
}
"""Of layers that networks of keras.applications bring with them."""
OWN_MODULES = ("keras", "tensorflow", "tf_keras", "tensorflow_core")
FOUND_BY_NAME = "Keras's HDF5 format does not say where this is found; it was found by its name."
FORGOTTEN = ("build_config", "compile_config", "shared_object_id")


def named(entry: Any, position: int) -> Json:
    """An entry of a list of layers, checked to be one; its name is in it and in its settings."""
    if not isinstance(entry, dict) or not isinstance(entry.get("class_name"), str):
        raise ModelFileError(f"Layer {position + 1} of this model is not described in the file.")
    config = entry.get("config")
    name = entry.get("name")
    if isinstance(config, list) and entry["class_name"] == "Sequential":
        config = {"layers": config}
        if isinstance(name, str):
            config["name"] = name
        entry["config"] = config
    if not isinstance(config, dict):
        raise ModelFileError(f"Layer {position + 1} of this model has no settings in the file.")
    if not isinstance(name, str):
        name = config.get("name")
    if not isinstance(name, str) and entry["class_name"] in NESTED:
        name = f"{entry['class_name'].lower()}_{position + 1}"
    if not isinstance(name, str) or not name:
        raise ModelFileError(f"Layer {position + 1} of this model has no name in the file.")
    if not isinstance(config.get("name", name), str):
        raise refuse(name, "has something else than a text for a name in its settings.")
    if entry.get("module") is None:
        config["name"] = name
    entry["name"] = name
    return entry


def set_module(entry: Json, module: str, context: Context) -> None:
    """Say where Keras 3 finds the class, unless the file says that it is somebody else's."""
    given = entry.get("module")
    if context.era == 3 and given is not None:
        return
    registered = entry.get("registered_name")
    own = given is None or (isinstance(given, str) and given.split(".")[0] in OWN_MODULES)
    foreign = isinstance(registered, str) and ">" in registered
    if own and not foreign and not ("registered_name" in entry and given is None):
        entry["module"] = module
        entry["registered_name"] = "Functional" if entry["class_name"] == "Functional" else None


def set_application(entry: Json, name: str, context: Context) -> bool:
    """Say where a layer of keras.applications is found, which Keras 2 named or registered itself.

    Returns:
        Whether it is one.
    """
    given, registered = entry.get("module"), entry.get("registered_name")
    class_name = entry["class_name"].removeprefix("Custom>")
    if class_name not in APPLICATIONS or registered not in (
        None,
        class_name,
        f"Custom>{class_name}",
    ):
        return False
    own = isinstance(given, str) and given.split(".")[0] in OWN_MODULES
    if not (given is None or (own and ".applications." in given)):
        return False
    entry.update(class_name=class_name, module=APPLICATIONS[class_name], registered_name=class_name)
    if given is None:
        context.note(FOUND_BY_NAME, name)
    return True


def set_operation(entry: Json, name: str, context: Context) -> None:
    """Say where an operation is found; Keras 3's HDF5 does not, and cannot read it back itself.

    Layers of the same name are told from it by the settings that all layers have.
    """
    class_name, config = entry["class_name"], entry["config"]
    places = APPLICATIONS if "trainable" in config else OPERATIONS
    if "module" in entry or class_name not in places:
        return
    entry.update(module=places[class_name], registered_name=class_name)
    context.note(FOUND_BY_NAME, name)


def single_layer(entry: Json, name: str, context: Context) -> None:
    """Bring one layer into Keras 3's form, with the layer that it wraps."""
    config = entry.get("config")
    if not isinstance(config, dict):
        raise refuse(name, "has no settings, so the file is damaged.")
    if entry["class_name"] == "Embedding":  # said before anything is found amiss with its followers
        raise ModelFileError(refusal("keras.layers", "Embedding", None, name))
    if context.era == 3:
        set_operation(entry, name, context)
    if context.era == 3 or not set_application(entry, name, context):
        set_module(entry, "keras.layers", context)
    wrapped = config.get("layer")
    if isinstance(wrapped, dict) and isinstance(wrapped.get("class_name"), str):
        _wrapped(wrapped, name, context)
    if context.era == 3:
        return
    for key in FORGOTTEN:
        entry.pop(key, None)
    class_name = entry["class_name"]
    if context.era == 1:
        class_name, config = keras1.layer_config(class_name, config, name, context)
    if class_name == "Lambda":
        entry["config"] = config
        return
    class_name, config = renames.layer_config(class_name, config, name, context)
    inner = config.get("activation")
    if isinstance(inner, dict) and isinstance(inner.get("config"), dict):
        _activation(inner, name, context)
    entry["class_name"], entry["config"] = class_name, config


def first_shape(entry: Json, config: Json) -> tuple[list[int | None] | None, str]:
    """Shape and type of a Sequential model's input, where its first layer or itself says them."""
    inner = entry["config"] if isinstance(entry["config"], dict) else {}
    dtype = next(
        (
            candidate
            for candidate in (inner.get("input_dtype"), inner.get("dtype"))
            if _is_type(candidate)
        ),
        "float32",
    )
    given = inner.get("batch_input_shape")
    if given is None and isinstance(inner.get("input_shape"), list):
        given = [None, *inner["input_shape"]]
    if given is None and type(inner.get("input_dim")) is int:
        given = [None, inner["input_dim"]]
    if given is None and entry["class_name"] in NESTED:
        given, dtype = _inner_shape(inner)
    if given is None:
        given = config.get("build_input_shape")
    if not isinstance(given, list) or not all(side is None or type(side) is int for side in given):
        return None, str(dtype)
    return given, str(dtype)


def _inner_shape(config: Json) -> tuple[Any, str]:
    """The input of a model inside, where it has exactly one."""
    layers = config.get("layers")
    if not isinstance(layers, list) or not layers or not isinstance(layers[0], dict):
        return None, "float32"
    inputs = [
        layer["config"]
        for layer in layers
        if isinstance(layer, dict)
        and layer.get("class_name") == "InputLayer"
        and isinstance(layer.get("config"), dict)
    ]
    if len(inputs) == 1:
        shape = inputs[0].get("batch_input_shape", inputs[0].get("batch_shape"))
        dtype = inputs[0].get("dtype")
        return shape, str(dtype) if _is_type(dtype) else "float32"
    if inputs or not isinstance(layers[0].get("config"), dict | list):
        return None, "float32"
    first = layers[0]
    if isinstance(first["config"], list):
        first = {**first, "config": {"layers": first["config"]}}
    return first_shape({"class_name": "", **first}, config)


def _is_type(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(("float", "int", "uint", "bool"))


def _wrapped(entry: Json, name: str, context: Context) -> None:
    """The layer inside a wrapper."""
    inner = entry.get("config")
    if entry["class_name"] in NESTED:
        raise refuse(
            name,
            "calls a whole model on each image of a sequence; cnnviz shows models of single images."
            " Save the model inside by itself.",
        )
    if not isinstance(inner, dict):
        raise refuse(name, "wraps a layer without settings, so the file is damaged.")
    if "Conv" in entry["class_name"] and (context.era == 1 or context.backend == "theano"):
        raise refuse(name, "wraps a convolution whose kernel Theano or Keras 1 kept otherwise.")
    single_layer(entry, name, context)
    _no_hard_sigmoid(entry["config"], name, context)


def _activation(entry: Json, name: str, context: Context) -> None:
    """A layer that serves as another layer's activation."""
    if isinstance(entry.get("class_name"), str) and entry["class_name"] not in NESTED:
        single_layer(entry, name, context)
        _no_hard_sigmoid(entry["config"], name, context)


def _no_hard_sigmoid(config: Json, name: str, context: Context) -> None:
    if context.era < 3 and config.get("activation") == "hard_sigmoid":
        raise refuse(name, "uses the hard sigmoid of Keras 2 inside, which Keras 3 has not.")

"""What hostile model files name: layers, objects, numbers and sizes."""

from __future__ import annotations

import base64
import marshal
from typing import Any

_CODE = base64.b64encode(marshal.dumps(compile("import os", "x", "exec"))).decode()
_PICKLED = base64.b64encode(b"\x80\4cos\nsystem\n(Vtrue\ntR.").decode()


def function(module: str | None, name: Any) -> dict[str, Any]:
    """A function by its name, as Keras 3 writes one."""
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


def instance(module: Any, name: Any, /, **config: Any) -> dict[str, Any]:
    """An object of a class, likewise."""
    return {"module": module, "class_name": name, "config": config, "registered_name": None}


LAMBDA = {
    "class_name": "__lambda__",
    "config": {"code": _CODE, "defaults": None, "closure": None},
}
_LEGACY = {"function": [_CODE, None, None], "function_type": "lambda", "module": "builtins"}
_NAMED = {"function": "system", "function_type": "function", "module": "os"}
_FILE = "/etc/passwd"
_ADDRESS = "http://127.0.0.1:9/x"

BAD_LAYERS: list[tuple[str, Any, Any, dict[str, Any], str]] = [
    ("lambda", "keras.layers", "Lambda", {"function": LAMBDA}, "Lambda"),
    ("lambda of old", "keras.layers", "Lambda", _LEGACY, "Lambda"),
    ("lambda by name", "keras.layers", "Lambda", _NAMED, "Lambda"),
    ("lambda eval", "keras.layers", "Lambda", {"function": function("builtins", "eval")}, "Lambda"),
    ("lambda inside", "keras.src.layers.core.lambda_layer", "Lambda", {"function": LAMBDA}, "Lam"),
    ("saved model", "keras.layers", "TFSMLayer", {"filepath": _FILE}, "TFSM"),
    ("torch", "keras.layers", "TorchModuleWrapper", {"module": _PICKLED}, "Torch"),
    ("flax", "keras.layers", "FlaxLayer", {"module": _PICKLED}, "Flax"),
    ("jax", "keras.layers", "JaxLayer", {"call_fn": LAMBDA}, "Jax"),
    ("words of a file", "keras.layers", "StringLookup", {"vocabulary": _FILE}, "StringLookup"),
    ("numbers of a file", "keras.layers", "IntegerLookup", {"vocabulary": _FILE}, "IntegerLookup"),
    ("text of a file", "keras.layers", "TextVectorization", {"vocabulary": _FILE}, "Text"),
    ("embedding", "keras.layers", "Embedding", {"input_dim": 9, "output_dim": 2}, "Embedding"),
    ("hub", "tensorflow_hub.keras_layer", "KerasLayer", {"handle": _ADDRESS}, "KerasLayer"),
    ("custom", "my_code", "Mine", {}, "Mine"),
    ("any module", "os", "system", {"command": "true"}, "system"),
    ("program", "subprocess", "Popen", {"args": ["true"]}, "Popen"),
    ("download", "keras.utils", "get_file", {"fname": "x", "origin": _ADDRESS}, "get_file"),
    ("data set", "keras.datasets.mnist", "load_data", {"path": "x"}, "load_data"),
    ("another file", "keras.saving", "load_model", {"filepath": _FILE}, "load_model"),
    ("unsafe", "keras.config", "enable_unsafe_deserialization", {}, "enable_unsafe"),
    ("pretrained", "keras.applications", "VGG16", {"weights": _FILE}, "VGG16"),
    ("Latin e of another alphabet", "keras.layers", "D\u0435nse", {"units": 2}, "D\u0435nse"),
    ("wide letters", "keras.layers", "\uff24ense", {"units": 2}, "ense"),
    ("module alike", "k\u0435ras.layers", "Mine", {}, "Mine"),
    ("blank behind", "keras.layers", "Dense ", {"units": 2}, "Dense"),
    ("a cell's code", "keras.layers", "RNN", {"cell": instance("my_code", "Cell")}, "RNN"),
    ("dunder", "keras.layers", "__class__", {}, "__class__"),
    ("loss", "keras.losses", "MeanSquaredError", {}, "MeanSquared"),
    ("callback", "keras.callbacks", "CSVLogger", {"filename": "/tmp/x"}, "CSVLogger"),
]
"""Name, module, class, settings and what the sentence names."""

BAD_OBJECTS: list[tuple[str, Any]] = [
    ("lambda", LAMBDA),
    ("eval", function("builtins", "eval")),
    ("system", function("os", "system")),
    ("setter", function("keras.config", "enable_unsafe_deserialization")),
    ("setter by class", instance("keras.config", "set_floatx", value="float64")),
    ("download", instance("keras.utils", "get_file", fname="x", origin=_ADDRESS)),
    ("data set", function("keras.datasets.mnist", "load_data")),
    ("load", function("keras.saving", "load_model")),
    ("registered", {**instance("my_code", "Mine"), "registered_name": "package>Mine"}),
    ("saved model", instance("keras.layers", "TFSMLayer", filepath=_FILE)),
    ("lambda layer", instance("keras.layers", "Lambda", function=LAMBDA)),
    ("list as class", instance("keras.layers", ["ReLU"])),
    ("object as class", instance("keras.layers", {"a": 1})),
    ("number as module", instance(3, "Zeros")),
    ("typespec", {"class_name": "__typespec__", "spec_name": "os.system", "spec": []}),
    ("bytes", {"class_name": "__bytes__", "config": {"value": _CODE}}),
    ("name of a file", "../../etc/passwd"),
    ("name of a method", "__class__"),
]
"""Of nothing that a layer may hold."""

BAD_VALUES: list[tuple[str, Any]] = [
    ("negative", -1),
    ("truth", True),
    ("fraction", 1.5),
    ("text", "2"),
    ("beyond 32 bits", 2**31),
    ("beyond 62 bits", 2**62),
    ("minus nothing", -0.5),
    ("large fraction", 1e300),
    ("object", {"a": 1}),
    ("list of lists", [[1]]),
    ("lambda", LAMBDA),
]
"""No number of filters, share, place or name."""

_SMALL = (None, 8, 8, 3)
BOMBS: list[tuple[str, tuple[Any, ...], list[tuple[str, dict[str, Any]]], str]] = [
    ("dense", _SMALL, [("Flatten", {}), ("Dense", {"units": 6_000_000})], "parameters"),
    ("dense of 32 bits", _SMALL, [("Dense", {"units": 2**31 - 1})], "whole number"),
    ("upsampling", _SMALL, [("UpSampling2D", {"size": 20_000})], "whole number|sides"),
    ("upsampling twice", _SMALL, [("UpSampling2D", {"size": 60})] * 2, "sides|MiB"),
    ("rows repeated", _SMALL, [("Flatten", {}), ("RepeatVector", {"n": 2**40})], "whole number"),
    ("rows", (None, 99, 99, 3), [("Flatten", {}), ("RepeatVector", {"n": 65_536})], "MiB"),
    ("padding", _SMALL, [("ZeroPadding2D", {"padding": 2**30})], "sides|whole"),
    ("kernel", _SMALL, [("Conv2D", {"filters": 9, "kernel_size": 2**20})], "whole number"),
    ("filters", _SMALL, [("Conv2D", {"filters": 2**20, "kernel_size": 64})], "parameters|tensor"),
    (
        "depth",
        _SMALL,
        [("DepthwiseConv2D", {"kernel_size": 1, "depth_multiplier": 2**20})],
        "MiB|no array",
    ),
    ("resizing", _SMALL, [("Resizing", {"height": 2**20, "width": 2**20})], "whole number"),
    ("recurrence", _SMALL, [("Reshape", {"target_shape": [-1, 1]}), ("GRU", {"units": 9**6})], "."),
    (
        "steps",
        (None, 2048, 2048, 3),
        [("Reshape", {"target_shape": [-1, 2]}), ("GRU", {"units": 1})],
        "at most 1024 steps",
    ),
    (
        "attention",
        (None, 300, 300, 3),
        [("Reshape", {"target_shape": [-1, 2]}), ("Attention", {})],
        "called|MiB",
    ),
    ("large image", (None, 2**31 - 1, 2**31 - 1, 3), [("GlobalAveragePooling2D", {})], "sides|MiB"),
    (
        "deep image",
        (None, 4096, 4096, 4096),
        [("GlobalAveragePooling2D", {})],
        "MiB|array|channels",
    ),
    (
        "gaps in a kernel",
        (None, 224, 224, 3),
        [("Conv2D", {"filters": 9, "kernel_size": 3, "dilation_rate": 4000, "padding": "same"})],
        "MiB",
    ),
    ("many axes", (None, *[4096] * 6, 3), [("Flatten", {})], "."),
    ("layers", _SMALL, [("ReLU", {})] * 3001, "more than 3,?000 layers"),
    ("long sequence", _SMALL, [("ReLU", {})] * 450, "more than 400 layers"),
    ("video", (None, 8, 8, 8, 3), [("ReLU", {})], "."),
]
"""Name, shape of the input, layers by class and settings, and what the sentence says."""

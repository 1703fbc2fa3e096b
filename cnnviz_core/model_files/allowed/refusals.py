"""A decision about every name that Keras exports: allowed by a rule, or refused for a reason.

Whatever has no rule is refused; this table says why, so that each refusal can be a sentence, and so
that a new version of Keras with new names is noticed.
"""

from __future__ import annotations

from typing import Any

from cnnviz_core.model_files.allowed.rules import RULES
from cnnviz_core.model_files.allowed.rules.objects import (
    ACTIVATIONS,
    CONSTRAINTS,
    INITIALIZERS,
    REGULARIZERS,
)

_TOOLS = (
    "backend config datasets device distribution export legacy models mixed_precision name_scope"
    " preprocessing remat saving tree utils version visualization wrappers random dtype_policies"
    " RematScope StatelessScope SymbolicScope KerasTensor Variable InputSpec"
)
PLACES: dict[str, str] = {
    **{f"keras.{name}": "tool" for name in _TOOLS.split()},
    "keras.applications": "function",
    "keras.ops": "function",
    "keras.callbacks": "training",
    "keras.distillation": "training",
    "keras.losses": "training",
    "keras.metrics": "training",
    "keras.optimizers": "training",
    "keras.quantizers": "quantized",
}
"""Modules, and names of `keras` itself, of which nothing is allowed that has no rule."""

_NAMES: dict[str, str] = {
    "code": "Lambda",
    "graph": "TFSMLayer",
    "foreign": "TorchModuleWrapper JaxLayer FlaxLayer",
    "text": "Embedding ReversibleEmbedding StringLookup TextVectorization",
    "table": "CategoryEncoding Discretization Hashing HashedCrossing IntegerLookup",
    "audio": "MelSpectrogram STFTSpectrogram",
    "video": "AdaptiveAveragePooling3D AdaptiveMaxPooling3D AveragePooling3D Conv3D Conv3DTranspose"
    " ConvLSTM1D ConvLSTM2D ConvLSTM3D Cropping3D GlobalAveragePooling3D GlobalMaxPooling3D"
    " MaxPooling3D SpatialDropout3D UpSampling3D ZeroPadding3D",
    "sequence": "GRUCell LSTMCell RNN SimpleRNNCell StackedRNNCells GroupQueryAttention",
    "augmentation": "AugMix ContrastLimitedAdaptiveHistogramEqualization CutMix Equalization"
    " MaxNumBoundingBoxes MixUp Pipeline RandAugment",
    "wrapper": "SpectralNormalization Wrapper",
    "base": "Layer",
    "function": "Input add average concatenate dot maximum minimum multiply subtract deserialize"
    " serialize",
}
LAYERS: dict[str, str] = {
    name: reason for reason, names in _NAMES.items() for name in names.split()
}
"""Names of `keras.layers` that have no rule."""

OTHERS: dict[str, str] = {
    **{
        f"keras.{package}.{name}": "function"
        for package in ("activations", "constraints", "initializers", "regularizers")
        for name in ("deserialize", "get", "serialize")
    },
    "keras.activations.glu": "shape",
    "keras.constraints.Constraint": "base",
    "keras.initializers.Initializer": "base",
    "keras.initializers.STFT": "audio",
    "keras.regularizers.Regularizer": "base",
    "keras.Function": "base",
    "keras.Loss": "training",
    "keras.Metric": "training",
    "keras.Operation": "base",
    "keras.Optimizer": "training",
    "keras.Quantizer": "quantized",
}
"""Single names elsewhere."""

_ALLOWED = (
    {"keras.Model", "keras.Sequential", "keras.DTypePolicy"}
    | {
        f"keras.layers.{rule.class_name}"
        for rule in RULES.values()
        if rule.module == "keras.layers"
    }
    | {f"keras.activations.{name}" for name in ACTIVATIONS}
    | {f"keras.initializers.{name}" for name in INITIALIZERS}
    | {f"keras.regularizers.{name}" for name in REGULARIZERS}
    | {f"keras.constraints.{name}" for name in CONSTRAINTS}
)

_SENTENCES = {
    "code": "{it} holds Python code, which cnnviz never runs. Replace it by Keras's own layers or "
    "by keras.ops and save the model again.",
    "graph": "{it} is a TensorFlow graph in files of its own. Build the model of Keras's own "
    "layers and save it again.",
    "foreign": "{it} holds a network of another library. Build the model of Keras's own layers "
    "and save it again.",
    "text": "{it} reads text or words; cnnviz shows models of images.",
    "table": "{it} reads columns of a table; cnnviz shows models of images.",
    "audio": "{it} reads sound; cnnviz shows models of images.",
    "video": "{it} reads videos or volumes; cnnviz shows models of single images.",
    "sequence": "{it} is made for sequences; cnnviz shows models of single images.",
    "augmentation": "{it} only varies images for training. Leave it out of the model and save the "
    "model again.",
    "wrapper": "{it} wraps another layer to change its weights. Put the layer itself in its place "
    "and save the model again.",
    "base": "{it} is the bare form of a layer, whose code is not in the file. Build the model of "
    "Keras's own layers and save it again.",
    "function": "{it} is a function and no layer of a model. Save the model again.",
    "tool": "{it} is a tool of Keras and no layer of a model. Save the model again.",
    "training": "{it} belongs to training and is no layer of a model. Save the model again.",
    "quantized": "{it} is for quantized numbers. Save the model with ordinary weights.",
    "hub": "{it} is a TensorFlow Hub layer, whose network is not in the file. Build the model of "
    "Keras's own layers, such as keras.applications, and save it again.",
    "package": "{it} belongs to a package beside Keras and is not read here. Build the model of "
    "Keras's own layers and save it again.",
    "graph function": "{it} is a TensorFlow function of Keras 2. Write it with keras.ops in "
    "Keras 3 and save the model again.",
    "gone": "{it} is a layer of older versions that Keras 3 no longer has. Build the model without "
    "it and save it again.",
    "custom": "{it} is custom: its code is not in the file. Build the model of Keras's own layers "
    "and save it again.",
    "unknown": "{it} is not a layer that is read here. Build the model of Keras's own layers with "
    "a current version of Keras and save it again.",
}
_GONE = frozenset(
    {"CuDNNGRU", "CuDNNLSTM", "ConvRecurrent2D", "DenseFeatures", "Highway", "LocallyConnected1D"}
    | {"LocallyConnected2D", "MaxoutDense", "SequenceFeatures"}
)
"""Layers of Keras 1 and 2 that Keras 3 no longer has."""
_BESIDE = ("keras_hub", "keras_cv", "keras_nlp", "tensorflow_addons", "Addons", "tfa")
_GRAPH_FUNCTIONS = ("TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer", "ClassMethod")


def decision(symbol: str) -> str | None:
    """What is decided about an exported name: "allowed", a reason to refuse it, or nothing yet."""
    if symbol in _ALLOWED:
        return "allowed"
    if symbol in OTHERS:
        return OTHERS[symbol]
    if symbol.startswith("keras.layers."):
        return LAYERS.get(symbol.removeprefix("keras.layers."))
    parts = symbol.split(".")
    return PLACES.get(".".join(parts[:2]))


def refusal(module: Any, class_name: Any, registered_name: Any, layer: str | None) -> str:
    """The sentence for a class that is not allowed: what it is and what to do."""
    name = class_name if isinstance(class_name, str) else "without a class"
    place = module if isinstance(module, str) else ""
    what = f"Layer {layer[:80]!r} ({name[:80]})" if layer else f"The model's class {name[:80]!r}"
    reason = _reason(place, name, registered_name)
    if reason == "custom":
        known_as = registered_name if isinstance(registered_name, str) else name
        what = f"{what.split(' (')[0]} ({known_as[:80]})" if layer else what
    return _SENTENCES[reason].format(it=what)


def _reason(module: str, name: str, registered_name: Any) -> str:
    package = module.partition(".")[0]
    registered = registered_name if isinstance(registered_name, str) else ""
    if name == "KerasLayer":
        return "hub"
    if name in _GRAPH_FUNCTIONS:
        return "graph function"
    if package in _BESIDE or registered.partition(">")[0] in _BESIDE:
        return "package"
    if package not in ("keras", "builtins") or registered not in ("", name):
        return "custom"
    if name in _GONE:
        return "gone"
    if module.startswith(("keras.layers", "keras.src.layers")):
        # Files of HDF5 and of old versions name no module: then it was taken for one of Keras's.
        return LAYERS.get(name, "custom")
    decided = decision(f"{module}.{name}") or LAYERS.get(name)
    return decided if decided in _SENTENCES else "unknown"

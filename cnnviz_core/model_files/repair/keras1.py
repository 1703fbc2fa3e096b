"""Layers of Keras 1, with its names of settings, as Keras 2 would have written them."""

from __future__ import annotations

from typing import Any

from cnnviz_core.model_files.repair.context import Context, Json, layer_entries, refuse, whole_list

WEIGHT_KEYS = {
    "init": "kernel_initializer",
    "W_regularizer": "kernel_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "b_constraint": "bias_constraint",
    "bias": "use_bias",
}
CONVOLUTION = {
    "nb_filter": "filters",
    "border_mode": "padding",
    "subsample": "strides",
    "atrous_rate": "dilation_rate",
    **WEIGHT_KEYS,
}
KEYS: dict[str, dict[str, str]] = {
    "Convolution2D": CONVOLUTION,
    "AtrousConvolution2D": CONVOLUTION,
    "Deconvolution2D": CONVOLUTION,
    "SeparableConvolution2D": {
        **CONVOLUTION,
        "depthwise_init": "depthwise_initializer",
        "pointwise_init": "pointwise_initializer",
    },
    "MaxPooling2D": {"border_mode": "padding"},
    "AveragePooling2D": {"border_mode": "padding"},
    "Dense": {"output_dim": "units", **WEIGHT_KEYS},
    "Dropout": {"p": "rate"},
    "SpatialDropout2D": {"p": "rate"},
    "GaussianDropout": {"p": "rate"},
    "GaussianNoise": {"sigma": "stddev"},
    "PReLU": {"init": "alpha_initializer"},
    "BatchNormalization": {"gamma_init": "gamma_initializer", "beta_init": "beta_initializer"},
}
CLASSES = {
    "Convolution2D": "Conv2D",
    "AtrousConvolution2D": "Conv2D",
    "Deconvolution2D": "Conv2DTranspose",
    "SeparableConvolution2D": "SeparableConv2D",
}
MERGES = {
    "sum": "Add",
    "mul": "Multiply",
    "ave": "Average",
    "max": "Maximum",
    "concat": "Concatenate",
}
ORDERS = {"th": "channels_first", "tf": "channels_last"}
SPATIAL = frozenset(
    {"Convolution2D", "AtrousConvolution2D", "Deconvolution2D", "SeparableConvolution2D"}
    | {"MaxPooling2D", "AveragePooling2D", "UpSampling2D", "ZeroPadding2D", "Cropping2D"}
    | {"SpatialDropout2D", "GlobalAveragePooling2D", "GlobalMaxPooling2D"}
)
UNUSED = ("input_dim", "weights", "cache_enabled")


def layer_config(class_name: str, config: Json, name: str, context: Context) -> tuple[str, Json]:
    """Class and settings of a layer of Keras 1, as Keras 2 would have named them."""
    if class_name == "Merge":
        return _merge(config, name)
    for old, new in KEYS.get(class_name, {}).items():
        if old in config:
            config[new] = config.pop(old)
    if class_name in KEYS or class_name in SPATIAL:
        for key in UNUSED:
            config.pop(key, None)
    if class_name in SPATIAL:
        _data_format(config, name)
    if class_name in CLASSES:
        _kernel(class_name, config, name)
    if class_name == "Deconvolution2D":
        _deconvolution(config, name)
    if class_name == "BatchNormalization":
        _normalization(config, name)
    if class_name == "ZeroPadding2D":
        _padding(config, name)
    if class_name == "PReLU":
        config.pop("weights", None)
    new_name = CLASSES.get(class_name, class_name)
    if new_name != class_name:
        context.note(f"{class_name} of Keras 1 is now called {new_name}.", name)
    return new_name, config


def spread_order(root: Json, context: Context) -> None:
    """Give the order of axes to layers that Keras 1 forgot to write it for: that of all others.

    Raises:
        ModelFileError: there are such layers, and the others disagree or there are none.
    """
    if context.era > 1:
        return
    entries = list(layer_entries(root))
    orders = {
        str(entry["config"]["dim_ordering"])
        for entry in entries
        if entry["config"].get("dim_ordering") is not None
    }
    for entry in entries:
        if entry["class_name"] not in SPATIAL or "dim_ordering" in entry["config"]:
            continue
        if len(orders) != 1:
            name = entry["config"].get("name", entry["class_name"])
            raise refuse(name, "does not say whether channels come first or last.")
        entry["config"]["dim_ordering"] = next(iter(orders))


def _data_format(config: Json, name: str) -> None:
    """The order of axes; Keras 1 named it after the backend that preferred it."""
    order = config.pop("dim_ordering", None)
    if order is None:
        return
    if not isinstance(order, str) or order not in ORDERS:
        raise refuse(name, "does not say whether channels come first or last.")
    config["data_format"] = ORDERS[order]


def _kernel(class_name: str, config: Json, name: str) -> None:
    rows, columns = config.pop("nb_row", None), config.pop("nb_col", None)
    if rows is not None or columns is not None:
        config["kernel_size"] = [rows, columns]
    if class_name == "SeparableConvolution2D":
        config.pop("kernel_initializer", None)
        config.pop("kernel_regularizer", None)
        config.pop("kernel_constraint", None)
    if config.get("activation") is None:
        config["activation"] = "linear"


def _merge(config: Json, name: str) -> tuple[str, Json]:
    """The layer of Keras 2 for a mode of merging."""
    mode = config.get("mode")
    if config.get("mode_type", "raw") != "raw" or not isinstance(mode, str) or mode not in MERGES:
        raise refuse(name, f"merges in the way {str(mode)[:80]!r}, which Keras 3 cannot do.")
    if config.get("layers"):
        raise refuse(name, "merges several models inside a Sequential one, which is not read.")
    made: Json = {"name": config.get("name", name)}
    if mode == "concat":
        made["axis"] = config.get("concat_axis", -1)
    return MERGES[mode], made


def _normalization(config: Json, name: str) -> None:
    """Only mode 0 uses the averages of training."""
    mode: Any = config.pop("mode", 0)
    if mode != 0 or isinstance(mode, bool):
        raise refuse(name, "normalizes by the batch it sees (mode 1 or 2), which Keras 3 cannot.")
    config.setdefault("center", True)
    config.setdefault("scale", True)


def _padding(config: Json, name: str) -> None:
    """Padding as pairs before and after, of the forms that Keras 1 took."""
    padding: Any = config.get("padding")
    if isinstance(padding, dict):
        sides = [padding.get(key, 0) for key in ("top_pad", "bottom_pad", "left_pad", "right_pad")]
    elif whole_list(padding, 2) is not None:
        sides = [padding[0], padding[0], padding[1], padding[1]]
    elif whole_list(padding, 4) is not None:
        sides = list(padding)
    else:
        raise refuse(name, "pads in a form that is not known.")
    config["padding"] = [sides[:2], sides[2:]]


def _deconvolution(config: Json, name: str) -> None:
    """Keras 1 was told the size of the output: it must be what Keras 3 would make itself."""
    shape: Any = config.pop("output_shape", None)
    first = config.get("data_format") == "channels_first"
    kernel, strides = whole_list(config.get("kernel_size"), 2), config.get("strides", [1, 1])
    listed = shape if isinstance(shape, list) and len(shape) == 4 else []
    sides = whole_list(listed[2:4] if first else listed[1:3], 2)
    strides = whole_list(strides, 2)
    if kernel is None or strides is None or sides is None:
        raise refuse(name, "(Deconvolution2D) does not say the size of its output.")
    for side, width, stride in zip(sides, kernel, strides, strict=True):
        if stride < 1 or not _derived(side, width, stride, config.get("padding")):
            raise refuse(name, "(Deconvolution2D) makes an output of a size that Keras 3 does not.")


def _derived(side: int, width: int, stride: int, padding: Any) -> bool:
    """Whether this side comes out of the only input that could have made it."""
    if padding == "same":
        return side % stride == 0
    before = (side - width) // stride + 1
    return side == before * stride + max(width - stride, 0)

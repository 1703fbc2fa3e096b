"""Layers that Keras 3 can only compute as several: what stands before and after them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cnnviz_core.model_files.repair.context import Context, Json, refuse

ENDS_IN_ACTIVATION = frozenset(
    {"Dense", "EinsumDense", "Activation", "Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose"}
    | {"DepthwiseConv2D", "SeparableConv2D", "DepthwiseConv1D", "SeparableConv1D"}
)
"""Layers that apply their activation last."""


@dataclass
class Chain:
    """A layer as a row of layers, each called on what the one before it gives.

    Attributes:
        layers: entries of layers, one at least.
        main: which of them is the file's own layer, with its weights and arguments.
    """

    layers: list[Json] = field(default_factory=list)
    main: int = 0


def plain_layer(class_name: str, name: str, settings: Json) -> Json:
    """An entry for a layer without weights."""
    return {
        "module": "keras.layers",
        "class_name": class_name,
        "config": {"name": name, "trainable": True, **settings},
        "registered_name": None,
        "name": name,
    }


def split(entry: Json, name: str, context: Context) -> Chain:
    """Spell out the hard sigmoid of Keras 2, clip(0.2 x + 0.5, 0, 1), behind its layer.

    Keras 3 means relu6(x + 3) / 6 by the same name.
    """
    config: Any = entry.get("config")
    if not isinstance(config, dict) or config.get("activation") != "hard_sigmoid":
        return Chain([entry])
    if entry.get("class_name") not in ENDS_IN_ACTIVATION:
        raise refuse(name, "uses the hard sigmoid of Keras 2, which Keras 3 has not.")
    context.note(
        "The hard sigmoid of Keras 2, which Keras 3 has not, was written out as a Rescaling and a"
        " ReLU layer that compute the same.",
        name,
    )
    line = plain_layer("Rescaling", f"{name}_hard_sigmoid_line", {"scale": 0.2, "offset": 0.5})
    clip = plain_layer("ReLU", f"{name}_hard_sigmoid_clip", {"max_value": 1.0})
    if "dtype" in config:
        line["config"]["dtype"] = clip["config"]["dtype"] = config["dtype"]
    config["activation"] = "linear"
    return Chain([entry, line, clip])

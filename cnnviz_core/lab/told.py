"""Of which kinds of layer the arithmetic is told. Light: pages read it without a network."""

from __future__ import annotations

from cnnviz_core.network.kinds import known

READ = frozenset(
    {
        "Conv2D",
        "DepthwiseConv2D",
        "SeparableConv2D",
        "Conv2DTranspose",
        "Dense",
        "MaxPooling2D",
        "AveragePooling2D",
        "GlobalMaxPooling2D",
        "GlobalAveragePooling2D",
        "ZeroPadding2D",
        "Cropping2D",
        "UpSampling2D",
        "Flatten",
        "Reshape",
        "Concatenate",
        "Add",
        "Subtract",
        "Multiply",
        "Average",
        "Maximum",
        "Minimum",
    }
)
"""Kinds that read windows, or put maps together."""


def is_told(kind: str) -> bool:
    """Whether layers of a kind are told; with odd settings one may be refused all the same."""
    row = known(kind)
    return kind in READ or kind == "InputLayer" or row.elementwise or row.activates

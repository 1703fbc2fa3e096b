"""Feature maps: what every channel of every layer gives for an image, and how silent layers are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from cnnviz_core.looking.results import LayerSparsity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz_core.arrays import BoolArray, FloatArray, ImageArray
    from cnnviz_core.network.model import LoadedModel


def activations(
    model: LoadedModel, image: ImageArray, layers: Sequence[str] | None = None
) -> dict[str, FloatArray]:
    """Feature maps of layers, all in one forward pass.

    Args:
        model: a loaded model.
        image: (height, width, 3), RGB uint8, any size.
        layers: layer names; None means every layer with height and width.

    Returns:
        By layer name, float32 (height, width, channels), the layer's own values.

    Raises:
        LayerNotFoundError: no such layer.
        NotSpatialError: a layer's output has no height and width.
    """
    names = model.spatial_layers if layers is None else tuple(layers)
    for name in names:
        model.spatial_step(name)
    outputs = model.parts.outputs(names)(tf.constant(model.preprocess(image)))
    return {
        name: np.asarray(output, dtype=np.float32)[0]
        for name, output in zip(names, outputs, strict=True)
    }


def sparsity(model: LoadedModel, image: ImageArray) -> tuple[LayerSparsity, ...]:
    """Share of dead channels and of zero activations of each layer with height and width.

    A channel is dead for an image where it holds one single value everywhere: its feature map is
    blank.

    Args:
        model: a loaded model.
        image: (height, width, 3), RGB uint8, any size.

    Returns:
        Shares from 0 to 1, a layer each, in the network's order.
    """
    return tuple(_layer_sparsity(name, maps) for name, maps in activations(model, image).items())


def dead_channels(maps: FloatArray) -> BoolArray:
    """Which channels hold one single value everywhere.

    Args:
        maps: (height, width, channels).

    Returns:
        bool (channels,).
    """
    return np.asarray(maps.max(axis=(0, 1)) == maps.min(axis=(0, 1)))


def _layer_sparsity(name: str, maps: FloatArray) -> LayerSparsity:
    return LayerSparsity(
        name=name,
        dead=float(dead_channels(maps).mean()),
        zeros=float((maps == 0).mean()),
        channels=maps.shape[-1],
    )

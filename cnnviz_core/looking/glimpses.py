"""Every layer at one look: its most telling channel and the mean of all, small, in one pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from cnnviz_core.errors import OptionError
from cnnviz_core.looking.results import LayerGlimpse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cnnviz_core.arrays import ImageArray
    from cnnviz_core.network.compiled_parts import CompiledParts
    from cnnviz_core.network.model import LoadedModel

    Tensors = list[tuple[tf.Tensor, ...]]

GLIMPSE_SIDE = 96
_LEAST_SIDE = 8


def layer_glimpses(
    model: LoadedModel,
    image: ImageArray,
    layers: Sequence[str] | None = None,
    *,
    side: int = GLIMPSE_SIDE,
) -> tuple[LayerGlimpse, ...]:
    """One small map for each layer, all from one forward pass.

    Shown is the channel whose values vary most over the image, and the mean of all channels. An
    eighth along each border does not count for the choice, as padding answers there to any image.
    Whole activations are never held together: what a layer gives is let go as the pass goes on.

    Args:
        model: a loaded model.
        image: (height, width, 3), RGB uint8, any size.
        layers: layer names; None means every layer with height and width.
        side: most cells along a map's longer side, at least 8. Of larger ones, square blocks of
            cells are averaged.

    Returns:
        One glimpse a layer, in the order asked for.

    Raises:
        LayerNotFoundError: no such layer.
        NotSpatialError: a layer's output has no height and width.
        OptionError: `side` is below 8.
    """
    if side < _LEAST_SIDE:
        raise OptionError(f"side={side} was given; at least {_LEAST_SIDE} cells were expected.")
    names = model.spatial_layers if layers is None else tuple(layers)
    for name in names:
        model.spatial_step(name)
    glance = model.parts.compiled(_build, (names, side))
    found = glance(tf.constant(model.preprocess(image)))
    return tuple(
        LayerGlimpse(
            name,
            channels=int(shape[2]),
            size=(int(shape[0]), int(shape[1])),
            channel=int(channel),
            values=np.asarray(values),
            mean=np.asarray(mean),
        )
        for name, (shape, channel, values, mean) in zip(names, found, strict=True)
    )


def _build(parts: CompiledParts, key: tuple[tuple[str, ...], int]) -> Callable[..., Tensors]:
    names, side = key
    return tf.function(
        lambda batch: [_glance(maps[0], side) for maps in parts.trace(batch, names)],
        input_signature=[parts.signature],
    )


def _glance(maps: tf.Tensor, side: int) -> tuple[tf.Tensor, ...]:
    """Shape, most telling channel, its map, and the mean of all, of (height, width, channels)."""
    values = tf.cast(maps, tf.float32)
    shape = tf.shape(values)
    top, left = shape[0] // 8, shape[1] // 8
    inside = values[top : shape[0] - top, left : shape[1] - left]
    channel = tf.argmax(tf.math.reduce_variance(inside, axis=(0, 1)), output_type=tf.int32)
    both = tf.stack([values[:, :, channel], tf.reduce_mean(values, axis=-1)], axis=-1)
    block = -(-tf.reduce_max(shape[:2]) // side)
    small = _block_means(both, block)
    return shape, channel, small[:, :, 0], small[:, :, 1]


def _block_means(maps: tf.Tensor, block: tf.Tensor) -> tf.Tensor:
    """Mean over each block of cells, those cut by the lower and right border too."""
    shape = tf.shape(maps)
    rows, columns = tf.range(shape[0]) // block, tf.range(shape[1]) // block
    across = tf.math.segment_mean(maps, rows)
    down = tf.math.segment_mean(tf.transpose(across, (1, 0, 2)), columns)
    return tf.transpose(down, (1, 0, 2))

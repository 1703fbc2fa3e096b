"""Masked copies of one image through a network, each mask made inside the compiled pass.

A mask is float32 (height, width) at the network's input: the share of the image that is kept, the
rest is a fill. Both are preprocessed already. A mask is given by few numbers (a small grid, two
edges), so that nothing large is copied and a batch is all that is ever held.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from cnnviz_core.errors import OptionError
from cnnviz_core.network.compiled_parts import End
from cnnviz_core.network.folding import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cnnviz_core.arrays import FloatArray
    from cnnviz_core.network.compiled_parts import CompiledParts
    from cnnviz_core.network.model import LoadedModel

_BATCH_PIXELS = 16 * 224 * 224
_MOST_IN_BATCH = 128


@dataclass(frozen=True)
class Masking:
    """A way to make a batch of masks.

    Attributes:
        build: some arrays to masks (batch, height, width).
        shapes: shape of each of the arrays; None for an axis of any length.
    """

    build: Callable[..., tf.Tensor]
    shapes: tuple[tuple[int | None, ...], ...]


def _upsampled(rows: tf.Tensor, grids: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
    return rows @ grids @ tf.linalg.matrix_transpose(columns)


def _stretched(rows: tf.Tensor, grids: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
    masks = _upsampled(rows, grids, columns)
    low = tf.reduce_min(masks, axis=(1, 2), keepdims=True)
    high = tf.reduce_max(masks, axis=(1, 2), keepdims=True)
    return tf.math.divide_no_nan(masks - low, high - low)


def _outside(rows: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
    return 1 - rows[:, :, None] * columns[:, None, :]


def _segments(kept: tf.Tensor, segment: tf.Tensor) -> tf.Tensor:
    return tf.gather(kept, tf.cast(segment, tf.int32), axis=1)


_GRIDS = ((None, None, None),) * 3

UPSAMPLED = Masking(_upsampled, _GRIDS)
"""Grids (batch, r, c) between matrices of `upsampling`, (1 or batch, height, r) and
(1 or batch, width, c)."""

STRETCHED = Masking(_stretched, _GRIDS)
"""The same, each scaled to [0, 1] by its own minimum and maximum."""

OUTSIDE = Masking(_outside, ((None, None), (None, None)))
"""All but a rectangle, which is where both rows (batch, height) and columns (batch, width) are 1
and not 0."""

SEGMENTS = Masking(_segments, ((None, None), (None, None)))
"""Each pixel as its segment: kept (batch, segments), segment of each pixel (height, width)."""


def upsampling(length: int, cells: int) -> FloatArray:
    """Linear interpolation with half-pixel centres as a matrix, (length, cells)."""
    centres = np.clip((np.arange(length) + 0.5) * cells / length - 0.5, 0, cells - 1)
    hats = 1 - np.abs(centres[:, None] - np.arange(cells))
    return np.maximum(hats, 0).astype(np.float32)


def masked_logits(
    model: LoadedModel, masking: Masking, image: FloatArray, fill: FloatArray
) -> Callable[..., tuple[tf.Tensor, FloatArray]]:
    """What runs the network on masked copies of an image.

    Args:
        model: read at the output that is explained.
        masking: how the masks are made.
        image: preprocessed, (1, height, width, channels).
        fill: likewise, what stands where the mask is 0.

    Returns:
        A function of the masking's arrays that gives logits (batch, units) and masks
        (batch, height, width). Nothing is traced anew for another batch, image or length.
    """
    forward = model.parts.compiled(_build, (masking, model.input_size))
    pictures = tf.constant(image), tf.constant(fill)

    def run(*numbers: FloatArray) -> tuple[tf.Tensor, FloatArray]:
        logits, masks = forward(*pictures, *map(tf.constant, numbers))
        return logits, masks.numpy()

    return run


def _build(parts: CompiledParts, key: tuple[Masking, tuple[int, int]]) -> Any:
    masking, size = key
    substitutes = folded(parts.graph)
    picture = tf.TensorSpec([1, *size, parts.signature.shape[-1]], tf.float32)
    numbers = [tf.TensorSpec(shape, tf.float32) for shape in masking.shapes]

    @tf.function(input_signature=[picture, picture, *numbers], autograph=False)
    def forward(
        image: tf.Tensor, fill: tf.Tensor, *given: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        masks = masking.build(*given)
        copies = fill + masks[..., None] * (image - fill)
        (logits,) = parts.trace(copies, (End.LOGITS,), substitutes)
        return tf.cast(logits, tf.float32), masks

    return forward


def batches(count: int, model: LoadedModel, batch_size: int | None) -> Iterator[slice]:
    """Slices of a count, each of `batch_size` or, for None, of as many as keep memory small.

    Raises:
        OptionError: `batch_size` is below 1.
    """
    if batch_size is None:
        pixels = model.input_size[0] * model.input_size[1]
        batch_size = max(1, min(_MOST_IN_BATCH, _BATCH_PIXELS // pixels))
    if batch_size < 1:
        raise OptionError(f"batch_size={batch_size} was given; at least 1 was expected.")
    size = batch_size
    return (slice(first, min(first + size, count)) for first in range(0, count, size))

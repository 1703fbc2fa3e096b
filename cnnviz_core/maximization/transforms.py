"""Small random moves of the image, so that only what survives them is grown.

Olah et al. 2017 (doi:10.23915/distill.00007): jitter, scale, rotate, jitter again. The four are one
affine map, so the image is resampled once; what comes in from outside is the image mirrored.
In the last quarter of an ascent the image rests: it settles on the pixels it is then judged by,
which raised the activation reached in a middle layer by half and left its pattern as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from cnnviz_core.types import FloatArray

_REFERENCE_SIDE = 224
_JITTER = 8.0
_LAST_JITTER = 4.0
_SCALE = (0.9, 1.1)
_DEGREES = 10.0
_RESTING_SHARE = 0.25


def draw(steps: int, seed: int) -> FloatArray:
    """Draw one affine map a step; those of the last quarter leave the image where it is.

    Returns:
        float32 (steps, 2, 3): matrix and shift, from the moved image to the image, about its
        centre; the shift is in pixels of an image of side 224.
    """
    random = np.random.default_rng([seed, 1]).uniform(-1, 1, (steps, 6))
    jitter, last = random[:, 0:2] * _JITTER, random[:, 2:4] * _LAST_JITTER
    scale = np.interp(random[:, 4], (-1, 1), _SCALE)
    angle = np.deg2rad(_DEGREES) * random[:, 5]
    cosine, sine = np.cos(angle) / scale, np.sin(angle) / scale
    matrix = np.stack([np.stack([cosine, -sine], -1), np.stack([sine, cosine], -1)], -2)
    shift = jitter + np.einsum("sij,sj->si", matrix, last)
    maps = np.concatenate([matrix, shift[..., None]], -1).astype(np.float32)
    maps[steps - int(steps * _RESTING_SHARE) :] = np.eye(2, 3)
    return maps


def on_pixels(maps: FloatArray, height: int, width: int) -> FloatArray:
    """Turn drawn maps into coefficients for an image of a given size, (steps, 8).

    Turning and scaling are about the centre; jitter is proportional to the shorter side.
    """
    centre = np.array([(width - 1) / 2, (height - 1) / 2], np.float32)
    matrix = maps[:, :, :2]
    shift = maps[:, :, 2] * (min(height, width) / _REFERENCE_SIDE)
    offset = centre - matrix @ centre + shift
    rows = np.concatenate([matrix, offset[..., None]], -1).reshape(len(maps), 6)
    return np.pad(rows, ((0, 0), (0, 2))).astype(np.float32)


def move(images: tf.Tensor, coefficients: tf.Tensor) -> tf.Tensor:
    """Resample images bilinearly under one affine map, (8,), mirrored beyond the border."""
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=coefficients[None],
        output_shape=tf.shape(images)[1:3],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="REFLECT",
    )
    return tf.ensure_shape(moved, images.shape)

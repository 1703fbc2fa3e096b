"""Small random moves of the image, so that only what survives them is grown.

Olah et al. 2017 (doi:10.23915/distill.00007): jitter, scale, rotate, jitter again. The four are one
affine map, so the image is resampled once; what comes in from outside is the image mirrored. Its
gradient is TensorFlow's, resampled under the inverse map: near the exact one for such small moves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from cnnviz_core.arrays import FloatArray

_REFERENCE_SIDE = 224
_JITTER = 8.0
_LAST_JITTER = 4.0
_SCALE = (0.9, 1.1)
_DEGREES = 10.0

STILL = np.eye(2, 3, dtype=np.float32)
"""The map that leaves the image where it is."""


def draw(steps: int, seed: int) -> FloatArray:
    """Draw one affine map a step.

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
    return np.concatenate([matrix, shift[..., None]], -1).astype(np.float32)


def draw_crops(shares: FloatArray, crops: int, seed: int) -> FloatArray:
    """Draw places in the image to be seen enlarged to the whole.

    Args:
        shares: side of each step's crops as a share of the image's, (steps,), 0 to 1.
        crops: how many a step.
        seed: of the places.

    Returns:
        float32 (steps, crops, 4): first row, first column, last row, last column, each as a share
        of the way from the first pixel to the last.
    """
    places = np.random.default_rng([seed, 2]).random((len(shares), crops, 2))
    sides = shares[:, None, None]
    first = places * (1 - sides)
    return np.concatenate([first, first + sides], -1).astype(np.float32)


def on_pixels(maps: FloatArray, height: int, width: int) -> FloatArray:
    """Turn drawn maps, (..., 2, 3), into coefficients for an image of a given size, (..., 8).

    Turning and scaling are about the centre; shifts are proportional to the shorter side.
    """
    centre = np.array([(width - 1) / 2, (height - 1) / 2], np.float32)
    matrix = maps[..., :2]
    shift = maps[..., 2] * ((min(height, width) - 1) / (_REFERENCE_SIDE - 1))
    offset = centre - matrix @ centre + shift
    rows = np.concatenate([matrix, offset[..., None]], -1).reshape(*maps.shape[:-2], 6)
    padding = [(0, 0)] * (rows.ndim - 1) + [(0, 2)]
    return np.pad(rows, padding).astype(np.float32)


def seen(images: tf.Tensor, views: tf.Tensor) -> tf.Tensor:
    """Resample each of a batch bilinearly under each affine map, mirrored beyond the border.

    Args:
        images: (batch, height, width, channels).
        views: coefficients, (views, 8).

    Returns:
        (views * batch, height, width, channels), all images under the first map first.
    """
    still = tf.reduce_all(tf.equal(views, on_pixels(STILL[None], *images.shape[1:3])))
    return tf.cond(still, lambda: _repeated(images, views), lambda: _moved(images, views))


def _repeated(images: tf.Tensor, views: tf.Tensor) -> tf.Tensor:
    return tf.tile(images, (tf.shape(views)[0], 1, 1, 1))


def _moved(images: tf.Tensor, views: tf.Tensor) -> tf.Tensor:
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=_repeated(images, views),
        transforms=tf.repeat(views, tf.shape(images)[0], axis=0),
        output_shape=tf.shape(images)[1:3],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="REFLECT",
    )
    return tf.ensure_shape(moved, (None, *images.shape[1:]))


def cropped(images: tf.Tensor, boxes: tf.Tensor) -> tf.Tensor:
    """Parts of each of a batch, enlarged to its size bilinearly.

    Unlike that of `seen`, which TensorFlow resamples under the inverse map, its gradient is exact.
    Each part is cut from a copy of its own: TensorFlow's threads add the gradients of several parts
    of one image into the same memory without a lock, and lose some, others each time.

    Args:
        images: (batch, height, width, channels).
        boxes: (boxes, 4), as `draw_crops` gives them.

    Returns:
        (boxes * batch, height, width, channels), the first part of all images first.
    """
    every_image = _repeated(images, boxes)
    each_box = tf.repeat(boxes, tf.shape(images)[0], axis=0)
    own = tf.range(tf.shape(every_image)[0])
    return tf.image.crop_and_resize(every_image, each_box, own, images.shape[1:3])

"""How alike images are in the eyes of a layer, so that several of one unit can be kept apart.

Olah et al. 2017 (doi:10.23915/distill.00007), after Gatys et al. 2015: two images are alike where
the same channels are active at the same places, which their Gram matrices tell.
"""

from __future__ import annotations

import tensorflow as tf

_TINY = 1e-12


def likeness(maps: tf.Tensor, faces: int) -> tf.Tensor:
    """Mean cosine of each image's Gram matrix with those of its group's other images.

    Args:
        maps: (batch, height, width, channels), `faces` images of a group beside each other.
        faces: images a group, at least 2.

    Returns:
        (batch,), at most 1.
    """
    channels = maps.shape[-1]
    cells = tf.reshape(maps, (-1, faces, maps.shape[1] * maps.shape[2], channels))
    if cells.shape[2] < channels:  # the same, without a matrix of channels by channels
        crossed = tf.einsum("gipc,gjqc->gijpq", cells, cells)
        inner = tf.reduce_sum(crossed**2, (-2, -1))
    else:
        gram = tf.matmul(cells, cells, transpose_a=True)
        flat = tf.reshape(gram, (-1, faces, channels**2))
        inner = tf.matmul(flat, flat, transpose_b=True)
    length = tf.sqrt(tf.linalg.diag_part(inner)) + _TINY
    cosine = inner / (length[:, :, None] * length[:, None])
    between_images = cosine * (1 - tf.eye(faces))
    return tf.reshape(tf.reduce_sum(between_images, -1) / (faces - 1), (-1,))

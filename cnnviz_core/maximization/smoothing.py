"""Pictures by their spatial frequencies: noise like that of photos, and gradients made smooth.

The amplitude of photos falls as 1/f (Field 1987). To vary the Fourier coefficients of an image over
that size, in decorrelated colours (Olah et al. 2017, doi:10.23915/distill.00007), is to follow its
gradient under another metric: each coefficient of the gradient weighed by the square of its size,
and colours mixed by their covariance. Here the gradient is weighed, and the pixels are varied.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from cnnviz_core.arrays import FloatArray

COLOUR = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]], np.float32)
"""Square root of the covariance of ImageNet's RGB (rows) over its principal axes (columns).

Figures published with Olah et al. 2017 (github.com/tensorflow/lucid, color.py): brightness, then
red against blue, then green against magenta.
"""


def frequencies(height: int, width: int) -> FloatArray:
    """Spatial frequency of each coefficient of a real transform, (height, width // 2 + 1).

    In cycles a pixel; the mean counts as the lowest frequency, which is not 0.
    """
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    lowest = 1 / max(height, width)
    return np.maximum(np.hypot(rows, columns), lowest).astype(np.float32)


def noise(random: np.random.Generator, shape: tuple[int, int, int], decay: float) -> FloatArray:
    """A random picture of mean 0 and deviation 1 whose amplitude falls as 1 / f ** decay.

    Args:
        random: where it comes from.
        shape: (height, width, channels).
        decay: 0 for white noise, 1 for that of photos.
    """
    height, width, _ = shape
    amplitude = frequencies(height, width)[..., None] ** -decay
    white = np.fft.rfft2(random.standard_normal(shape), axes=(0, 1))
    picture = np.fft.irfft2(white * amplitude, s=(height, width), axes=(0, 1))
    picture -= picture.mean()
    return (picture / max(picture.std(), 1e-12)).astype(np.float32)


def smoothed(gradient: tf.Tensor, decay: tf.Tensor) -> tf.Tensor:
    """A gradient of images weighed by 1 / f ** (2 decay), and in RGB by the colours of photos.

    Args:
        gradient: (batch, height, width, channels), of a fixed size.
        decay: 0 leaves it as it is.
    """
    return tf.cond(decay > 0, lambda: _smoothed(gradient, decay), lambda: gradient)


def _smoothed(gradient: tf.Tensor, decay: tf.Tensor) -> tf.Tensor:
    height, width, channels = gradient.shape[1:]
    if channels == 3:
        share = 0.5 * decay
        mixing = (1 - share) * tf.eye(3) + share * _MIXING
        gradient = tf.einsum("nhwc,cd->nhwd", gradient, mixing)
    weight = tf.cast(frequencies(height, width) ** (-2 * decay), tf.complex64)
    planes = tf.signal.rfft2d(tf.transpose(gradient, (0, 3, 1, 2)))
    planes = tf.signal.irfft2d(planes * weight, (height, width))
    return tf.transpose(planes, (0, 2, 3, 1))


_COVARIANCE = COLOUR @ COLOUR.T
_MIXING = (3 * _COVARIANCE / np.trace(_COVARIANCE)).astype(np.float32)

"""What is varied to vary the image: the pixels themselves, or its spectrum in decorrelated colours.

Images are (batch, height, width, channels), RGB or grey, 0 to 1. A parametrization draws its start
with NumPy and makes images with TensorFlow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from cnnviz_core.types import FloatArray

COLOUR = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]], np.float32)
"""Square root of the covariance of ImageNet's RGB (rows) over its principal axes (columns).

Figures published with Olah et al. 2017 (github.com/tensorflow/lucid, color.py): brightness, then
red against blue, then green against magenta.
"""

_START_DEVIATION = 0.01
_CONTRAST = 0.25
_LOOK_DEVIATION = 64 / 255
_LOOK_MEAN = 128 / 255


@dataclass(frozen=True)
class Spectrum:
    """Fourier coefficients over their natural size, 1/f, in decorrelated colours (Olah 2017).

    Attributes:
        height: rows of the image.
        width: columns of the image.
        channels: 3, or 1 for grey.
    """

    height: int
    width: int
    channels: int

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one image's parameters: real and imaginary part last."""
        return (self.channels, self.height, self.width // 2 + 1, 2)

    def start(self, random: np.random.Generator) -> FloatArray:
        """Parameters of a faint random image."""
        return random.normal(0, _START_DEVIATION, self.shape).astype(np.float32)

    def scale(self) -> FloatArray:
        """Natural size of each coefficient, (height, width // 2 + 1).

        Proportional to 1/f, f in cycles a pixel; the mean counts as the lowest frequency. With the
        root of the number of pixels in front, equal parameters mean equal pictures at any size.
        """
        rows, columns = np.fft.fftfreq(self.height)[:, None], np.fft.rfftfreq(self.width)[None]
        frequency = np.maximum(np.hypot(rows, columns), 1 / max(self.height, self.width))
        return (np.sqrt(self.height * self.width) / frequency).astype(np.float32)

    def image(self, parameters: tf.Tensor) -> tf.Tensor:
        """Images strictly between 0 and 1."""
        planes = self.planes(parameters)
        colour = COLOUR / np.linalg.norm(COLOUR, axis=0).max()
        if self.channels == 3:
            planes = tf.einsum("nchw,rc->nhwr", planes, colour)
        else:
            planes = tf.transpose(planes, (0, 2, 3, 1))
        return tf.sigmoid(planes)

    def planes(self, parameters: tf.Tensor) -> tf.Tensor:
        """The real picture whose spectrum is given, before colour, (batch, channels, h, w)."""
        scaled = parameters * self.scale()[..., None]
        spectrum = tf.complex(scaled[..., 0], scaled[..., 1])
        return _CONTRAST * tf.signal.irfft2d(spectrum, (self.height, self.width))


@dataclass(frozen=True)
class Pixels:
    """The pixels themselves, from grey noise: 0 to 255 at the start and unbounded after.

    Attributes:
        height: rows of the image.
        width: columns of the image.
        channels: 3, or 1 for grey.
    """

    height: int
    width: int
    channels: int

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one image's parameters."""
        return (self.height, self.width, self.channels)

    def start(self, random: np.random.Generator) -> FloatArray:
        """Grey with a little noise, 118 to 138."""
        return ((random.random(self.shape) - 0.5) * 20 + 128).astype(np.float32)

    def image(self, parameters: tf.Tensor) -> tf.Tensor:
        """Images around 0 to 1, not clipped."""
        return parameters / 255


def lecture_look(images: tf.Tensor) -> tf.Tensor:
    """Each image at mean 128 and standard deviation 64 of 255, clipped to 0 and 1."""
    mean, variance = tf.nn.moments(images, (1, 2, 3), keepdims=True)
    return tf.clip_by_value(
        (images - mean) / (tf.sqrt(variance) + 1e-5) * _LOOK_DEVIATION + _LOOK_MEAN, 0, 1
    )

"""Ways to climb: what is varied, what of it the network is shown, and how a step is taken.

One recipe a preset. Images are (batch, height, width, channels), 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import tensorflow as tf

from cnnviz_core.maximization import transforms
from cnnviz_core.maximization.smoothing import COLOUR, frequencies, noise, smoothed

if TYPE_CHECKING:
    from cnnviz_core.arrays import FloatArray

_TINY = 1e-12


class State(NamedTuple):
    """What is varied, (batch, ...), with two running means of its gradient of the same shape."""

    parameters: Any
    mean: Any
    square: Any


class Move(NamedTuple):
    """What changes from step to step.

    Attributes:
        views: how the image is seen, (views, 8) affine maps or (views, 4) boxes, see the recipe.
        number: of the step, from 1.
        rate: length of the step, in the recipe's own terms.
        decay: how much the gradient is smoothed, see `smoothing.smoothed`.
        lenient: whether a dead ReLU lets the gradient through.
    """

    views: Any
    number: Any
    rate: Any
    decay: Any
    lenient: Any


@dataclass(frozen=True)
class Best:
    """Pixels within their range, along the smoothed gradient, with momentum.

    Attributes:
        height: rows of the image.
        width: columns of the image.
        channels: input channels.
    """

    height: int
    width: int
    channels: int
    border = 0
    view = 8
    seen = staticmethod(transforms.seen)

    _START = 0.04
    _MOMENTUM = 0.5
    _KEPT, _NEW = 0.6, 0.12

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one image's parameters."""
        return (self.height, self.width, self.channels)

    def start(self, random: np.random.Generator, decay: float) -> FloatArray:
        """Grey with faint noise."""
        shape = (self.height, self.width, self.channels)
        started: FloatArray = np.clip(0.5 + self._START * noise(random, shape, decay), 0, 1)
        return started

    def grown(self, small: FloatArray, random: np.random.Generator, decay: float) -> FloatArray:
        """A smaller pattern repeated to this size, paler and noisy, so that it can differ.

        Repeated, not enlarged: a network likes a texture at one scale. Towards its border, where it
        grew beside nothing, it fades out, so that what grows over the seams is new.
        """
        rows, columns = (
            -(-side // have)
            for side, have in zip((self.height, self.width), small.shape[:2], strict=True)
        )
        faded = (small - 0.5) * self._KEPT * _inside(*small.shape[:2])[..., None]
        tiled = np.tile(faded, (rows, columns, 1))[: self.height, : self.width]
        new = self._NEW * noise(random, (self.height, self.width, self.channels), decay)
        return np.clip(0.5 + tiled + new, 0, 1).astype(np.float32)

    def images(self, parameters: tf.Tensor) -> tf.Tensor:
        """What the network is shown."""
        return parameters

    def finished(self, parameters: tf.Tensor) -> tf.Tensor:
        """The pictures, 0 to 1."""
        return parameters

    def stepped(self, state: State, gradient: tf.Tensor, move: Move) -> State:
        """One step of a length that changes pixels by `rate` in the root mean square."""
        gradient = unit(smoothed(gradient, move.decay))
        mean = self._MOMENTUM * state.mean + gradient
        moved = state.parameters + move.rate * unit(mean)
        return State(tf.clip_by_value(moved, 0, 1), mean, state.square)


@dataclass(frozen=True)
class Maco:
    """Phases of a spectrum whose magnitude is fixed (Fel et al. 2023, arXiv:2306.06805).

    The magnitude is the 1/f of photos in ImageNet's colours, where the paper takes the measured
    mean of ImageNet.

    Attributes:
        height: rows of the image.
        width: columns of the image.
        channels: input channels.
    """

    height: int
    width: int
    channels: int
    border = 0
    view = 4
    seen = staticmethod(transforms.cropped)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one image's parameters."""
        return (self.channels, self.height, self.width // 2 + 1)

    def start(self, random: np.random.Generator, decay: float) -> FloatArray:
        """Random phases, in radians."""
        del decay
        return random.uniform(-np.pi, np.pi, self.shape).astype(np.float32)

    def images(self, parameters: tf.Tensor) -> tf.Tensor:
        """Images strictly between 0 and 1, each channel's contrast the same before colour."""
        spectrum = tf.complex(tf.cos(parameters), tf.sin(parameters))
        spectrum *= tf.cast(1 / frequencies(self.height, self.width), tf.complex64)
        planes = tf.signal.irfft2d(spectrum, (self.height, self.width))
        mean, variance = tf.nn.moments(planes, (2, 3), keepdims=True)
        planes = (planes - mean) / (tf.sqrt(variance) + _TINY)
        if self.channels == 3:
            colour = COLOUR / np.linalg.norm(COLOUR, axis=0).max()
            return tf.sigmoid(2 * tf.einsum("nchw,rc->nhwr", planes, colour))
        return tf.sigmoid(tf.transpose(planes, (0, 2, 3, 1)))

    def finished(self, parameters: tf.Tensor) -> tf.Tensor:
        """The pictures, 0 to 1."""
        return self.images(parameters)

    def stepped(self, state: State, gradient: tf.Tensor, move: Move) -> State:
        """One step of Adam uphill, about `rate` radians."""
        return adam(state, gradient, move)


@dataclass(frozen=True)
class Lecture:
    """Pixels from grey noise along the normalized gradient, as in Keras's example.

    0 to 255 at the start and unbounded after; then the lecture's look.

    Attributes:
        height: rows of the image.
        width: columns of the image.
        channels: input channels.
    """

    height: int
    width: int
    channels: int
    border = 2
    view = 8
    seen = staticmethod(transforms.seen)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one image's parameters."""
        return (self.height, self.width, self.channels)

    def start(self, random: np.random.Generator, decay: float) -> FloatArray:
        """Grey with a little noise, 118 to 138."""
        del decay
        return ((random.random(self.shape) - 0.5) * 20 + 128).astype(np.float32)

    def images(self, parameters: tf.Tensor) -> tf.Tensor:
        """Images around 0 to 1, not clipped."""
        return parameters / 255

    def finished(self, parameters: tf.Tensor) -> tf.Tensor:
        """Each image at mean 128 and standard deviation 64 of 255, clipped to 0 and 1."""
        mean, variance = tf.nn.moments(parameters, (1, 2, 3), keepdims=True)
        look = (parameters - mean) / (tf.sqrt(variance) + 1e-5) * 64 + 128
        return tf.clip_by_value(look / 255, 0, 1)

    def stepped(self, state: State, gradient: tf.Tensor, move: Move) -> State:
        """One step along the gradient of a given length, `rate`."""
        length = tf.norm(tf.reshape(gradient, (tf.shape(gradient)[0], -1)), axis=1)
        length = tf.maximum(length, _TINY)[:, None, None, None]
        return State(state.parameters + move.rate * gradient / length, state.mean, state.square)


Recipe = Best | Maco | Lecture
RECIPES: dict[str, type[Recipe]] = {"best": Best, "maco": Maco, "lecture": Lecture}
"""By the name of the preset."""


def _inside(height: int, width: int) -> FloatArray:
    """1 within a picture, falling to 0 over an eighth of each side towards its border."""
    ramps = [
        np.clip(8 * np.minimum(np.arange(side), np.arange(side)[::-1]) / side, 0, 1)
        for side in (height, width)
    ]
    return np.outer(*ramps).astype(np.float32)


def unit(values: tf.Tensor) -> tf.Tensor:
    """Each of a batch at a root mean square of 1; zeros stay zeros."""
    axes = list(range(1, len(values.shape)))
    largest = tf.reduce_max(tf.abs(values), axes, keepdims=True)
    values = tf.math.divide_no_nan(values, largest)  # squares of small gradients would vanish
    return tf.math.divide_no_nan(values, tf.sqrt(tf.reduce_mean(values**2, axes, keepdims=True)))


def adam(state: State, gradient: tf.Tensor, move: Move) -> State:
    """One step of Adam uphill."""
    mean_rate, square_rate = 0.9, 0.999
    mean = mean_rate * state.mean + (1 - mean_rate) * gradient
    square = square_rate * state.square + (1 - square_rate) * gradient**2
    direction = mean / (1 - mean_rate**move.number)
    size = tf.sqrt(square / (1 - square_rate**move.number))
    return State(state.parameters + move.rate * direction / (size + _TINY), mean, square)

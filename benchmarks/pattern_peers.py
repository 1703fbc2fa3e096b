"""Feature visualization as others do it: Keras's example, tf-keras-vis, xplique.

Each is given what suits it: a network that ends at the layer; pixels in the range that its defaults
are made for; pictures of the network's own size; several filters at once where it can take them;
and one compiled step for all filters where its own interface would compile one for each.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf
from tf_keras_vis.activation_maximization import ActivationMaximization
from tf_keras_vis.utils.scores import CategoricalScore
from xplique.features_visualizations.maco import maco
from xplique.features_visualizations.optim import optimize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cnnviz_core.arrays import FloatArray
    from cnnviz_core.network.model import LoadedModel

ITERATIONS = 30
_RATE = 10.0
_RANGE = (-1.0, 1.0)  # of the input of the networks measured, preprocessing "tf"


def extractor(model: LoadedModel, layer: str) -> keras.Model:
    """The network as far as a layer."""
    if model.preprocessing != "tf":
        raise ValueError(f"{model.name} takes {model.preprocessing!r}; -1 to 1, 'tf', is expected.")
    network = model.network
    return keras.Model(network.inputs[0], network.get_layer(layer).output)


class KerasExample:
    """The loop of keras.io's "Visualizing what convnets learn", its step compiled once.

    Grey noise, one filter at a time, gradient of unit L2 length, learning rate 10, 30 iterations.
    """

    def __init__(self, model: LoadedModel, layer: str) -> None:
        self._shape = (1, *model.input_size, 3)
        self._extractor = extractor(model, layer)

    def start(self, index: int) -> FloatArray:
        """The noise that a filter's image grows from, in the network's range."""
        random = np.random.default_rng(index)
        return (random.random(self._shape, np.float32) - 0.5) * np.float32(0.25)

    def run(self, index: int, iterations: int = ITERATIONS) -> FloatArray:
        """A filter's image, (1, height, width, 3), in the network's range, not clipped."""
        image = tf.constant(self.start(index))
        for _ in range(iterations):
            image = self._ascend(image, tf.constant(index))
        result: FloatArray = image.numpy()
        return result

    @tf.function
    def _ascend(self, image: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(image)
            activation = self._extractor(image)
            loss = tf.reduce_mean(activation[:, 2:-2, 2:-2, index])
        return image + _RATE * tf.math.l2_normalize(tape.gradient(loss, image))


class Clocked:
    """An optimizer that notes when each of its steps ended."""

    def __init__(self, optimizer: Any) -> None:
        self._optimizer = optimizer
        self._times: list[float] = []

    def apply_gradients(self, pairs: Iterable[tuple[Any, Any]]) -> None:
        """Take the optimizer's step."""
        self._optimizer.apply_gradients(list(pairs))
        self._times.append(time.perf_counter())

    @property
    def step_seconds(self) -> float:
        """Median time between steps: what is built and traced before the first is not in it."""
        return float(np.median(np.diff(self._times)))


class TfKerasVis:
    """ActivationMaximization of tf-keras-vis, all at its defaults, on pixels from 0 to 255."""

    name = "tf-keras-vis 0.8.7"
    together = True

    def __init__(self, model: LoadedModel, layer: str) -> None:
        pixels = keras.Input((*model.input_size, 3))
        scaled = keras.layers.Rescaling(1 / 127.5, -1)(pixels)
        network = keras.Model([pixels], extractor(model, layer)(scaled))
        self._maximization = ActivationMaximization(network, clone=False)
        self._shape = (*model.input_size, 3)

    def grow(self, indices: Sequence[int], steps: int) -> tuple[FloatArray, Clocked]:
        """Images of filters, (filters, height, width, 3) in [0, 1], and the clock of their run."""
        clock = Clocked(keras.optimizers.RMSprop(1.0, rho=0.999))  # its default
        tf.random.set_seed(indices[0])
        images = self._maximization(
            CategoricalScore(list(indices)),
            seed_input=tf.random.uniform((len(indices), *self._shape), 0, 255),  # its default
            optimizer=clock,
            steps=steps,
        )
        return np.clip(np.asarray(images) / 255, 0, 1), clock


class _Channels:
    """What xplique's `Objective.channel` stands for, with the channels as a variable."""

    def __init__(self, network: keras.Model, count: int) -> None:
        channels = network.output_shape[-1]
        mask = tf.Variable(tf.zeros((count, 1, 1, channels)))

        def value(outputs: Any) -> tf.Tensor:
            return tf.reduce_mean(tf.reduce_sum(outputs[0] * mask, -1), (1, 2))

        def look_at(indices: Sequence[int]) -> None:
            mask.assign(tf.one_hot(list(indices), channels)[:, None, None])

        self._network, self._value, self._count = network, value, count
        self.look_at = look_at

    def compile(self) -> tuple[keras.Model, Callable[[Any], tf.Tensor], list[str], tuple[int, ...]]:
        """Network, objective, names and shape of the input, as xplique asks for them."""
        shape = (self._count, *self._network.input_shape[1:])
        return self._network, self._value, [""] * self._count, shape


class XpliqueOptimize:
    """`optimize` of xplique: Fourier parameters, its standard transformations, Adam 0.05."""

    name = "xplique 2.0.2, optimize"
    together = True

    def __init__(self, model: LoadedModel, layer: str) -> None:
        self._network = extractor(model, layer)
        self._size = model.input_size

    def grow(self, indices: Sequence[int], steps: int) -> tuple[FloatArray, Clocked]:
        """As `TfKerasVis.grow`."""
        clock = Clocked(keras.optimizers.Adam(0.05))  # its default
        objective = _Channels(self._network, len(indices))
        objective.look_at(indices)
        tf.random.set_seed(indices[0])
        images, _ = optimize(
            objective,
            optimizer=clock,
            nb_steps=steps,
            values_range=_RANGE,
            custom_shape=self._size,
        )
        return _fractions(images[-1]), clock


class XpliqueMaco:
    """`maco` of xplique, which takes one filter at a time: 32 crops a step, Nadam 1.0."""

    name = "xplique 2.0.2, maco"
    together = False

    def __init__(self, model: LoadedModel, layer: str) -> None:
        self._objective = _Channels(extractor(model, layer), 1)
        self._size = model.input_size

    def grow(self, indices: Sequence[int], steps: int) -> tuple[FloatArray, Clocked]:
        """As `TfKerasVis.grow`, for one filter."""
        clock = Clocked(keras.optimizers.Nadam(1.0))  # its default
        self._objective.look_at(indices)
        np.random.seed(indices[0])  # noqa: NPY002, it draws its start from NumPy's global source
        tf.random.set_seed(indices[0])
        image, _ = maco(
            self._objective,
            optimizer=clock,
            nb_steps=steps,
            values_range=_RANGE,
            custom_shape=self._size,
        )
        return _fractions(image[None]), clock


Peer = TfKerasVis | XpliqueOptimize | XpliqueMaco
PEERS: tuple[type[Peer], ...] = (TfKerasVis, XpliqueOptimize, XpliqueMaco)


def _fractions(images: Any) -> FloatArray:
    """Images in the network's range as images in [0, 1], clipped."""
    return np.clip((np.asarray(images) + 1) / 2, 0, 1)

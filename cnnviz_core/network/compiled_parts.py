"""Compiled parts of a network, built once for each layer and kept with the model.

A network split at a layer has two halves: *features*, from the input to the layer, and the *head*,
from the layer to the logits with its gradient. Asking for another class on the same image runs only
the head; asking again for the same layer traces nothing anew.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf

from cnnviz_core.images.digests import image_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cnnviz_core.arrays import FloatArray, ImageArray
    from cnnviz_core.network.graph import Graph
    from cnnviz_core.network.heads import Head


class End(Enum):
    """The two ends of a head, beside the layers' names."""

    LOGITS = "logits"
    OUTPUT = "output"


_COMPILED_LAYERS = 48
_FEATURE_BYTES = 96 * 2**20
_TENSOR_BYTES = 32 * 2**20


@dataclass(frozen=True, eq=False)
class Features:
    """What a layer gives for one batch, with what else the head needs.

    Attributes:
        values: the layer's output, (batch, height, width, channels).
        boundary: tensors that reach the head around the layer.
        logits: (batch, units).
    """

    values: tf.Tensor
    boundary: tuple[tf.Tensor, ...]
    logits: tf.Tensor

    @property
    def nbytes(self) -> int:
        """Bytes held by the tensors."""
        tensors = (self.values, *self.boundary, self.logits)
        return sum(int(tf.size(tensor)) * tensor.dtype.size for tensor in tensors)


class CompiledParts:
    """Runs parts of one network. Thread-safe; nothing in the network is changed."""

    def __init__(
        self,
        graph: Graph,
        head: Head,
        size: tuple[int, int],
        constants: Mapping[int, FloatArray] | None = None,
    ) -> None:
        """Take a graph whose first input is the image and whose first output is explained.

        Args:
            graph: the network's steps.
            head: how its first output is read.
            size: height and width of the images. Some layers cannot be compiled for any size.
            constants: what every other input is given, by slot, without the batch axis.
        """
        self.graph = graph
        self.head = head
        self.constants = dict(constants or {})
        self.size = size
        channels = graph.producer(graph.inputs[0]).shape[2]
        self.signature = tf.TensorSpec([None, *size, channels], tf.float32)
        self._features = lru_cache(maxsize=_COMPILED_LAYERS)(self._build_features)
        self._gradient = lru_cache(maxsize=_COMPILED_LAYERS)(self._build_gradient)
        self.outputs = lru_cache(maxsize=_COMPILED_LAYERS)(self._build_outputs)
        self.compiled = lru_cache(maxsize=_COMPILED_LAYERS)(self._build_for)
        self._recent: OrderedDict[tuple[str, str], Features] = OrderedDict()
        self._tensors: OrderedDict[tuple[int, str], tf.Tensor] = OrderedDict()
        self._lock = threading.Lock()

    def scores(self, batch: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Logits and probabilities of every class, (batch, classes) each.

        A single sigmoid has two classes: 1 with the logit, 0 with its sign flipped.
        """
        (logits,) = self.outputs((End.LOGITS,))(tf.constant(batch))
        return self.class_logits(logits), self.class_probabilities(logits)

    def class_logits(self, logits: tf.Tensor) -> FloatArray:
        """One logit a class, (batch, classes), from the network's logits, (batch, units)."""
        values: FloatArray = tf.cast(logits, tf.float32).numpy()
        if not self.head.binary:
            return values
        return np.concatenate([self.head.opposite(values), values], axis=1)

    def class_probabilities(self, logits: tf.Tensor) -> FloatArray:
        """One probability a class, (batch, classes), from the network's logits, (batch, units)."""
        values: FloatArray = self.head.probabilities(tf.cast(logits, tf.float32)).numpy()
        return np.concatenate([1 - values, values], axis=1) if self.head.binary else values

    def features(self, layer: str, image: ImageArray, batch: Callable[[], FloatArray]) -> Features:
        """What a layer gives for an image, computed once while it stays among the recent ones.

        Args:
            layer: name of the layer.
            image: the image as the user gave it, which names the result.
            batch: makes the preprocessed batch of one, called only where it is needed.
        """
        key = (layer, image_digest(image))
        with self._lock:
            if key in self._recent:
                self._recent.move_to_end(key)
                return self._recent[key]
        features = self._features(layer)(tf.constant(batch()))
        with self._lock:
            self._recent[key] = features
            while len(self._recent) > 1 and self._recent_bytes() > _FEATURE_BYTES:
                self._recent.popitem(last=False)
        return features

    def forget(self) -> None:
        """Drop the features kept from recent images: the weights they came from have changed."""
        with self._lock:
            self._recent.clear()
            self._tensors.clear()

    def tensors(
        self, slots: Sequence[int], image: ImageArray, batch: Callable[[], FloatArray]
    ) -> list[tf.Tensor]:
        """What some steps give for an image, one by one without compiling anything.

        Who goes from layer to layer would wait longer for each to be compiled than to be run.

        Args:
            slots: of what is wanted.
            image: the image as the user gave it, which names the results.
            batch: makes the preprocessed batch of one, called only where it is needed.
        """
        keys = [(slot, image_digest(image)) for slot in slots]
        with self._lock:
            kept = {key: self._tensors[key] for key in keys if key in self._tensors}
        if len(kept) < len(set(keys)):
            computed = self.graph.run(self.fed(tf.constant(batch())), slots)
            kept = dict(zip(keys, computed, strict=True))
        with self._lock:
            for key, tensor in kept.items():
                self._tensors[key] = tensor
                self._tensors.move_to_end(key)
            while len(self._tensors) > 1 and self._tensor_bytes() > _TENSOR_BYTES:
                self._tensors.popitem(last=False)
        return [kept[key] for key in keys]

    def gradient(self, layer: str, features: Features, direction: FloatArray) -> FloatArray:
        """Gradient of a target's score with respect to a layer's output, of its shape.

        Args:
            layer: name of the layer.
            features: what it gave, see `features`.
            direction: the score's weights over the network's units, see `targets.Score`.
        """
        gradient: FloatArray = self._gradient(layer)(
            features.values, features.boundary, tf.constant(direction)
        ).numpy()
        return gradient

    def shapes(self, size: tuple[int, int]) -> dict[str, tuple[int | None, ...]]:
        """Shape of every step's output, without the batch axis, for inputs of one size."""
        channels = self.signature.shape[-1]
        slots = [step.outputs[0] for step in self.graph.steps]
        outputs: list[tf.Tensor] = []

        def follow(inputs: tf.Tensor) -> None:
            outputs.extend(self.graph.run(self.fed(inputs), slots))

        tf.function(follow).get_concrete_function(tf.TensorSpec([1, *size, channels], tf.float32))
        return {
            step.name: tuple(tensor.shape[1:])
            for step, tensor in zip(self.graph.steps, outputs, strict=True)
        }

    def trace(
        self,
        inputs: tf.Tensor,
        names: Sequence[str | End],
        substitutes: dict[str, Any] | None = None,
    ) -> list[tf.Tensor]:
        """Outputs of layers for an input batch, to be used inside a `tf.function`.

        Args:
            inputs: preprocessed batch.
            names: layer names, and ends of the head.
            substitutes: by step name, calls in place of the network's own layers.
        """
        known = self.fed(inputs)
        inner = [name for name in names if name is not End.OUTPUT]
        without_activation = {**(substitutes or {}), **self.head.substitutes}
        traced = self.graph.run(known, [self._slot(name) for name in inner], without_activation)
        by_name: dict[str | End, tf.Tensor] = dict(zip(inner, traced, strict=True))
        if End.OUTPUT in names:
            (by_name[End.OUTPUT],) = self.graph.run(known, self.graph.outputs, substitutes)
        return [by_name[name] for name in names]

    def fed(self, inputs: tf.Tensor) -> dict[int, tf.Tensor]:
        """Every input of the network for a batch of images, by slot."""
        known = {self.graph.inputs[0]: inputs}
        for slot, value in self.constants.items():
            repeats = [tf.shape(inputs)[0], *[1] * value.ndim]
            known[slot] = tf.tile(tf.constant(value)[None], repeats)
        return known

    def _slot(self, name: str | End) -> int:
        if isinstance(name, End):
            return self.graph.outputs[0]
        return self.graph.step(name).outputs[0]

    def _build_outputs(
        self, names: tuple[str | End, ...]
    ) -> Callable[[tf.Tensor], list[tf.Tensor]]:
        return tf.function(
            lambda inputs: self.trace(inputs, names), input_signature=[self.signature]
        )

    def _build_for(self, build: Callable[[CompiledParts, Any], Any], key: Any) -> Any:
        return build(self, key)

    def _build_features(self, layer: str) -> Callable[[tf.Tensor], Features]:
        split = self.graph.split(self._slot(layer))
        output, after = self.graph.outputs[0], (split.slot, *split.boundary)

        @tf.function(input_signature=[self.signature])
        def forward(inputs: tf.Tensor) -> list[tf.Tensor]:
            fetch = [*after, output]
            return self.graph.run(self.fed(inputs), fetch, self.head.substitutes)

        def compute(inputs: tf.Tensor) -> Features:
            values, *boundary, logits = forward(inputs)
            return Features(values, tuple(boundary), logits)

        return compute

    def _build_gradient(self, layer: str) -> Callable[..., tf.Tensor]:
        split = self.graph.split(self._slot(layer))

        @tf.function(reduce_retracing=True)
        def gradient(
            values: tf.Tensor, boundary: tuple[tf.Tensor, ...], direction: tf.Tensor
        ) -> tf.Tensor:
            with tf.GradientTape() as tape:
                tape.watch(values)
                known = {split.slot: values, **dict(zip(split.boundary, boundary, strict=True))}
                (logits,) = self.graph.run(known, self.graph.outputs, self.head.substitutes)
                score = weighted(logits, direction)
            derivative = tape.gradient(score, values, unconnected_gradients="zero")
            return tf.cast(derivative, tf.float32)

        return gradient

    def _tensor_bytes(self) -> int:
        return sum(int(tf.size(each)) * each.dtype.size for each in self._tensors.values())

    def _recent_bytes(self) -> int:
        return sum(features.nbytes for features in self._recent.values())


def weighted(logits: tf.Tensor, direction: tf.Tensor) -> tf.Tensor:
    """A target's score for each of a batch, (batch,), to be differentiated.

    Args:
        logits: (batch, units).
        direction: (units,), see `targets.Score`.
    """
    return tf.linalg.matvec(tf.cast(logits, tf.float32), direction)

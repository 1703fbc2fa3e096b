"""One network built in every way that people build networks, each beside its flat twin.

Every build shares the flat network's weights, so that each method must give the same map on both.
"""

from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from keras import layers

from tests.core import networks

VECTOR = np.array([0.5, -1.0, 2.0], np.float32)


@dataclass(frozen=True)
class Build:
    """A network, its flat twin, and the names of one layer in both.

    Attributes:
        network: as somebody built it.
        flat: the same computation as one Functional model.
        layer: name of the last convolution in `network`, None for the default layer.
        flat_layer: its name in `flat`.
        options: what `wrap` needs for `network`.
    """

    network: Any
    flat: Any
    layer: str | None = None
    flat_layer: str | None = None
    options: dict[str, Any] = field(default_factory=dict)


def sequential():
    """The flat network's layers in a Sequential."""
    flat = networks.conv_mean_dense()
    return Build(keras.Sequential([keras.Input((32, 32, 3)), *flat.layers[1:]]), flat)


def functional():
    """Another Functional model around the same layers, called anew."""
    flat = networks.conv_mean_dense()
    x = inputs = keras.Input((32, 32, 3))
    for layer in flat.layers[1:]:
        x = layer(x)
    return Build(keras.Model(inputs, x), flat)


def nested():
    """A base inside a Sequential, as people fine-tune."""
    flat = networks.conv_mean_dense()
    return Build(networks.sequential_twin(flat, "conv2"), flat, "base/conv2", "conv2")


def doubly_nested():
    """A base inside a base inside a model."""
    flat = networks.conv_mean_dense()
    base = keras.Model(flat.input, flat.get_layer("conv1").output, name="inner")
    within = [keras.Input((32, 32, 3)), base, flat.get_layer("conv2")]
    middle = keras.Sequential(within, name="outer")
    inputs = keras.Input((32, 32, 3))
    x = flat.get_layer("mean")(middle(inputs))
    network = keras.Model(inputs, flat.get_layer("predictions")(x))
    return Build(network, flat, "outer/conv2", "conv2")


def nested_head():
    """The classifier, softmax and all, inside a model of its own."""
    flat = networks.conv_mean_dense()
    features = keras.Input((16, 16, 6))
    x = flat.get_layer("predictions")(flat.get_layer("mean")(features))
    head = keras.Model(features, x, name="head")
    inputs = keras.Input((32, 32, 3))
    x = flat.get_layer("conv2")(flat.get_layer("conv1")(inputs))
    return Build(keras.Model(inputs, head(x)), flat)


def shared_backbone():
    """One backbone that sees the photo and its mirror image."""
    flat = networks.conv_mean_dense()
    names = ("conv1", "conv2", "mean")
    conv1, conv2, mean, dense = (flat.get_layer(n) for n in (*names, "predictions"))
    backbone = keras.Model(flat.input, mean.output, name="backbone")
    inputs = keras.Input((32, 32, 3))
    mirrored = keras.ops.flip(inputs, axis=2)
    both = layers.Average()([backbone(inputs), backbone(mirrored)])
    network = keras.Model(inputs, dense(both))
    once, twice = (mean(conv2(conv1(view))) for view in (inputs, mirrored))
    written_out = keras.Model(inputs, dense(layers.Average()([once, twice])))
    return Build(network, written_out, "backbone:2/conv2", "conv2:2")


def multi_output():
    """Classes beside a second list of classes and a map."""
    flat = networks.conv_mean_dense()
    maps = flat.get_layer("conv2").output
    other = layers.Dense(2, name="other")(layers.Flatten()(maps))
    mask = layers.Conv2D(1, 1, name="mask")(maps)
    return Build(keras.Model(flat.input, [mask, flat.output, other]), flat)


def image_and_vector():
    """A vector joins the features before the classifier."""
    flat = networks.conv_mean_dense()
    image, vector = keras.Input((32, 32, 3), name="image"), keras.Input((3,), name="vector")
    x = flat.get_layer("mean")(flat.get_layer("conv2")(flat.get_layer("conv1")(image)))
    dense = layers.Dense(4, activation="softmax")
    network = keras.Model([vector, image], dense(layers.Concatenate()([x, vector])))
    kernel, bias = (np.asarray(w) for w in flat.get_layer("predictions").weights)
    of_vector = np.random.default_rng(2).normal(size=(3, 4)).astype(np.float32)
    dense.set_weights([np.concatenate([kernel, of_vector]), bias - VECTOR @ of_vector])
    return Build(network, flat, options={"inputs": {"vector": VECTOR}})


class Written(keras.Model):
    """A network whose computation is code of its own."""

    def __init__(self, flat):
        super().__init__(name="written")
        self.first, self.second = flat.get_layer("conv1"), flat.get_layer("conv2")
        self.dense = flat.get_layer("predictions")

    def call(self, inputs, training=False):
        """Run the layers, with the mean as an operation of Keras."""
        maps = self.second(self.first(inputs), training=training)
        return self.dense(keras.ops.mean(maps, axis=(1, 2)))


def subclassed():
    """A model with a `call` of its own that uses Keras alone."""
    flat = networks.conv_mean_dense()
    network = Written(flat)
    network(np.zeros((1, 32, 32, 3), np.float32))
    return Build(network, flat)


class Block(layers.Layer):
    """A layer made of layers, as people write residual blocks."""

    def __init__(self, flat):
        super().__init__(name="block")
        self.first, self.second = flat.get_layer("conv1"), flat.get_layer("conv2")

    def call(self, inputs):
        """Run both convolutions."""
        return self.second(self.first(inputs))


def layer_of_layers():
    """A Functional model around a layer with a `call` of its own."""
    flat = networks.conv_mean_dense()
    inputs = keras.Input((32, 32, 3))
    x = flat.get_layer("mean")(Block(flat)(inputs))
    network = keras.Model(inputs, flat.get_layer("predictions")(x))
    return Build(network, flat, "block/conv2", "conv2")


def mixed_precision():
    """A nested base that computes in half precision, beside its flat twin that does too."""
    keras.utils.set_random_seed(7)
    half = {"padding": "same", "activation": "relu", "dtype": "mixed_float16"}
    x = inputs = keras.Input((32, 32, 3))
    for number, filters in enumerate((8, 6)):
        x = layers.Conv2D(filters, 3, strides=2, name=f"conv{number + 1}", **half)(x)
    x = layers.GlobalAveragePooling2D(name="mean", dtype="float32")(x)
    outputs = layers.Dense(4, activation="softmax", name="predictions", dtype="float32")(x)
    flat = keras.Model(inputs, outputs)
    return Build(networks.sequential_twin(flat, "conv2"), flat, "base/conv2", "conv2")


BUILDS = {
    build.__name__: build
    for build in (
        sequential,
        functional,
        nested,
        doubly_nested,
        nested_head,
        shared_backbone,
        multi_output,
        image_and_vector,
        subclassed,
        layer_of_layers,
        mixed_precision,
    )
}

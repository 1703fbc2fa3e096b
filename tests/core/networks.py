"""Networks that tests build: small, seeded, and in twins that must agree."""

import keras
import numpy as np
from keras import layers


def seeded(function):
    """Build with fixed random weights."""

    def build(*args, **kwargs):
        keras.utils.set_random_seed(7)
        return function(*args, **kwargs)

    return build


@seeded
def conv_mean_dense(activation="softmax", classes=4, bias=True):
    """conv, mean over space, dense: the network on which Grad-CAM and CAM are one."""
    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(8, 5, strides=2, padding="same", activation="relu", name="conv1")(inputs)
    x = layers.Conv2D(6, 3, padding="same", activation="relu", name="conv2")(x)
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    outputs = layers.Dense(
        classes,
        activation=activation,
        use_bias=bias,
        bias_initializer="random_normal",
        name="predictions",
    )(x)
    return keras.Model(inputs, outputs, name="flat")


@seeded
def residual(classes=5, dtype=None):
    """Stem, batch norm, a residual block, squeeze-and-excitation, flatten, dense."""
    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(8, 3, strides=2, padding="same", name="stem", dtype=dtype)(inputs)
    x = layers.BatchNormalization(
        beta_initializer="random_normal", gamma_initializer="random_uniform", name="stem_bn"
    )(x)
    x = layers.Activation("relu", name="stem_relu")(x)
    y = layers.Conv2D(8, 3, padding="same", activation="relu", name="block_conv1")(x)
    y = layers.Conv2D(8, 3, padding="same", name="block_conv2")(y)
    gate = layers.GlobalAveragePooling2D(keepdims=True, name="squeeze")(y)
    gate = layers.Conv2D(8, 1, activation="sigmoid", name="excite")(gate)
    y = layers.Multiply(name="scale")([y, gate])
    x = layers.Add(name="block_add")([x, y])
    x = layers.Activation("relu", name="block_relu")(x)
    x = layers.MaxPooling2D(name="pool")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dropout(0.5, name="dropout")(x)
    x = layers.Dense(12, activation="relu", name="dense")(x)
    x = layers.Dense(classes, name="logits")(x)
    outputs = layers.Activation("softmax", name="softmax")(x)
    return keras.Model(inputs, outputs, name="residual")


def nested_twin(flat, cut):
    """The same weights as `flat`, with everything up to layer `cut` inside a nested model."""
    base = keras.Model(flat.input, flat.get_layer(cut).output, name="base")
    inputs = keras.Input(flat.input_shape[1:])
    x = base(inputs)
    names = [layer.name for layer in flat.layers]
    for name in names[names.index(cut) + 1 :]:
        x = flat.get_layer(name)(x)
    return keras.Model(inputs, x, name="nested")


def sequential_twin(flat, cut):
    """The same weights with a nested base inside a Sequential, as people fine-tune."""
    base = keras.Model(flat.input, flat.get_layer(cut).output, name="base")
    names = [layer.name for layer in flat.layers]
    tail = [flat.get_layer(name) for name in names[names.index(cut) + 1 :]]
    return keras.Sequential([keras.Input(flat.input_shape[1:]), base, *tail], name="sequential")


@seeded
def binary():
    """One sigmoid."""
    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(6, 3, activation="relu", name="conv")(inputs)
    x = layers.MaxPooling2D(name="pool")(x)
    x = layers.Flatten(name="flatten")(x)
    return keras.Model(inputs, layers.Dense(1, activation="sigmoid", name="output")(x))


def linear_until_zero(kernel, bias):
    """Scores linear in the image where they are positive, (32, 32) pixels, kernel (32, 32, 3)."""
    inputs = keras.Input((32, 32, 3))
    dense = layers.Dense(2, activation="relu", name="output")
    network = keras.Model(inputs, dense(layers.Flatten()(inputs)))
    dense.kernel.assign(np.stack([kernel.ravel(), np.zeros(kernel.size)], axis=1))
    dense.bias.assign([bias, 1])
    return network

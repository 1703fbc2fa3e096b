"""Which layers are linear in the picture, and why their mean shows no pattern."""

import keras
import numpy as np
import pytest
from keras import layers

from cnnviz_core import Channel, maximize
from cnnviz_core.looking.architecture import structure
from cnnviz_core.looking.linearity import rectified
from cnnviz_core.maximization.measuring import measured
from cnnviz_core.network.wrapping import wrap
from cnnviz_core.zoo.loading import load_model


def test_first_convolutions_lead_to_their_activation():
    """Through batch normalization; what has its ReLU inside, or one before it, leads nowhere."""
    described = structure(load_model("shapes"))
    assert rectified(described, "stem_conv") == "stem_conv_relu"
    assert rectified(described, "stage1_conv1") is None
    assert rectified(described, "picture") is None
    assert rectified(structure(load_model("lecture-binary")), "conv1") is None


def test_other_convolutions_and_forks_lead_nowhere():
    """One behind another convolution, or with two layers after it, names no layer."""
    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(4, 3, name="one")(inputs)
    x = layers.Conv2D(4, 3, name="two")(x)
    x = layers.ReLU(name="relu")(x)
    outputs = layers.Dense(2)(layers.GlobalAveragePooling2D()(x))
    chain = structure(wrap(keras.Model(inputs, outputs), name="chain"))
    assert rectified(chain, "one") is None
    assert rectified(chain, "two") is None
    forked = layers.Conv2D(4, 3, name="fork")(inputs)
    both = layers.Concatenate()([layers.ReLU()(forked), layers.ReLU()(-forked)])
    outputs = layers.Dense(2)(layers.GlobalAveragePooling2D()(both))
    assert rectified(structure(wrap(keras.Model(inputs, outputs), name="fork")), "fork") is None


@pytest.mark.parametrize(
    ("before", "between", "activation"),
    [
        (layers.RandomFlip(), layers.BatchNormalization(), layers.LeakyReLU(name="relu")),
        (layers.Cropping2D(1), layers.GaussianNoise(0.1), layers.Activation("tanh", name="relu")),
        (layers.GaussianDropout(0.1), layers.AveragePooling2D(2), layers.PReLU(name="relu")),
        (layers.Rescaling(0.5), layers.SpatialDropout2D(0.1), keras.ops.relu),
    ],
)
def test_what_moves_no_picture_leaves_it_linear(before, between, activation):
    """Augmentation, noise and means are as linear as normalization; each activation ends that."""
    inputs = keras.Input((32, 32, 3))
    x = activation(between(layers.Conv2D(4, 3, name="conv")(before(inputs))))
    network = keras.Model(inputs, layers.Dense(2)(layers.GlobalAveragePooling2D()(x)))
    described = structure(wrap(network, name="n"))
    assert rectified(described, "conv") == described.layers[4].name


def test_mean_of_a_linear_map_sees_no_edges():
    """On edges a linear edge filter's mean is that of a flat picture; behind a ReLU it is not."""
    kernel = np.zeros((3, 3, 3, 1), np.float32)
    kernel[:, 0], kernel[:, 2] = 1, -1
    inputs = keras.Input((48, 48, 3))
    x = layers.Conv2D(1, 3, use_bias=False, name="linear")(inputs)
    x = layers.ReLU(name="relu")(x)
    network = keras.Model(inputs, layers.Dense(2)(layers.GlobalAveragePooling2D()(x)))
    network.get_layer("linear").set_weights([kernel])
    model = wrap(network, name="edge", preprocessing="unit")
    edges = maximize(model, Channel("relu", 0), size=256).images  # so that borders hardly count
    linear, behind = (measured(model, Channel(name, 0), edges)[0] for name in ("linear", "relu"))
    assert abs(linear) < 0.1  # as on any flat picture, where it is 0
    assert behind > 1

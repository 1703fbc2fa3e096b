"""Activations and kernels: the network's own numbers."""

import keras
import numpy as np
import pytest
from keras import layers

from cnnviz_core import activations, dead_channels, kernels, layer_glimpses, sparsity
from cnnviz_core.errors import LayerNotFoundError, NoKernelError, NotSpatialError, OptionError
from cnnviz_core.network.wrapping import wrap
from tests.core import networks
from tests.core.replicas import replica_of


@replica_of("activations")
def test_equal_keras_sub_models(photo, weights_hash):
    """Every layer's maps equal those of a Keras sub-model, and the network stays as it was."""
    network = networks.residual()
    before = weights_hash(network)
    model = wrap(network, name="n", preprocessing="tf")
    maps_by_layer = activations(model, photo)
    assert set(maps_by_layer) == {
        "stem", "stem_bn", "stem_relu", "block_conv1", "block_conv2", "scale", "block_add",
        "block_relu", "pool",
    }  # fmt: skip
    for name, maps in maps_by_layer.items():
        inner = keras.Model(network.input, network.get_layer(name).output)
        expected = np.asarray(inner(model.preprocess(photo), training=False))[0]
        np.testing.assert_allclose(maps, expected, atol=1e-5)
    assert weights_hash(network) == before


@replica_of("kernels")
def test_convolution_by_hand(photo):
    """One output pixel is patch times kernel plus bias, through the activation."""
    model = wrap(networks.conv_mean_dense(), name="n", preprocessing="unit")
    stored = kernels(model, "conv2")
    maps = activations(model, photo, ["conv1", "conv2"])
    patch = maps["conv1"][4:7, 9:12]
    by_hand = (patch[..., None] * stored.weights).sum(axis=(0, 1, 2)) + stored.bias
    np.testing.assert_allclose(maps["conv2"][5, 10], np.maximum(by_hand, 0), atol=1e-5)


@replica_of("dead_channels", "sparsity")
def slow_shares(maps):
    """Which channels have one value, and the share of zeros, counted value by value."""
    dead = [len(set(maps[..., channel].ravel())) == 1 for channel in range(maps.shape[-1])]
    return dead, sum(value == 0 for value in maps.ravel()) / maps.size


def test_dead_and_zero_shares():
    """Blank channels and zeros are counted exactly."""
    maps = np.ones((4, 4, 5), np.float32)
    maps[0, 0, 0] = 2
    maps[:2, :, 1] = 0
    maps[..., 2] = 0
    np.testing.assert_array_equal(dead_channels(maps), [False, False, True, True, True])
    assert slow_shares(maps)[0] == [False, False, True, True, True]


def test_sparsity_of_a_network(photo):
    """Shares per layer equal those counted from the maps; ReLU layers have zeros."""
    model = wrap(networks.residual(), name="n", preprocessing="tf")
    maps = activations(model, photo)
    for layer in sparsity(model, photo):
        assert layer.channels == maps[layer.name].shape[-1]
        dead, zeros = slow_shares(maps[layer.name])
        assert layer.zeros == pytest.approx(zeros)
        assert layer.dead == pytest.approx(np.mean(dead))
    zeros = {layer.name: layer.zeros for layer in sparsity(model, photo)}
    assert zeros["stem"] < 0.05 < zeros["stem_relu"]


def block_means(channel_map, side):
    """Means over square blocks of cells, by loops."""
    height, width = channel_map.shape
    block = -(-max(height, width) // side)
    return np.array(
        [
            [
                channel_map[row : row + block, column : column + block].mean()
                for column in range(0, width, block)
            ]
            for row in range(0, height, block)
        ]
    )


@replica_of("layer_glimpses")
@pytest.mark.parametrize("side", [8, 10, 96])
def test_glimpses_are_parts_of_the_activations(photo, side):
    """The channel of highest variance and the mean of all, in means of blocks of cells."""
    model = wrap(networks.residual(), name="n", preprocessing="tf")
    whole = activations(model, photo)
    glimpses = layer_glimpses(model, photo, side=side)
    assert [glimpse.name for glimpse in glimpses] == list(whole)
    for glimpse in glimpses:
        maps = whole[glimpse.name]
        top, left = maps.shape[0] // 8, maps.shape[1] // 8
        inside = maps[top : maps.shape[0] - top, left : maps.shape[1] - left]
        variances = [float(np.var(inside[..., index])) for index in range(maps.shape[-1])]
        assert variances[glimpse.channel] == pytest.approx(max(variances), rel=1e-5)
        assert (*glimpse.size, glimpse.channels) == maps.shape
        chosen = block_means(maps[..., glimpse.channel], side)
        np.testing.assert_allclose(glimpse.values, chosen, rtol=1e-4, atol=1e-5)
        mean = block_means(maps.mean(axis=-1), side)
        np.testing.assert_allclose(glimpse.mean, mean, rtol=1e-4, atol=1e-5)
        assert max(glimpse.values.shape) <= side


def test_glimpses_of_a_few_layers(photo):
    """In the order asked for; too small a side is refused."""
    model = wrap(networks.residual(), name="n", preprocessing="tf")
    asked = ["block_add", "stem"]
    assert [glimpse.name for glimpse in layer_glimpses(model, photo, asked)] == asked
    with pytest.raises(OptionError, match="side=7 was given; at least 8"):
        layer_glimpses(model, photo, side=7)


def test_kernels_of_every_kind():
    """Conv, depthwise, separable and transposed layers give (height, width, in, out)."""
    inputs = keras.Input((16, 16, 3))
    x = layers.DepthwiseConv2D(3, depth_multiplier=2, name="depthwise")(inputs)
    x = layers.SeparableConv2D(5, 3, name="separable")(x)
    x = layers.Conv2DTranspose(7, 2, use_bias=False, name="transposed")(x)
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    model = wrap(keras.Model(inputs, layers.Dense(2, name="dense")(x)), name="n")
    assert kernels(model, "depthwise").weights.shape == (3, 3, 3, 2)
    assert kernels(model, "depthwise").depthwise
    assert kernels(model, "separable").weights.shape == (3, 3, 6, 1)
    transposed = kernels(model, "transposed")
    assert transposed.weights.shape == (2, 2, 5, 7)
    assert transposed.bias is None
    stored = np.asarray(model.network.get_layer("transposed").kernel)
    np.testing.assert_array_equal(transposed.weights[1, 0, 4, 6], stored[1, 0, 6, 4])
    with pytest.raises(NoKernelError, match="'dense' is a Dense and has no convolution kernel"):
        kernels(model, "dense")


def test_refusals(photo):
    """Unknown layers and layers without a map are refused."""
    model = wrap(networks.conv_mean_dense(), name="n")
    with pytest.raises(LayerNotFoundError, match="no layer named 'conv9'"):
        activations(model, photo, ["conv9"])
    with pytest.raises(NotSpatialError, match="'predictions' gives 4"):
        activations(model, photo, ["predictions"])
    with pytest.raises(LayerNotFoundError, match="no layer named"):
        kernels(model, "conv9")

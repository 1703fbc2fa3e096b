"""What a layer sees and what it costs, reckoned by its kind, against what the layer does."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

import cnnviz_core as cnnviz
from cnnviz_core.network.wrapping import wrap


def table_of(inputs, *maps):
    """The rows of a network's layers by name, of which some give maps."""
    means = [layers.GlobalAveragePooling2D()(layer_map) for layer_map in maps]
    joined = means[0] if len(means) == 1 else layers.Concatenate()(means)
    model = wrap(keras.Model(inputs, layers.Dense(2, name="head")(joined)), name="n")
    return model, {layer.name: layer for layer in cnnviz.structure(model).layers}


def products(function, maps):
    """In how many pairs of numbers, one of the input and one of the output, one moves the other."""
    with tf.GradientTape() as tape:
        tape.watch(maps)
        result = function(maps)
    return int(np.count_nonzero(tape.jacobian(result, maps)))


def test_multiply_adds_are_the_products_that_a_layer_forms():
    """Each weight times each number that it meets, where no border is cut off."""
    inputs = keras.Input((6, 6, 4))
    named = {
        "conv": layers.Conv2D(5, 3, name="conv"),
        "strided": layers.Conv2D(5, 3, strides=3, name="strided"),
        "grouped": layers.Conv2D(6, 3, groups=2, name="grouped"),
        "depthwise": layers.DepthwiseConv2D(3, depth_multiplier=2, name="depthwise"),
        "dense": layers.Dense(5, name="dense"),
        "transposed": layers.Conv2DTranspose(5, 2, strides=2, name="transposed"),
    }
    separable = layers.SeparableConv2D(5, 3, depth_multiplier=2, name="separable")
    _, table = table_of(inputs, *(layer(inputs) for layer in (*named.values(), separable)))
    maps = tf.random.stateless_uniform((1, 6, 6, 4), seed=(1, 2))
    counted = {name: products(layer, maps) for name, layer in named.items()}
    assert {name: table[name].multiply_adds for name in named} == counted
    pointwise = layers.Conv2D(5, 1)
    assert table["separable"].multiply_adds == counted["depthwise"] + products(
        pointwise, tf.ones((1, 4, 4, 8))
    )


def test_receptive_fields_go_through_what_works_cell_by_cell():
    """A dense layer on maps, gates, noise, activations as operations: each moves by its field."""
    inputs = keras.Input((33, 33, 2))
    x = layers.RandomFlip()(inputs)
    x = layers.ZeroPadding2D(2)(x)
    x = layers.Conv2D(3, 3, name="conv")(x)
    x = layers.GaussianDropout(0.2)(ops.tanh(x))
    x = layers.Dense(4, name="dense")(layers.LayerNormalization()(x))
    x = layers.Multiply()([x, ops.log_softmax(x)])
    x = layers.Conv2D(2, 5, strides=2, name="last")(layers.Cropping2D(1)(x))
    model, table = table_of(inputs, x)
    assert table["dense"].receptive_field == (3, 3)
    batch = tf.random.stateless_uniform((1, 33, 33, 2), seed=(1, 2))
    with tf.GradientTape() as tape:
        tape.watch(batch)
        (maps,) = model.parts.trace(batch, ("last",))
        unit = maps[0, 7, 7, 0]
    moved = np.flatnonzero(tape.gradient(unit, batch).numpy().any(axis=(0, 2, 3)))
    assert table["last"].receptive_field == (7, 7)
    assert moved.max() - moved.min() + 1 == 7


@pytest.mark.parametrize(
    ("layer", "across_cells"),
    [
        (lambda x: layers.LayerNormalization()(x), False),
        (lambda x: layers.LayerNormalization(axis=(3,))(x), False),
        (lambda x: layers.LayerNormalization(axis=(1, 2, 3))(x), True),
        (lambda x: layers.BatchNormalization(axis=1)(x), False),
        (lambda x: layers.Softmax(axis=3)(x), False),
        (lambda x: layers.Softmax(axis=1)(x), True),
        (lambda x: layers.Softmax(axis=(1, 2))(x), True),
        (lambda x: ops.log_softmax(x, axis=-1), False),
        (lambda x: ops.log_softmax(x, axis=2), True),
        (lambda x: ops.sparsemax(x, axis=1), True),
        (lambda x: layers.Concatenate(axis=-1)([x, x]), False),
        (lambda x: layers.Concatenate(axis=1)([x, x]), True),
        (lambda x: ops.concatenate([x, x], axis=2), True),
    ],
)
def test_a_receptive_field_is_unknown_behind_what_works_across_cells(layer, across_cells):
    """A unit sees a window behind a layer that works on channels, and farther behind others."""
    inputs = keras.Input((9, 9, 2))
    x = layer(layers.Conv2D(4, 3, name="conv")(inputs))
    model, table = table_of(inputs, layers.Conv2D(3, 3, name="last")(x))
    batch = tf.random.stateless_uniform((1, 9, 9, 2), seed=(1, 2))
    with tf.GradientTape() as tape:
        tape.watch(batch)
        (maps,) = model.parts.trace(batch, ("last",))
        unit = tf.reduce_sum(maps[0, maps.shape[1] // 2, maps.shape[2] // 2])
    moved = tape.gradient(unit, batch).numpy()[0].any(axis=-1)
    window = max(np.ptp(np.flatnonzero(moved.any(axis=axis))) + 1 for axis in (0, 1))
    assert (window > 5) == across_cells
    assert table["conv"].receptive_field == (3, 3)
    assert table["last"].receptive_field == (None if across_cells else (5, 5))

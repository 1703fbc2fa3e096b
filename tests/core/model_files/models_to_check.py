"""Models put together in every way that a configuration can say."""

import keras
from keras import layers, ops


def classifier():
    """Convolution, mean and dense, as in most networks of images."""
    image = keras.Input((8, 8, 3), name="image")
    x = layers.Rescaling(1 / 255, name="rescaling")(image)
    x = layers.Conv2D(4, 3, activation="relu", name="conv")(x)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(image, layers.Dense(2, "softmax", name="head")(x), name="classifier")


def shared():
    """A base of two inputs' worth of calls inside a model, beside arithmetic and a list."""
    inner = keras.Input((8, 8, 3))
    base = keras.Model(inner, layers.Conv2D(4, 3, name="inside")(inner), name="base")
    one, two = keras.Input((8, 8, 3), name="one"), keras.Input((8, 8, 3), name="two")
    dense = layers.Dense(3, name="twice")
    joined = layers.Concatenate()([dense(base(one)), dense(base(two, training=False))])
    return keras.Model([one, two], {"a": joined * 2 + 1, "b": base(two)}, name="outer")


def by_name():
    """Inputs and outputs in dictionaries, whose order is that of their keys."""
    inner = {name: keras.Input((8, 8, sides), name=name) for name, sides in (("z", 3), ("b", 5))}
    base = keras.Model(inner, {name: layers.ReLU()(x) for name, x in inner.items()}, name="base")
    outer = {name: keras.Input((8, 8, sides), name=name) for name, sides in (("z", 3), ("b", 5))}
    made = base(outer)
    ends = {name: layers.Conv2D(2, 3, name=f"conv_{name}")(x) for name, x in made.items()}
    return keras.Model(outer, ends, name="by_name")


def of_functions():
    """Arithmetic, cuts and attention between layers."""
    image = keras.Input((8, 8, 3))
    x = ops.pad(image[..., ::-1] / 127.5 - 1, [[0, 0], [1, 1], [0, 0], [0, 0]])
    x = layers.Normalization(mean=[1.0, 2.0, 3.0], variance=[1.0, 1.0, 2.0])(x)
    x = ops.concatenate([x, ops.mean(x, axis=-1, keepdims=True)], axis=-1)
    x = ops.reshape(ops.image.resize(x, (4, 4)), (-1, 16, 4)) * ops.array([1.0, 2.0, 3.0, 4.0])
    x = layers.MultiHeadAttention(2, 3)(x, x)
    x = layers.EinsumDense("abc,cd->abd", (None, 5))(ops.transpose(x, (0, 1, 2)))
    return keras.Model(image, layers.GRU(3)(x), name="of_functions")


MODELS = {
    "of functions": of_functions,
    "by name": by_name,
    "functional": classifier,
    "sequential": lambda: keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(2)]
    ),
    "sequential around a model": lambda: keras.Sequential([classifier(), layers.Dense(2)]),
    "sequential in sequential": lambda: keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.Sequential([layers.RandomFlip(), layers.Rescaling(2.0)]),
            layers.Conv2D(2, 3),
        ]
    ),
    "shared and nested": shared,
    "a fixed batch": lambda: keras.Sequential(
        [keras.Input(batch_shape=(4, 8, 8, 3)), layers.Conv2D(2, 3), layers.Flatten()]
    ),
    "whole numbers in": lambda: keras.Sequential(
        [keras.Input((8, 8, 3), dtype="uint8"), layers.Rescaling(1 / 255), layers.Conv2D(2, 3)]
    ),
}

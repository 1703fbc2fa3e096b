"""Models of every form that is saved, small."""

import keras
import numpy as np
from keras import layers


def sequential():
    """Two convolutions of one shape, normalized, and a classifier."""
    return keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(3, 3, padding="same"),
            layers.BatchNormalization(),
            layers.Conv2D(3, 3, padding="same"),
            layers.BatchNormalization(),
            layers.PReLU(shared_axes=[1, 2]),
            layers.Dropout(0.5),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3),
            layers.Dense(3),
        ]
    )


def functional():
    """Branches, separable and transposed convolutions, and two outputs."""
    image = keras.Input((8, 8, 3))
    x = layers.Normalization()(image)
    a = layers.SeparableConv2D(3, 3, padding="same")(x)
    b = layers.DepthwiseConv2D(3, padding="same")(x)
    c = layers.Conv2DTranspose(3, 3, padding="same")(x)
    x = layers.GroupNormalization(3)(layers.Add()([a, b, c]))
    x = layers.LayerNormalization()(x)
    features = layers.GlobalMaxPooling2D()(x)
    return keras.Model(image, [layers.Dense(2)(features), layers.Dense(2)(features)])


def block(name, filters=3, *, trainable=True):
    """A small model of its own; `trainable` is that of its first convolution."""
    image = keras.Input((8, 8, 3))
    x = layers.Conv2D(filters, 3, padding="same", name="conv", trainable=trainable)(image)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.Conv2D(3, 3, padding="same", name="conv_1")(x)
    return keras.Model(image, x, name=name)


def nested():
    """Two models of the same layers' names, one after the other, and layers of these names."""
    image = keras.Input((8, 8, 3))
    x = layers.Conv2D(3, 3, padding="same", name="conv")(block("second")(block("first")(image)))
    return keras.Model(image, layers.Dense(2)(layers.Flatten()(x)))


def doubly_nested():
    """A model in a model in a model, with a layer beside each."""
    image = keras.Input((8, 8, 3))
    inner = keras.Model(image, layers.BatchNormalization(name="last")(block("inner")(image)))
    outer = keras.Sequential([keras.Input((8, 8, 3)), inner, layers.Conv2D(3, 3, name="conv_2")])
    return keras.Sequential([keras.Input((8, 8, 3)), outer, layers.Flatten(), layers.Dense(2)])


def frozen():
    """A model inside whose first convolution is not trained, though the rest is."""
    image = keras.Input((8, 8, 3))
    return keras.Model(image, layers.Flatten()(block("base", trainable=False)(image)))


def frozen_whole():
    """A model inside none of which is trained."""
    base = block("base")
    base.trainable = False
    image = keras.Input((8, 8, 3))
    return keras.Model(image, layers.Dense(2)(layers.Flatten()(base(image))))


def shared_layer():
    """A convolution that is called three times."""
    image = keras.Input((8, 8, 3))
    conv = layers.Conv2D(3, 3, padding="same")
    x = conv(conv(layers.Conv2D(3, 1)(image)))
    return keras.Model(image, layers.Add()([x, conv(image)]))


def shared_model():
    """A model that is called twice."""
    image = keras.Input((8, 8, 3))
    inner = block("inner")
    return keras.Model(
        image, layers.Conv2D(2, 1)(layers.Concatenate()([inner(image), inner(image)]))
    )


def shared_between():
    """A convolution that belongs to two models and to the one around them."""
    conv = layers.Conv2D(3, 3, padding="same", name="common")

    def using(name):
        image = keras.Input((8, 8, 3))
        x = layers.Conv2D(3, 3, padding="same", name=f"own_{name}")(conv(image))
        return keras.Model(image, x, name=name)

    image = keras.Input((8, 8, 3))
    x = conv(layers.Conv2D(3, 3, padding="same")(using("b")(using("a")(image))))
    return keras.Model(image, x)


def attention():
    """Layers inside a layer, some of one shape."""
    image = keras.Input((4, 4, 6))
    x = layers.Reshape((16, 6))(image)
    x = layers.MultiHeadAttention(2, 3)(x, x)
    return keras.Model(image, layers.Dense(2)(layers.Flatten()(x)))


def mixed():
    """Arithmetic in 16 bits, weights in 32."""
    image = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, dtype="mixed_float16")(image)
    return keras.Model(image, layers.Dense(2, dtype="float32")(layers.Flatten()(x)))


def compiled():
    """A model with an optimizer that has run, metrics, and augmentation with random state."""
    model = keras.Sequential(
        [keras.Input((8, 8, 3)), layers.RandomFlip(), layers.Conv2D(3, 3), layers.Dropout(0.5)]
    )
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(np.ones((2, 8, 8, 3)), np.ones((2, 6, 6, 3)), verbose=0)
    return model


MODELS = [
    sequential,
    functional,
    nested,
    doubly_nested,
    frozen,
    frozen_whole,
    shared_layer,
    shared_model,
    shared_between,
    attention,
    mixed,
    compiled,
]

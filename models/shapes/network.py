"""The network of both twins: six convolutions, the last of which feeds the prediction directly.

| layer                                | height x width x channels |
| ------------------------------------ | ------------------------- |
| `stem_conv` 5x5/2, `stem_pool` 2x2/2 | 48 x 48 x 32, 24 x 24     |
| `stage1_conv1`, `stage1_conv2`       | 24 x 24 x 48              |
| `stage2_conv1` /2, ... `stage2_conv3` | 12 x 12 x 80             |
| `global_pool`, `predictions`         | classes                   |

Every convolution has `..._bn` and `..._relu`. A cell of the last maps sees 63 x 63 pixels. The
prediction is one dense layer on the mean of the last maps, so that a class activation map is exact.
"""

import keras
from keras import layers

LAST_ACTIVATION = "stage2_conv3_relu"


def convolution(
    x: keras.KerasTensor,
    name: str,
    filters: int,
    side: int,
    stride: int = 1,
    activity_regularizer: keras.Regularizer | None = None,
) -> keras.KerasTensor:
    """Add a convolution without bias, its normalization and its ReLU."""
    x = layers.Conv2D(
        filters,
        side,
        strides=stride,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name=name,
    )(x)
    x = layers.BatchNormalization(momentum=0.95, name=f"{name}_bn")(x)
    return layers.ReLU(activity_regularizer=activity_regularizer, name=f"{name}_relu")(x)


def build_network(side: int, num_classes: int, *, name: str, price: float = 0.0) -> keras.Model:
    """Build the network with fresh weights.

    Args:
        side: height and width of the input.
        num_classes: number of classes.
        name: name of the model.
        price: what each unit of activation in the last maps adds to the loss in training.

    Returns:
        Functional model, (side, side, 3) in 0 to 1, to class probabilities.
    """
    inputs = keras.Input((side, side, 3), name="picture")
    x = convolution(inputs, "stem_conv", 32, 5, 2)
    x = layers.MaxPooling2D(2, name="stem_pool")(x)
    x = convolution(x, "stage1_conv1", 48, 3)
    x = convolution(x, "stage1_conv2", 48, 3)
    x = convolution(x, "stage2_conv1", 80, 3, 2)
    x = convolution(x, "stage2_conv2", 80, 3)
    regularizer = keras.regularizers.L1(price) if price else None
    x = convolution(x, "stage2_conv3", 80, 3, activity_regularizer=regularizer)
    x = layers.GlobalAveragePooling2D(name="global_pool")(x)
    outputs = layers.Dense(num_classes, activation="softmax", name="predictions")(x)
    return keras.Model(inputs, outputs, name=name)

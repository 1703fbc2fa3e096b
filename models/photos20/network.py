"""The network: a small residual net with plain layers and names that say where they are.

| layer                              | height x width x channels |
| ---------------------------------- | ------------------------- |
| `stem_conv` 7x7/2, `stem_pool`     | 64 x 64 x 48, 32 x 32     |
| `stage1_conv1` ... `stage1_conv4`  | 32 x 32 x 64              |
| `stage2_conv1` ... `stage2_conv4`  | 16 x 16 x 128             |
| `stage3_conv1` ... `stage3_conv4`  | 8 x 8 x 192               |
| `global_pool`, `predictions`       | classes                   |

Every convolution has `..._bn` and, where one follows, `..._relu`. A block ends in
`stage1_add1` and `stage1_block1_relu`. The prediction is one dense layer on the pooled last
feature maps, so that a class activation map is exact.
"""

from typing import Any

import keras
from first_layer import Smoothness
from keras import layers

STEM_FILTERS = 48
STAGE_WIDTHS = (64, 128, 192)
LAST_ACTIVATION = "stage3_block2_relu"


def _batch_norm_class(*, fused: bool) -> Any:
    """Return the layer to normalize with: Keras', or TensorFlow's fused kernel for training."""
    if fused and keras.backend.backend() == "tensorflow":
        from fused_norm import FusedBatchNormalization

        return FusedBatchNormalization
    return layers.BatchNormalization


class NetworkBuilder:
    """Build the network layer by layer.

    Args:
        fused: Normalize with TensorFlow's fused kernel: the same numbers in less time, but a
            layer that another program cannot load.
    """

    def __init__(self, *, fused: bool = False) -> None:
        """Choose the normalization layer."""
        self.batch_norm = _batch_norm_class(fused=fused)

    def conv(
        self, x: keras.KerasTensor, name: str, filters: int, side: int, stride: int, **options: Any
    ) -> keras.KerasTensor:
        """Add a convolution without bias and its normalization."""
        x = layers.Conv2D(
            filters,
            side,
            strides=stride,
            padding="same",
            use_bias=False,
            kernel_initializer="he_normal",
            name=name,
            **options,
        )(x)
        return self.batch_norm(momentum=0.95, name=f"{name}_bn")(x)

    def block(
        self, x: keras.KerasTensor, stage: int, number: int, filters: int, stride: int
    ) -> keras.KerasTensor:
        """Add two 3x3 convolutions and what they were given; 1x1 convolution if shapes differ."""
        first, second = f"stage{stage}_conv{2 * number - 1}", f"stage{stage}_conv{2 * number}"
        y = self.conv(x, first, filters, 3, stride)
        y = layers.ReLU(name=f"{first}_relu")(y)
        y = self.conv(y, second, filters, 3, 1)
        if x.shape[-1] != filters or stride != 1:
            x = self.conv(x, f"stage{stage}_shortcut{number}", filters, 1, stride)
        x = layers.Add(name=f"stage{stage}_add{number}")([x, y])
        return layers.ReLU(name=f"stage{stage}_block{number}_relu")(x)


def build_network(side: int | None, num_classes: int, *, for_training: bool = False) -> keras.Model:
    """Build the network with fresh weights.

    Args:
        side: Height and width of the input; None accepts any size.
        num_classes: Number of classes.
        for_training: Keep the first layer smooth, and use fused normalization where there is one.

    Returns:
        Functional model, (side, side, 3) in -1 to 1, to class probabilities.
    """
    builder = NetworkBuilder(fused=for_training)
    smooth = {
        "kernel_regularizer": Smoothness(1e-3),
        "kernel_constraint": keras.constraints.UnitNorm(axis=[0, 1, 2]),
    }
    inputs = keras.Input((side, side, 3), name="photo")
    x = builder.conv(inputs, "stem_conv", STEM_FILTERS, 7, 2, **(smooth if for_training else {}))
    x = layers.ReLU(name="stem_relu")(x)
    x = layers.MaxPooling2D(3, 2, padding="same", name="stem_pool")(x)
    for stage, filters in enumerate(STAGE_WIDTHS, start=1):
        for number in (1, 2):
            stride = 2 if stage > 1 and number == 1 else 1
            x = builder.block(x, stage, number, filters, stride)
    x = layers.GlobalAveragePooling2D(name="global_pool")(x)
    outputs = layers.Dense(num_classes, activation="softmax", dtype="float32", name="predictions")
    return keras.Model(inputs, outputs(x), name="photos20")

"""What the rules are held to: layers and operations that are rebuilt as they were, by group.

Every rule has its case here, but for wrappers; `networks` has them all as models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import layers, ops
from keras.src.applications.convnext import LayerScale
from keras.src.applications.inception_resnet_v2 import CustomScaleLayer
from keras.src.ops.numpy import Abs

from tests.core.model_files.rebuilding import on_image

if TYPE_CHECKING:
    from collections.abc import Iterator

CONVOLUTIONS = [
    layers.Conv2D(4, 3),
    layers.Conv2D(4, (3, 2), strides=(2, 1), padding="same", activation="relu", use_bias=False),
    layers.Conv2D(6, 3, dilation_rate=2, groups=3, activation="swish"),
    layers.Conv2D(4, 1, strides=3, kernel_regularizer="l2", kernel_constraint="max_norm"),
    layers.Conv2D(4, 5, padding="SAME", kernel_initializer="orthogonal"),
    layers.DepthwiseConv2D(3),
    layers.DepthwiseConv2D(3, strides=2, depth_multiplier=3, padding="same", use_bias=False),
    layers.DepthwiseConv2D((2, 3), dilation_rate=(2, 1)),
    layers.SeparableConv2D(5, 3, depth_multiplier=2),
    layers.SeparableConv2D(5, 3, strides=2, padding="same", use_bias=False, activation="elu"),
    layers.Conv2DTranspose(5, 3),
    layers.Conv2DTranspose(5, 3, strides=2, padding="same"),
    layers.Conv2DTranspose(5, 2, strides=3, padding="valid"),
    layers.Conv2DTranspose(5, 3, strides=2, padding="same", output_padding=1),
    layers.Conv2DTranspose(5, 4, strides=2, output_padding=(1, 0), use_bias=False),
    layers.Conv2DTranspose(5, 3, dilation_rate=2),
    layers.Conv2D(3, 3, activation=keras.layers.LeakyReLU(negative_slope=0.2)),
    layers.Conv2D(3, 3, dtype="mixed_float16"),
    layers.Conv2D(3, 3, trainable=False, activity_regularizer="l1"),
]
LINES = [
    layers.Conv1D(4, 3),
    layers.Conv1D(4, 3, padding="causal", dilation_rate=2),
    layers.Conv1D(4, 3, strides=2, padding="same", groups=2),
    layers.DepthwiseConv1D(3, depth_multiplier=2),
    layers.SeparableConv1D(4, 3, strides=2),
    layers.Conv1DTranspose(4, 3, strides=2),
    layers.MaxPooling1D(3, strides=2, padding="same"),
    layers.AveragePooling1D(2),
    layers.GlobalAveragePooling1D(),
    layers.GlobalMaxPooling1D(keepdims=True),
    layers.AdaptiveAveragePooling1D(4),
    layers.AdaptiveMaxPooling1D(5),
    layers.ZeroPadding1D((1, 2)),
    layers.Cropping1D((1, 2)),
    layers.UpSampling1D(3),
    layers.SpatialDropout1D(0.2),
    layers.EinsumDense("abc,cd->abd", (None, 7), bias_axes="d"),
    layers.EinsumDense("...x,xy->...y", 7, bias_axes="y", activation="gelu"),
    layers.EinsumDense("abc,bd->adc", (5, 6), bias_axes="dc"),
    layers.EinsumDense("ab...,bd->ad...", 5, bias_axes="d"),
    layers.PReLU(),
    layers.Permute((2, 1)),
    layers.LayerNormalization(axis=[1, 2]),
]
POOLINGS = [
    layers.MaxPooling2D(),
    layers.MaxPooling2D(3, strides=1, padding="same"),
    layers.AveragePooling2D((2, 3), strides=(1, 2)),
    layers.AveragePooling2D(3, padding="same"),
    layers.GlobalAveragePooling2D(),
    layers.GlobalMaxPooling2D(keepdims=True),
    layers.AdaptiveAveragePooling2D((3, 4)),
    layers.AdaptiveMaxPooling2D(3),
]
NORMALIZATIONS = [
    layers.BatchNormalization(),
    layers.BatchNormalization(scale=False, momentum=0.9, epsilon=1e-5),
    layers.BatchNormalization(center=False, axis=1),
    layers.LayerNormalization(),
    layers.LayerNormalization(axis=(-2, -1), center=False),
    layers.LayerNormalization(scale=False),
    layers.GroupNormalization(3),
    layers.GroupNormalization(-1, scale=False),
    layers.RMSNormalization(),
    layers.UnitNormalization(axis=[1, 2]),
    LayerScale(0.3, 6),
    layers.Normalization(),
    layers.Normalization(axis=None),
    layers.Normalization(axis=(1, -1)),
    layers.Normalization(mean=[0.1] * 6, variance=[0.3] * 6),
    layers.Normalization(axis=None, mean=0.5, variance=2.0, invert=True),
]
ACTIVATIONS = [
    layers.ReLU(6.0),
    layers.ReLU(negative_slope=0.1, threshold=0.2),
    layers.LeakyReLU(),
    layers.PReLU(shared_axes=[1, 2]),
    layers.PReLU(),
    layers.ELU(0.5),
    layers.Softmax(),
    layers.Softmax(axis=(1, 2)),
    layers.Activation("hard_sigmoid"),
    layers.Activation(layers.ELU(0.3)),
    layers.Identity(),
]
SHAPES = [
    layers.Flatten(),
    layers.Reshape((4, -1, 6)),
    layers.Reshape((384,)),
    layers.Permute((3, 1, 2)),
    layers.ZeroPadding2D(),
    layers.ZeroPadding2D(((0, 1), (2, 3))),
    layers.Cropping2D(((1, 2), (0, 3))),
    layers.UpSampling2D(),
    layers.UpSampling2D((3, 2), interpolation="bilinear"),
    layers.Dense(3),
    layers.Dense(3, "softmax", use_bias=False),
    layers.EinsumDense("abcd,cde->abe", (None, 4)),
]
TRAINING = [
    layers.Dropout(0.3),
    layers.Dropout(0.3, noise_shape=(None, 1, 1, 6), seed=3),
    layers.SpatialDropout2D(0.2),
    layers.GaussianNoise(0.1),
    layers.GaussianDropout(0.1),
    layers.AlphaDropout(0.1),
    layers.ActivityRegularization(l1=0.1),
]
IMAGES = [
    layers.Rescaling(1 / 255),
    layers.Rescaling(1 / 127.5, offset=-1),
    layers.Rescaling([1.0, 2.0, 3.0], offset=[0.0, 1.0, 2.0]),
    layers.Rescaling(np.array([1.0, 2.0, 3.0]), offset=0.5),
    layers.Resizing(5, 7),
    layers.Resizing(5, 7, interpolation="nearest", crop_to_aspect_ratio=True),
    layers.Resizing(5, 7, interpolation="area"),
    layers.Resizing(9, 7, pad_to_aspect_ratio=True, fill_value=0.5),
    layers.CenterCrop(4, 5),
    layers.CenterCrop(12, 5),
    layers.RandomCrop(4, 5, seed=1),
    layers.RandomFlip("horizontal", seed=2),
    layers.RandomRotation(0.1),
    layers.RandomZoom(0.1),
    layers.RandomZoom((0.1, 0.2), 0.2),
    layers.RandomTranslation(0.1, (-0.2, 0.1)),
    layers.RandomContrast(0.1),
    layers.RandomBrightness(0.1),
    layers.RandomShear(0.1, 0.1),
    layers.RandomErasing(),
    layers.RandomGrayscale(),
    layers.RandomHue(0.1),
    layers.RandomSaturation(0.1),
    layers.RandomSharpness(0.1),
    layers.RandomPerspective(),
    layers.RandomPosterization(4),
    layers.RandomColorJitter(brightness_factor=0.1),
    layers.RandomColorDegeneration(0.2),
    layers.RandomGaussianBlur(),
    layers.RandomInvert(),
    layers.RandomElasticTransform(),
    layers.AutoContrast(),
    layers.Solarization(),
]
ON_IMAGES = CONVOLUTIONS + POOLINGS + NORMALIZATIONS + ACTIVATIONS + SHAPES + TRAINING
MERGES = [
    layers.Add(),
    layers.Subtract(),
    layers.Multiply(),
    layers.Average(),
    layers.Maximum(),
    layers.Minimum(),
    layers.Concatenate(),
    layers.Concatenate(axis=1),
    layers.Dot(3),
    layers.Dot((1, 1), normalize=True),
    CustomScaleLayer(0.2),
]
RECURRENT = [
    layers.LSTM(5),
    layers.LSTM(5, return_sequences=True, go_backwards=True, use_bias=False),
    layers.LSTM(5, return_state=True),
    layers.GRU(5, dropout=0.1),
    layers.GRU(5, reset_after=False, return_sequences=True),
    layers.SimpleRNN(5),
    layers.Masking(0.5),
]
OPERATIONS = {
    "numbers": lambda x: 1 - (x / 127.5 - 1) ** 2 * 3 + 0.5,
    "swapped": lambda x: 2.0 / (x + 1),
    "negative": lambda x: -abs(x),
    "constants": lambda x: x * ops.convert_to_tensor([1.0, 2.0, 3.0]) - np.array([1.0, 2, 3]),
    "channels": lambda x: x[..., ::-1] - ops.array([103.9, 116.8, 123.7]),
    "items": lambda x: x[:, 1:-1, 2, :2],
    "items with axes": lambda x: x[:, None, ..., 0],
    "one item": lambda x: x[:, 1],
    "mean": lambda x: ops.mean(x, axis=(1, 2), keepdims=True),
    "max": lambda x: ops.max(x, axis=[1, 2]) + ops.amax(x, axis=(1, 2)) - ops.amin(x, axis=(1, 2)),
    "sum": lambda x: ops.sum(x, axis=-1),
    "std": lambda x: ops.std(x, axis=1) + ops.var(x, axis=1, keepdims=False),
    "min": lambda x: ops.min(x, axis=3) * ops.prod(x, axis=-1),
    "expand": lambda x: ops.squeeze(ops.expand_dims(x, 1), 1),
    "expand twice": lambda x: ops.expand_dims(x, (1, -1)),
    "reshape": lambda x: ops.reshape(x, (-1, 48, 3)),
    "transpose": lambda x: ops.transpose(x, (0, 2, 1, 3)),
    "swapaxes": lambda x: ops.swapaxes(x, 1, 3),
    "concatenate": lambda x: ops.concatenate([x, x * 2], axis=-1),
    "stack": lambda x: ops.stack([x, x], axis=1),
    "stack at the end": lambda x: ops.stack([x, x, x], axis=-1),
    "pad": lambda x: ops.pad(x, [[0, 0], [1, 2], [1, 1], [0, 0]]),
    "pad with": lambda x: ops.pad(x, [[0, 0], [1, 1], [0, 1], [0, 0]], constant_values=1.0),
    "pad mirrored": lambda x: ops.pad(x, [[0, 0], [1, 1], [0, 1], [0, 0]], mode="reflect"),
    "clip": lambda x: ops.clip(x, 0.2, 0.7),
    "comparisons": lambda x: ops.where(
        ops.logical_or(ops.logical_and(x >= 0.2, x < 0.4), ops.logical_not(x <= 0.7)), x, 0.0
    ),
    "equality": lambda x: (
        ops.where(ops.equal(ops.round(x), 0.0), x, -x)
        + ops.where(ops.not_equal(ops.round(x), 0.0), x, 2 * x)
    ),
    "division": lambda x: ops.divide(x, x + 1) + ops.floor_divide(x, 0.3) + ops.mod(x, 0.3),
    "where": lambda x: ops.where(x > 0.5, x, 0.0),
    "repeat": lambda x: ops.repeat(x, 3, axis=-1),
    "tile": lambda x: ops.tile(x, [1, 1, 2, 1]),
    "split": lambda x: ops.split(x, 3, axis=-1)[1] + 1,
    "split at": lambda x: ops.split(x, [1], axis=-1)[1],
    "flip": lambda x: ops.flip(x, axis=2),
    "broadcast": lambda x: ops.broadcast_to(x[:, :1, :1], (1, 5, 5, 3)) * 2,
    "resize": lambda x: ops.image.resize(x, (4, 6)),
    "cast": lambda x: ops.cast(ops.cast(x, "float16"), "float32"),
    "matmul": lambda x: ops.matmul(x, ops.swapaxes(x, 2, 3)),
    "normalize": lambda x: ops.normalize(x, axis=-1),
    "softmax": lambda x: ops.softmax(x, axis=-1) + ops.log_softmax(x),
    "functions": lambda x: ops.exp(ops.log(ops.sqrt(ops.square(x) + 1))) + ops.tanh(x),
    "more functions": lambda x: ops.sin(x) + ops.cos(x) + ops.expm1(x) + ops.log1p(x),
    "steps": lambda x: ops.floor(9 * x) + ops.ceil(x) + ops.sign(x - 0.5) + ops.reciprocal(x + 1),
    "copies": lambda x: ops.copy(x) + ops.stop_gradient(x) + Abs()(x),
    "repeated": lambda x: layers.RepeatVector(4)(ops.mean(x, axis=(1, 2))),
    "nn": lambda x: ops.relu6(x) + ops.silu(x) + ops.gelu(x) + ops.elu(x) + ops.sigmoid(x),
    "more nn": lambda x: ops.leaky_relu(x) + ops.selu(x) + ops.softplus(x) + ops.hard_silu(x),
    "gates": lambda x: ops.relu(x) + ops.celu(x) + ops.hard_sigmoid(x) + ops.log_sigmoid(x),
    "soft": lambda x: ops.softsign(x) + ops.squareplus(x) + ops.sparse_plus(x),
    "shrinking": lambda x: ops.hard_shrink(x) + ops.soft_shrink(x) + ops.tanh_shrink(x),
    "sparse": lambda x: ops.sparse_sigmoid(x) + ops.sparsemax(x) + ops.threshold(x, 0.5, 0.1),
    "activations": lambda x: keras.activations.relu(x, max_value=6) + ops.hard_tanh(x),
    "logsumexp": lambda x: ops.logsumexp(x, axis=-1) + ops.rsqrt(x + 1)[..., 0],
    "round": lambda x: ops.round(x * 10) + ops.maximum(x, 0.5) + ops.minimum(0.5, x),
    "depth to space": lambda x: ops.depth_to_space(ops.repeat(x, 4, axis=-1), 2),
    "image net": lambda x: keras.applications.imagenet_utils.preprocess_input(x, mode="torch"),
    "image net by TensorFlow": lambda x: keras.applications.mobilenet.preprocess_input(x),
    "image net by Caffe": lambda x: keras.applications.vgg16.preprocess_input(x),
}
ATTENTIONS = {
    "heads": lambda x: layers.MultiHeadAttention(2, 3)(x, x),
    "heads by name": lambda x: layers.MultiHeadAttention(2, 3)(query=x, value=x, key=x),
    "heads with options": lambda x: layers.MultiHeadAttention(
        2, 3, value_dim=5, use_bias=False, output_shape=7, dropout=0.1
    )(x, x, x, use_causal_mask=True),
    "gate": lambda x: layers.MultiHeadAttention(2, 3, value_dim=4, use_gate=True)(x, x),
    "attention": lambda x: layers.Attention(use_scale=True)([x, x]),
    "attention by sums": lambda x: layers.Attention(score_mode="concat")([x, x, x]),
    "additive": lambda x: layers.AdditiveAttention()([x, x]),
}


def on_rows(layer: Any) -> Any:
    """A model of one layer along one axis: an image is cut into positions for it."""
    image = keras.Input((4, 6, 6))
    return keras.Model(image, layer(layers.Reshape((24, 6))(image)))


def of_branches(merge: Any) -> Any:
    """A model of one layer that takes two branches."""
    image = keras.Input((6, 6, 4))
    branches = [layers.Conv2D(4, 3, padding="same")(image), layers.ReLU()(image)]
    return keras.Model(image, merge(branches))


def of_operation(name: str) -> Any:
    """A model of one of `OPERATIONS`."""
    image = keras.Input((8, 6, 3))
    return keras.Model(image, OPERATIONS[name](image))


def on_positions(layer: Any) -> Any:
    """A model of what is called on the places of an image, one after the other."""
    image = keras.Input((8, 6, 3))
    return keras.Model(image, layer(layers.Reshape((-1, 6))(layers.Conv2D(6, 3)(image))))


def networks() -> Iterator[Any]:
    """A model for each case."""
    yield from map(on_image, ON_IMAGES)
    yield from (on_image(layer, (8, 10, 3)) for layer in IMAGES)
    yield from map(on_rows, LINES)
    yield from map(of_branches, MERGES)
    yield from map(of_operation, OPERATIONS)
    yield from map(on_positions, [*ATTENTIONS.values(), *RECURRENT])

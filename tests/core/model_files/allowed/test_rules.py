import keras
import numpy as np
import pytest
from keras import layers, ops
from keras.src.applications.inception_resnet_v2 import CustomScaleLayer

from tests.core.model_files.rebuilding import assert_rebuilt, on_image

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


def _name(value):
    return getattr(value, "name", None)


@pytest.mark.parametrize(
    "layer", CONVOLUTIONS + POOLINGS + NORMALIZATIONS + ACTIVATIONS + SHAPES + TRAINING, ids=_name
)
def test_a_layer_on_images_is_rebuilt_as_it_was(layer):
    """Shapes, weights and outputs are those of the layer that was saved."""
    assert_rebuilt(on_image(layer))


@pytest.mark.parametrize("layer", LINES, ids=_name)
def test_a_layer_on_rows_of_an_image_is_rebuilt_as_it_was(layer):
    """A layer along one axis is read where an image was cut into positions."""
    image = keras.Input((4, 6, 6))
    rows = layers.Reshape((24, 6))(image)
    assert_rebuilt(keras.Model(image, layer(rows)))


@pytest.mark.parametrize("layer", IMAGES, ids=_name)
def test_a_layer_that_prepares_images_is_rebuilt_as_it_was(layer):
    """Preparation gives the same values; augmentation gives back what it got."""
    assert_rebuilt(on_image(layer, (8, 10, 3)))


@pytest.mark.parametrize(
    "layer",
    [
        layers.Conv2D(4, 3, strides=2, padding="same"),
        layers.Conv2DTranspose(4, 3, strides=2),
        layers.SeparableConv2D(4, 3),
        layers.MaxPooling2D(),
        layers.GlobalAveragePooling2D(),
        layers.BatchNormalization(),
        layers.PReLU(shared_axes=[1, 2]),
        layers.Flatten(),
        layers.Reshape((-1, 3)),
        layers.ZeroPadding2D(2),
        layers.Cropping2D(2),
        layers.UpSampling2D(),
        layers.Resizing(5, 5),
        layers.GroupNormalization(3),
        layers.AdaptiveAveragePooling2D(2),
        layers.Permute((2, 1, 3)),
    ],
    ids=_name,
)
def test_sides_that_may_vary_stay_unknown(layer):
    """A layer on images of any size has the unknown sides that Keras gives it."""
    assert_rebuilt(on_image(layer, (None, None, 3)))


@pytest.mark.parametrize(
    "merge",
    [
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
    ],
    ids=_name,
)
def test_a_layer_that_merges_is_rebuilt_as_it_was(merge):
    """Two branches come together as they did."""
    image = keras.Input((6, 6, 4))
    branches = [layers.Conv2D(4, 3, padding="same")(image), layers.ReLU()(image)]
    assert_rebuilt(keras.Model(image, merge(branches)))


def test_a_scaled_sum_of_an_application_is_rebuilt_as_it_was():
    """The layer that InceptionResNetV2 defines for itself adds a part of one branch."""
    image = keras.Input((6, 6, 4))
    branches = [image, layers.Conv2D(4, 3, padding="same")(image)]
    assert_rebuilt(keras.Model(image, CustomScaleLayer(0.2)(branches)))


def test_merging_spreads_a_gate_over_an_image():
    """A squeeze-and-excitation gate of one place multiplies all places."""
    image = keras.Input((6, 6, 4))
    gate = layers.Dense(4, "sigmoid")(layers.GlobalAveragePooling2D(keepdims=True)(image))
    flat = layers.Dense(4, "sigmoid")(layers.GlobalAveragePooling2D()(image))
    assert_rebuilt(keras.Model(image, [image * gate, layers.Multiply()([image, gate]), flat]))


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
    "max": lambda x: ops.max(x, axis=[1, 2]),
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
    "nn": lambda x: ops.relu6(x) + ops.silu(x) + ops.gelu(x) + ops.elu(x) + ops.sigmoid(x),
    "more nn": lambda x: ops.leaky_relu(x) + ops.selu(x) + ops.softplus(x) + ops.hard_silu(x),
    "activations": lambda x: keras.activations.relu(x, max_value=6) + ops.hard_tanh(x),
    "logsumexp": lambda x: ops.logsumexp(x, axis=-1) + ops.rsqrt(x + 1)[..., 0],
    "round": lambda x: ops.round(x * 10) + ops.maximum(x, 0.5) + ops.minimum(0.5, x),
    "depth to space": lambda x: ops.depth_to_space(ops.repeat(x, 4, axis=-1), 2),
    "image net": lambda x: keras.applications.imagenet_utils.preprocess_input(x, mode="torch"),
    "image net by TensorFlow": lambda x: keras.applications.mobilenet.preprocess_input(x),
    "image net by Caffe": lambda x: keras.applications.vgg16.preprocess_input(x),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_function_of_tensors_is_rebuilt_as_it_was(name):
    """Arithmetic and `keras.ops` that people write between layers give the same values."""
    image = keras.Input((8, 6, 3))
    result = OPERATIONS[name](image)
    assert_rebuilt(keras.Model(image, result))


def _positions(image):
    return layers.Reshape((-1, 6))(layers.Conv2D(6, 3)(image))


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


@pytest.mark.parametrize("name", ATTENTIONS)
def test_attention_is_rebuilt_as_it_was(name):
    """Attention among the places of an image gives the same values."""
    image = keras.Input((8, 6, 3))
    assert_rebuilt(keras.Model(image, ATTENTIONS[name](_positions(image))))


@pytest.mark.parametrize(
    "layer",
    [
        layers.LSTM(5),
        layers.LSTM(5, return_sequences=True, go_backwards=True, use_bias=False),
        layers.LSTM(5, return_state=True),
        layers.GRU(5, dropout=0.1),
        layers.GRU(5, reset_after=False, return_sequences=True),
        layers.SimpleRNN(5),
    ],
    ids=_name,
)
def test_a_recurrent_layer_over_rows_is_rebuilt_as_it_was(layer):
    """The rows of an image, one after the other, give the same values."""
    image = keras.Input((8, 6, 3))
    assert_rebuilt(keras.Model(image, layer(_positions(image))))

"""The arithmetic of every kind of layer that is told of, held against Keras."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

from cnnviz_core.lab.combining import arithmetic_at
from cnnviz_core.lab.readings import _READINGS
from cnnviz_core.lab.told import RULES
from cnnviz_core.lab.workings import arithmetic, workings
from cnnviz_core.network.wrapping import wrap
from tests.core.lab.units import PHOTO, PUT_TOGETHER, assert_is_own, own, wrapped


def test_what_a_table_promises_is_what_is_told():
    """Pages offer layers by a table without TensorFlow; each of its rows can be computed."""
    assert set(RULES) == set(_READINGS)


sides = st.integers(1, 3)


@settings(max_examples=60)
@given(
    kind=st.sampled_from(["Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Conv2DTranspose"]),
    kernel=st.tuples(sides, sides),
    stride=st.tuples(sides, sides),
    dilation=st.tuples(sides, sides),
    groups=st.sampled_from([1, 2, 4]),
    padding=st.sampled_from(["same", "valid"]),
    activation=st.sampled_from([None, "relu", "tanh"]),
    bias=st.booleans(),
    seed=st.integers(0, 99),
)
def test_convolutions_of_every_kind(
    kind, kernel, stride, dilation, groups, padding, activation, bias, seed
):
    """Kernels of any shape, strides, gaps, groups and padding, with their own activation."""
    one_stride = kind in ("DepthwiseConv2D", "SeparableConv2D")
    stride = (stride[0],) * 2 if one_stride else stride
    dilation = (1, 1) if max(stride) > 1 else dilation  # Keras refuses both together
    options = {} if kind == "DepthwiseConv2D" else {"filters": 4}
    if kind == "Conv2D":
        options["groups"] = groups
    layer = getattr(layers, kind)(
        kernel_size=kernel,
        strides=stride,
        dilation_rate=dilation,
        padding=padding,
        activation=activation,
        use_bias=bias,
        bias_initializer="random_normal",
        name="it",
        **options,
    )
    model = wrapped(layers.Conv2D(4, 1), layer)
    values, chance = own(model, PHOTO), np.random.default_rng(seed)
    for _ in range(4):
        assert_is_own(model, PHOTO, values, model.graph.step("it"), chance)


@settings(max_examples=30)
@given(
    kind=st.sampled_from(["MaxPooling2D", "AveragePooling2D"]),
    size=st.tuples(sides, sides),
    stride=st.none() | st.tuples(sides, sides),
    padding=st.sampled_from(["same", "valid"]),
)
def test_pooling_of_every_size(kind, size, stride, padding):
    """Windows and strides of any shape; a mean does not count padding."""
    layer = getattr(layers, kind)(size, strides=stride, padding=padding, name="it")
    model = wrapped(layer)
    values, chance = own(model, PHOTO), np.random.default_rng(1)
    for _ in range(3):
        assert_is_own(model, PHOTO, values, model.graph.step("it"), chance)


@pytest.mark.parametrize(
    "layer",
    [
        layers.Conv2D(6, 3, groups=3, name="it"),
        layers.Conv2DTranspose(2, 3, strides=2, output_padding=1, name="it"),
        layers.Conv2DTranspose(2, 3, strides=3, padding="same", output_padding=0, name="it"),
        layers.DepthwiseConv2D(3, depth_multiplier=2, name="it"),
        layers.SeparableConv2D(5, 3, depth_multiplier=2, name="it"),
        layers.MaxPooling2D((3, 2), strides=2, padding="same", name="it"),
        layers.AveragePooling2D(3, strides=2, padding="same", name="it"),
        layers.GlobalMaxPooling2D(name="it"),
        layers.GlobalAveragePooling2D(keepdims=True, name="it"),
        layers.Dense(5, activation="sigmoid", name="it"),
        layers.ZeroPadding2D(((1, 2), (0, 3)), name="it"),
        layers.Cropping2D(((1, 2), (0, 3)), name="it"),
        layers.UpSampling2D((2, 3), name="it"),
        layers.Flatten(name="it"),
        layers.Reshape((9, 8, 3), name="it"),
        layers.Rescaling(2.0, offset=-1.0, name="it"),
        layers.LeakyReLU(name="it"),
        layers.ELU(name="it"),
        layers.PReLU("random_normal", shared_axes=[1, 2], name="it"),
        layers.Activation("silu", name="it"),
        layers.Softmax(name="it"),
        layers.BatchNormalization(axis=1, name="it"),
        layers.Softmax(axis=3, name="it"),
        layers.Dropout(0.5, name="it"),
        layers.Conv2D(3, 1, activation=layers.LeakyReLU(), name="it"),
        layers.BatchNormalization(moving_mean_initializer="random_normal", name="it"),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_layers_of_other_kinds(layer):
    """Groups, multipliers, pooling, borders, copies, and what works on each number by itself."""
    model = wrapped(layer)
    values, chance = own(model, PHOTO), np.random.default_rng(6)
    for _ in range(12):
        assert_is_own(model, PHOTO, values, model.graph.step("it"), chance)


@pytest.mark.parametrize("spread", [False, True], ids=["maps", "one number a map"])
@pytest.mark.parametrize("kind", [*PUT_TOGETHER, "concatenate"])
def test_maps_that_are_put_together(kind, spread):
    """Each operand is a term, in its order, and names the layer it came from."""
    keras.utils.set_random_seed(8)
    inputs = keras.Input((6, 7, 3))
    one = layers.Conv2D(4, 3, padding="same", name="one")(inputs)
    two = layers.Conv2D(4, 1, name="two")(inputs)
    if spread and kind != "concatenate":
        two = layers.GlobalAveragePooling2D(keepdims=True, name="mean")(two)
    layer = getattr(layers, kind.capitalize())(name="it")
    model = wrap(keras.Model(inputs, layer([one, two])), name="n", preprocessing="unit")
    values, chance = own(model, PHOTO), np.random.default_rng(6)
    for _ in range(8):
        assert_is_own(model, PHOTO, values, model.graph.step("it"), chance)
    unit = arithmetic(model, PHOTO, "it", 1, 2, 3)
    assert unit.terms[0].source.layer == "one"
    assert unit.terms[0].total == pytest.approx(float(values["one"][2, 3, 1]), rel=1e-5)


def test_operations_are_told_like_layers():
    """Sums, products and means written with Keras's operations, some with a number."""
    keras.utils.set_random_seed(8)
    inputs = keras.Input((6, 7, 3))
    one, two = layers.Conv2D(4, 3, padding="same")(inputs), layers.Conv2D(4, 1)(inputs)
    doubled = keras.ops.add(one, one)
    halved = keras.ops.relu(keras.ops.subtract(1.0, keras.ops.multiply(doubled, 0.5)))
    joined = keras.ops.concatenate([halved, two], axis=-1)
    means = keras.ops.mean(joined, axis=(1, 2)), keras.ops.max(joined, axis=(1, 2))
    outputs = layers.Dense(3)(keras.ops.maximum(*means))
    model = wrap(keras.Model(inputs, outputs), name="n", preprocessing="unit")
    values, chance = own(model, PHOTO), np.random.default_rng(6)
    kinds = set()
    for step in model.graph.steps:
        for _ in range(4):
            assert_is_own(model, PHOTO, values, step, chance)
        kinds.add(step.kind)
    assert {"Add", "Subtract", "Multiply", "Mean", "Max", "Concatenate", "Maximum"} <= kinds
    relu = next(step.name for step in model.graph.steps if step.kind == "Relu")
    followed = workings(model, PHOTO, relu, 1).following
    assert [each.numbers for each in followed] == [{"second": 0.5}, {"first": 1.0}, {}]


def test_a_layer_called_twice_is_told_of_each_call():
    """Weights are shared; what they read is not."""
    inputs = keras.Input((6, 7, 3))
    layer = layers.Conv2D(3, 3, padding="same", name="it")
    model = wrap(keras.Model(inputs, layer(layer(inputs))), name="n", preprocessing="unit")
    values, chance = own(model, PHOTO), np.random.default_rng(6)
    for name in ("it", "it:2"):
        for _ in range(4):
            assert_is_own(model, PHOTO, values, model.graph.step(name), chance)
    assert arithmetic(model, PHOTO, "it:2", 0).terms[0].source.layer == "it"


@pytest.mark.parametrize(
    ("layer", "formula"),
    [
        (layers.Rescaling(2.0, offset=-1.0), lambda x, n: x * n["scale"] + n["offset"]),
        (
            layers.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 4.0, 9.0]),
            lambda x, n: (x - n["mean"]) / np.sqrt(n["variance"]),
        ),
        (layers.ReLU(max_value=0.4), lambda x, n: np.clip(x, n["threshold"], n["max_value"])),
        (layers.LeakyReLU(0.3), lambda x, n: np.where(x < 0, x * n["negative_slope"], x)),
        (
            layers.PReLU("random_normal", shared_axes=[1, 2]),
            lambda x, n: np.where(x < 0, x * n["alpha"], x),
        ),
        (
            layers.BatchNormalization(
                scale=False,
                moving_mean_initializer="random_normal",
                moving_variance_initializer=keras.initializers.RandomUniform(0.5, 2),
            ),
            lambda x, n: (x - n["mean"]) / np.sqrt(n["variance"] + n["epsilon"]) + n["beta"],
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_numbers_of_a_step_make_its_value(layer, formula):
    """What is told of a step gives its value again, from the value before."""
    model = wrapped(layers.Conv2D(3, 3, name="conv"), layer)
    for channel in range(3):
        whole = workings(model, PHOTO, "conv", channel)
        (step,) = whole.following
        expected = formula(whole.totals, step.numbers)
        np.testing.assert_allclose(step.values, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "layer",
    [layers.BatchNormalization(axis=1), layers.PReLU("random_normal", shared_axes=[3])],
    ids=lambda layer: type(layer).__name__,
)
def test_numbers_that_are_not_the_channels_are_left_out(layer):
    """A normalization of rows has no mean of a channel."""
    model = wrapped(layers.Conv2D(6, 3, name="conv"), layer, size=(8, 5))
    (step,) = workings(model, PHOTO, "conv", 1).following
    assert set(step.numbers) <= {"epsilon"}


def test_only_the_place_of_the_largest_wins():
    """Max pooling names the winner; padding never is one."""
    model = wrapped(layers.MaxPooling2D(3, strides=3, padding="same", name="it"))
    values = own(model, PHOTO)
    entry = values[model.graph.steps[0].name][..., 1]
    whole = workings(model, PHOTO, "it", 1)
    for y, x in np.ndindex(whole.values.shape):
        unit = arithmetic_at(whole, y, x)
        i, j = unit.winner
        assert not unit.padded[i, j]
        assert entry[unit.rows[i], unit.columns[j]] == unit.value

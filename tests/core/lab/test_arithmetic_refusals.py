"""What is refused of a unit's arithmetic, each with its reason, and what rounds too much."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import cnnviz_core as cnnviz
from cnnviz_core.errors import ArchitectureError, LayerNotFoundError, NotSpatialError, OptionError
from cnnviz_core.lab import workings as module
from cnnviz_core.lab.told import told_layers
from cnnviz_core.lab.workings import _allowed, arithmetic, workings
from cnnviz_core.network.wrapping import wrap
from tests.core import builds, networks
from tests.core.lab.units import PHOTO, own, wrapped


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (layers.LayerNormalization(name="it"), "is a LayerNormalization: it mixes numbers"),
        (layers.Permute((2, 1, 3), name="it"), "is a Permute"),
        (layers.UpSampling2D(2, interpolation="bilinear", name="it"), "blends cells"),
        (layers.Reshape((8, 9, 3), name="it"), "in another order"),
        (layers.Softmax(axis=1, name="it"), "is a Softmax"),
        (
            layers.ZeroPadding2D(1, data_format="channels_first", name="it"),
            "has its channels first",
        ),
        (layers.GroupNormalization(1, name="it"), "is a GroupNormalization"),
        (layers.Resizing(4, 4, name="it"), "is a Resizing"),
        (layers.Concatenate(axis=1, name="it"), "side by side"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_told_is_refused_with_its_reason(layer, reason):
    """No number is shown that might be another than the network's."""
    joins = isinstance(layer, layers.Concatenate)
    model = wrapped(lambda maps: layer([maps, maps] if joins else maps))
    with pytest.raises(ArchitectureError, match=reason):
        workings(model, PHOTO, "it", 0)


def test_what_follows_an_unknown_layer_begins_there():
    """An activation after a layer that is not told is told from what that gives."""
    model = wrapped(layers.LayerNormalization(name="norm"), layers.ReLU(name="it"))
    unit = arithmetic(model, PHOTO, "it", 1, 2, 2)
    assert (unit.by, unit.rule) == ("norm", "pass")
    assert unit.value == max(unit.total, 0)


class Doubled(layers.Conv2D):
    """Says it is a convolution, and gives twice that."""

    def call(self, inputs):
        """Not what its weights say."""
        return 2 * super().call(inputs)


Doubled.__name__ = "Conv2D"


def test_a_layer_that_gives_other_numbers_than_it_says_is_refused():
    """What is shown was held against the network."""
    with pytest.raises(ArchitectureError, match="other numbers than its weights"):
        workings(wrapped(Doubled(2, 3, name="it")), PHOTO, "it", 0)


def test_places_and_channels_that_are_not_there_are_refused(photo):
    """Each with what was expected."""
    model = wrap(networks.conv_mean_dense(), name="flat", preprocessing="unit")
    with pytest.raises(OptionError, match="channel=8"):
        workings(model, photo, "conv1", 8)
    with pytest.raises(OptionError, match=r"x=16 .* 0 to 15"):
        arithmetic(model, photo, "conv1", 0, 3, 16)
    with pytest.raises(LayerNotFoundError):
        workings(model, photo, "nowhere", 0)


def test_neither_maps_nor_a_list_is_refused():
    """Tokens are no picture."""
    model = wrapped(layers.Reshape((72, 3)), layers.Dense(2, name="it"))
    with pytest.raises(NotSpatialError, match="neither maps nor a list"):
        workings(model, PHOTO, "it", 0)


def test_means_over_other_axes_are_refused():
    """Of the operation only the one over height and width is told."""
    inputs = keras.Input((6, 7, 3))
    network = keras.Model(inputs, keras.ops.mean(inputs, axis=(1, 3)))
    model = wrap(network, name="n", preprocessing="unit")
    with pytest.raises(ArchitectureError, match="other axes together than height and width"):
        workings(model, PHOTO, model.graph.steps[-1].name, 0)


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        (keras.ops.multiply, "is a Multiply: it gives other numbers"),
        (keras.ops.add, "is an Add: it gives fewer channels than it says"),  # a bias to Keras
    ],
    ids=["product", "sum"],
)
def test_an_array_that_spreads_a_map_is_refused(operation, reason):
    """One map becomes four: no step on each number by itself, and nothing put together."""
    inputs = keras.Input((6, 7, 3))
    one = layers.Conv2D(1, 3)(inputs)
    spread = operation(one, np.arange(4, dtype=np.float32)[None, None, None])
    model = wrap(keras.Model(inputs, spread), name="n", preprocessing="unit")
    with pytest.raises(ArchitectureError, match=reason):
        workings(model, PHOTO, model.graph.steps[-1].name, 3)


def test_one_of_several_results_is_refused():
    """A map must be a layer's own, to be asked about in turn."""
    inputs = keras.Input((6, 8, 3))
    _, right = keras.ops.split(inputs, 2, axis=2)
    model = wrap(
        keras.Model(inputs, layers.Conv2D(2, 3, name="it")(right)), name="n", preprocessing="unit"
    )
    with pytest.raises(ArchitectureError, match="one of several results"):
        workings(model, PHOTO, "it", 0)


def test_numbers_beside_the_photo_are_no_photo(photo):
    """Another input is held at one value; there is nothing to walk down to."""
    build = builds.image_and_vector()
    model = wrap(build.network, name="n", preprocessing="unit", **build.options)
    with pytest.raises(ArchitectureError, match="held at one value"):
        workings(model, photo, "vector", 0)
    described = cnnviz.structure(model)
    assert set(told_layers(described)) == {each.name for each in described.layers} - {"vector"}


def test_a_value_that_is_no_number_is_refused():
    """No sum comes to infinity."""
    layer = layers.Conv2D(2, 3, name="it")
    model = wrapped(layer)
    layer.kernel.assign(np.full(layer.kernel.shape, 3e38))
    with pytest.raises(ArchitectureError, match="other numbers than its weights"):
        workings(model, PHOTO, "it", 0)


def test_a_step_that_is_infinite_is_refused():
    """Though the sum before it is a number."""
    inputs = keras.Input((9, 8, 3))
    blank = layers.Conv2D(2, 3, kernel_initializer="zeros", name="it")(inputs)
    logs = keras.ops.log(blank)
    model = wrap(
        keras.Model(inputs, keras.ops.exp(logs)), name="n", preprocessing="unit", classes=False
    )
    with pytest.raises(ArchitectureError, match="no finite number"):
        workings(model, PHOTO, "it", 0)


def test_long_rows_of_steps_are_bounded():
    """Behind the layer some are told; a layer too far behind its window is refused."""
    steps = [layers.ReLU(name=f"relu{number}") for number in range(70)]
    model = wrapped(layers.Conv2D(2, 3, name="it"), *steps)
    assert len(workings(model, PHOTO, "it", 0).following) == 8
    assert len(workings(model, PHOTO, "relu50", 0).following) == 51 + 8
    with pytest.raises(ArchitectureError, match="more than 64 steps"):
        workings(model, PHOTO, "relu69", 0)


def test_more_maps_than_can_be_told_are_not_put_together(monkeypatch):
    """None of them could be left out."""
    monkeypatch.setattr(module, "MOST_MERGED", 1000)
    inputs = keras.Input((9, 8, 3))
    both = layers.Add(name="it")([layers.ReLU()(inputs)] * 5)
    model = wrap(keras.Model(inputs, both), name="n", preprocessing="unit", classes=False)
    with pytest.raises(ArchitectureError, match="puts more numbers together"):
        workings(model, PHOTO, "it", 0)


def test_layers_that_are_never_told_are_not_offered():
    """What a page leaves out is what would be refused."""
    stack = [
        layers.Conv2D(4, 3, name="conv"),
        layers.LayerNormalization(name="norm"),
        layers.ReLU(name="relu"),
        layers.Permute((2, 1, 3), name="turn"),
        layers.Reshape((42, 4), name="tokens"),
        layers.Dense(2, name="of_tokens"),
        layers.Flatten(name="list"),
    ]
    model = wrapped(*stack)
    offered = told_layers(cnnviz.structure(model))
    assert offered[1:] == ("conv", "relu")
    for step in model.graph.steps:
        if step.name in offered:
            assert workings(model, PHOTO, step.name, 0).layer == step.name
        else:
            with pytest.raises((ArchitectureError, NotSpatialError)):
                workings(model, PHOTO, step.name, 0)


def test_half_precision_is_told_within_its_own_rounding(photo):
    """The sum of a network that computes in sixteen bits is near, and its value is its own."""
    model = wrap(builds.mixed_precision().network, name="half", preprocessing="unit")
    values = own(model, photo)
    for step in model.graph.steps:
        unit = arithmetic(model, photo, step.name, 0)
        assert unit.value == values[step.name][0, 0, 0]
        products = sum(np.abs(term.products).sum() for term in unit.terms)
        total = sum(term.total for term in unit.terms) + (unit.bias or 0.0)
        assert abs(total - unit.total) <= 1e-2 * abs(unit.total) + 2e-3 * products


@pytest.mark.parametrize(
    ("dtype", "device", "rounds_products", "floor"),
    [
        (tf.float32, "CPU:0", True, 1e-6),
        (tf.float32, "GPU:0", True, 1e-3),
        (tf.float32, "GPU:0", False, 1e-6),
        (tf.float16, "GPU:0", True, 2e-3),
    ],
)
def test_a_sum_is_held_to_what_the_network_computes_with(
    dtype, device, rounds_products, floor, monkeypatch
):
    """Only where numbers are rounded more may the sum by hand be further off."""
    settings = tf.config.experimental
    monkeypatch.setattr(settings, "tensor_float_32_execution_enabled", lambda: rounds_products)
    output = SimpleNamespace(dtype=dtype, device=f"/job:localhost/device:{device}")
    assert _allowed(output)["floor"] == floor

"""Gradient ascent: that it rises, what it leaves alone, and its twins."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from cnnviz_core import Channel, ClassLogit, Neuron, maximize
from cnnviz_core.maximization.climbing import Climb
from cnnviz_core.maximization.compiled import CompiledAscent, Plan, tables
from cnnviz_core.maximization.objectives import goal_of
from cnnviz_core.network.wrapping import wrap
from cnnviz_core.progress import without_previews
from tests.core import networks
from tests.core.replicas import replica_of


@pytest.fixture(scope="module")
def model():
    """A small classifier with pixels from -1 to 1."""
    return wrap(networks.conv_mean_dense(), name="flat", preprocessing="tf")


def values_and_gradients(model, objectives, images):
    """Objective values on images with their gradients, through the compiled code's own reading."""
    goals = [goal_of(model, objective) for objective in objectives]
    sites = tuple(sorted({site for goal in goals for site in goal.sites}, key=str))
    plan = Plan(sites, model.input_size, model.channels, model.preprocessing, "best")
    compiled = CompiledAscent(model.parts, plan)
    images = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(images)
        values = compiled.values(images, tables(goals, sites))
    return values.numpy(), tape.gradient(values, images).numpy()


def test_difference_of_objectives_has_the_difference_of_gradients(model):
    """A - B rises where A rises and B falls: value and gradient are linear."""
    a, b = Channel("conv2", 1), ClassLogit(2)
    image = np.random.default_rng(0).random((1, 32, 32, 3), np.float32)
    value_a, gradient_a = values_and_gradients(model, [a], image)
    value_b, gradient_b = values_and_gradients(model, [b], image)
    for objective, sign in ((a - b, -1), (a + b, 1)):
        value, gradient = values_and_gradients(model, [objective], image)
        np.testing.assert_allclose(value, value_a + sign * value_b, rtol=1e-5)
        np.testing.assert_allclose(gradient, gradient_a + sign * gradient_b, rtol=1e-4, atol=1e-7)


def test_maximizing_a_difference_raises_one_and_lowers_the_other(model):
    """Reached (A - B) is reached A minus reached B on the same image, above either's sacrifice."""
    a, b = ClassLogit(0), ClassLogit(1)
    patterns = maximize(model, a - b, steps=24)
    image = patterns.images
    (value_a,), _ = values_and_gradients(model, [a], image)
    (value_b,), _ = values_and_gradients(model, [b], image)
    assert patterns.reached[0] == pytest.approx(value_a - value_b, rel=1e-4)
    together = maximize(model, a + b, steps=24)
    both, _ = values_and_gradients(model, [a - b], together.images)
    assert patterns.reached[0] > max(4 * patterns.history[0, 0], both[0])


def test_reached_is_what_the_network_says_of_the_image(model):
    """Image to pixels, preprocessing, plain network: the same number."""
    patterns = maximize(model, [Channel("conv2", 3), Neuron("conv2", 3, 4, 5)], steps=8)
    inner = keras.Model(model.network.input, model.network.get_layer("conv2").output)
    maps = inner(255 * patterns.images / 127.5 - 1).numpy()
    expected = [maps[0, ..., 3].mean(), maps[1, 4, 5, 3]]
    np.testing.assert_allclose(patterns.reached, expected, rtol=1e-4)


def test_rises_far_above_noise(model):
    """Every channel ends above its start and above 200 random images."""
    objectives = [Channel("conv2", index) for index in range(6)]
    random = np.random.default_rng(3).random((200, 32, 32, 3), np.float32)
    patterns = maximize(model, objectives, steps=48)
    for number, objective in enumerate(objectives):
        noise, _ = values_and_gradients(model, [objective] * 200, random)
        assert patterns.reached[number] > 1.4 * noise.max()
        assert patterns.reached[number] > 10 * patterns.start[number]


@pytest.mark.parametrize("preset", ["best", "maco", "lecture"])
def test_same_seed_same_picture_and_weights_stay(model, weights_hash, preset):
    """Bitwise the same twice, another with another seed; the network is as it was."""
    before = weights_hash(model.network)
    first, again, other = (
        maximize(model, Channel("conv2", 0), steps=6, preset=preset, seed=seed)
        for seed in (5, 5, 6)
    )
    assert first.images.tobytes() == again.images.tobytes()
    assert first.history.tobytes() == again.history.tobytes()
    assert not np.allclose(first.images, other.images, atol=0.01)
    assert weights_hash(model.network) == before


def test_alone_equals_in_a_batch(model):
    """A picture does not depend on what else is asked for, in whatever order."""
    objective_asked = Channel("conv2", 4)
    others = [Channel("conv1", 0), Channel("conv2", 2), Neuron("conv2", 0, 1, 1), objective_asked]
    alone = maximize(model, objective_asked, steps=20)
    among = maximize(model, [*others, ClassLogit(1)], steps=20)
    np.testing.assert_allclose(among.images[3], alone.images[0], atol=1e-4)
    np.testing.assert_allclose(among.reached[3], alone.reached[0], rtol=1e-4)


def test_another_channel_traces_nothing_anew(model, monkeypatch):
    """Channel and class come in as tensors; a second request finds what the first built."""
    maximize(model, [Channel("conv1", 0)], steps=1)
    monkeypatch.setattr(model.parts, "trace", None)
    other = [Channel("conv1", 5), Channel("conv1", 2) - Channel("conv1", 1)]
    assert np.isfinite(maximize(model, other, steps=1).reached).all()


def test_stop_returns_what_there_is(model, monkeypatch):
    """Returning False ends at once; finished, begun and waiting images are all there."""
    monkeypatch.setattr("cnnviz_core.maximization.climbing._TELL_SECONDS", 0)
    calls = []

    def stop(step, total, preview):
        calls.append((step, total, preview))
        return False

    patterns = maximize(model, [Channel("conv2", 0), ClassLogit(0)], steps=12, on_step=stop)
    assert [(step, total) for step, total, _ in calls] == [(1, 24)]
    assert patterns.history.shape == (1, 2)
    assert np.isfinite(patterns.history[:, 0]).all()
    assert np.isnan(patterns.history[:, 1]).all()
    assert np.isfinite(patterns.reached[0])
    assert np.isnan(patterns.reached[1])
    assert np.isnan(calls[0][2].reached[1])


def test_progress_rises_to_the_total(model, monkeypatch):
    """Steps are counted over all batches; previews hold every objective."""
    monkeypatch.setattr("cnnviz_core.maximization.climbing._TELL_SECONDS", 0)
    steps_seen = []
    objectives = [Channel("conv2", 0), ClassLogit(0), Channel("conv2", 1)]
    patterns = maximize(
        model,
        objectives,
        steps=10,
        on_step=lambda step, total, now: steps_seen.append((step, total, now)),
    )
    steps = [step for step, _, _ in steps_seen]
    assert steps == list(range(1, 21))
    assert {total for _, total, _ in steps_seen} == {20}
    assert all(now.images.shape == (3, 32, 32, 3) for _, _, now in steps_seen)
    np.testing.assert_array_equal(steps_seen[-1][2].images, patterns.images)
    assert 0 <= patterns.images.min() <= patterns.images.max() <= 1


@pytest.mark.parametrize("on_step", [None, without_previews(lambda *_: True)])
def test_pictures_nobody_looks_at_are_not_drawn(model, monkeypatch, on_step):
    """Without a listener who wants them, images are drawn at the start and once a stage."""
    monkeypatch.setattr("cnnviz_core.maximization.climbing._TELL_SECONDS", 0)
    drawn, draw = [], Climb._draw

    def noted(climb, batch, part, parameters):
        drawn.append(part.offset)
        draw(climb, batch, part, parameters)

    monkeypatch.setattr(Climb, "_draw", noted)
    patterns = maximize(model, Channel("conv2", 0), steps=12, on_step=on_step)
    assert len(patterns.history) == 12
    assert len(drawn) == 1 + len(set(drawn))


def test_pattern_of_one_linear_filter_is_the_filter():
    """What raises a convolution's mean most is its kernel: seen at its best neuron."""
    kernel = np.zeros((5, 5, 3, 1), np.float32)
    kernel[:, :2], kernel[:, 3:] = [[1], [-0.5], [0.2]], [[-1], [0.5], [-0.2]]
    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(1, 5, use_bias=False, name="filter")(inputs)
    network = keras.Model(inputs, layers.Dense(2)(layers.Flatten()(x)))
    network.get_layer("filter").set_weights([kernel])
    patterns = maximize(
        wrap(network, name="linear", preprocessing="tf"), Neuron("filter", 0, 14, 14), steps=64
    )
    tile = patterns.images[0, 14:19, 14:19] - 0.5
    assert np.corrcoef(tile.ravel(), kernel[..., 0].ravel())[0, 1] > 0.5
    assert patterns.reached[0] > 0.5 * np.abs(kernel).sum()


def dead_network(where):
    """Two ReLUs that are silent for every image near grey, in one of four spellings."""
    inputs = keras.Input((32, 32, 3))
    x = inputs
    for number in (1, 2):
        activation = {"inside": "relu", "inside6": "relu6"}.get(where)
        bias = keras.initializers.Constant(-0.2)
        x = layers.Conv2D(4, 3, activation=activation, bias_initializer=bias, name=f"conv{number}")(
            x
        )
        if where == "layer":
            x = layers.ReLU(6.0, name=f"relu{number}")(x)
        if where == "activation":
            x = layers.Activation("relu", name=f"relu{number}")(x)
    layer = "conv2" if "inside" in where else "relu2"
    return networks_head(inputs, x), layer


def networks_head(inputs, x):
    """Close a chain as a classifier."""
    return keras.Model(inputs, layers.Dense(2, name="out")(layers.GlobalAveragePooling2D()(x)))


@pytest.mark.parametrize("where", ["inside", "inside6", "layer", "activation", "nested"])
def test_dead_start_recovers_through_lenient_steps(where, monkeypatch):
    """A channel that is silent at the start wakes up, and would not without lenient steps."""
    keras.utils.set_random_seed(2)
    if where == "nested":
        flat, layer = dead_network("inside")
        network, layer = networks.nested_twin(flat, "conv2"), "base/conv2"
    else:
        network, layer = dead_network(where)
    model = wrap(network, name="dead", preprocessing="tf")
    patterns = maximize(model, Channel(layer, 0), steps=24)
    assert patterns.history[0, 0] == 0
    assert patterns.reached[0] > 0.1
    monkeypatch.setattr("cnnviz_core.maximization.climbing._LENIENT_STEPS", 0)
    stuck = maximize(model, Channel(layer, 0), steps=24)
    assert stuck.reached[0] == 0


def test_nested_model_equals_its_flat_twin():
    """The same weights one level down give the same picture."""
    flat = networks.residual()
    nested = networks.nested_twin(flat, "block_relu")
    (of_flat, of_nested) = (
        maximize(wrap(network, name="twin"), [ClassLogit(1)], steps=12)
        for network in (flat, nested)
    )
    np.testing.assert_allclose(of_flat.images, of_nested.images, atol=1e-4)
    np.testing.assert_allclose(of_flat.reached, of_nested.reached, rtol=1e-4)


def test_binary_head_has_two_opposite_classes():
    """Class 0 of a single sigmoid is the logit's sign flipped."""
    model = wrap(networks.binary(), name="binary")
    patterns = maximize(model, [ClassLogit(0), ClassLogit(1)], steps=16)
    before = keras.Model(model.network.input, model.network.get_layer("flatten").output)
    output = model.network.get_layer("output")
    logits = np.asarray(before(255 * patterns.images) @ output.kernel + output.bias)[:, 0]
    np.testing.assert_allclose(patterns.reached, logits * [-1, 1], rtol=1e-3)
    assert patterns.reached.min() > patterns.history[0].max()


@pytest.mark.parametrize("preset", ["best", "maco", "lecture"])
def test_one_channel_network_gives_grey_pictures(preset):
    """Grey in, grey out, as RGB."""
    inputs = keras.Input((28, 28, 1))
    x = layers.Conv2D(4, 3, activation="relu", name="conv")(inputs)
    model = wrap(networks_head(inputs, x), name="grey", preprocessing="unit")
    patterns = maximize(model, Channel("conv", 0), steps=6, preset=preset)
    assert patterns.images.shape == (1, 28, 28, 3)
    assert np.ptp(patterns.images, axis=-1).max() == 0
    maps = keras.Model(inputs, x)(patterns.images[..., :1]).numpy()
    np.testing.assert_allclose(patterns.reached[0], maps[..., 0].mean(), rtol=1e-4)


def test_layers_with_maps_are_seen_at_any_size():
    """A network of fixed input size shows its layers at others, and refuses what cannot be."""
    model = wrap(networks.residual(), name="residual")
    patterns = maximize(model, Channel("block_relu", 0), steps=6, size=48)
    assert patterns.images.shape == (1, 48, 48, 3)
    assert patterns.reached[0] > 0


@replica_of("maximize")
def slow_lecture(network, layer, index, start, steps):
    """Keras's example line by line: one filter, one image, values from -1 to 1, rate 10."""
    extractor = keras.Model(network.input, network.get_layer(layer).output)
    image = tf.constant(start / 127.5 - 1)
    for _ in range(steps):
        with tf.GradientTape() as tape:
            tape.watch(image)
            loss = tf.reduce_mean(extractor(image)[:, 2:-2, 2:-2, index])
        gradient = tape.gradient(loss, image).numpy()
        image = image + 10.0 * gradient / np.sqrt((gradient**2).sum())
    values = (image.numpy()[0] + 1) * 127.5
    values = (values - values.mean()) / values.std() * 64 + 128
    return np.clip(values, 0, 255) / 255


def test_lecture_preset_equals_the_example_written_out(model, monkeypatch):
    """From the same start the same picture."""
    start = np.random.default_rng(0).uniform(118, 138, (1, 32, 32, 3)).astype(np.float32)
    monkeypatch.setattr("cnnviz_core.maximization.recipes.Lecture.start", lambda *_: start[0])
    patterns = maximize(model, Channel("conv2", 2), steps=4, preset="lecture")
    expected = slow_lecture(model.network, "conv2", 2, start, 4)
    np.testing.assert_allclose(patterns.images[0], expected, atol=1e-3 + 0.5 / 255)

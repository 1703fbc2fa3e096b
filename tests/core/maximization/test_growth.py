"""How pictures grow: sizes, settling, frames, faces, networks of many channels, dreams."""

import hashlib

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from cnnviz_core import Channel, ClassLogit, Layer, Neuron, deep_dream, maximize
from cnnviz_core.errors import OptionError
from cnnviz_core.looking.feature_maps import activations
from cnnviz_core.maximization import transforms
from cnnviz_core.maximization.compiled import Plan
from cnnviz_core.maximization.measuring import measured
from cnnviz_core.maximization.objectives import goal_of
from cnnviz_core.maximization.recipes import Best
from cnnviz_core.maximization.schedule import smoothing
from cnnviz_core.network.wrapping import wrap
from cnnviz_core.zoo.loading import load_model
from tests.core import networks


@pytest.fixture(scope="module")
def model():
    """A small classifier of 64 x 64 pixels, whose layers are seen at half the size as well."""
    keras.utils.set_random_seed(1)
    inputs = keras.Input((64, 64, 3))
    x = layers.Conv2D(8, 5, strides=2, activation="relu", name="conv1")(inputs)
    x = layers.Conv2D(8, 5, activation="relu", name="conv2")(x)
    outputs = layers.Dense(3, name="out")(layers.GlobalAveragePooling2D()(x))
    return wrap(keras.Model(inputs, outputs), name="sizes", preprocessing="unit")


@pytest.fixture(scope="module")
def dreamer():
    """The bundled network of shapes."""
    return load_model("shapes")


def test_begins_at_half_the_size_and_repeats_it(model):
    """The first frame is one tile four times; the last one is not, and reaches more."""
    patterns = maximize(model, Channel("conv2", 1), frames=28)
    first, last = patterns.frames[0, 0], patterns.frames[-1, 0]
    for rows in (slice(0, 32), slice(32, 64)):
        for columns in (slice(0, 32), slice(32, 64)):
            np.testing.assert_array_equal(first[rows, columns], first[:32, :32])
    assert not np.array_equal(last[:32], last[32:])
    values = measured(model, [Channel("conv2", 1)] * 2, patterns.frames[[0, -1], 0] / 255)
    assert values[1] > values[0]


@pytest.mark.parametrize("objective", [Neuron("conv2", 1, 3, 4), ClassLogit(1)])
def test_what_has_a_place_is_grown_at_full_size(model, objective):
    """A tile repeated would put the place anywhere: it is not done."""
    first = maximize(model, objective, frames=28).frames[0, 0]
    assert not np.array_equal(first[:32], first[32:])


def test_pictures_are_in_the_levels_of_a_file_and_measured_so(model):
    """What `reached` says is true of the 8-bit picture."""
    patterns = maximize(model, [Channel("conv1", 0), ClassLogit(2)], steps=6, frames=2)
    levels = 255 * patterns.images
    np.testing.assert_allclose(levels, np.round(levels), atol=1e-4)
    np.testing.assert_array_equal(np.round(levels).astype(np.uint8), patterns.frames[-1])
    again = measured(model, [Channel("conv1", 0), ClassLogit(2)], patterns.frames[-1] / 255)
    np.testing.assert_allclose(patterns.reached, again, rtol=1e-5)


def test_settled_images_take_no_more_steps(model):
    """A long ascent ends early; its history ends there too, with no hole in it."""
    patterns = maximize(model, [Channel("conv1", index) for index in range(4)], steps=400)
    ended = np.isnan(patterns.history)
    assert len(patterns.history) < 300
    for column in range(4):
        steps = int((~ended[:, column]).sum())
        assert not ended[:steps, column].any()
    short = maximize(model, Channel("conv1", 0), steps=28)
    assert patterns.reached[0] > 0.97 * short.reached[0]


def test_frames_are_spread_over_the_whole_ascent(model):
    """As many as were asked for, whatever the steps; the last one is the picture."""
    for steps, frames in ((3, 7), (28, 5)):
        patterns = maximize(model, Channel("conv2", 0), steps=steps, frames=frames)
        assert patterns.frames.shape == (frames, 1, 64, 64, 3)
        assert patterns.frames.dtype == np.uint8
        np.testing.assert_array_equal(patterns.frames[-1], np.round(255 * patterns.images))
    assert len({frame.tobytes() for frame in patterns.frames}) == 5
    assert maximize(model, Channel("conv2", 0), steps=3).frames is None


def test_frames_are_what_a_shorter_look_saw(model, monkeypatch):
    """Frame k is the picture after its step, whether or not anyone looked just then."""
    monkeypatch.setattr("cnnviz_core.maximization.climbing._TELL_SECONDS", 0)
    images = {}

    def look(step, total, preview):
        images[step] = preview.images[0]

    maximize(model, Channel("conv2", 2), steps=20, on_step=look)
    monkeypatch.setattr("cnnviz_core.maximization.climbing._TELL_SECONDS", 1e9)
    patterns = maximize(model, Channel("conv2", 2), steps=20, frames=5)
    for number, step in enumerate((4, 8, 12, 16, 20)):
        expected = np.round(255 * images[step]).astype(np.uint8)
        np.testing.assert_array_equal(patterns.frames[number, 0], expected)


def test_frames_of_what_never_began_are_its_start(model):
    """After a stop at once the last frame is the picture all the same."""
    goals = [Channel("conv2", 0), ClassLogit(0)]
    patterns = maximize(model, goals, frames=3, on_step=lambda *_: False)
    np.testing.assert_array_equal(patterns.frames[-1], np.round(255 * patterns.images))
    assert np.isnan(patterns.reached[1])
    assert np.isnan(patterns.start[1])
    np.testing.assert_array_equal(patterns.frames[0, 1], patterns.frames[-1, 1])


def test_only_the_first_steps_are_lenient(model, monkeypatch):
    """From the seventeenth step on the gradient is the network's own."""
    lenient = []
    stepped = Best.stepped

    def noted(self, state, gradient, move):
        lenient.append(bool(move.lenient))
        return stepped(self, state, gradient, move)

    monkeypatch.setattr(Best, "stepped", noted)
    tf.config.run_functions_eagerly(True)
    try:
        maximize(model, ClassLogit(0), steps=20)
    finally:
        tf.config.run_functions_eagerly(False)
    assert len(lenient) > 17
    assert lenient == [True] * 16 + [False] * (len(lenient) - 16)


def test_history_of_maco_is_the_mean_of_what_the_crops_see(model):
    """The first value is that of the start, seen through its four crops."""
    patterns = maximize(model, Channel("conv2", 1), preset="maco", steps=1, seed=3)
    sides = np.linspace(0.9, 0.4, 1).astype(np.float32)
    boxes = transforms.draw_crops(sides, 4, 3)[0]
    goal = goal_of(model, Channel("conv2", 1))
    plan = Plan(goal.sites, model.input_size, 3, "unit", "maco")
    named = repr((3, goal.terms, 0, 0))
    random = np.random.default_rng(int.from_bytes(hashlib.sha256(named.encode()).digest()))
    recipe = plan.recipe
    image = recipe.images(tf.constant(recipe.start(random, 1.0)[None]))
    crops = recipe.seen(image, tf.constant(boxes)).numpy()
    values = measured(model, [Channel("conv2", 1)] * 4, crops)
    assert patterns.history[0, 0] == pytest.approx(values.mean(), rel=1e-4)


def test_half_precision_climbs_as_far():
    """Small gradients are not lost in float16: the picture is that of float32."""
    by_policy = []
    for policy in ("float32", "mixed_float16"):
        keras.utils.set_random_seed(4)
        x = inputs = keras.Input((32, 32, 3))
        for number in range(6):
            x = layers.Conv2D(
                8,
                3,
                padding="same",
                activation="relu",
                dtype=policy,
                kernel_initializer=keras.initializers.RandomNormal(stddev=0.03),
                name=f"conv{number}",  # the same in both networks, and with it the start
            )(x)
        outputs = layers.Dense(2, dtype="float32")(layers.GlobalAveragePooling2D()(x))
        model = wrap(keras.Model(inputs, outputs), name="half", preprocessing="raw")
        # Channel 1 is dead at the start, where a rounding decides which way it comes to life.
        by_policy.append(
            maximize(model, [Channel("conv5", index) for index in (0, 2, 3)], steps=20)
        )
    whole, half = by_policy
    np.testing.assert_allclose(half.start, whole.start, rtol=2e-3)
    np.testing.assert_allclose(half.reached, whole.reached, rtol=5e-3)
    assert (whole.reached > 3 * whole.start).all()
    for half_image, whole_image in zip(half.images, whole.images, strict=True):
        assert np.corrcoef(half_image.ravel(), whole_image.ravel())[0, 1] > 0.999


def test_start_and_alive_tell_a_picture_from_noise(model):
    """A channel that nothing moves is said to be so; the others rose above their start."""
    weights = [array.copy() for array in model.network.get_layer("conv2").get_weights()]
    weights[0][..., 2], weights[1][2] = 0, -1
    twin = keras.models.clone_model(model.network)
    twin.set_weights(model.network.get_weights())
    twin.get_layer("conv2").set_weights(weights)
    patterns = maximize(wrap(twin, name="dead"), [Channel("conv2", 2), Channel("conv2", 3)])
    assert patterns.alive.tolist() == [False, True]
    assert patterns.reached[0] == patterns.start[0] == 0
    assert patterns.reached[1] > 0


def test_faces_differ_more_than_seeds_do(dreamer):
    """Kept apart, pictures of one class are less alike to a layer than those of other seeds."""
    target, layer = ClassLogit("star"), dreamer.default_layer
    faces = maximize(dreamer, target, faces=3, seed=0)
    seeds = [maximize(dreamer, target, seed=seed).images[0] for seed in range(3)]
    assert [name[-6:] for name in faces.names] == ["face 1", "face 2", "face 3"]

    def likeness(images):
        pictures = [np.uint8(np.round(255 * image)) for image in images]
        maps = [activations(dreamer, picture, [layer])[layer] for picture in pictures]
        grams = [np.einsum("hwc,hwd->cd", layer_map, layer_map).ravel() for layer_map in maps]
        unit = [gram / np.linalg.norm(gram) for gram in grams]
        return np.mean([unit[0] @ unit[1], unit[0] @ unit[2], unit[1] @ unit[2]])

    assert likeness(faces.images) < likeness(seeds) - 0.05
    assert faces.alive.all()


def test_faces_of_one_objective_ignore_other_objectives(model):
    """Groups in one batch keep apart among themselves alone."""
    alone = maximize(model, Channel("conv2", 5), faces=2, steps=8)
    among = maximize(model, [Channel("conv2", 0), Channel("conv2", 5)], faces=2, steps=8)
    np.testing.assert_allclose(among.images[2:], alone.images, atol=2 / 255)


def test_negative_direction_lowers(model):
    """What a unit likes least: its own value falls below that of noise."""
    patterns = maximize(model, -ClassLogit(1))
    assert patterns.reached[0] > patterns.start[0]
    (value,) = measured(model, [ClassLogit(1)], patterns.images)
    assert value == pytest.approx(-patterns.reached[0], rel=1e-5)


def test_layer_is_the_mean_square_of_its_activations(model):
    """Layer(name) on a picture is what the plain network's map gives."""
    patterns = maximize(model, Layer("conv2"), steps=6)
    maps = keras.Model(model.network.input, model.network.get_layer("conv2").output)(
        patterns.images
    )
    assert patterns.reached[0] == pytest.approx(float(np.mean(np.square(maps))), rel=1e-4)


@pytest.mark.parametrize("channels", [2, 5])
@pytest.mark.parametrize("preset", ["best", "maco", "lecture"])
def test_networks_of_other_channels_show_them_side_by_side(channels, preset):
    """Two or five channels are as many grey pictures; what a photo is needed for refuses."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((28, 28, channels))
    x = layers.Conv2D(4, 3, activation="relu", name="conv")(inputs)
    outputs = layers.Dense(2)(layers.GlobalAveragePooling2D()(x))
    model = wrap(keras.Model(inputs, outputs), name="many", preprocessing="unit")
    patterns = maximize(model, Channel("conv", 0), steps=6, preset=preset)
    assert patterns.images.shape == (1, 28, 28 * channels, 3)
    sides = patterns.images[0, ..., 0].reshape(28, channels, 28).transpose(0, 2, 1)
    maps = keras.Model(inputs, x)(sides[None]).numpy()
    assert patterns.reached[0] == pytest.approx(maps[..., 0].mean(), rel=1e-4)
    with pytest.raises(OptionError, match=f"{channels} channels; a photo has 3"):
        activations(model, np.zeros((30, 30, 3), np.uint8))


def test_small_images_and_unknown_sizes_grow():
    """28 x 28 pixels have no half; a network of any size is given one."""
    for side in (28, None):
        inputs = keras.Input((side, side, 3))
        x = layers.Conv2D(4, 3, activation="relu", name="conv")(inputs)
        outputs = layers.Dense(2)(layers.GlobalAveragePooling2D()(x))
        model = wrap(keras.Model(inputs, outputs), name="any", preprocessing="unit")
        patterns = maximize(model, Channel("conv", 0), steps=4)
        assert patterns.images.shape[1:3] == model.input_size
        assert patterns.alive.all()


def test_smoothing_grows_with_the_receptive_field():
    """None for what sees eight pixels, all of it for what sees the picture."""
    assert smoothing(3) == 0
    assert 0 < smoothing(20) < smoothing(60) < 1
    assert smoothing(None) == smoothing(500) == 1


def test_measured_refuses_what_does_not_match(model):
    """As many pictures as objectives, with three channels."""
    with pytest.raises(OptionError, match="2 objectives and images of shape"):
        measured(model, [Channel("conv1", 0)] * 2, np.zeros((1, 64, 64, 3), np.float32))


def photo():
    """A picture wider than high."""
    random = np.random.default_rng(0)
    return random.integers(0, 256, (60, 90, 3)).astype(np.uint8).repeat(2, 0).repeat(2, 1)


def test_dream_raises_the_layer_and_keeps_the_photo(dreamer):
    """The layer answers more, the photo is still there, and the seed decides the rest."""
    image = photo()
    dream, again, other = (
        deep_dream(dreamer, image, Layer("stage1_conv2_relu"), steps=3, frames=4, seed=seed)
        for seed in (0, 0, 1)
    )
    assert dream.images.shape == (1, 208, 320, 3)
    assert dream.frames.shape == (4, 1, 208, 320, 3)
    assert dream.reached[0] > 1.2 * dream.start[0]
    np.testing.assert_array_equal(dream.images, again.images)
    assert not np.array_equal(dream.images, other.images)
    (value,) = measured(dreamer, [Layer("stage1_conv2_relu")], dream.images)
    assert dream.reached[0] == pytest.approx(value, rel=1e-5)
    small = dream.images[0].reshape(104, 2, 160, 2, 3).mean((1, 3))
    pixels = image.reshape(60, 2, 90, 2, 3).mean((1, 3)) / 255
    rows, columns = np.arange(104) * 60 // 104, np.arange(160) * 90 // 160
    assert np.corrcoef(small.ravel(), pixels[rows][:, columns].ravel())[0, 1] > 0.4


def test_dream_stops_and_tells_its_steps(dreamer):
    """Steps are counted over all sizes; False ends it with what there is."""
    calls = []

    def stop(step, total, preview):
        calls.append((step, total, preview.images.shape))
        return step < 2

    channel = Channel("stage1_conv1_relu", 0)
    dream = deep_dream(dreamer, photo(), channel, steps=3, frames=3, on_step=stop)
    assert calls == [(1, 12, (1, 208, 320, 3)), (2, 12, (1, 208, 320, 3))]
    assert len(dream.history) == 2
    assert len(dream.frames) == 3


def test_dream_takes_photos_of_any_shape(dreamer, model):
    """Narrow ones are dreamed at all four sizes, as long as these fit the network."""
    wide = np.random.default_rng(0).integers(0, 256, (60, 300, 3)).astype(np.uint8)
    dream = deep_dream(model, wide, Layer("conv2"), steps=1)
    assert dream.images.shape == (1, 64, 320, 3)
    assert len(dream.history) == 4
    assert dream.alive.all()
    assert deep_dream(dreamer, wide[:8, :8], Layer("stem_conv_relu"), steps=1).alive.all()


@pytest.mark.parametrize(("window", "sizes"), [(32, 4), (33, 2), (49, 1), (64, 1), (65, 0)])
def test_dream_leaves_out_sizes_below_the_networks_window(window, sizes):
    """Of 32, 32, 48 and 64 rows; where none is left, the photo is refused with what to do."""
    inputs = keras.Input((96, 96, 3))
    outputs = layers.GlobalAveragePooling2D()(layers.Conv2D(2, window, name="conv")(inputs))
    model = wrap(keras.Model(inputs, outputs), name="window", preprocessing="unit")
    wide = np.random.default_rng(0).integers(0, 256, (60, 300, 3)).astype(np.uint8)
    if not sizes:
        with pytest.raises(OptionError, match=r"60 x 300 pixels is too narrow .* to a square"):
            deep_dream(model, wide, Layer("conv"), steps=1)
        return
    dream = deep_dream(model, wide, Layer("conv"), steps=1)
    assert len(dream.history) == sizes
    assert dream.images.shape == (1, 64, 320, 3)


@pytest.mark.parametrize("objective", [ClassLogit(0), Neuron("stage1_conv1_relu", 0, 1, 1)])
def test_dream_refuses_what_has_a_place(dreamer, objective):
    """A photo of any size has no class and no one cell."""
    with pytest.raises(OptionError, match="a dream raises a whole layer"):
        deep_dream(dreamer, photo(), objective)


def test_dream_in_a_nested_network_equals_its_flat_twin():
    """The same weights one level down give the same dream."""
    flat = networks.residual()
    nested = networks.nested_twin(flat, "block_relu")
    of_flat = deep_dream(wrap(flat, name="flat"), photo(), Layer("block_relu"), steps=1)
    of_nested = deep_dream(wrap(nested, name="nested"), photo(), Layer("base/block_relu"), steps=1)
    np.testing.assert_allclose(of_flat.images, of_nested.images, atol=1.01 / 255)

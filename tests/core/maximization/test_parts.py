"""The parts of an ascent: preprocessing in the graph, spectra, transforms, recipes."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnviz_core.images.preprocessing import MODES
from cnnviz_core.maximization import smoothing, transforms
from cnnviz_core.maximization.diversity import likeness
from cnnviz_core.maximization.recipes import Best, Lecture, Maco, Move, State, adam
from cnnviz_core.maximization.schedule import AscentOptions, stages


@pytest.mark.parametrize("mode", MODES)
def test_preprocessing_is_one_function_for_arrays_and_tensors(mode):
    """The ascent feeds the network exactly what images are turned into elsewhere."""
    pixels = np.random.default_rng(0).uniform(0, 255, (2, 8, 8, 3)).astype(np.float32)
    compiled = tf.function(MODES[mode])
    np.testing.assert_allclose(compiled(tf.constant(pixels)), MODES[mode](pixels), atol=1e-5)


@pytest.mark.parametrize("size", [(64, 64), (48, 64), (33, 47)])
def test_random_start_falls_as_one_over_frequency(size):
    """Noise of decay 1 has an amplitude proportional to 1/f, mean 0 and deviation 1."""
    random = np.random.default_rng(0)
    pictures = np.stack([smoothing.noise(random, (*size, 3), 1.0) for _ in range(20)])
    assert pictures.shape == (20, *size, 3)
    np.testing.assert_allclose(pictures.mean((1, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(pictures.std((1, 2, 3)), 1, atol=1e-4)
    amplitude = np.sqrt((np.abs(np.fft.fft2(pictures, axes=(1, 2))) ** 2).mean((0, 3)))
    frequency = np.hypot(np.fft.fftfreq(size[0])[:, None], np.fft.fftfreq(size[1])[None])
    middle = (frequency > 0.05) & (frequency < 0.4)
    slope, _ = np.polyfit(np.log(frequency[middle]), np.log(amplitude[middle]), 1)
    assert slope == pytest.approx(-1, abs=0.1)


def test_smoothed_gradient_is_that_of_the_spectrum_taken_back_to_pixels():
    """A step along it is a step of gradient ascent on coefficients over their size, 1/f."""
    random = np.random.default_rng(0)
    gradient = random.normal(size=(2, 10, 12, 1)).astype(np.float32)
    scale = 1 / smoothing.frequencies(10, 12)

    def image(coefficients):
        return np.fft.irfft2(coefficients * scale, s=(10, 12))

    # d(sum(gradient * image)) / d(coefficient) is the scaled transform of the gradient.
    expected = image(np.fft.rfft2(gradient[..., 0]) * scale)
    smooth = smoothing.smoothed(tf.constant(gradient), tf.constant(1.0)).numpy()[..., 0]
    np.testing.assert_allclose(smooth, expected, rtol=1e-3, atol=1e-3)
    still = smoothing.smoothed(tf.constant(gradient), tf.constant(0.0)).numpy()
    np.testing.assert_allclose(still, gradient, atol=1e-5)


def test_smoothing_mixes_colours_as_photos_do():
    """Brightness counts more than red against blue, and that more than green against magenta."""
    grey, opposed, magenta = (
        np.tile(np.float32(colour / np.linalg.norm(colour)), (1, 8, 8, 1))
        for colour in ((1, 1, 1), (1, 0, -1), (1, -2, 1))
    )
    lengths = [
        np.linalg.norm(smoothing.smoothed(tf.constant(image), tf.constant(1.0)))
        for image in (grey, opposed, magenta)
    ]
    assert lengths[0] > 1.5 * lengths[1] > 1.5 * lengths[2] > 0


def test_moves_keep_the_centre_within_the_jitter():
    """Scale and rotation turn about the centre; jitter moves it by 12 px of 224 at most."""
    maps = transforms.draw(500, 0)
    coefficients = transforms.on_pixels(maps, 224, 224).reshape(500, 8)
    centre = coefficients[:, [0, 3]] * 111.5 + coefficients[:, [1, 4]] * 111.5
    shift = centre + coefficients[:, [2, 5]] - 111.5
    assert np.abs(shift).max() < 8 + 4 * np.sqrt(2) / 0.9
    assert np.abs(shift).max() > 6
    scale = 1 / np.sqrt(np.linalg.det(maps[:, :, :2]))
    assert scale.min() == pytest.approx(0.9, abs=0.01)
    assert scale.max() == pytest.approx(1.1, abs=0.01)
    angle = np.rad2deg(np.arctan2(maps[:, 1, 0], maps[:, 0, 0]))
    assert np.abs(angle).max() == pytest.approx(10, abs=0.1)
    np.testing.assert_array_equal(transforms.draw(8, 0), maps[:8])


def test_views_shift_pixels_where_they_say():
    """One bright pixel goes where the inverse of the map sends it; rest is the identity."""
    image = np.zeros((1, 16, 16, 1), np.float32)
    image[0, 5, 9] = 1
    views = [[1, 0, 0, 0, 1, 0, 0, 0], [1, 0, 2, 0, 1, -3, 0, 0]]
    still, shifted = transforms.seen(image, tf.constant(views, tf.float32)).numpy()
    np.testing.assert_array_equal(still, image[0])
    assert np.argwhere(shifted[..., 0]).tolist() == [[8, 7]]


def test_crops_lie_in_the_image_and_reach_all_of_it():
    """Boxes have the side asked for, on both axes; another seed gives other boxes."""
    boxes = transforms.draw_crops(np.array([1.0, 0.5, 0.25], np.float32), 200, 0)
    assert boxes.shape == (3, 200, 4)
    assert boxes.min() >= 0
    assert boxes.max() <= 1 + 1e-6
    sides = boxes[..., 2:] - boxes[..., :2]
    expected = np.broadcast_to([[[1]], [[0.5]], [[0.25]]], sides.shape)
    np.testing.assert_allclose(sides, expected, rtol=1e-5)
    assert (np.ptp(boxes[2], axis=0) > 0.7).all()
    other = transforms.draw_crops(np.array([1.0, 0.5, 0.25], np.float32), 200, 1)
    assert not np.allclose(other[1:], boxes[1:])


def test_gradient_of_crops_is_exact():
    """A crop is linear in the picture: <crop(x), u> and <x, gradient> are one number."""
    random = np.random.default_rng(0)
    x, parts = random.normal(size=(2, 2, 12, 20, 3)).astype(np.float32)
    boxes = tf.constant(transforms.draw_crops(np.array([0.4], np.float32), 3, 0)[0])
    weights = random.normal(size=(6, 12, 20, 3)).astype(np.float32)
    images = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(images)
        total = tf.reduce_sum(transforms.cropped(images, boxes) * weights)
    gradient = tape.gradient(total, images).numpy()
    expected = float(tf.reduce_sum(transforms.cropped(tf.constant(parts), boxes) * weights))
    assert float((gradient * parts).sum()) == pytest.approx(expected, rel=1e-3)


def test_crops_enlarge_the_place_they_name():
    """The lower right quarter of a ramp is its own upper half, in both axes."""
    rows, columns = np.mgrid[0:9, 0:9] / np.float32(8)
    image = np.stack([rows, columns], -1)[None].astype(np.float32)
    (crop,) = transforms.cropped(tf.constant(image), tf.constant([[0.5, 0.25, 1.0, 0.75]])).numpy()
    np.testing.assert_allclose(crop[..., 0], 0.5 + rows / 2, atol=1e-6)
    np.testing.assert_allclose(crop[..., 1], 0.25 + columns / 2, atol=1e-6)


def test_best_step_is_momentum_of_unit_gradients():
    """Two steps by hand: gradients at a mean square of 1, half of the last one, and clipping."""
    random = np.random.default_rng(0)
    best = Best(6, 8, 1)
    start = random.uniform(0.3, 0.7, (2, 6, 8, 1)).astype(np.float32)
    gradients = random.normal(size=(2, *start.shape)).astype(np.float32) * [[[[[1]]], [[[50]]]]]
    state = State(*map(tf.constant, (start, 0 * start, 0 * start)))
    pixels, mean = start, 0 * start

    def one(values):
        return values / np.sqrt((values**2).mean((1, 2, 3), keepdims=True))

    for gradient, rate in zip(gradients.astype(np.float32), (0.1, 0.6), strict=True):
        move = Move(None, tf.constant(1.0), rate, tf.constant(0.0), lenient=False)
        state = best.stepped(state, tf.constant(gradient), move)
        mean = 0.5 * mean + one(gradient)
        pixels = np.clip(pixels + rate * one(mean), 0, 1)
    np.testing.assert_allclose(state.parameters, pixels, atol=1e-5)


def test_growing_repeats_pales_and_fades_at_the_seams(monkeypatch):
    """A smaller picture stands beside itself, at 0.6 of its contrast but for its border."""
    monkeypatch.setattr(Best, "_NEW", 0.0)
    small = np.random.default_rng(0).random((24, 32, 3)).astype(np.float32)
    grown = Best(40, 60, 3).grown(small, np.random.default_rng(0), 1.0)
    assert grown.shape == (40, 60, 3)
    inner = np.s_[4:20, 5:27]
    np.testing.assert_allclose(grown[inner], 0.5 + 0.6 * (small[inner] - 0.5), atol=1e-6)
    np.testing.assert_allclose(grown[24:, 32:], grown[:16, :28], atol=1e-6)
    for seam in (grown[23:25], grown[:, 31:33]):
        np.testing.assert_allclose(seam, 0.5, atol=1e-6)


@pytest.mark.parametrize("preset", ["best", "maco"])
def test_moves_depend_on_the_seed(preset):
    """Another seed sees the image at other places; the same one at the same."""
    views = [
        np.concatenate(
            [
                stage.views
                for stage in stages(AscentOptions((32, 32), 20, preset, 1, 0, seed), None, 1.0)
            ]
        )
        for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(views[0], views[1])
    assert not np.allclose(views[0], views[2])


def test_fixed_spectrum_keeps_its_magnitude():
    """Whatever the phases, the picture before colour has the amplitude of photos, 1/f."""
    maco = Maco(32, 48, 1)
    random = np.random.default_rng(0)
    images = maco.images(tf.constant(maco.start(random, 0.0)[None])).numpy()[0, ..., 0]
    planes = np.log(images / (1 - images))
    amplitude = np.abs(np.fft.rfft2(planes))[1:16, 1:24]
    frequency = smoothing.frequencies(32, 48)[1:16, 1:24]
    product = amplitude * frequency
    np.testing.assert_allclose(product, product.mean(), rtol=1e-2)


@pytest.mark.parametrize("cells", [2, 5])
def test_likeness_is_one_for_twins_and_less_for_others(cells):
    """Two images whose channels go together alike are alike; others of the group count alone."""
    random = np.random.default_rng(0)
    first, second = random.random((2, cells, cells, 7)).astype(np.float32) - 0.5
    alike = likeness(tf.constant(np.stack([first, first, first, second])), 2).numpy()
    gram = [
        np.einsum("hwc,hwd->cd", feature_map, feature_map).ravel()
        for feature_map in (first, second)
    ]
    cosine = gram[0] @ gram[1] / np.linalg.norm(gram[0]) / np.linalg.norm(gram[1])
    np.testing.assert_allclose(alike, [1, 1, cosine, cosine], rtol=1e-5)


def test_adam_equals_keras():
    """Three steps on the same gradients as the library's own optimizer, uphill."""
    random = np.random.default_rng(0)
    start = random.normal(size=(2, 3)).astype(np.float32)
    variable = keras.Variable(start)
    optimizer = keras.optimizers.Adam(0.1, epsilon=1e-12)
    state = State(*map(tf.constant, (start, 0 * start, 0 * start)))
    for number in (1.0, 2.0, 3.0):
        gradient = tf.constant(random.normal(size=(2, 3)).astype(np.float32))
        optimizer.apply([-gradient], [variable])
        state = adam(state, gradient, Move(None, number, 0.1, 0.0, lenient=False))
    np.testing.assert_allclose(state.parameters, variable.numpy(), atol=1e-5)


def test_lecture_look_has_the_lectures_mean_and_contrast():
    """Mean 128 and deviation 64 of 255, each image on its own."""
    random = np.random.default_rng(0)
    images = random.uniform(0.4, 0.6, (2, 16, 16, 3)).astype(np.float32) * [[[[1]]], [[[3]]]]
    lecture = Lecture(16, 16, 3)
    looked = lecture.finished(tf.constant(255 * images, tf.float32)).numpy()
    np.testing.assert_allclose(looked.mean((1, 2, 3)), 128 / 255, atol=0.01)
    np.testing.assert_allclose(looked.std((1, 2, 3)), 64 / 255, atol=0.01)
    start = lecture.start(random, 0.0)
    assert 118 <= start.min() < start.max() <= 138

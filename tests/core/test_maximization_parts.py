"""The parts of an ascent: preprocessing in the graph, spectrum, transforms, Adam."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnviz_core.maximization import transforms
from cnnviz_core.maximization.compiled import adam, empty_state
from cnnviz_core.maximization.parametrizations import Pixels, Spectrum, lecture_look
from cnnviz_core.preprocessing import MODES


@pytest.mark.parametrize("mode", MODES)
def test_preprocessing_is_one_function_for_arrays_and_tensors(mode):
    """The ascent feeds the network exactly what images are turned into elsewhere."""
    pixels = np.random.default_rng(0).uniform(0, 255, (2, 8, 8, 3)).astype(np.float32)
    compiled = tf.function(MODES[mode])
    np.testing.assert_allclose(compiled(tf.constant(pixels)), MODES[mode](pixels), atol=1e-5)


@pytest.mark.parametrize("size", [(64, 64), (48, 64), (33, 47)])
def test_random_start_falls_as_one_over_frequency(size):
    """A white start becomes a picture whose amplitude is proportional to 1/f."""
    spectrum = Spectrum(*size, 3)
    random = np.random.default_rng(0)
    planes = spectrum.planes(np.stack([spectrum.start(random) for _ in range(20)])).numpy()
    assert planes.shape == (20, 3, *size)
    amplitude = np.sqrt((np.abs(np.fft.fft2(planes)) ** 2).mean((0, 1)))
    frequency = np.hypot(np.fft.fftfreq(size[0])[:, None], np.fft.fftfreq(size[1])[None])
    middle = (frequency > 0.05) & (frequency < 0.4)
    slope, _ = np.polyfit(np.log(frequency[middle]), np.log(amplitude[middle]), 1)
    assert slope == pytest.approx(-1, abs=0.1)
    images = spectrum.image(np.stack([spectrum.start(random)])).numpy()
    assert 0 < images.min() < images.max() < 1


def test_moves_keep_the_centre_within_the_jitter():
    """Scale and rotation turn about the centre; jitter moves it by 12 px of 224 at most."""
    maps = transforms.draw(668, 0)[:500]
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
    np.testing.assert_array_equal(transforms.draw(8, 0)[:6], maps[:6])
    np.testing.assert_array_equal(transforms.draw(8, 0)[6:], [np.eye(2, 3)] * 2)


def test_move_shifts_pixels_where_it_says():
    """One bright pixel goes where the inverse of the map sends it; rest is the identity."""
    image = np.zeros((1, 16, 16, 1), np.float32)
    image[0, 5, 9] = 1
    still = tf.constant([1, 0, 0, 0, 1, 0, 0, 0], tf.float32)
    np.testing.assert_array_equal(transforms.move(image, still), image)
    shifted = transforms.move(image, tf.constant([1, 0, 2, 0, 1, -3, 0, 0], tf.float32)).numpy()
    assert np.argwhere(shifted[0, ..., 0]).tolist() == [[8, 7]]


def test_adam_equals_keras():
    """Three steps on the same gradients as the library's own optimizer, uphill."""
    random = np.random.default_rng(0)
    start = random.normal(size=(2, 3)).astype(np.float32)
    variable = keras.Variable(start)
    optimizer = keras.optimizers.Adam(0.1, epsilon=1e-12)
    state = empty_state(start)
    for number in (1.0, 2.0, 3.0):
        gradient = tf.constant(random.normal(size=(2, 3)).astype(np.float32))
        optimizer.apply([-gradient], [variable])
        state = adam(state, gradient, tf.constant(number))
    np.testing.assert_allclose(state.parameters, variable.numpy(), atol=1e-5)


def test_lecture_look_has_the_lectures_mean_and_contrast():
    """Mean 128 and deviation 64 of 255, each image on its own."""
    random = np.random.default_rng(0)
    images = random.uniform(0.4, 0.6, (2, 16, 16, 3)).astype(np.float32) * [[[[1]]], [[[3]]]]
    looked = lecture_look(tf.constant(images, tf.float32)).numpy()
    np.testing.assert_allclose(looked.mean((1, 2, 3)), 128 / 255, atol=0.01)
    np.testing.assert_allclose(looked.std((1, 2, 3)), 64 / 255, atol=0.01)
    start = Pixels(16, 16, 3).start(random)
    assert 118 <= start.min() < start.max() <= 138

"""The kernels that a network reads the photo with, and their Gabor filters."""

import keras
import numpy as np
import pytest

from cnnviz_core.errors import LayerNotFoundError, NoKernelError, OptionError
from cnnviz_core.lab.gabor import gabor_kernel
from cnnviz_core.lab.gabor_fit import fit_gabor
from cnnviz_core.lab.learned_gabors import MOST_KERNELS, gabor_fits
from cnnviz_core.network.wrapping import wrap
from tests.core.replicas import replica_of

PLANTED = [(0.15, 0.0), (0.2, 0.7), (0.3, 2.2)]


def network(weights, **options):
    """A photo of 16 x 16, padded, read by one convolution with these weights, and a class each."""
    height, width, channels, filters = weights.shape
    photo = keras.Input((16, 16, channels))
    padded = keras.layers.ZeroPadding2D(2)(photo)
    kind = keras.layers.DepthwiseConv2D if options.get("depthwise") else keras.layers.Conv2D
    counts = {"depth_multiplier": filters} if options.get("depthwise") else {"filters": filters}
    layer = kind(kernel_size=(height, width), use_bias=False, name="reads", **counts)
    maps = layer(padded)
    layer.set_weights([weights])
    later = keras.layers.Conv2D(4, 3, name="later")(maps)
    mean = keras.layers.GlobalAveragePooling2D()(later)
    return wrap(keras.Model(photo, keras.layers.Softmax()(mean)), name="m", preprocessing="unit")


def coloured(patterns):
    """Patterns, each in a colour of its own, with a little noise."""
    rng = np.random.default_rng(4)
    colours = rng.uniform(0.2, 1, (3, len(patterns)))
    weights = np.stack(patterns, axis=-1)[:, :, None] * colours
    return (weights + rng.normal(0, 0.02 * np.abs(weights).max(), weights.shape)).astype(np.float32)


def planted():
    """Three filters of known waves on 7 x 7."""
    return coloured([gabor_kernel(wave, angle, 1.05).real[:7, :7] * 9 for wave, angle in PLANTED])


@replica_of("gabor_fits")
def test_filters_are_fitted_to_main_components():
    """Those of the matrix of the kernel's products with itself; each as it is fitted by itself."""
    weights = planted()
    found = gabor_fits(network(weights))
    assert found.layer == "reads"
    assert found.filters == len(found.fits) == 3
    np.testing.assert_array_equal(found.weights, weights)
    for index, (frequency, _) in enumerate(PLANTED):
        table = weights[..., index].reshape(49, 3).astype(np.float64)
        sizes, colours = np.linalg.eigh(table.T @ table)
        colour = colours[:, -1] * np.sign(colours[:, -1].sum())
        pattern = (table @ colour).reshape(7, 7)
        np.testing.assert_allclose(found.patterns[..., index], pattern, atol=1e-5)
        np.testing.assert_allclose(found.shares[index], sizes[-1] / sizes.sum(), rtol=1e-5)
        alone = fit_gabor(pattern.astype(np.float32))
        np.testing.assert_allclose(found.fits[index].r_squared, alone.r_squared, atol=1e-4)
        np.testing.assert_allclose(found.fits[index].frequency, frequency, atol=0.05)
        assert found.fits[index].r_squared > 0.98


def test_what_chance_reaches_is_far_below_a_filter():
    """The same weights in random order; another seed, another order."""
    model = network(planted())
    first, same, other = (gabor_fits(model, seed=seed).by_chance for seed in (0, 0, 1))
    assert first == same
    assert first != other
    assert 0 < first < 0.6


def test_a_layer_may_be_named():
    """Any convolution; its patterns are of as many channels as it reads."""
    found = gabor_fits(network(planted()), layer="later")
    assert found.layer == "later"
    assert found.weights.shape == (3, 3, 3, 4)
    assert {fit.degrees_of_freedom for fit in found.fits} == {0}
    with pytest.raises(LayerNotFoundError, match="nowhere"):
        gabor_fits(network(planted()), layer="nowhere")


def test_a_depthwise_layer_has_a_kernel_for_each_channel():
    """One grey pattern each, in the order of its outputs."""
    weights = np.random.default_rng(0).normal(size=(5, 5, 3, 2)).astype(np.float32)
    found = gabor_fits(network(weights, depthwise=True))
    assert found.filters == 6
    np.testing.assert_array_equal(found.weights[:, :, 0, 3], weights[:, :, 1, 1])
    np.testing.assert_allclose(found.shares, 1)
    expected = weights[:, :, 1, 1] * np.sign((found.patterns[..., 3] * weights[:, :, 1, 1]).sum())
    np.testing.assert_allclose(found.patterns[..., 3], expected, atol=1e-5)


def test_a_kernel_that_is_the_same_everywhere_has_no_fit():
    """None stands for it; of a layer of such there is nothing by chance either."""
    weights = planted()
    weights[..., 1] = 0.2
    assert [fit is None for fit in gabor_fits(network(weights)).fits] == [False, True, False]
    dead = gabor_fits(network(np.zeros_like(weights)))
    assert dead.fits == (None,) * 3
    assert dead.by_chance is None
    assert dead.shares.tolist() == [0, 0, 0]


def test_a_fit_can_be_stopped_and_tells_how_far_it_is():
    """What is not fitted by then has none."""
    told = []

    def after_two(done, total, preview):
        told.append((done, total))
        return done < 2

    found = gabor_fits(network(planted()), on_step=after_two)
    assert told == [(1, 6), (2, 6)]
    assert [fit is None for fit in found.fits] == [False, False, True]
    assert found.by_chance is None


def test_of_a_wide_layer_the_first_kernels_are_fitted():
    """So many, that nobody waits for minutes; it says of how many."""
    weights = np.random.default_rng(0).normal(size=(3, 3, 1, MOST_KERNELS + 2)).astype(np.float32)
    found = gabor_fits(network(weights), on_step=lambda done, total, preview: False)
    assert found.filters == MOST_KERNELS + 2
    assert len(found.fits) == found.weights.shape[-1] == MOST_KERNELS


def test_kernels_without_a_shape_are_refused():
    """A convolution of single pixels has no pattern."""
    with pytest.raises(NoKernelError, match=r"are 1 x 1.*sides from 3 to 16"):
        gabor_fits(network(np.ones((1, 1, 3, 2), np.float32)))


def test_a_network_without_a_convolution_is_refused():
    """A sentence says what to choose."""
    dense = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten()])
    dense.add(keras.layers.Dense(4, activation="softmax"))
    with pytest.raises(NoKernelError, match=r"no convolution that reads the photo.*Choose"):
        gabor_fits(wrap(dense, name="d", preprocessing="unit"))


def test_a_seed_that_is_none_is_refused():
    """As everywhere."""
    with pytest.raises(OptionError, match="seed=-1"):
        gabor_fits(network(planted()), seed=-1)

"""Cascading randomization: what must change a map, what must not, and how maps are compared."""

import keras
import numpy as np
import pytest
from keras import layers

from cnnviz_core import METHODS, eigen_cam, explain, grad_cam, randomization_check
from cnnviz_core.errors import ArchitectureError, EmptyMapError, LayerNotFoundError, OptionError
from cnnviz_core.maps.comparison import rank_correlation
from cnnviz_core.network.wrapping import wrap
from cnnviz_core.targets import Contrast
from cnnviz_core.trust.randomization import similarity
from cnnviz_core.trust.reinitialization import Twin, cascade
from tests.core import networks

AMOUNTS = {"smooth_grad": 4, "integrated_gradients": 4, "rise": 64, "lime": 64, "xrai": 4}
CLASS_SPECIFIC = [method.name for method in METHODS.values() if method.class_specific]


def flat(**options):
    """Conv, conv, mean, dense, wrapped."""
    return wrap(networks.conv_mean_dense(**options), name="flat", preprocessing="unit")


def fresh_weights(model, layer):
    """The weights that a check of seed 0 gives to a layer."""
    (learned,) = (layer_learned for layer_learned in cascade(model) if layer_learned.name == layer)
    twin = Twin(model, [learned])
    twin.randomize(learned, 0)
    with twin._scope:
        return [np.asarray(variable.value) for variable, _ in learned.weights]


@pytest.mark.parametrize("method", CLASS_SPECIFIC)
def test_head_changes_class_specific_maps(photo, method):
    """With its last layer alone drawn anew, a map is that of the network with such a layer."""
    options = {"method": method, "amount": AMOUNTS.get(method)}
    model, drawn = flat(), flat()
    dense = model.network.get_layer("predictions")
    # Methods that watch probabilities need some that move.
    dense.kernel.assign(dense.kernel * 20)
    check = randomization_check(model, photo, target=2, layers=1, **options)
    assert check.layers == ("predictions",)
    assert check.method == METHODS[method].title
    drawn.network.get_layer("predictions").set_weights(fresh_weights(model, "predictions"))
    # With the draws of the second map in both, what differs is the network alone.
    known, other = (
        explain(network, photo, 2, seed=1, **options).values for network in (model, drawn)
    )
    np.testing.assert_allclose(check.maps[1], other, rtol=1e-5, atol=1e-9)
    # RISE comes nearest: the share of masks that leave a pixel in sight is in every map of a seed.
    assert rank_correlation(np.abs(known), np.abs(other)) < (0.98 if method == "rise" else 0.95)


def test_eigen_cam_does_not_see_the_head(photo):
    """Eigen-CAM knows no class: it is the same with a random head, and changes below it."""
    check = randomization_check(flat(), photo, target=2, method="eigen_cam")
    assert check.layers == ("predictions", "conv2", "conv1")
    np.testing.assert_array_equal(check.maps[0], check.maps[1])
    np.testing.assert_array_equal(check.maps[0], eigen_cam(flat(), photo, 2).values)
    assert check.spearman[0] == pytest.approx(1)
    assert check.ssim[0] == pytest.approx(1)
    assert check.spearman[1] < 0.99


def test_network_is_unchanged(photo, weights_hash):
    """Weights, flags and what the model answers are the same before and after."""
    model = flat()
    before, answer = weights_hash(model.network), grad_cam(model, photo, 1).values
    randomization_check(model, photo, target=1)
    assert weights_hash(model.network) == before
    np.testing.assert_array_equal(grad_cam(model, photo, 1).values, answer)
    fresh_model = wrap(model.network, name="again", preprocessing="unit")
    np.testing.assert_array_equal(grad_cam(fresh_model, photo, 1).values, answer)


def test_seed_reproduces(photo):
    """The same seed gives the same maps, another one others; where to look changes no draw."""
    first, again, other = (randomization_check(flat(), photo, target=1, seed=s) for s in (4, 4, 5))
    np.testing.assert_array_equal(first.maps, again.maps)
    assert not np.allclose(first.maps[1:], other.maps[1:])
    np.testing.assert_array_equal(first.maps[0], other.maps[0])
    last = randomization_check(flat(), photo, target=1, seed=4, layers=["conv1"])
    np.testing.assert_array_equal(last.maps[1], first.maps[3])


def test_the_class_explained_stays(photo):
    """Without a target the first top class is explained throughout, whatever comes on top later."""
    free, fixed = (
        randomization_check(flat(), photo, target=target)
        for target in (None, grad_cam(flat(), photo).target.index)
    )
    assert free.target == fixed.target
    np.testing.assert_array_equal(free.maps, fixed.maps)
    both = randomization_check(flat(), photo, target=Contrast(1, 2), method="hires_cam")
    assert both.target.label == "class 1 rather than class 2"
    assert both.units == "logit difference"


def test_where_to_look(photo):
    """So many layers are spread evenly with both ends; names are taken from the top down."""
    model = wrap(networks.residual(), name="residual", preprocessing="unit")
    assert randomization_check(model, photo, layers=1).layers == ("logits",)
    assert randomization_check(model, photo, layers=3).layers == ("logits", "block_conv2", "stem")
    every = ("logits", "dense", "excite", "block_conv2", "block_conv1", "stem_bn", "stem")
    assert tuple(layer.name for layer in cascade(model)) == every
    named = randomization_check(model, photo, layers=["stem_bn", "dense", "dense"])
    assert named.layers == ("dense", "stem_bn")
    assert named.maps.shape == (3, *grad_cam(model, photo).values.shape)


def test_weights_change_without_new_tracing(photo, monkeypatch):
    """After the first map nothing is traced: fresh weights run through what is compiled."""
    model, runs = flat(), []
    original = type(model.graph).run

    def counted(self, *args, **kwargs):
        runs.append(1)
        return original(self, *args, **kwargs)

    monkeypatch.setattr(type(model.graph), "run", counted)
    randomization_check(model, photo, target=1, layers=1)
    few = len(runs)
    randomization_check(model, photo, target=1, layers=3)
    assert len(runs) == 2 * few


def test_a_stop_keeps_the_layers_so_far(photo):
    """Each map is told with what there is; returning False ends the check there."""
    steps = []

    def stop(step, total, preview):
        steps.append((step, total, preview.layers))
        return step < 2

    check = randomization_check(flat(), photo, target=1, on_step=stop)
    assert steps == [(1, 4, ()), (2, 4, ("predictions",))]
    assert check.layers == ("predictions",)
    assert check.maps.shape[0] == 2


def test_a_stop_within_a_map_drops_that_map(photo):
    """Methods of many passes can be stopped in between; an unfinished map is not compared."""
    calls = []

    def stop(step, total, preview):
        calls.append((step, preview is None))
        return calls.count((1, True)) < 2

    options = {"method": "smooth_grad", "amount": 32}
    check = randomization_check(flat(), photo, target=1, **options, on_step=stop)
    assert calls[4:] == [(1, False), (1, True), (1, True)]
    assert check.layers == ()
    assert check.maps.shape[0] == 1


def test_constant_maps_are_similar_to_nothing():
    """A map without structure gives a number, never NaN; a map is similar to a multiple of it."""
    values = np.random.default_rng(0).random((5, 6)).astype(np.float32)
    assert np.isfinite(similarity(values, np.zeros_like(values), (4, 4)))
    assert similarity(values, 3 * values, (32, 32)) == pytest.approx(1)


def test_similarity_by_hand():
    """On 7 by 7 pixels SSIM is one window: its formula with sample variances, of maps to 1."""
    rng = np.random.default_rng(0)
    first, second = rng.random((7, 7)).astype(np.float32), rng.random((7, 7)).astype(np.float32)
    a, b = (first / first.max()).ravel(), (second / second.max()).ravel()
    covariance = np.cov(a, b)
    c1, c2 = 0.01**2, 0.03**2
    expected = (2 * a.mean() * b.mean() + c1) * (2 * covariance[0, 1] + c2)
    expected /= (a.mean() ** 2 + b.mean() ** 2 + c1) * (covariance.trace() + c2)
    assert similarity(first, second, (7, 7)) == pytest.approx(expected, abs=1e-5)


def test_empty_first_map_is_refused(photo):
    """Where there is nothing to begin with, nothing is compared."""
    model = flat()
    dense = model.network.get_layer("predictions")
    dense.kernel.assign(-np.abs(np.asarray(dense.kernel)))
    with pytest.raises(EmptyMapError, match="Grad-CAM's map for class 2 is the same everywhere"):
        randomization_check(model, photo, target=2)


def test_network_without_weights_is_refused(photo):
    """A network that has learned nothing has nothing to forget."""
    inputs = keras.Input((16, 16, 3))
    network = keras.Model(inputs, layers.GlobalAveragePooling2D()(layers.ReLU()(inputs)))
    model = wrap(network, name="bare", preprocessing="unit")
    with pytest.raises(ArchitectureError, match="bare has no weights"):
        randomization_check(model, photo, target=0)


@pytest.mark.parametrize(
    ("options", "error", "sentence"),
    [
        ({"layers": 0}, OptionError, "0 layers were asked for"),
        ({"layers": []}, OptionError, "0 layers were asked for"),
        ({"layers": ["mean"]}, LayerNotFoundError, "no layer with weights named 'mean'"),
        ({"method": "guess"}, OptionError, "Method 'guess' is unknown"),
    ],
)
def test_refusals(photo, options, error, sentence):
    """Layers without weights, none at all, and unknown methods are refused."""
    with pytest.raises(error, match=sentence):
        randomization_check(flat(), photo, target=1, **options)

"""Grad-CAM against its equations, its twins, and the errors of other libraries."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnviz_core import grad_cam, predict
from cnnviz_core.errors import LayerNotFoundError, NotSpatialError, TargetError
from cnnviz_core.network.wrapping import wrap
from tests.core import networks
from tests.core.replicas import replica_of


@replica_of("grad_cam")
def slow_grad_cam(network, batch, layer, index):
    """Grad-CAM written from the paper with Keras alone: a sub-model, a tape, loops."""
    output = network.layers[-1]
    before = keras.Model(network.input, [network.get_layer(layer).output, output.input])
    with tf.GradientTape() as tape:
        maps, _ = before(batch)
        tape.watch(maps)
        # The logit is the last layer without its activation; the tape must run through `maps`.
        logits = tail(network, layer, maps)
        score = logits[0, index]
    gradient = tape.gradient(score, maps).numpy()[0]
    maps = maps.numpy()[0]
    heatmap = np.zeros(maps.shape[:2])
    for channel in range(maps.shape[-1]):
        heatmap += gradient[..., channel].mean() * maps[..., channel]
    return np.maximum(heatmap, 0), float(score)


def tail(network, layer, x):
    """Run a chain's layers after `layer`, the last without activation."""
    names = [step.name for step in network.layers]
    for step in network.layers[names.index(layer) + 1 : -1]:
        x = step(x)
    last = network.layers[-1]
    return x @ last.kernel + last.bias


def test_equals_cam_divided_by_cells(photo):
    """On conv, mean, dense Grad-CAM is CAM (the dense weights times the maps) over the cells."""
    network = networks.conv_mean_dense()
    model = wrap(network, name="flat", preprocessing="unit")
    maps = keras.Model(network.input, network.get_layer("conv2").output)(model.preprocess(photo))
    weights = np.asarray(network.get_layer("predictions").kernel)
    peaks = []
    for index in range(4):
        cam = np.maximum(np.asarray(maps)[0] @ weights[:, index], 0)
        attribution = grad_cam(model, photo, index)
        np.testing.assert_allclose(attribution.values, cam / cam.size, rtol=1e-4, atol=1e-7)
        peaks.append(cam.max())
    assert max(peaks) > 0.01


@pytest.mark.parametrize("layer", ["conv1", "conv2"])
def test_equals_slow_version(photo, layer):
    """A sub-model, a tape and loops give the same map and the same logit."""
    network = networks.conv_mean_dense()
    model = wrap(network, name="flat", preprocessing="tf")
    expected, score = slow_grad_cam(network, model.preprocess(photo), layer, 2)
    attribution = grad_cam(model, photo, 2, layer=layer)
    np.testing.assert_allclose(attribution.values, expected, rtol=1e-4, atol=1e-7)
    assert attribution.score == pytest.approx(score, abs=1e-5)
    assert attribution.values.max() > 0


@pytest.mark.parametrize("twin", [networks.nested_twin, networks.sequential_twin])
def test_nested_twin_gives_the_same_map(photo, twin):
    """A base inside a model is opened: its layers are found and the map is the flat one's."""
    flat = networks.conv_mean_dense()
    model = wrap(flat, name="flat", preprocessing="unit")
    nested = wrap(twin(flat, "conv2"), name="nested", preprocessing="unit")
    assert nested.default_layer == "base/conv2"
    for index in range(4):
        np.testing.assert_allclose(
            grad_cam(nested, photo, index).values, grad_cam(model, photo, index).values, atol=1e-5
        )


def test_skip_connection_counts_once(photo):
    """At a layer beside a skip connection only the paths through the layer count."""
    network = networks.residual()
    model = wrap(network, name="residual", preprocessing="unit")
    batch = tf.constant(model.preprocess(photo))
    inner = keras.Model(
        network.input,
        [network.get_layer(n).output for n in ("stem_relu", "block_conv2")],
    )
    stem, conv = inner(batch)
    with tf.GradientTape() as tape:
        tape.watch(conv)
        gate = network.get_layer("excite")(network.get_layer("squeeze")(conv))
        x = network.get_layer("block_relu")(stem + conv * gate)
        for name in ("pool", "flatten", "dense", "logits"):
            x = network.get_layer(name)(x)
        logit = x[0, 3]
    alpha = tape.gradient(logit, conv).numpy()[0].mean(axis=(0, 1))
    expected = np.maximum(conv.numpy()[0] @ alpha, 0)
    attribution = grad_cam(model, photo, 3, layer="block_conv2")
    np.testing.assert_allclose(attribution.values, expected, rtol=1e-4, atol=1e-7)


def test_softmax_is_left_out(photo):
    """A network and its twin without softmax give the same map: the logit is explained."""
    with_softmax = wrap(networks.conv_mean_dense("softmax"), name="a", preprocessing="unit")
    without = wrap(networks.conv_mean_dense("linear"), name="b", preprocessing="unit")
    first, second = grad_cam(with_softmax, photo, 1), grad_cam(without, photo, 1)
    np.testing.assert_allclose(first.values, second.values, atol=1e-6)
    assert first.score == pytest.approx(second.score, abs=1e-6)


def test_sides_of_a_sigmoid(photo):
    """Class 0 of a single sigmoid is the positive class with the sign flipped, not its copy."""
    model = wrap(networks.binary(), name="binary", preprocessing="unit")
    positive, negative = grad_cam(model, photo, 1), grad_cam(model, photo, 0)
    assert positive.score == pytest.approx(-negative.score)
    assert positive.probability + negative.probability == pytest.approx(1)
    assert not np.allclose(positive.values, negative.values)
    inner = keras.Model(model.network.input, model.network.get_layer("conv").output)
    maps = np.asarray(inner(model.preprocess(photo)))[0]
    kernel = np.asarray(model.network.get_layer("output").kernel).reshape(15, 15, 6)
    pooled = maps[:30, :30].reshape(15, 2, 15, 2, 6)
    winners = pooled == pooled.max(axis=(1, 3), keepdims=True)
    # A window of zeros ties; the gradient may go to any of its cells and their sum stays.
    alpha = np.where(winners.any(axis=(1, 3)), kernel, 0).sum(axis=(0, 1)) / 900
    np.testing.assert_allclose(negative.values, np.maximum(maps @ -alpha, 0), atol=1e-5)


def test_default_target_is_the_prediction(photo):
    """Without a target the predicted class is explained, with its probability."""
    model = wrap(networks.residual(), name="residual", preprocessing="unit")
    best = predict(model, photo, top=1)
    attribution = grad_cam(model, photo)
    assert attribution.target.index == best.indices[0]
    assert attribution.probability == pytest.approx(float(best.probabilities[0]), abs=1e-6)
    assert attribution.score == pytest.approx(float(best.logits[0]), abs=1e-5)


def test_network_is_unchanged(photo, weights_hash):
    """Weights and their trainable flags hash the same before and after, and so do outputs."""
    network = networks.residual()
    model = wrap(network, name="residual", preprocessing="unit")
    before, answer = weights_hash(network), np.asarray(network(model.preprocess(photo)))
    grad_cam(model, photo, 1)
    grad_cam(model, photo, 2, layer="stem")
    assert weights_hash(network) == before
    np.testing.assert_array_equal(np.asarray(network(model.preprocess(photo))), answer)


def test_another_image_is_not_the_first_ones_map(photo):
    """Features kept from one image never answer for another."""
    model = wrap(networks.conv_mean_dense(), name="flat", preprocessing="unit")
    changed = photo.copy()
    changed[40, 60] = 255 - changed[40, 60]
    first, other = grad_cam(model, photo, 1), grad_cam(model, changed, 1)
    fresh = wrap(networks.conv_mean_dense(), name="flat", preprocessing="unit")
    assert not np.array_equal(first.values, other.values)
    np.testing.assert_allclose(other.values, grad_cam(fresh, changed, 1).values, atol=1e-7)


def test_another_class_and_image_trace_nothing(photo, monkeypatch):
    """Compiled parts are built once: later classes and images run them and trace nothing."""
    model = wrap(networks.residual(), name="residual", preprocessing="unit")
    first = grad_cam(model, photo, 1)
    monkeypatch.setattr(model.graph, "run", None)
    assert not np.allclose(grad_cam(model, photo, 2).values, first.values)
    assert not np.allclose(grad_cam(model, photo[::-1], 1).values, first.values)


def test_another_class_runs_the_head_alone(photo, monkeypatch):
    """Asking for another class on the same image does not preprocess or run the features again."""
    model = wrap(networks.residual(), name="residual", preprocessing="unit")
    grad_cam(model, photo, 1)
    monkeypatch.setattr(model.parts, "_features", None)
    assert grad_cam(model, photo, 2).target.index == 2


def test_hot_cell_peaks_at_its_centre():
    """One hot cell of a 7 by 7 map peaks within a pixel of its cell's centre on the image."""
    for row, column in [(0, 0), (3, 5), (6, 6), (0, 6)]:
        values = np.zeros((7, 7), np.float32)
        values[row, column] = 1
        heat = hot_map(values).resized(224, 448)
        weight = np.argwhere(heat == heat.max()).mean(axis=0)
        centre = (row + 0.5) * 32 - 0.5, (column + 0.5) * 64 - 0.5
        inside = 0 < row < 6 and 0 < column < 6
        # At a border the map is flat from the centre outwards, so the peak is a plateau there.
        reach = 1 if inside else 32
        assert np.abs(weight - centre).max() <= reach
        assert heat[int(centre[0]), int(centre[1])] >= 0.96


def test_resizing_is_bilinear_with_half_pixel_centres():
    """Every pixel equals linear interpolation between cell centres, written out separably."""
    values = np.random.default_rng(0).random((7, 5)).astype(np.float32)
    height, width = 61, 83
    rows = (np.arange(height) + 0.5) * 7 / height - 0.5
    columns = (np.arange(width) + 0.5) * 5 / width - 0.5
    tall = np.stack([np.interp(rows, np.arange(7), column) for column in values.T], axis=1)
    expected = np.stack([np.interp(columns, np.arange(5), row) for row in tall])
    np.testing.assert_allclose(hot_map(values).resized(height, width), expected, atol=1e-5)


def hot_map(values):
    """An attribution around given values."""
    from cnnviz_core.maps.results import Attribution
    from cnnviz_core.targets import Target

    return Attribution(values, False, Target(0, "a"), "layer", "Grad-CAM", "logit", 1.0, 0.5)


def test_zero_map_is_called_empty(photo):
    """A map without positive evidence is zero, finite, and says so."""
    model = wrap(networks.conv_mean_dense(), name="flat", preprocessing="unit")
    dense = model.network.get_layer("predictions")
    kernel = np.asarray(dense.kernel).copy()
    kernel[:, 2] = -np.abs(kernel[:, 2])
    dense.kernel.assign(kernel)
    attribution = grad_cam(model, photo, 2)
    assert attribution.empty
    assert np.isfinite(attribution.values).all()


@pytest.mark.parametrize(
    ("options", "error", "sentence"),
    [
        ({"target": 4}, TargetError, "Class 4 does not exist: .* classes 0 to 3"),
        ({"target": -1}, TargetError, "Class -1 does not exist"),
        ({"target": "wolf"}, TargetError, "no class 'wolf'"),
        ({"layer": "mean"}, NotSpatialError, "without height and width. Choose a layer"),
        ({"layer": "../../x"}, LayerNotFoundError, "no layer named '../../x'"),
    ],
)
def test_refusals(photo, options, error, sentence):
    """What cannot be explained is refused with what to do instead."""
    model = wrap(networks.conv_mean_dense(), name="flat", preprocessing="unit")
    with pytest.raises(error, match=sentence):
        grad_cam(model, photo, **options)

"""CAM, Grad-CAM++, HiResCAM, LayerCAM and Eigen-CAM against loops, identities and each other."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from cnnviz_core import (
    Contrast,
    class_activation_map,
    eigen_cam,
    grad_cam,
    grad_cam_plus_plus,
    hires_cam,
    layer_cam,
)
from cnnviz_core.errors import ArchitectureError, TargetError, UnreachedError
from cnnviz_core.network.wrapping import wrap
from tests.core import networks
from tests.core.replicas import replica_of

GRADIENT_CAMS = [grad_cam, grad_cam_plus_plus, hires_cam, layer_cam]


def maps_and_gradient(network, batch, layer, index):
    """A layer's maps and the gradient of a logit there, by sub-models and a tape."""
    last = network.layers[-1]
    before = keras.Model(network.input, network.get_layer(layer).output)
    names = [step.name for step in network.layers]
    maps = before(batch)
    with tf.GradientTape() as tape:
        tape.watch(maps)
        x = maps
        for step in network.layers[names.index(layer) + 1 : -1]:
            x = step(x)
        logit = (x @ last.kernel + last.bias)[0, index]
    return maps.numpy()[0].astype(float), tape.gradient(logit, maps).numpy()[0].astype(float)


@replica_of("grad_cam_plus_plus")
def slow_plus_plus(maps, gradient):
    """Grad-CAM++ with its three sums written out."""
    heatmap = np.zeros(maps.shape[:2])
    for k in range(maps.shape[-1]):
        weight = 0.0
        for i, j in np.ndindex(*maps.shape[:2]):
            g = gradient[i, j, k]
            below = 2 * g**2 + maps[..., k].sum() * g**3
            weight += g**2 / below * max(g, 0) if below else 0
        heatmap += weight * maps[..., k]
    return np.maximum(heatmap, 0)


@replica_of("hires_cam")
def slow_hires(maps, gradient):
    """HiResCAM as a loop over channels."""
    return np.maximum(sum(gradient[..., k] * maps[..., k] for k in range(maps.shape[-1])), 0)


@replica_of("layer_cam")
def slow_layer(maps, gradient):
    """LayerCAM as a loop over channels."""
    weighed = (np.maximum(gradient[..., k], 0) * maps[..., k] for k in range(maps.shape[-1]))
    return np.maximum(sum(weighed), 0)


@replica_of("class_activation_map")
def slow_cam(maps, kernel, index):
    """CAM as loops over places and channels."""
    heatmap = np.zeros(maps.shape[:2])
    for i, j, k in np.ndindex(*maps.shape):
        heatmap[i, j] += kernel[k, index] * maps[i, j, k]
    return heatmap


def conv_flatten_dense():
    """A linear head that keeps every place apart, so that the maps of the family differ."""
    keras.utils.set_random_seed(5)
    inputs = keras.Input((24, 24, 3))
    x = layers.Conv2D(8, 5, strides=2, activation="relu", name="conv1")(inputs)
    x = layers.Conv2D(6, 3, activation="relu", name="conv2")(x)
    x = layers.Flatten(name="flatten")(x)
    outputs = layers.Dense(4, activation="softmax", bias_initializer="random_normal")(x)
    return keras.Model(inputs, outputs, name="flatten")


@pytest.mark.parametrize("build", [networks.conv_mean_dense, conv_flatten_dense])
@pytest.mark.parametrize("layer", ["conv1", "conv2"])
@pytest.mark.parametrize(
    ("method", "slow"),
    [
        (grad_cam_plus_plus, slow_plus_plus),
        (hires_cam, slow_hires),
        (layer_cam, slow_layer),
    ],
)
def test_equals_its_slow_version(photo, build, layer, method, slow):
    """Sub-models, a tape and loops give the same map."""
    network = build()
    model = wrap(network, name="n", preprocessing="unit")
    for index in range(4):
        expected = slow(*maps_and_gradient(network, model.preprocess(photo), layer, index))
        attribution = method(model, photo, index, layer=layer)
        np.testing.assert_allclose(attribution.values, expected, rtol=1e-3, atol=1e-6)
        assert attribution.values.min() >= 0


def test_the_family_differs_where_its_members_do(photo):
    """On a head that tells places apart no two methods give one map."""
    model = wrap(conv_flatten_dense(), name="n", preprocessing="unit")
    maps = [method(model, photo).values for method in [*GRADIENT_CAMS, eigen_cam]]
    for number, values in enumerate(maps):
        assert values.max() > 0
        for other in maps[number + 1 :]:
            assert np.corrcoef(values.ravel(), other.ravel())[0, 1] < 0.999


def test_cam_averages_to_the_logit(photo):
    """The map is the weighted sum of channels; its mean and the bias are the class's logit."""
    network = networks.conv_mean_dense()
    model = wrap(network, name="n", preprocessing="unit")
    kernel, bias = (np.asarray(weight) for weight in network.get_layer("predictions").weights)
    for index in range(4):
        attribution = class_activation_map(model, photo, index)
        assert attribution.signed
        maps, _ = maps_and_gradient(network, model.preprocess(photo), "conv2", index)
        np.testing.assert_allclose(attribution.values, slow_cam(maps, kernel, index), atol=1e-5)
        assert attribution.values.mean() + bias[index] == pytest.approx(attribution.score, abs=1e-5)
        expected = np.maximum(attribution.values, 0) / attribution.values.size
        np.testing.assert_allclose(grad_cam(model, photo, index).values, expected, atol=1e-6)


def test_signed_hires_cam_sums_to_the_logit(photo):
    """Where a linear head follows the layer, nothing of the score is left over."""
    network = conv_flatten_dense()
    model = wrap(network, name="n", preprocessing="unit")
    bias = np.asarray(network.layers[-1].bias)
    for index in range(4):
        attribution = hires_cam(model, photo, index, signed=True)
        assert attribution.values.sum() + bias[index] == pytest.approx(attribution.score, abs=1e-4)
        positive = hires_cam(model, photo, index).values
        np.testing.assert_array_equal(positive, np.maximum(attribution.values, 0))


@pytest.mark.parametrize("method", [class_activation_map, grad_cam, hires_cam])
def test_a_contrast_is_the_difference_of_signed_maps(photo, method):
    """Two classes against each other: the map of the difference is the difference of the maps."""
    model = wrap(networks.conv_mean_dense(), name="n", preprocessing="unit")
    options = {} if method is class_activation_map else {"signed": True}
    first, second, both = (
        method(model, photo, target, **options) for target in (0, 2, Contrast(0, 2))
    )
    np.testing.assert_allclose(both.values, first.values - second.values, atol=1e-6)
    assert both.score == pytest.approx(first.score - second.score, abs=1e-5)
    assert both.probability == pytest.approx(first.probability - second.probability, abs=1e-6)


def test_contrasts_by_label_and_their_refusals(photo):
    """Labels name both classes; a class against itself says nothing, an unknown one is refused."""
    labels = ["wolf", "husky", "fox", "snow"]
    model = wrap(networks.conv_mean_dense(), name="n", labels=labels)
    attribution = grad_cam(model, photo, Contrast("wolf", 1))
    assert attribution.target.label == "wolf rather than husky"
    with pytest.raises(TargetError, match="'husky' with itself is zero"):
        grad_cam(model, photo, Contrast("husky", 1))
    with pytest.raises(TargetError, match="no class 'bear'"):
        grad_cam(model, photo, Contrast("wolf", "bear"))


@replica_of("eigen_cam")
def test_eigen_cam_is_the_first_principal_direction(photo):
    """Its map is the best one-direction summary of the activations, and positive in sum."""
    network = networks.conv_mean_dense()
    model = wrap(network, name="n", preprocessing="unit")
    before = keras.Model(network.input, network.get_layer("conv2").output)
    cells = before(model.preprocess(photo)).numpy()[0].reshape(-1, 6).astype(float)
    values, vectors = np.linalg.eigh(cells.T @ cells)
    projected = cells @ vectors[:, -1]
    projected *= np.sign(projected.sum())
    attribution = eigen_cam(model, photo)
    np.testing.assert_allclose(attribution.values.ravel(), np.maximum(projected, 0), atol=1e-4)
    assert np.square(projected).sum() == pytest.approx(values[-1], rel=1e-6)
    np.testing.assert_array_equal(attribution.values, eigen_cam(model, photo, 3).values)
    assert attribution.units == "activation"


@pytest.mark.parametrize("cut", ["conv1", "conv2"])
def test_cam_refuses_what_it_is_not_defined_on(photo, cut):
    """More than a mean and a dense layer after the maps: refused, with what lies there."""
    if cut == "conv1":
        model = wrap(networks.conv_mean_dense(), name="n")
        sentence = "has: Conv2D, GlobalAveragePooling2D, Dense"
    else:
        model, cut = wrap(conv_flatten_dense(), name="n"), None
        sentence = "After 'conv2' n has: Dense"
    with pytest.raises(ArchitectureError, match=sentence):
        class_activation_map(model, photo, 0, layer=cut)


def test_cam_looks_through_all_that_hands_values_on(photo):
    """Noise, a cast and the linear activation of mixed precision compute nothing."""
    flat = networks.conv_mean_dense()
    x = layers.GaussianNoise(0.3)(flat.get_layer("conv2").output)
    x = keras.ops.cast(layers.GlobalAveragePooling2D()(x), "float32")
    x = flat.get_layer("predictions")(layers.Activation("linear")(x))
    network = keras.Model(flat.input, layers.Activation("linear", dtype="float32")(x))
    expected = class_activation_map(wrap(flat, name="n", preprocessing="unit"), photo, 1)
    attribution = class_activation_map(wrap(network, name="n", preprocessing="unit"), photo, 1)
    assert (attribution.layer, attribution.units) == ("conv2", "logit")
    np.testing.assert_allclose(attribution.values, expected.values, atol=1e-6)


def test_cam_refuses_a_score_that_is_no_logit(photo):
    """Where the output is no function of recovered logits the dense weights explain nothing."""
    network = networks.conv_mean_dense(activation="tanh")
    model = wrap(network, name="n")
    assert model.head.kind == "score"
    with pytest.raises(ArchitectureError, match="CAM needs a network"):
        class_activation_map(model, photo, 0)


@pytest.mark.parametrize("method", [class_activation_map, grad_cam])
def test_cam_looks_through_dropout_and_separate_activations(photo, method):
    """What does nothing when a network is asked does not count as a layer in between."""
    keras.utils.set_random_seed(1)
    inputs = keras.Input((16, 16, 3))
    x = layers.Conv2D(5, 3, name="conv")(inputs)
    x = layers.GlobalAveragePooling2D(keepdims=True)(x)
    x = layers.Dropout(0.3)(layers.Flatten()(x))
    x = layers.Activation("softmax")(layers.Dense(3, use_bias=False)(x))
    model = wrap(keras.Model(inputs, x), name="n", preprocessing="unit")
    options = {"signed": True} if method is grad_cam else {}
    cells = 14 * 14 if method is grad_cam else 1
    attribution = method(model, photo, 2, **options)
    assert attribution.values.mean() * cells == pytest.approx(attribution.score, abs=1e-5)


@pytest.mark.parametrize("method", [*GRADIENT_CAMS, class_activation_map, eigen_cam])
def test_two_sides_of_a_sigmoid(photo, method):
    """The negative side of a sigmoid is explained by the same head with its sign flipped."""
    keras.utils.set_random_seed(9)
    inputs = keras.Input((16, 16, 3))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(5, 3, activation="relu", name="conv")(inputs))
    network = keras.Model(inputs, layers.Dense(1, activation="sigmoid")(x))
    model = wrap(network, name="n", preprocessing="unit")
    positive, negative = method(model, photo, 1), method(model, photo, 0)
    assert positive.score == pytest.approx(-negative.score, abs=1e-6)
    assert positive.probability + negative.probability == pytest.approx(1, abs=1e-6)
    assert positive.values.max() > 0 or negative.values.max() > 0
    if method is class_activation_map:
        np.testing.assert_allclose(positive.values, -negative.values, atol=1e-6)
    elif method in (grad_cam, hires_cam):
        other = method(model, photo, 1, signed=True).values
        np.testing.assert_allclose(negative.values, np.maximum(-other, 0), atol=1e-6)
    elif method is eigen_cam:
        np.testing.assert_array_equal(negative.values, positive.values)
    else:
        slow = {grad_cam_plus_plus: slow_plus_plus, layer_cam: slow_layer}[method]
        maps, gradient = maps_and_gradient(network, model.preprocess(photo), "conv", 0)
        for side, attribution in ((1, positive), (-1, negative)):
            expected = slow(maps, side * gradient)
            np.testing.assert_allclose(attribution.values, expected, rtol=1e-3, atol=1e-6)
            assert expected.max() > 1e-4


@pytest.mark.parametrize("method", [*GRADIENT_CAMS, eigen_cam])
def test_a_layer_beside_the_way_to_the_output_is_refused(photo, method):
    """A map of a layer that the score does not depend on would say nothing, silently."""
    keras.utils.set_random_seed(4)
    inputs = keras.Input((16, 16, 3))
    x = layers.Conv2D(4, 3, name="shared")(inputs)
    kind = layers.Dense(3, name="kind")(layers.GlobalAveragePooling2D()(x))
    side = layers.Conv2D(2, 3, name="side")(x)
    colour = layers.Dense(2, name="colour")(layers.Flatten()(side))
    model = wrap(keras.Model(inputs, [kind, colour]), name="n")
    assert method(model, photo, layer="side", output="colour").output == "colour"
    with pytest.raises(UnreachedError, match=r"does not depend on layer 'side'.*'shared'"):
        method(model, photo, layer="side", output="kind")
    with pytest.raises(TargetError, match=r"no output 'size' that lists classes. It has: 'kind', "):
        method(model, photo, output="size")


def ending(way, x):
    """Ends that look like a mean and a dense layer and are none."""
    mean = layers.GlobalAveragePooling2D()
    if way == "activation in the dense layer":
        return layers.Softmax()(layers.Dense(3, activation="relu")(mean(x)))
    if way == "softmax over the maps":
        return layers.Dense(3)(mean(layers.Softmax()(x)))
    if way == "softmax over the means":
        return layers.Dense(3)(layers.Softmax()(mean(x)))
    if way == "mean over the wrong axes":
        return layers.Dense(3)(layers.GlobalAveragePooling2D(data_format="channels_first")(x))
    return layers.Dense(3)(mean(layers.Reshape((14, 28, 2))(x)))


@pytest.mark.parametrize(
    "way",
    [
        "activation in the dense layer",
        "softmax over the maps",
        "softmax over the means",
        "mean over the wrong axes",
        "reshaped maps",
    ],
)
def test_cam_refuses_ends_that_only_look_right(photo, way):
    """Where the mean of the map and the bias are not the score, the map would explain nothing."""
    keras.utils.set_random_seed(3)
    inputs = keras.Input((16, 16, 3))
    x = layers.Conv2D(4, 3, activation="relu", name="conv")(inputs)
    if way == "reshaped maps":
        x = layers.Conv2D(4, 3, padding="same", name="last")(x)
    model = wrap(keras.Model(inputs, ending(way, x)), name="n", preprocessing="raw")
    layer = "conv" if way != "reshaped maps" else "last"
    with pytest.raises(ArchitectureError, match="CAM needs a network"):
        class_activation_map(model, 255 - photo, 1, layer=layer)

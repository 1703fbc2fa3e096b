"""Files of weights alone: which network of keras.applications they are of."""

import copy

import h5py
import keras
import numpy as np
import pytest
from keras.src.legacy.saving import legacy_h5_format

import cnnviz_core as cnnviz
from cnnviz_core.model_files.container.contents import Contents
from cnnviz_core.model_files.container.hdf5 import Hdf5Store
from cnnviz_core.model_files.known_networks import raw_configuration
from cnnviz_core.model_files.weights.known_weights import KnownWeights, recognize
from cnnviz_core.zoo.cards import APPLICATIONS

FAMILIES = [
    ("MobileNet", {}),
    ("MobileNet", {"alpha": 0.25}),
    ("MobileNetV2", {"alpha": 0.35}),
    ("MobileNetV3Small", {}),
    ("MobileNetV3Small", {"minimalistic": True}),
    ("DenseNet121", {}),
    ("ResNet50", {}),
    ("NASNetMobile", {}),
    ("EfficientNetB0", {}),
    ("EfficientNetV2B0", {}),
    ("InceptionV3", {}),
    ("Xception", {}),
    ("ConvNeXtTiny", {}),
]
"""Of every build: with and without named layers, gates, nested layers, separable kernels."""


def contents(path):
    """A file of weights as it is handed to `recognize`."""
    store = Hdf5Store.open(path.read_bytes())
    return Contents("hdf5", None, None, None, store, "")


def save(network, path, form):
    """Save the weights alone, in Keras 3's form or in the older one."""
    if form == "archive":
        network.save_weights(path)
    else:
        with h5py.File(path, "w") as file:
            legacy_h5_format.save_weights_to_hdf5_group(file, network)
    return contents(path)


def build(constructor, **options):
    """A network of keras.applications with random weights."""
    return getattr(keras.applications, constructor)(weights=None, **options)


def known_weights(constructor, options, top, classes, channels=3):
    """What is to be found out of a file of weights, with the side that the cards tell."""
    rows = APPLICATIONS.values()
    sides = {row.constructor: row.side for row in rows if row.alpha is None}
    return KnownWeights(
        constructor, tuple(options.items()), top, sides[constructor], classes, channels
    )


@pytest.mark.parametrize(("constructor", "options"), FAMILIES)
def test_families_are_told_apart(tmp_path, constructor, options):
    """Each form, with an own number of classes and without a classifier, gives its architecture."""
    side = {"input_shape": (224, 224, 3)} if "V3" in constructor[-8:] else {}
    for top in (True, False):
        own = {"classes": 7} if top else {}
        network = build(constructor, include_top=top, **own, **side, **options)
        expected = known_weights(constructor, options, top, 7 if top else None)
        for form in ("listed", "archive"):
            path = tmp_path / f"{top}.{form}.weights.h5"
            assert recognize(save(network, path, form)) == expected


@pytest.mark.parametrize("form", ["listed", "archive"])
def test_grey_pictures_and_one_class(tmp_path, form):
    """Channels come from the first kernel; one class ends in a sigmoid."""
    network = build("MobileNet", classes=1, input_shape=(224, 224, 1))
    known = recognize(save(network, tmp_path / "grey.weights.h5", form))
    assert known == known_weights("MobileNet", {}, True, 1, 1)
    config = raw_configuration(known)["config"]
    assert config["layers"][0]["config"]["batch_shape"] == [None, 224, 224, 1]
    assert config["layers"][-1]["config"]["activation"] == "sigmoid"


@pytest.mark.parametrize("form", ["listed", "archive"])
def test_other_networks_are_not_taken_for_known_ones(tmp_path, form):
    """A layer more, a layer less or an own classifier on a base is not the architecture."""
    inputs = keras.Input((64, 64, 3))
    base = keras.applications.MobileNet(
        weights=None, include_top=False, input_tensor=inputs, alpha=0.25
    )
    pooled = keras.layers.GlobalMaxPooling2D()(base.output)
    own = keras.Model(inputs, keras.layers.Dense(5)(pooled))
    cut = keras.Model(inputs, base.layers[-4].output)
    small = keras.Sequential([inputs, keras.layers.Conv2D(3, 3)])
    for position, network in enumerate((own, cut, small)):
        assert recognize(save(network, tmp_path / f"{position}.weights.h5", form)) is None


def test_pixels_prepared_outside_are_another_network(tmp_path):
    """Without its rescaling inside, an EfficientNetV2 expects other pixels: it is not guessed."""
    network = build("EfficientNetV2B0", include_preprocessing=False)
    for form in ("listed", "archive"):
        assert recognize(save(network, tmp_path / f"{form}.weights.h5", form)) is None


@pytest.mark.parametrize("name", ["InceptionV3", "ConvNeXtTiny", "MobileNetV3Small", "VGG16"])
def test_the_configuration_is_of_that_network(name):
    """What `raw_configuration` gives builds a network whose arrays have the same names and shapes.

    Layers without a name of their own are numbered from the start, whatever was built before.
    """
    with keras.StatelessScope(initialize_variables=False):
        build("MobileNetV3Small", input_shape=(224, 224, 3))
        known = known_weights(name, {}, True, 9)
        raw = raw_configuration(known)
        again = raw_configuration(known)
    assert raw == again
    names = [layer["config"]["name"] for layer in raw["config"]["layers"]]
    keras.backend.clear_session()
    with keras.StatelessScope(initialize_variables=False):
        network = keras.saving.deserialize_keras_object(copy.deepcopy(raw))
    assert network.output_shape == (None, 9)
    assert {operation.name for operation in network.operations} == set(names)
    assert len(names) == len(network.operations)


def test_imagenets_efficientnet_is_rescaled_as_keras_does(tmp_path, monkeypatch):
    """Weights whose normalization holds deviations get the layer that Keras adds for them."""
    network = build("EfficientNetB0")
    rng = np.random.default_rng(0)
    values = network.get_weights()
    values[:3] = [np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225]), np.array(0)]
    network.set_weights(values)
    path = tmp_path / "imagenet.weights.h5"
    known = recognize(save(network, path, "archive"))
    assert known.rescaled
    ours = keras.saving.deserialize_keras_object(raw_configuration(known))
    monkeypatch.setattr("keras.src.utils.file_utils.get_file", lambda *_args, **_options: path)
    monkeypatch.setattr(keras.Model, "load_weights", lambda model, path: model.set_weights(values))
    theirs = keras.applications.EfficientNetB0(weights="imagenet")
    ours.set_weights(values)
    image = rng.uniform(0, 255, (1, 224, 224, 3))
    rescaled, expected, plain = (
        np.asarray(keras.Model(model.input, model.get_layer("stem_conv").output)(image))
        for model in (ours, theirs, network)
    )
    np.testing.assert_allclose(rescaled, expected, atol=1e-5)
    assert np.abs(plain - expected).max() > 0.1


def test_a_hostile_list_of_layers_is_no_known_network(tmp_path):
    """Names that lead nowhere, twice or to groups are refused without an error."""
    path = tmp_path / "hostile.h5"
    for names in (["a"], ["a", "a"], ["../b"], [""], []):
        with h5py.File(path, "w") as file:
            file.attrs["layer_names"] = [name.encode() for name in names] or np.zeros(0, "S1")
            group = file.create_group("a")
            group.attrs["weight_names"] = [b"a/kernel:0", b"b"]
            group.create_group("b")
        assert recognize(contents(path)) is None


@pytest.mark.parametrize("form", ["archive", "listed"])
def test_weights_alone_become_the_network(tmp_path, form):
    """A file of weights is inspected and built like a whole model, and says what was taken."""
    network = keras.applications.MobileNet(
        alpha=0.25, weights=None, input_shape=(128, 128, 3), classes=5
    )
    rng = np.random.default_rng(0)
    network.set_weights([rng.uniform(0.1, 0.3, weight.shape) for weight in network.get_weights()])
    save(network, tmp_path / "mine.weights.h5", form)
    model_file = cnnviz.inspect_model_file(tmp_path / "mine.weights.h5")
    assert model_file.summary().kind == "MobileNet (alpha 0.25)"
    assert "weights alone" in model_file.summary().notes[0]
    pictures = rng.uniform(-1, 1, (2, 224, 224, 3)).astype("float32")
    twin = keras.applications.MobileNet(
        alpha=0.25, weights=None, input_shape=(224, 224, 3), classes=5
    )
    twin.set_weights(network.get_weights())
    expected = np.asarray(twin(pictures, training=False))
    np.testing.assert_allclose(model_file.network()(pictures, training=False), expected, atol=1e-6)

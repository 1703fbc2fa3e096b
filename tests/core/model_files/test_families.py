"""Honest files of keras.applications: what is built of them equals what Keras itself loads."""

import gc

import keras
import numpy as np
import pytest

from cnnviz_core.model_files.inspecting import inspect_model_file

SMALLEST = {
    "InceptionV3": 75,
    "InceptionResNetV2": 75,
    "Xception": 71,
}
NOT_BY_KERAS = ("convnext_tiny", "inception_resnet_v2", "MobileNetV3Large", "MobileNetV3Small")
"""Networks whose HDF5 files Keras 3.15 writes and cannot read: we do."""
FAMILIES = (
    "ConvNeXtTiny",
    "DenseNet121",
    "EfficientNetB0",
    "EfficientNetV2B0",
    "InceptionResNetV2",
    "InceptionV3",
    "MobileNet",
    "MobileNetV2",
    "MobileNetV3Large",
    "MobileNetV3Small",
    "NASNetMobile",
    "ResNet50",
    "ResNet50V2",
    "VGG16",
    "VGG19",
    "Xception",
)


def built(name):
    """A network with weights none of which is as it was made, so that each must be read."""
    side = SMALLEST.get(name, 64)
    constructor = getattr(keras.applications, name)
    options = {"minimalistic": False} if "V3" in name and "Mobile" in name else {}
    network = constructor(weights=None, input_shape=(side, side, 3), classes=7, **options)
    rng = np.random.default_rng(0)
    for weight in network.weights:
        old = np.asarray(weight)
        noise = rng.normal(0, 0.02, old.shape).astype(old.dtype)
        weight.assign(np.abs(old + noise) if "variance" in weight.name else old + noise)
    return network


@pytest.fixture(scope="module", params=FAMILIES)
def family(request):
    """A family's network, pictures, and what it says of them."""
    network = built(request.param)
    side = network.input_shape[1]
    pictures = np.random.default_rng(1).uniform(0, 1, (2, side, side, 3)).astype(np.float32)
    yield network, pictures, np.asarray(network(pictures, training=False))
    keras.backend.clear_session()
    gc.collect()


@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file:UserWarning")
def test_a_file_gives_what_keras_gives(family, ending, tmp_path):
    """Outputs equal those of `load_model`, and of the network that was saved, to 1e-6."""
    network, pictures, expected = family
    path = tmp_path / f"model.{ending}"
    network.save(path)
    model_file = inspect_model_file(path)
    answer = np.asarray(model_file.network()(pictures, training=False))
    np.testing.assert_allclose(answer, expected, rtol=0, atol=1e-6)
    assert np.ptp(expected, axis=1).min() > 1e-4  # not the same for every class
    if ending == "keras" or network.name not in NOT_BY_KERAS:
        loaded = keras.saving.load_model(path, compile=False)
        theirs = np.asarray(loaded(pictures, training=False))
        np.testing.assert_allclose(answer, theirs, rtol=0, atol=1e-6)
        assert model_file.repairs == ()
    else:
        assert any("found by its name" in repair.what for repair in model_file.repairs)
    assert model_file.sizes.parameters == network.count_params()

"""From names and files to models, with their cards."""

import json
import os
import subprocess
import sys
import urllib.request

import keras
import numpy as np
import pytest

import cnnviz_core as cnnviz
from cnnviz_core.errors import (
    ModelFileError,
    ModelNotFoundError,
    UnsupportedModelError,
    WeightsUnavailableError,
)
from cnnviz_core.network.wrapping import wrap
from cnnviz_core.zoo import applications, cards
from tests.core import networks
from tests.places import FIXTURES, ROOT, SHARED

KERAS_HOME = SHARED / "keras-home"


def test_trusted_file_loads_exactly(tmp_path, photo):
    """A saved model, as .keras and as .h5, answers as the one in memory, with its labels."""
    network = networks.residual()
    for suffix in (".keras", ".h5"):
        path = tmp_path / f"mine{suffix}"
        network.save(path)
        model = cnnviz.load_model(path, labels=list("abcde"), preprocessing="unit")
        assert model.name == "mine"
        prediction = cnnviz.predict(model, photo)
        expected = np.asarray(network(model.preprocess(photo)))[0]
        assert prediction.labels[0] == "abcde"[int(expected.argmax())]
        np.testing.assert_allclose(prediction.probabilities[0], expected.max(), atol=1e-6)


def test_unusable_names_and_files(tmp_path):
    """A wrong name, a broken file and a wrong number of labels each give a sentence."""
    with pytest.raises(ModelNotFoundError, match="No model is called 'nonsense'"):
        cnnviz.load_model("nonsense")
    with pytest.raises(ModelNotFoundError, match=r"no .keras or .h5 file"):
        cnnviz.load_model("../../etc/passwd")
    broken = tmp_path / "broken.keras"
    broken.write_bytes(b"not a zip")
    with pytest.raises(ModelFileError, match="This is a text file"):
        cnnviz.load_model(broken)
    with pytest.raises(ModelNotFoundError, match="No model is called"):
        cnnviz.load_model("x" * 5000 + ".keras")
    with pytest.raises(ModelFileError, match="2 labels were given for a network with 4 classes"):
        wrap(networks.conv_mean_dense(), name="n", labels=["a", "b"])


def test_old_files_are_read_as_their_own_keras_did():
    """A path is read with its repairs; what an old file holds and we refuse, Keras is not asked."""
    record = json.loads((FIXTURES / "keras2.0.8-theano-channels-first.h5.json").read_text())
    model = cnnviz.load_model(FIXTURES / "keras2.0.8-theano-channels-first.h5")
    shape = record["inputs"][0]["shape"]
    values = np.random.RandomState(record["seed"]).uniform(0, 1, shape).astype("float32")
    answer = model.network(np.moveaxis(values, 1, -1), training=False)
    np.testing.assert_allclose(answer, record["outputs"][0], atol=1e-5)
    with pytest.raises(ModelFileError, match="Lambda"):
        cnnviz.load_model(FIXTURES / "keras2.2.4-lambda-layer.h5")


def test_layers_of_ones_own_are_left_to_keras(tmp_path, photo):
    """A file of Keras 3 with a registered layer loads from a path that its owner trusts."""

    @keras.saving.register_keras_serializable("loading")
    class Halved(keras.layers.Layer):
        def call(self, inputs):
            return inputs / 2

    image = keras.Input((8, 8, 3))
    flat = keras.layers.Flatten()(Halved()(image))
    network = keras.Model(image, keras.layers.Dense(3, activation="softmax")(flat))
    network.save(tmp_path / "own.keras")
    prediction = cnnviz.predict(cnnviz.load_model(tmp_path / "own.keras"), photo, top=3)
    expected = cnnviz.predict(cnnviz.load_model(network), photo, top=3)
    np.testing.assert_allclose(prediction.logits, expected.logits, atol=1e-6)
    with pytest.raises(ModelFileError, match="Halved"):
        cnnviz.inspect_model_file(tmp_path / "own.keras")


def test_damaged_files_give_a_sentence(tmp_path):
    """A model file with bytes changed or cut loads, or is refused; it never breaks."""
    path = tmp_path / "model.keras"
    networks.binary().save(path)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(25):
        data = bytearray(whole[: rng.integers(100, len(whole))])
        data[rng.integers(len(data))] ^= 255
        path.write_bytes(data)
        with pytest.raises((ModelFileError, UnsupportedModelError), match="model"):
            cnnviz.load_model(path)
        refused += 1
    assert refused == 25


@pytest.mark.parametrize("error", [TimeoutError("timed out"), ConnectionResetError("reset")])
def test_stalled_downloads_are_missing_weights(monkeypatch, tmp_path, error):
    """A connection that stalls or breaks ends in the advice where to put which file."""

    def fetch(*_args, **_kwargs):
        raise error

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(urllib.request, "urlopen", fetch)
    with pytest.raises(
        WeightsUnavailableError, match="neither found on this machine nor"
    ) as caught:
        cnnviz.load_model("vgg16")
    application = cards.APPLICATIONS["vgg16"]
    assert f"fetch {application.url} and https://" in str(caught.value)
    assert f"put {application.file} and imagenet_class_index.json into" in str(caught.value)
    assert "models/weights of cnnviz" in str(caught.value)


def test_applications_load_from_keras_cache(tmp_path):
    """Weights and class names put into KERAS_HOME by hand are found there without a network."""
    code = """
import json, sys
from pathlib import Path
import keras, numpy as np
folder = Path(sys.argv[1]) / "models"
folder.mkdir()
network = keras.applications.MobileNet(alpha=0.5, input_shape=(160, 160, 3), weights=None)
network.save(folder / "mobilenet_5_0_160_tf.h5")
names = {str(i): [f"n{i}", f"some_thing_{i // 2}"] for i in range(1000)}
(folder / "imagenet_class_index.json").write_text(json.dumps(names))
import dataclasses
import cnnviz_core as cnnviz
from cnnviz_core.zoo import weight_files
weight_files.CLASS_INDEX = dataclasses.replace(weight_files.CLASS_INDEX, digest=None)
model = cnnviz.load_model("mobilenet-0.5-160")
assert model.labels[6] == "some thing 3 (6)", model.labels[6]
image = np.random.default_rng(0).integers(0, 256, (160, 160, 3)).astype(np.uint8)
expected = network.predict(image[None] / 127.5 - 1, verbose=0)[0]
found = cnnviz.predict(model, image, top=1000)
np.testing.assert_allclose(found.probabilities, expected[list(found.indices)], atol=1e-6)
assert cnnviz.grad_cam(model, image, 5).layer == "conv_pw_13_relu"
"""
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        check=True,
        cwd=ROOT,
        env={**os.environ, "KERAS_HOME": str(tmp_path)},
    )


@pytest.mark.skipif(
    not (KERAS_HOME / "models" / "mobilenet_5_0_160_tf.h5").is_file(),
    reason="needs a folder with real ImageNet weights beside the project",
)
def test_real_weights_know_a_real_photo():
    """With real ImageNet weights the cat of the sample photos is a cat."""
    code = """
import cnnviz_core as cnnviz
from cnnviz_ui.frame import samples
image = cnnviz.read_image(samples.available()["chelsea"].path())
labels = cnnviz.predict(cnnviz.load_model("mobilenet-0.5-160"), image, top=3).labels
assert {"tabby", "Egyptian cat", "tiger cat"} & set(labels), labels
"""
    subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        cwd=ROOT,
        env={**os.environ, "KERAS_HOME": str(KERAS_HOME)},
    )


def test_cards_of_bundled_models():
    """Every bundled model has a card whose facts are those of its file."""
    bundled = [card for card in cnnviz.available_models() if card.family == "bundled"]
    assert {card.name for card in bundled} >= {"photos20", "lecture-binary"}
    for card in bundled:
        model = cnnviz.load_model(card.name)
        facts = json.loads((cards.MODELS / card.name / "card.json").read_text())
        assert model.input_size == card.input_size
        assert model.labels == card.labels
        assert model.default_layer == card.default_layer
        assert cnnviz.structure(model).parameters == facts["parameters"]
        confusion = np.array(facts["accuracy"]["confusion"])
        assert confusion.sum() == facts["accuracy"]["images"]
        assert np.trace(confusion) / confusion.sum() == pytest.approx(
            facts["accuracy"]["top1"], abs=1e-3
        )


def test_lecture_binary_is_the_lectures_network():
    """Its layers, sizes and 3,453,121 parameters are the lecture's."""
    table = cnnviz.structure(cnnviz.load_model("lecture-binary"))
    assert table.parameters == 3_453_121
    shapes = [layer.output_shape for layer in table.layers if layer.kind == "Conv2D"]
    assert shapes == [(148, 148, 32), (72, 72, 64), (34, 34, 128), (15, 15, 128)]
    assert table.output_kind == "sigmoid"


def test_who_waits_for_a_download_is_told_of_it(monkeypatch):
    """`load_model` hands its listener to the download of weights."""
    heard = []

    def fetch(name, on_step):
        on_step(3, 10, None)
        raise WeightsUnavailableError("stopped")

    monkeypatch.setattr(applications, "fetch_weights", fetch)
    with pytest.raises(WeightsUnavailableError, match="stopped"):
        cnnviz.load_model("vgg16", on_step=lambda *step: heard.append(step))
    assert heard == [(3, 10, None)]

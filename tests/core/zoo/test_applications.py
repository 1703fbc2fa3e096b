"""keras.applications: what is listed of them, and what becomes of their weights."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from keras.src.backend.common import global_state

import cnnviz_core as cnnviz
from cnnviz_core.errors import WeightsUnavailableError
from cnnviz_core.zoo import applications, weight_files
from cnnviz_core.zoo.cards import APPLICATIONS, bundled_path
from tests.places import ROOT, SHARED

WEIGHTS = SHARED / "keras-home" / "models"
MOBILENET = APPLICATIONS["mobilenet-0.5-160"]


class AskedError(Exception):
    """Raised in place of a download."""


@pytest.fixture
def without_values():
    """Networks built without memory for their weights, which nobody reads."""
    with keras.StatelessScope(initialize_variables=False):
        yield
    global_state.set_global_attribute("uninitialized_variables", [])


@pytest.fixture
def home(monkeypatch, tmp_path):
    """Folders of weights of their own, empty."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(weight_files, "MODELS", tmp_path / "project")
    (tmp_path / "project" / "weights").mkdir(parents=True)
    (tmp_path / "keras" / "models").mkdir(parents=True)
    return tmp_path


def options(application):
    """Arguments of the constructor that a table's entry stands for."""
    arguments = {"input_shape": (application.side, application.side, 3)}
    return arguments if application.alpha is None else {**arguments, "alpha": application.alpha}


def test_every_application_of_keras_is_listed():
    """No constructor of keras.applications is left out, and no name is listed that it lacks."""
    constructors = {name for name in dir(keras.applications) if name[:1].isupper()}
    assert {application.constructor for application in APPLICATIONS.values()} == constructors
    assert len(constructors) == 40
    assert all(name == application.name for name, application in APPLICATIONS.items())


@pytest.mark.parametrize("name", APPLICATIONS)
def test_the_table_is_what_keras_asks_for(name, without_values, monkeypatch):
    """File, address, pinned digest, parameters and side are those of the Keras installed."""
    application, requests = APPLICATIONS[name], []

    def get_file(file, origin, cache_subdir, file_hash=None):
        # Here the network is built: its caller has it.
        network = sys._getframe(1).f_locals["model"]
        requests.append((file, origin, file_hash, network.count_params(), network.input_shape))
        raise AskedError

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", get_file)
    with pytest.raises(AskedError):
        getattr(keras.applications, application.constructor)(
            weights="imagenet", **options(application)
        )
    side = application.side
    assert requests == [
        (
            application.file,
            application.url,
            application.digest,
            application.parameters,
            (None, side, side, 3),
        )
    ]


def test_only_mobilenets_one_and_two_have_no_pinned_digest():
    """Every other file is checked, by MD5 or SHA-256."""
    free = {name for name, application in APPLICATIONS.items() if application.digest is None}
    assert free == {"mobilenet-0.5-160", "mobilenet", "mobilenet-v2"}
    assert {
        len(application.digest) for application in APPLICATIONS.values() if application.digest
    } == {32, 64}


def test_stated_numbers_are_those_of_keras_documentation():
    """Rows of https://keras.io/api/applications: megabytes, top-1, top-5."""
    rows = {
        "xception": (88, 79.0, 94.5),
        "vgg16": (528, 71.3, 90.1),
        "resnet152-v2": (232, 78.0, 94.2),
        "mobilenet": (16, 70.4, 89.5),
        "densenet169": (57, 76.2, 93.2),
        "nasnet-large": (343, 82.5, 96.0),
        "efficientnet-b7": (256, 84.3, 97.0),
        "efficientnet-v2-l": (479, 85.7, 97.5),
        "convnext-xlarge": (1310, 86.7, None),
    }
    for name, row in rows.items():
        application = APPLICATIONS[name]
        assert (application.megabytes, application.top1, application.top5) == row


def test_stated_sizes_fit_the_parameters():
    """A file holds four bytes a parameter and what names them: no size is a slip of the table's."""
    for application in APPLICATIONS.values():
        if application.megabytes is not None:
            assert 0.98 < application.megabytes * 2**20 / (4 * application.parameters) < 1.15, (
                application.name
            )
        assert application.size_bytes >= 0.98 * 4 * application.parameters


def test_cards_say_size_parameters_and_accuracy():
    """Each card of keras.applications has them; what is not stated is None and never 0."""
    cards = {card.name: card for card in cnnviz.available_models()}
    assert cards["resnet50"].group == "ResNet"
    assert cards["resnet50"].size_bytes == 98 * 2**20
    assert cards["resnet50"].parameters == 25_636_712
    assert (cards["resnet50"].top1, cards["resnet50"].top5) == (74.9, 92.1)
    assert cards["mobilenet-v3-small"].top5 is None
    assert cards["mobilenet-0.5-160"].top1 is None
    groups = {card.group for card in cards.values() if card.family == "keras.applications"}
    assert groups == {
        "MobileNet", "MobileNetV2", "MobileNetV3", "VGG", "ResNet", "ResNetV2", "InceptionV3",
        "InceptionResNetV2", "Xception", "DenseNet", "NASNet", "EfficientNet", "EfficientNetV2",
        "ConvNeXt",
    }  # fmt: skip
    bundled = cards["shapes"]
    assert bundled.size_bytes == bundled_path("shapes").stat().st_size
    assert bundled.group == ""


@pytest.mark.parametrize("folder", ["project/weights", "keras/models"])
def test_weights_are_taken_from_either_folder(home, folder):
    """The project's folder and Keras's: the network answers with the weights that lie there."""
    rng = np.random.default_rng(0)
    network = applications.build("mobilenet-0.5-160", weights=None)
    network.set_weights([rng.uniform(0.1, 0.2, weight.shape) for weight in network.get_weights()])
    network.save(home / folder / MOBILENET.file)
    built = applications.build("mobilenet-0.5-160")
    for ours, theirs in zip(built.get_weights(), network.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_damaged_file_is_a_sentence(home):
    """A file without a pinned digest that is cut short is refused by name."""
    path = home / "keras" / "models" / MOBILENET.file
    path.write_bytes(b"\x89HDF\r\n\x1a\n and no more")
    with pytest.raises(
        WeightsUnavailableError, match=r"cannot be read as the weights of MobileNet"
    ):
        applications.build("mobilenet-0.5-160")


def test_weights_of_another_network_are_a_sentence(home):
    """A file under the wrong name does not load."""
    other = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3)])
    other.save(home / "keras" / "models" / MOBILENET.file)
    with pytest.raises(WeightsUnavailableError, match=r"Remove it, or replace it by https://"):
        applications.build("mobilenet-0.5-160")


def test_keras_is_left_as_it_was(home):
    """After a build, a failed one too, Keras's own download is in its place again."""
    before = keras.utils.get_file
    (home / "keras" / "models" / MOBILENET.file).write_bytes(b"nothing")
    with pytest.raises(WeightsUnavailableError):
        applications.build("mobilenet-0.5-160")
    assert keras.src.utils.file_utils.get_file is before


@pytest.mark.skipif(
    not (WEIGHTS / MOBILENET.file).is_file(),
    reason="needs real ImageNet weights in ../shared/keras-home beside the project",
)
def test_real_weights_equal_keras_own_prediction():
    """MobileNet with real weights, from a folder that cannot be written, answers as in Keras."""
    code = """
import sys
from pathlib import Path
import keras, numpy as np
import cnnviz_core as cnnviz
from cnnviz_core.zoo import weight_files
from cnnviz_ui.frame import samples
assert "mobilenet-0.5-160" in weight_files.weights_present()
image = cnnviz.read_image(samples.available()["chelsea"].path())
model = cnnviz.load_model("mobilenet-0.5-160")
found = cnnviz.predict(model, image, top=1000)
network = keras.applications.MobileNet(
    alpha=0.5, input_shape=(160, 160, 3), weights=sys.argv[1]
)
expected = network.predict(model.preprocess(image), verbose=0)[0]
np.testing.assert_allclose(found.probabilities, expected[list(found.indices)], atol=1e-6)
assert {"tabby", "Egyptian cat", "tiger cat"} & set(found.labels[:3]), found.labels[:3]
"""
    subprocess.run(
        [sys.executable, "-c", code, str(WEIGHTS / MOBILENET.file)],
        check=True,
        cwd=ROOT,
        env={**os.environ, "KERAS_HOME": str(WEIGHTS.parent)},
    )

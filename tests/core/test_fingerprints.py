"""A model's fingerprint: of its weights, found where Keras finds them."""

import hashlib
import os

import keras
import pytest
from keras.src.backend.common import global_state

from cnnviz_core import fingerprints
from cnnviz_core.fingerprints import WEIGHTS, fingerprint, weights_path
from cnnviz_core.zoo import APPLICATIONS, bundled_path

SLOW = {"resnet101", "inception-resnet-v2", "densenet201", "nasnet-mobile"}  # to build


class FoundError(Exception):
    """Raised in place of a download."""


@pytest.fixture
def without_weights():
    """Networks built without memory for their weights, which nobody reads."""
    with keras.StatelessScope(initialize_variables=False):
        yield
    global_state.set_global_attribute("uninitialized_variables", [])


def test_keras_keeps_the_weights_in_the_files_that_we_name(without_weights, monkeypatch):
    """Applications ask for the file of our table; one that is renamed would not be kept."""
    asked = []

    def get_file(name, *arguments, **options):
        asked.append(name)
        raise FoundError

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", get_file)
    quick = [name for name in APPLICATIONS if name not in SLOW]
    for name in quick:
        application = APPLICATIONS[name]
        build = getattr(keras.applications, application.constructor)
        options = {} if application.alpha is None else {"alpha": application.alpha}
        with pytest.raises(FoundError):
            build(
                weights="imagenet",
                input_shape=(application.side, application.side, 3),
                **options,
            )
    assert asked == [WEIGHTS[name] for name in quick]
    assert set(WEIGHTS) == set(APPLICATIONS)


def test_a_bundled_models_fingerprint_is_that_of_its_file():
    """SHA-256, in hexadecimal."""
    content = bundled_path("shapes").read_bytes()
    assert fingerprint("shapes") == hashlib.sha256(content).hexdigest()


def test_an_applications_fingerprint_is_that_of_its_weights(monkeypatch, tmp_path):
    """None before Keras has downloaded them, another after they changed."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert fingerprint("vgg16") is None
    path = weights_path("vgg16")
    path.parent.mkdir()
    for content in (b"one", b"other"):
        path.write_bytes(content)
        assert fingerprint("vgg16") == hashlib.sha256(content).hexdigest()


def test_a_folder_that_cannot_be_written_is_not_where_keras_looks(monkeypatch, tmp_path):
    """Keras ignores it, and so do we."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert not weights_path("vgg16").is_relative_to(tmp_path)


@pytest.mark.parametrize("name", ["nobody", "../models/shapes", "/etc/passwd", ""])
def test_a_name_without_a_card_has_no_fingerprint(name):
    """No file is looked for under it."""
    assert (weights_path(name), fingerprint(name)) == (None, None)


def test_a_file_is_read_once(monkeypatch, tmp_path):
    """A large file is not digested for every visitor."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    path = weights_path("vgg19")
    path.parent.mkdir()
    path.write_bytes(b"weights")
    found = fingerprint("vgg19")
    monkeypatch.setattr(fingerprints.hashlib, "file_digest", None)
    assert fingerprint("vgg19") == found

"""A model's fingerprint: of its weights, found where they lie on this machine."""

import hashlib

import pytest

from cnnviz_core.zoo import weight_files
from cnnviz_core.zoo.cards import APPLICATIONS, bundled_path
from cnnviz_core.zoo.fingerprints import fingerprint, weights_path


def test_a_bundled_models_fingerprint_is_that_of_its_file():
    """SHA-256, in hexadecimal."""
    content = bundled_path("shapes").read_bytes()
    assert fingerprint("shapes") == hashlib.sha256(content).hexdigest()


def test_an_applications_fingerprint_is_that_of_its_weights(monkeypatch, tmp_path):
    """None before they were downloaded, another after they changed; the project's come first."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(weight_files, "MODELS", tmp_path / "project")
    assert fingerprint("vgg16") is None
    for folder in (tmp_path / "models", tmp_path / "project" / "weights"):
        folder.mkdir(parents=True)
        path = folder / APPLICATIONS["vgg16"].file
        for content in (b"one", f"other in {folder}".encode()):
            path.write_bytes(content)
            assert weights_path("vgg16") == path
            assert fingerprint("vgg16") == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("name", ["nobody", "../models/shapes", "/etc/passwd", ""])
def test_a_name_without_a_card_has_no_fingerprint(name):
    """No file is looked for under it."""
    assert (weights_path(name), fingerprint(name)) == (None, None)


def test_a_file_is_read_once(monkeypatch, tmp_path):
    """A large file is not digested for every visitor."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    path = tmp_path / "models" / APPLICATIONS["vgg19"].file
    path.parent.mkdir()
    path.write_bytes(b"weights")
    digest = fingerprint("vgg19")
    monkeypatch.setattr(hashlib, "file_digest", None)
    assert fingerprint("vgg19") == digest

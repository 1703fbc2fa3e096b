"""What an upload is, by its bytes: each kind of file gets its own advice."""

import gzip
import io
import json
import pickle
import struct
import tarfile
import zipfile

import numpy as np
import pytest

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.container.identify import identify
from cnnviz_core.model_files.container.opening import open_contents
from tests.core.model_files import hostile_files as make

LABELS = "1 Dog\n0 Black cat\n2 Tür\n"


def tar() -> bytes:
    """A SavedModel folder, packed."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("model/saved_model.pb"))
    return buffer.getvalue()


def arrays() -> bytes:
    """Arrays as NumPy packs them."""
    buffer = io.BytesIO()
    np.savez(buffer, kernel=np.zeros(3), bias=np.zeros(2))
    return buffer.getvalue()


def field(number: int, value: bytes | int) -> bytes:
    """A field of a protobuf: an integer below 128, or bytes."""
    key = number << 3 | (0 if isinstance(value, int) else 2)
    body = bytes([value]) if isinstance(value, int) else varint(len(value)) + value
    return varint(key) + body


def varint(value: int) -> bytes:
    """An integer as protobufs write it."""
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + varint(value >> 7)


NODE = field(1, field(1, b"conv/kernel") + field(2, b"Const") + field(5, b"x" * 300))
NOTEBOOK = json.dumps({"cells": [], "nbformat": 4}, indent=1)
ARCHITECTURE = json.dumps({"class_name": "Sequential", "config": {"layers": []}})
FOREIGN = {
    "empty": (b"", "is empty"),
    "zeros": (bytes(5000), "nothing but zeros"),
    "blank": (b"\n \n", "nothing but zeros or blanks"),
    "LFS": (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 9\n", "git lfs pull"),
    "web page": (b"\n<!DOCTYPE html>\n<html><head>", "web page"),
    "web page without type": (b"<HTML lang=en>", "web page"),
    "error page": (b"<?xml version='1.0'?><Error>", "web page"),
    "PyTorch": (make.zipped({"model/data.pkl": b"\x80\2", "model/data/0": b""}), "nobuco"),
    "PyTorch archive": (make.zipped({"archive/data.pkl": b"", "archive/version": b"3"}), "PyTorch"),
    "old PyTorch": (b"\x80\2\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", "PyTorch"),
    "PyTorch in a zip": (make.zipped({"best.pth": b"x"}), "PyTorch"),
    "pickle": (pickle.dumps({"a": 1}, protocol=5), "Python pickle"),
    "old pickle": (pickle.dumps([1], protocol=2), "Python pickle"),
    "pickle in a zip": (make.zipped({"model.joblib": b"x"}), "Python pickle"),
    "npy": (b"\x93NUMPY\1\0v\0{'descr'", "NumPy arrays"),
    "npz": (arrays(), "NumPy arrays"),
    "safetensors": (struct.pack("<Q", 2) + b"{}", "safetensors"),
    "ONNX": (field(1, 8) + field(2, b"pytorch") + field(7, b"graph"), "onnx2tf -i"),
    "ONNX without producer": (field(1, 8) + field(8, b"\x10\x0d") + field(7, b"g"), "ONNX"),
    "TFLite": (b"\x1c\0\0\0TFL3\x14\0", "TensorFlow Lite"),
    "SavedModel": (field(1, 1) + field(2, b"meta graph" * 90), "SavedModel"),
    "Keras part of a SavedModel": (
        field(1, field(2, 0) + field(3, b"root") + field(4, b"_tf_keras_network")),
        "SavedModel",
    ),
    "SavedModel in a zip": (make.zipped({"m/saved_model.pb": b"", "m/variables/x": b""}), "2.15"),
    "frozen graph": (NODE * 3 + field(4, b""), "TensorFlow graph"),
    "TensorFlow.js": (json.dumps({"modelTopology": {}, "weightsManifest": []}).encode(), r"\.js"),
    "Teachable Machine, web": (
        make.zipped({"model.json": b"{}", "metadata.json": b"{}", "weights.bin": b""}),
        "choose Tensorflow, then Keras",
    ),
    "Teachable Machine, phone": (
        make.zipped({"model_unquant.tflite": b"", "labels.txt": b""}),
        "choose Tensorflow, then Keras",
    ),
    "checkpoint": (b'model_checkpoint_path: "model.ckpt-10"\n', "checkpoint"),
    "checkpoint index": (b"\0\0\1\2" + b"\x57\xfb\x80\x8b\x24\x75\x47\xdb", "checkpoint"),
    "checkpoint in a zip": (make.zipped({"checkpoint": b"", "a.index": b""}), "checkpoint"),
    "Core ML": (field(1, 4) + field(2, b"about") + field(500, b"network"), "Core ML"),
    "Core ML in a zip": (make.zipped({"Data/com.apple.CoreML/model.mlmodel": b""}), "Core ML"),
    "GGUF": (b"GGUF\3\0\0\0", "language model"),
    "tar": (tar(), "packed folder"),
    "gzip": (gzip.compress(b"x"), "packed folder"),
    "7z": (b"7z\xbc\xaf\x27\x1c\0\4", "packed folder"),
    "rar": (b"Rar!\x1a\x07\x01\0", "packed folder"),
    "notebook": (NOTEBOOK.encode(), "Python source or a notebook"),
    "Python": (b'"""Train."""\n\nimport keras\n', "Python source or a notebook"),
    "source in a zip": (make.zipped({"train.py": b"", "README.md": b""}), "Python source"),
    "architecture": (ARCHITECTURE.encode(), "architecture of a model as JSON"),
    "architecture as text": (json.dumps(ARCHITECTURE).encode(), "architecture of a model"),
    "JSON": (b'{"a": 1}', "JSON file without a model"),
    "PDF": (b"%PDF-1.7\n", "PDF"),
    "JPEG": (b"\xff\xd8\xff\xe0\0\x10JFIF", "Upload it as a photo"),
    "PNG": (b"\x89PNG\r\n\x1a\n", "Upload it as a photo"),
    "WebP": (b"RIFF\1\0\0\0WEBPVP8 ", "Upload it as a photo"),
    "pictures": (make.zipped({"a/1.jpg": b"", "a/2.PNG": b""}), "pictures and no model"),
    "office": (make.zipped({"[Content_Types].xml": b"", "word/a.xml": b""}), "office document"),
    "text": ("Größe,Farbe\n1,rot\n".encode(), "text file"),
    "empty zip": (make.zipped({}), "holds no Keras model"),
    "zip": (make.zipped({"a.dat": b""}), "holds no Keras model"),
    "unpacked": (
        make.zipped({"m/config.json": b"", "m/model.weights.h5": b"", "m/metadata.json": b""}),
        "was unpacked",
    ),
    "noise": (b"\xf3\x9a\0\xbc\x11" * 99, "no file that Keras writes"),
}


@pytest.mark.parametrize(
    ("content", "match"), [pytest.param(*row, id=name) for name, row in FOREIGN.items()]
)
def test_every_foreign_file_is_told_what_it_is(content, match):
    """One or two sentences say what was uploaded and how to come to a Keras file."""
    with pytest.raises(ModelFileError, match=match) as refusal:
        open_contents(content, "model.keras")
    assert len(str(refusal.value)) < 320
    assert str(refusal.value).endswith(".")


def test_names_decide_nothing():
    """A file is read as what it is; a name that says otherwise is only remarked on."""
    assert open_contents(make.hdf5(), "model.keras").container == "hdf5"
    assert open_contents(make.hdf5(), "model.keras").misnamed
    assert open_contents(make.hdf5(), "model.model").misnamed
    assert open_contents(make.keras(), "model.h5").misnamed
    assert open_contents(make.keras(), "model.h5").container == "keras"
    for right in ("MODEL.H5", "model.hdf5", "model.weights.h5", ""):
        assert not open_contents(make.hdf5(), right).misnamed
    assert not open_contents(make.keras(), "a.b.keras").misnamed


@pytest.mark.parametrize("folder", ["", "converted_keras/"])
def test_a_teachable_machine_export_brings_its_labels(folder):
    """Labels are put in the order of their numbers, wherever the folder is."""
    members = {
        f"{folder}keras_model.h5": make.hdf5(),
        f"{folder}labels.txt": LABELS.encode(),
        f"__MACOSX/{folder}._keras_model.h5": b"\0\5\x16\7",
    }
    contents = open_contents(make.zipped(members, zipfile.ZIP_DEFLATED), "converted_keras.zip")
    assert contents.labels == ("Black cat", "Dog", "Tür")
    assert contents.inside == f"{folder}keras_model.h5"
    assert contents.configuration == make.CONFIGURATION
    assert not contents.misnamed


@pytest.mark.parametrize(
    "text", [b"", b"cat\ndog\n", b"0 cat\n0 dog\n", b"1 cat\n2 dog\n", b"0 \xff\n", b"0\n1\n"]
)
def test_labels_that_are_not_understood_are_left_out(text):
    """Numbers that are missing, doubled or do not start at 0 give no labels, never wrong ones."""
    zipped = make.zipped({"keras_model.h5": make.hdf5(), "labels.txt": text})
    assert open_contents(zipped).labels is None


def test_a_zip_around_one_archive_is_opened():
    """A .keras inside a zip is read as if it had been uploaded itself."""
    contents = open_contents(make.zipped({"model.keras": make.keras(), "notes.md": b"x"}))
    assert (contents.container, contents.inside) == ("keras", "model.keras")


@pytest.mark.parametrize(
    ("content", "weights"),
    [
        pytest.param(make.keras_weights(), "", id="Keras 3"),
        pytest.param(make.hdf5(configuration=None), "model_weights", id="model without network"),
    ],
)
def test_weights_alone_have_no_configuration(content, weights):
    """A file of weights is opened; what it belongs to is for the caller to find out."""
    contents = open_contents(content, "model.weights.h5")
    assert contents.configuration is None
    assert contents.weights == weights


def test_weights_of_keras_2_alone_are_opened():
    """save_weights of Keras 2 puts the layers' groups and names at the root."""

    def fill(file):
        del file["model_weights"]
        file.attrs["layer_names"] = [b"dense"]
        file["dense/dense/kernel:0"] = np.zeros((3, 4), "float32")

    contents = open_contents(make.hdf5(fill, configuration=None))
    assert (contents.configuration, contents.weights, contents.version) == (None, "", "2.3.1")


def test_versions_beside_the_weights_are_found():
    """Keras 2.0 says version and backend at the weights' group only."""

    def fill(file):
        for name in ("keras_version", "backend"):
            file["model_weights"].attrs[name] = file.attrs[name]
            del file.attrs[name]

    contents = open_contents(make.hdf5(fill))
    assert (contents.version, contents.backend) == ("2.3.1", "tensorflow")


def test_a_configuration_written_twice_over_is_parsed():
    """JSON that was put into JSON once more gives the same configuration."""
    twice = json.dumps(json.dumps(make.CONFIGURATION)).encode()
    assert open_contents(make.hdf5(configuration=twice)).configuration == make.CONFIGURATION


def test_containers_are_found_by_their_first_bytes():
    """HDF5 also behind a user block, zip also when empty."""
    assert identify(make.hdf5(userblock_size=512)) == "hdf5"
    assert identify(make.keras()) == identify(make.zipped({})) == "zip"

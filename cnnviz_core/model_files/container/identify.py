"""What a file is, by its bytes and never by its name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.container import foreign_formats as foreign
from cnnviz_core.model_files.container.hdf5 import signature_offset
from cnnviz_core.model_files.container.protobuf import protobuf_sentence

if TYPE_CHECKING:
    from collections.abc import Iterable

_MODEL_SUFFIXES = (".h5", ".hdf5", ".keras")
_PICKLE_SUFFIXES = (".pkl", ".pickle", ".joblib", ".sav")
_TORCH_SUFFIXES = (".pt", ".pth")
_PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")
_HEAD = 4096
_PIECE = 2**20
_PYTHON = re.compile(rb"^(?:import |from \w[\w.]* import |def \w+\(|#!.*python)", re.MULTILINE)


def identify(content: bytes) -> Literal["hdf5", "zip"]:
    """Say how to open a file.

    Args:
        content: the file.

    Returns:
        "hdf5", or "zip" for an archive, whose members say the rest.

    Raises:
        ModelFileError: it is neither; the sentence says what it is and what to do.
    """
    if signature_offset(content) is not None:
        return "hdf5"
    if content.startswith((b"PK\3\4", b"PK\5\6")):
        return "zip"
    if not content:
        raise ModelFileError(foreign.EMPTY)
    if _is_blank(content):
        raise ModelFileError(foreign.ZEROS)
    raise ModelFileError(_binary_sentence(content) or _text_sentence(content) or foreign.UNKNOWN)


def model_member(names: Iterable[str]) -> str:
    """Name the one model file in a zip archive.

    Args:
        names: of its members.

    Raises:
        ModelFileError: there is none, or more than one, or it is another program's file.
    """
    files = [name for name in names if not _is_clutter(name)]
    models = [name for name in files if name.lower().endswith(_MODEL_SUFFIXES)]
    shown = ", ".join(repr(name[:80]) for name in sorted(models)[:3])
    sentence = _zip_sentence(files)
    if sentence and (not models or sentence in (foreign.SAVED_MODEL, foreign.UNPACKED_KERAS)):
        raise ModelFileError(sentence)
    if len(models) > 1:
        raise ModelFileError(
            f"This zip archive holds {len(models)} model files ({shown}). Unpack it and upload the "
            "one you want to see."
        )
    if not models:
        raise ModelFileError(foreign.ZIP)
    pickled = [name for name in files if name.lower().endswith(_PICKLE_SUFFIXES)]
    if pickled:
        raise ModelFileError(
            f"Beside the model, this zip archive holds a Python pickle {pickled[0][:80]!r}, which "
            f"can run any program when it is opened. Upload {shown} by itself."
        )
    return models[0]


def _is_clutter(name: str) -> bool:
    """Whether a member is a folder or a note that macOS or Windows left."""
    parts = name.split("/")
    return name.endswith("/") or parts[0] == "__MACOSX" or parts[-1].startswith("._")


def _zip_sentence(files: list[str]) -> str | None:
    """What a zip archive without a Keras model is."""
    last = [name.rsplit("/", 1)[-1].lower() for name in files]
    suffixes = {"." + name.rsplit(".", 1)[-1] for name in last if "." in name}
    unpacked = {"config.json", "model.weights.h5"} <= set(last)
    rules: list[tuple[bool, str]] = [
        (unpacked, foreign.UNPACKED_KERAS),
        ("data.pkl" in last, foreign.PYTORCH),
        ("saved_model.pb" in last or "saved_model.pbtxt" in last, foreign.SAVED_MODEL),
        (".tflite" in suffixes, foreign.TFLITE),
        (".mlmodel" in suffixes, foreign.CORE_ML),
        ("model.json" in last, foreign.TENSORFLOW_JS),
        (".onnx" in suffixes, foreign.ONNX),
        (".safetensors" in suffixes, foreign.SAFETENSORS),
        (".index" in suffixes and "checkpoint" in last, foreign.CHECKPOINT),
        (suffixes == {".npy"}, foreign.NUMPY),
        ("[content_types].xml" in last, foreign.OFFICE),
        (bool(suffixes & set(_TORCH_SUFFIXES)), foreign.PYTORCH),
        (bool(suffixes & set(_PICKLE_SUFFIXES)), foreign.PICKLE),
        (bool(suffixes) and suffixes <= set(_PICTURE_SUFFIXES), foreign.PICTURES),
        (bool(suffixes & {".py", ".ipynb"}), foreign.SOURCE),
    ]
    return next((sentence for holds, sentence in rules if holds), None)


def _is_blank(content: bytes) -> bool:
    pieces = (content[start : start + _PIECE] for start in range(0, len(content), _PIECE))
    return not any(piece.strip(b"\0 \t\r\n") for piece in pieces)


def _binary_sentence(content: bytes) -> str | None:
    for offset, magic, sentence in foreign.MAGIC:
        if content.startswith(magic, offset):
            return sentence
    if content[:1] == b"\x80" and content[1:2] in b"\2\3\4\5" and len(content) > 1:
        torch = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19" in content[:64]
        return foreign.PYTORCH if torch else foreign.PICKLE
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return foreign.PICTURE
    if content.endswith(b"\x57\xfb\x80\x8b\x24\x75\x47\xdb"):
        return foreign.CHECKPOINT
    header = int.from_bytes(content[:8], "little")
    if 2 <= header <= len(content) - 8 and content[8:9] == b"{":
        return foreign.SAFETENSORS
    return protobuf_sentence(content)


def _text_sentence(content: bytes) -> str | None:
    head = content[:_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"version https://git-lfs"):
        return foreign.GIT_LFS
    if re.match(rb"<!doctype html|<html|<\?xml|<!--|<head|<script", head[:64], re.IGNORECASE):
        return foreign.WEB_PAGE
    if head.startswith((b"model_checkpoint_path", b"all_model_checkpoint_paths")):
        return foreign.CHECKPOINT
    if head[:1] in (b"{", b"[") or head.startswith(b'"{'):
        return _json_sentence(content)
    if b"\0" in head:
        return None
    return foreign.SOURCE if _PYTHON.search(head) else foreign.TEXT if _is_text(head) else None


def _json_sentence(content: bytes) -> str:
    if b'"nbformat"' in content:
        return foreign.SOURCE
    if b'"weightsManifest"' in content or b'"modelTopology"' in content:
        return foreign.TENSORFLOW_JS
    if b"class_name" in content and b"config" in content:
        return foreign.ARCHITECTURE
    return foreign.JSON


def _is_text(head: bytes) -> bool:
    try:
        return head[: _HEAD - 8].decode().isprintable() or b"\n" in head
    except UnicodeDecodeError:
        return False

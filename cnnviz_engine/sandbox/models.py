"""Uploaded models as the sandbox holds them: files that arrived, networks, and models of them.

All tables are bounded by bytes. What was dropped is asked for anew: the engine sends the file
again. A network is built once for a file; other labels or another preprocessing share it.
"""

from __future__ import annotations

import gc
import importlib
import sys
import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import cnnviz_core as cnnviz
from cnnviz_engine.byte_table import ByteTable
from cnnviz_engine.errors import (
    NO_SANDBOX,
    TOO_MUCH_MEMORY,
    UploadMissingError,
    UploadRefusedError,
)
from cnnviz_engine.model_table import BYTES_PER_WEIGHT, loaded_models
from cnnviz_engine.sandbox import process
from cnnviz_engine.settings import Settings

if TYPE_CHECKING:
    from cnnviz_core.model_files.inspecting import ModelFile
    from cnnviz_core.network.model import LoadedModel
    from cnnviz_engine.sandbox.uploads import UploadedModel

_LOADING = "cnnviz_core.zoo.loading"  # which imports TensorFlow
_COMPILED_BYTES = 56 * 2**20  # of functions that its use compiles, 10 to 35 MB, and of kept tensors
_FILES = 2  # as many as there are jobs at once, none of which may displace the other's
_building = threading.Lock()
_digests: dict[str, str] = {}  # of the files from which the models were built, by the models' names


@lru_cache(maxsize=1)
def _files() -> ByteTable[str, UploadedModel]:
    return ByteTable(_FILES * Settings.from_environment().upload_limit)


@lru_cache(maxsize=1)
def _networks() -> ByteTable[str, tuple[ModelFile, Any]]:
    """By the digest of a file's bytes: the file as inspected, and its network."""
    return ByteTable(Settings.from_environment().model_bytes)


def receive(upload: UploadedModel) -> None:
    """Keep a file until its model is built.

    Raises:
        UploadRefusedError: this process is no sandbox.
    """
    if not process.entered():
        raise UploadRefusedError(NO_SANDBOX)
    _files().put(upload.name, upload, len(upload.content))


def inspected(name: str) -> ModelFile:
    """An uploaded file, looked into; nothing is built, and nothing waits for TensorFlow.

    Raises:
        UploadMissingError: the file is not here.
        ModelFileError: it is refused.
    """
    model_file = _inspected(_file(name))
    if _LOADING not in sys.modules:
        threading.Thread(target=_prepare, daemon=True).start()
    return model_file


def model(name: str) -> LoadedModel:
    """The model of an upload's name, built where it is not yet.

    Raises:
        UploadMissingError: neither the model nor its file is here.
        UploadRefusedError: this process is no sandbox, or the model takes too much memory.
        ModelFileError: the file is refused.
    """
    if not process.entered():
        raise UploadRefusedError(NO_SANDBOX)
    built = loaded_models().get(name)
    if built is not None:
        return built
    with _building:
        built = loaded_models().get(name)
        if built is None:
            upload = _file(name)
            _digests[name] = upload.bytes_held.digest
            built = _build(upload)
            size = built.network.count_params() * BYTES_PER_WEIGHT + _COMPILED_BYTES
            loaded_models().put(name, built, size)
            _files().drop(name)
    return built


def forget(name: str) -> None:
    """Drop a file and its model; runs on the worker's event loop when nobody holds it any more.

    With the last model of a file its network goes too.
    """
    _files().drop(name)
    loaded_models().drop(name)
    digest = _digests.pop(name, None)
    if digest not in _digests.values():
        _networks().drop(digest or "")
    gc.collect()


def _file(name: str) -> UploadedModel:
    if not process.entered():
        raise UploadRefusedError(NO_SANDBOX)
    upload = _files().get(name)
    if upload is None:
        raise UploadMissingError("The model's file is not here any more. Ask again.")
    return upload


def _inspected(upload: UploadedModel) -> ModelFile:
    return cnnviz.inspect_model_file(upload.content, name=upload.file_name)


def _build(upload: UploadedModel) -> LoadedModel:
    try:
        model_file, network = _opened(upload)
        return model_file.build(
            labels=upload.labels,
            preprocessing=upload.preprocessing,
            inputs=dict(upload.inputs),
            classes=upload.classes,
            network=network,
            file_name=upload.file_name,  # another's, who brought the same file, is not told
        )
    except MemoryError:
        raise UploadRefusedError(TOO_MUCH_MEMORY) from None


def _opened(upload: UploadedModel) -> tuple[ModelFile, Any]:
    opened = _networks().get(upload.bytes_held.digest)
    if opened is None:
        model_file = _inspected(upload)
        opened = model_file, model_file.network()
        size = len(upload.content) + model_file.sizes.parameters * BYTES_PER_WEIGHT
        _networks().put(upload.bytes_held.digest, opened, size)
    return opened


def _prepare() -> None:
    """Import TensorFlow while the visitor reads the summary."""
    with _building:
        importlib.import_module(_LOADING)

"""From the bytes of an upload to a model's configuration and arrays."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files import limits
from cnnviz_core.model_files.container.archives import (
    CONFIGURATION,
    METADATA,
    WEIGHTS,
    Archive,
    check_keras_members,
)
from cnnviz_core.model_files.container.contents import Contents
from cnnviz_core.model_files.container.hdf5 import Hdf5Store
from cnnviz_core.model_files.container.identify import identify, model_member
from cnnviz_core.model_files.container.json_text import parse_json

_SUFFIXES = {"keras": (".keras",), "hdf5": (".h5", ".hdf5", ".hdf", ".he5")}
_LABELS = "labels.txt"
_NOT_KERAS = (
    "This HDF5 file holds no Keras model: neither a configuration nor the weights of layers. "
    "Upload a file that model.save(...) wrote."
)


def open_contents(content: bytes, name: str = "") -> Contents:
    """Check a file's container and say what it holds, reading no array.

    Args:
        content: the file.
        name: its name, which decides nothing; it is only held against the content.

    Raises:
        ModelFileError: it is no Keras model, damaged, or beyond the limits.
    """
    if len(content) > limits.MAX_FILE_BYTES:
        raise ModelFileError(
            f"This file has more than {limits.MAX_FILE_BYTES // 2**20} MiB, the most that is read "
            "here."
        )
    if identify(content) == "hdf5":
        return _named(_from_hdf5(content), name)
    archive = Archive(content)
    if WEIGHTS in archive.members or {CONFIGURATION, METADATA} <= set(archive.members):
        return _named(_from_archive(archive), name)
    return _from_zip(archive)


def _from_zip(archive: Archive) -> Contents:
    """The one model in a zip archive, with its labels."""
    inside = model_member(archive.members)
    content = archive.read(inside, limits.MAX_FILE_BYTES)
    if identify(content) == "hdf5":
        contents = _from_hdf5(content)
    else:
        contents = _from_archive(Archive(content))
    return replace(_named(contents, inside), labels=_labels(archive, inside), inside=inside)


def _from_archive(archive: Archive) -> Contents:
    check_keras_members(archive.members)
    for needed in (CONFIGURATION, WEIGHTS):
        if needed not in archive.members:
            raise ModelFileError(
                f"This .keras archive lacks its {needed}. Save the model again with "
                "model.save('model.keras')."
            )
    configuration = parse_json(
        archive.read(CONFIGURATION, limits.MAX_CONFIGURATION_BYTES), "the configuration"
    )
    version = None
    if METADATA in archive.members:
        metadata = parse_json(archive.read(METADATA, limits.MAX_METADATA_BYTES), "the metadata")
        version = _short(metadata.get("keras_version")) if isinstance(metadata, dict) else None
    weights = archive.read(WEIGHTS, limits.MAX_FILE_BYTES)
    if not isinstance(configuration, dict):
        raise ModelFileError(
            "The configuration in this .keras archive describes no model. Save the model again "
            "with model.save('model.keras')."
        )
    return Contents(
        container="keras",
        configuration=configuration,
        version=version,
        backend=None,
        store=Hdf5Store.open(weights),
        weights="",
    )


def _from_hdf5(content: bytes) -> Contents:
    store = Hdf5Store.open(content)
    configuration = _configuration(store)
    inner = "model_weights" if "model_weights" in store.groups else ""
    if configuration is None and not inner and not _is_weights(store):
        raise ModelFileError(_NOT_KERAS)
    return Contents(
        container="hdf5",
        configuration=configuration,
        version=_said(store, inner, "keras_version"),
        backend=_said(store, inner, "backend"),
        store=store,
        weights=inner,
    )


def _configuration(store: Hdf5Store) -> Any:
    """The parsed `model_config`; some old files hold its JSON as a text within JSON."""
    text = store.text("", "model_config")
    if text is None:
        return None
    configuration = parse_json(text.encode(), "the configuration")
    if isinstance(configuration, str):
        configuration = parse_json(configuration.encode(), "the configuration")
    if not isinstance(configuration, dict):
        raise ModelFileError(
            "The configuration in this HDF5 file describes no model. Save the model again with "
            "Keras."
        )
    return configuration


def _is_weights(store: Hdf5Store) -> bool:
    """Whether a file without a configuration holds the weights of layers."""
    if store.texts("", "layer_names") is not None:
        return True
    return bool({"layers", "_layer_checkpoint_dependencies", "vars"} & store.groups)


def _said(store: Hdf5Store, inner: str, attribute: str) -> str | None:
    for group in {"": None, inner: None}:
        text = store.text(group, attribute)
        if text is not None:
            return _short(text)
    return None


def _short(text: Any) -> str | None:
    return text if isinstance(text, str) and len(text) <= limits.MAX_NAME else None


def _named(contents: Contents, name: str) -> Contents:
    suffix = PurePosixPath(name.lower()).suffix
    return replace(contents, misnamed=bool(name) and suffix not in _SUFFIXES[contents.container])


def _labels(archive: Archive, inside: str) -> tuple[str, ...] | None:
    """Class names of a Teachable Machine export: lines of a number, a space and a name.

    None where there is no such file beside the model, or where it is not to be understood.
    """
    beside = inside[: inside.rfind("/") + 1] + _LABELS
    if beside not in archive.members:
        return None
    try:
        text = archive.read(beside, limits.MAX_METADATA_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    matches = [re.fullmatch(r"(\d{1,6})\s+(.+)", line) for line in lines]
    numbered = {int(match[1]): match[2][: limits.MAX_NAME] for match in matches if match}
    if not lines or sorted(numbered) != list(range(len(lines))):
        return None
    return tuple(numbered[index] for index in range(len(lines)))

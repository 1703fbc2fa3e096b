"""What `list_applications.py` asks of Keras by the back door: files it wants, shapes it would save.

Keras offers no other way. A test fails when a version of Keras changes what is reached for here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import keras
from keras.src.backend.common import global_state
from keras.src.saving import saving_lib


class AskedError(Exception):
    """Raised in place of a download, with what Keras asks for."""


@contextmanager
def without_values() -> Iterator[None]:
    """Networks built in it have shapes and no values."""
    with keras.StatelessScope(initialize_variables=False):
        yield
    global_state.set_global_attribute("uninitialized_variables", [])


def wanted(constructor: str, options: dict[str, Any]) -> tuple[str, str, str | None]:
    """File, address and pinned digest that Keras asks for when it wants ImageNet's weights."""

    def get_file(name: str, origin: str, file_hash: str | None = None, **_options: Any) -> None:
        raise AskedError(name, origin, file_hash)

    with mock.patch("keras.src.utils.file_utils.get_file", get_file), without_values():
        try:
            getattr(keras.applications, constructor)(weights="imagenet", **options)
        except AskedError as asked:
            name, origin, digest = asked.args
            return name, origin, digest
    raise RuntimeError(f"{constructor} has asked for no weights.")


class Record(saving_lib.H5IOStore):
    """Takes note of the shapes of what is saved, and keeps no file."""

    def __init__(self) -> None:
        self.made: dict[str, dict[str, Any]] = {}

    def make(self, path: str, metadata: Any = None) -> dict[str, Any]:
        """A place for the variables of the part of a network at `path`."""
        return self.made.setdefault(path, {})

    def __bool__(self) -> bool:
        return True


def saved(network: Any) -> dict[str, dict[str, Any]]:
    """Variables of a network's parts, by the paths at which `save_weights` of Keras 3 puts them."""
    record = Record()
    saving_lib._save_state(network, record, None, "", set())
    return record.made

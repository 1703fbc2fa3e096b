"""What is changed inside Keras for a moment, and put back: names it counts, files it looks for.

Keras offers no other way. A test fails when a version of Keras changes what is reached for here.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from keras.src.backend.common import global_state
from keras.src.utils import file_utils

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_changing = threading.RLock()


@contextmanager
def fresh_names() -> Iterator[None]:
    """Keras numbers the layers that have no name of their own: here from the start."""
    with _changing:
        before = global_state.get_global_attribute("object_name_uids")
        global_state.set_global_attribute("object_name_uids", None)
        try:
            yield
        finally:
            global_state.set_global_attribute("object_name_uids", before)


@contextmanager
def keras_finds(path: Path) -> Iterator[None]:
    """Let a constructor of keras.applications take a file of weights that we have found.

    It must be told "imagenet" rather than the path: EfficientNet gets another layer by that. Keras
    looks into one folder only, and not even there where it cannot write.
    """

    def get_file(name: str, *_arguments: Any, **_options: Any) -> str:
        if name != path.name:
            raise FileNotFoundError(f"Keras asks for {name}, not for {path.name}")
        return str(path)

    with _changing:
        before = file_utils.get_file
        file_utils.get_file = get_file
        try:
            yield
        finally:
            file_utils.get_file = before

"""keras.applications with their ImageNet weights, through Keras's own cache and download."""

from __future__ import annotations

import json
import os
import re
import socket
import threading
from functools import lru_cache
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import keras

from cnnviz_core.errors import WeightsUnavailableError
from cnnviz_core.zoo import APPLICATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")

_CLASS_INDEX = (
    "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json"
)
_DOWNLOAD_TIMEOUT_SECONDS = 20
_FAILED_URL = re.compile(r"(https?://\S+?)[\s:,]*(?:None|--|$|\s)")
_download_lock = threading.Lock()


def build(name: str, weights: str | None = "imagenet") -> keras.Model:
    """Build a keras.applications model by its name in the zoo.

    Args:
        name: a key of `zoo.APPLICATIONS`.
        weights: "imagenet", or None for random ones.

    Raises:
        WeightsUnavailableError: no weights in Keras's cache and no network to fetch them.
    """
    application = APPLICATIONS[name]
    options = {} if application.alpha is None else {"alpha": application.alpha}
    constructor = getattr(keras.applications, application.constructor)
    return _fetching(
        f"The ImageNet weights of {application.constructor}",
        lambda: constructor(
            weights=weights, input_shape=(application.side, application.side, 3), **options
        ),
    )


@lru_cache(maxsize=1)
def imagenet_labels() -> tuple[str, ...]:
    """The 1,000 ImageNet labels in index order, words apart by spaces.

    Labels that stand for several classes (ImageNet has two "crane" and two "maillot") carry their
    index, so that each class can be named.

    Raises:
        WeightsUnavailableError: no list in Keras's cache and no network to fetch it.
    """
    path = _fetching(
        "The list of ImageNet's classes",
        lambda: keras.utils.get_file(
            "imagenet_class_index.json", _CLASS_INDEX, cache_subdir="models"
        ),
    )
    table = json.loads(Path(path).read_text(encoding="utf-8"))
    names = [table[str(index)][1].replace("_", " ") for index in range(len(table))]
    return tuple(
        f"{name} ({index})" if names.count(name) > 1 else name for index, name in enumerate(names)
    )


def _fetching(what: str, fetch: Callable[[], Result]) -> Result:
    """Call `fetch`, which may download, and turn a failed download into a sentence."""
    with _download_lock:
        before = socket.getdefaulttimeout()
        socket.setdefaulttimeout(_DOWNLOAD_TIMEOUT_SECONDS)
        try:
            return fetch()
        except (OSError, HTTPException) as error:
            # A connection that stalls, breaks or ends early, and a file cut short by that.
            raise WeightsUnavailableError(_advice(what, str(error))) from error
        except Exception as error:
            # Keras raises a bare Exception where nothing answers; anything else is a defect.
            if "URL fetch failure" not in str(error):
                raise
            raise WeightsUnavailableError(_advice(what, str(error))) from error
        finally:
            socket.setdefaulttimeout(before)


def _advice(what: str, message: str) -> str:
    found = _FAILED_URL.search(message)
    url = found.group(1).rstrip(":") if found else "the address Keras names"
    folder = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser() / "models"
    return (
        f"{what} could be neither read on this machine nor downloaded. On a machine with a "
        f"network fetch {url} and put the file into {folder} here (or set KERAS_HOME to a folder "
        "that has it in models/)."
    )

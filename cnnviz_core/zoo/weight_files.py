"""Files of pretrained weights: where they lie, whether they are the right ones, and their download.

Light: reads files, never TensorFlow. A file is looked for in `models/weights` of the project, then
in Keras's own cache. What is missing is downloaded here and not by Keras, whose download tells
nobody how far it is, cannot be stopped, waits for ever on a connection that stalls, and leaves half
a file behind under the final name where the process is killed.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import threading
import urllib.request
import uuid
from dataclasses import dataclass
from functools import lru_cache, partial
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from urllib.error import HTTPError, URLError

from cnnviz_core.errors import WeightsUnavailableError
from cnnviz_core.progress import Pass, no_preview, run
from cnnviz_core.zoo.cards import APPLICATIONS, MODELS

if TYPE_CHECKING:
    from cnnviz_core.progress import OnStep, Passes

TIMEOUT_SECONDS = 20.0
"""Without a byte from the server."""
MAX_BYTES = 2 * 2**30
"""Of one file; ConvNeXtXLarge, the largest, has 1.3 GiB."""
FOLDERS = "models/weights of cnnviz or models in KERAS_HOME, by default ~/.keras,"
"""Where weights are put by hand, in words: a visitor of a server is not told its paths."""
_CHUNK = 2**20
_downloading = threading.Lock()


@dataclass(frozen=True)
class WeightFile:
    """A file that Keras keeps.

    Attributes:
        name: in its folder.
        url: where it comes from.
        digest: MD5 or SHA-256 that Keras pins, in hexadecimal; None where it pins none.
    """

    name: str
    url: str
    digest: str | None


CLASS_INDEX = WeightFile(
    "imagenet_class_index.json",
    "https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json",
    "c2c37ea517e94d9795004a39431a14cb",
)
"""Names of ImageNet's 1,000 classes."""


def weight_file(name: str) -> WeightFile:
    """The file of ImageNet weights of one of `zoo.APPLICATIONS`."""
    application = APPLICATIONS[name]
    return WeightFile(application.file, application.url, application.digest)


def folders() -> tuple[Path, ...]:
    """Where weights may lie, in the order of search.

    The project's own folder; Keras's, in `KERAS_HOME` or the home directory; and the one in the
    folder of temporary files to which Keras turns where its own cannot be written.
    """
    return MODELS / "weights", _keras_home() / "models", _spare_folder()


def find(wanted: WeightFile) -> Path | None:
    """Where a file lies; None where it has not been fetched. Its content is not looked at."""
    places = (folder / wanted.name for folder in folders())
    return next((path for path in places if path.is_file()), None)


def weights_present() -> frozenset[str]:
    """Those of `zoo.APPLICATIONS` whose weights lie on this machine; one look a folder."""
    files = {file for folder in folders() for file in _files(folder)}
    return frozenset(name for name, asked in APPLICATIONS.items() if asked.file in files)


def _files(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if entry.is_file()]
    except OSError:
        return []


def fetch_weights(name: str, on_step: OnStep | None = None) -> Path:
    """The file of an application's ImageNet weights, downloaded where it is not on this machine.

    With it comes the list of ImageNet's classes, so that nothing is missing later.

    Args:
        name: a key of `zoo.APPLICATIONS`.
        on_step: told of the bytes there are, of those in all (0 where the server does not say) and
            None; False stops the download.

    Raises:
        WeightsUnavailableError: a file can be neither found nor downloaded, was stopped, or is
            not the one that Keras pins.
    """
    what = f"The ImageNet weights of {APPLICATIONS[name].constructor}"
    return _present(what, [weight_file(name), CLASS_INDEX], on_step)


@lru_cache(maxsize=1)
def imagenet_labels() -> tuple[str, ...]:
    """The 1,000 ImageNet labels in index order, words apart by spaces.

    Labels that stand for several classes (ImageNet has two "crane" and two "maillot") carry their
    index, so that each class can be named.

    Raises:
        WeightsUnavailableError: the list can be neither found nor downloaded.
    """
    path = _present("The list of ImageNet's classes", [CLASS_INDEX])
    table = json.loads(path.read_text(encoding="utf-8"))
    names = [table[str(index)][1].replace("_", " ") for index in range(len(table))]
    return tuple(
        f"{name} ({index})" if names.count(name) > 1 else name for index, name in enumerate(names)
    )


def imagenet_labels_here() -> tuple[str, ...] | None:
    """`imagenet_labels` where their list lies on this machine and is right; else None."""
    try:
        return imagenet_labels() if find(CLASS_INDEX) is not None else None
    except WeightsUnavailableError:
        return None


def _present(what: str, files: list[WeightFile], on_step: OnStep | None = None) -> Path:
    """Path of the first file; all that are missing are downloaded where that one is."""
    with _downloading:
        path = find(files[0])
        if path is not None:
            _check(files[0], path)
            return path
        try:
            path = run(_download(files[0]), on_step)
            for file in files[1:]:
                if find(file) is None:
                    run(_download(file))
        except (OSError, HTTPException) as error:
            if isinstance(error, HTTPError):
                error.close()  # it holds the connection
            missing = [file for file in files if find(file) is None]
            raise WeightsUnavailableError(_advice(what, missing, error)) from error
        return path


def _download(wanted: WeightFile) -> Passes[Path]:
    """Fetch a file into Keras's folder, under another name until it is whole and right."""
    target = _writable_folder() / wanted.name
    part = target.with_name(f"{wanted.name}.{uuid.uuid4().hex}.part")
    try:
        with urllib.request.urlopen(wanted.url, timeout=TIMEOUT_SECONDS) as response:
            stated = response.headers.get("Content-Length") or ""
            total = int(stated) if stated.isdecimal() else 0
            with part.open("xb") as file:
                done = 0
                while chunk := response.read(_CHUNK):
                    file.write(chunk)
                    done += len(chunk)
                    yield Pass(done, total, partial(_stopped, wanted, done), no_preview)
                    if done > MAX_BYTES:
                        raise OSError(f"more than {MAX_BYTES} bytes came for {wanted.name}")
        if total and done != total:
            raise OSError(f"the connection ended after {done} of {total} bytes")
        _check(wanted, part, source=wanted.url)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def _stopped(wanted: WeightFile, done: int) -> NoReturn:
    raise WeightsUnavailableError(f"The download of {wanted.name} was stopped after {done} bytes.")


def _check(wanted: WeightFile, path: Path, source: str = "") -> None:
    """Refuse a file that is not the one that Keras pins; where it pins none, any will do."""
    if wanted.digest is None:
        return
    algorithm = "sha256" if len(wanted.digest) == 64 else "md5"
    digest = digest_of(path, algorithm)
    if digest == wanted.digest:
        return
    place = f"{source} gave" if source else "On this machine is"
    raise WeightsUnavailableError(
        f"{place} another file than the {wanted.name} that Keras expects: its {algorithm.upper()} "
        f"is {digest}, not {wanted.digest}. "
        + ("Nothing was kept." if source else f"Remove it, or replace it by {wanted.url}.")
    )


def digest_of(path: Path, algorithm: str) -> str:
    """Digest of a file, in hexadecimal, computed once for each of its states by size and time.

    Raises:
        OSError: there is no such file, or it cannot be read.
    """
    status = path.stat()
    return _digest(path, algorithm, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=64)
def _digest(path: Path, algorithm: str, size: int, modified: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def _advice(what: str, missing: list[WeightFile], error: Exception) -> str:
    """What to do for files that could not be downloaded, all of them in one sentence."""
    urls = " and ".join(file.url for file in missing)
    names = " and ".join(file.name for file in missing)
    return (
        f"{what} could be neither found on this machine nor downloaded ({_reason(error)}). "
        f"On a machine with a network fetch {urls} and put {names} into {FOLDERS} here."
    )


def _reason(error: Exception) -> str:
    """What went wrong, in the system's words where it has some; they name no path."""
    inner = getattr(error, "reason", None) if not isinstance(error, HTTPError) else None
    cause = inner if isinstance(error, URLError) and inner else error
    words = getattr(cause, "strerror", None) or str(cause)
    return " ".join(words.split())[:200] or type(error).__name__


def _keras_home() -> Path:
    return Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser()


def _spare_folder() -> Path:
    return Path("/tmp" if Path("/tmp").is_dir() else tempfile.gettempdir()) / ".keras" / "models"


def _writable_folder() -> Path:
    """Keras's folder; where it cannot be written, the one to which Keras turns then."""
    for folder in (_keras_home() / "models", _spare_folder()):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    raise OSError("neither KERAS_HOME nor the folder of temporary files can be written")

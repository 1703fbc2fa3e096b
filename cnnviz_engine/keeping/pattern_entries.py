"""One finished `Patterns` as one file: NumPy's .npz, and a reader that believes nothing in it.

Images are 8-bit, which they are in all but type, and nothing is compressed: a file holds what its
size says, and is read as fast as the disk gives it.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from cnnviz_core.images.levels import fractions, levels
from cnnviz_core.maximization.results import MOST_STEPS, Patterns

if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO

    from cnnviz_engine.requests.patterns import PatternsRequest

Array = np.ndarray[Any, Any]

_LEAST = frozenset({"about", "images", "reached", "start", "history"})
_HALF_LEVEL = 0.01  # what float32 may lose of a level


class EntryError(Exception):
    """A file that is no entry, or not of this request."""


def write_entry(file: IO[bytes], patterns: Patterns) -> None:
    """Write patterns so that `read_entry` gives them back bit for bit.

    Raises:
        ValueError: the images are not in the 256 levels of a picture.
    """
    images = levels(patterns.images)
    if not np.allclose(patterns.images * 255, images, rtol=0, atol=_HALF_LEVEL):
        raise ValueError("Patterns in whole 256ths were expected; these have values in between.")
    about = {"names": patterns.names, "preset": patterns.preset, "seed": patterns.seed}
    arrays: dict[str, Array] = {
        "about": np.frombuffer(json.dumps(about).encode(), np.uint8),
        "images": images,
        "reached": np.asarray(patterns.reached, np.float32),
        "start": np.asarray(patterns.start, np.float32),
        "history": np.asarray(patterns.history, np.float32),
    }
    if patterns.frames is not None:
        arrays["frames"] = patterns.frames
    np.savez(cast("Any", file), allow_pickle=False, **arrays)


def read_entry(path: Path, request: PatternsRequest) -> Patterns:
    """Read the patterns that answer a request.

    No array is made before its size is known to be the file's own.

    Raises:
        OSError: there is no such file, or it may not be read.
        EntryError: it is damaged, or is not what `write_entry` wrote for such a request.
    """
    with path.open("rb") as file:
        try:
            arrays = _arrays(file)
            about = json.loads(arrays["about"].tobytes())
            return _patterns(arrays, about, request)
        except Exception as error:  # whatever zipfile, NumPy and json meet in a damaged file
            raise EntryError(f"{path.name} is damaged: {type(error).__name__}.") from error


def _arrays(file: IO[bytes]) -> dict[str, Array]:
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        names = [member.filename.removesuffix(".npy") for member in members]
        if set(names) - {"frames"} != _LEAST or len(set(names)) != len(names):
            raise EntryError("Other members than those of an entry.")
        if any(member.compress_type != zipfile.ZIP_STORED for member in members):
            raise EntryError("A compressed member.")
        if sum(member.file_size for member in members) > file.seek(0, io.SEEK_END):
            raise EntryError("Members larger than their file.")
        return {
            name: _array(archive.read(member)) for name, member in zip(names, members, strict=True)
        }


def _array(content: bytes) -> Array:
    """An array of 8-bit numbers or float32, from the bytes of an .npy file of version 1."""
    stream = io.BytesIO(content)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise EntryError("Another version of the array format.")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream, max_header_size=1000)
    if fortran or dtype not in (np.dtype(np.uint8), np.dtype(np.float32)):
        raise EntryError(f"An array of {dtype}.")
    return np.frombuffer(content, dtype, offset=stream.tell()).reshape(shape)


def _patterns(arrays: dict[str, Array], about: Any, request: PatternsRequest) -> Patterns:
    images, count = arrays["images"], len(request.indices) * request.faces
    height, width = images.shape[1:3]
    if request.size is not None and (height, width) != (request.size, request.size):
        raise EntryError("Patterns of another size.")
    _require(images, np.uint8, (count, height, width, 3))
    _require(arrays["reached"], np.float32, (count,))
    _require(arrays["start"], np.float32, (count,))
    steps = min(len(arrays["history"]), MOST_STEPS)
    _require(arrays["history"], np.float32, (steps, count))
    frames = arrays.get("frames")
    if (frames is not None) != (request.frames > 0):
        raise EntryError("Frames that were not asked for, or none.")
    if frames is not None:
        _require(frames, np.uint8, (request.frames, *images.shape))
    names = about["names"]
    if len(names) != count or not all(isinstance(name, str) for name in names):
        raise EntryError("Other names than one a pattern.")
    if (about["preset"], about["seed"]) != (request.preset, request.seed):
        raise EntryError("Patterns grown otherwise.")
    return Patterns(
        images=fractions(images),
        names=tuple(names),
        reached=arrays["reached"],
        start=arrays["start"],
        history=arrays["history"],
        preset=request.preset,
        seed=request.seed,
        frames=frames,
    )


def _require(array: Array, dtype: type, shape: tuple[int, ...]) -> None:
    if array.dtype != dtype or array.shape != shape:
        raise EntryError(f"{array.dtype} {array.shape}, where {shape} was expected.")

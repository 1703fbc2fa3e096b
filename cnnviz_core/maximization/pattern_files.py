"""Patterns of a model as they are shipped: one picture a layer, and what was measured on it.

    models/<name>/patterns/<layer>.jpg      the layer's patterns, square tiles, 16 a row
    models/<name>/patterns/patterns.json    whose they are, and each tile's name and values

The pictures are lossy, and that is told: `reached` is measured on the tiles as they are read back.
They are JPEG with colour at full resolution. WebP, which halves it, loses more of what the channels
see at the same size of file, and a tile of JPEG whose side is a multiple of 8 takes nothing from
its neighbours.

A layer's file is called as the layer, with each character quoted but ASCII letters, digits and
`_.-~`, so that a slash in a name leads into no other folder.

Light: NumPy and Pillow, never TensorFlow.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
from PIL import Image

from cnnviz_core.arrays import FloatArray, ImageArray
from cnnviz_core.images.levels import fractions, levels
from cnnviz_core.maximization.results import Patterns, Preset

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Measure = Callable[[FloatArray], FloatArray]

ALGORITHMS: dict[Preset, int] = {"best": 1, "maco": 2, "lecture": 1}
"""Raise a preset's when the same request gives other patterns than before: no kept one is shown
then."""

COLUMNS = 16
MOST_SIDE = 65_500  # of a JPEG file
# Not optimized: Pillow's buffer for that is too small for a sheet of noise.
SAVED: dict[str, Any] = {"format": "JPEG", "quality": 48, "subsampling": 0}
INDEX = "patterns.json"


@dataclass(frozen=True)
class Growth:
    """How shipped patterns were grown.

    Attributes:
        preset: "best", "maco" or "lecture".
        size: side of a pattern in pixels.
        seed: of the random start and transforms.
    """

    preset: Preset = "best"
    size: int = 96
    seed: int = 0


class PatternFolder:
    """The shipped patterns of one model, as far as they are of these very weights."""

    def __init__(self, folder: Path, model: str) -> None:
        """Read and write in `folder` patterns of the weights whose SHA-256 is `model`."""
        self._folder = folder
        self._model = model

    def layers(self, growth: Growth) -> tuple[str, ...]:
        """Names of the layers whose patterns are there, grown like this from these weights."""
        return tuple(self._entries(growth))

    def read(self, layer: str, indices: Sequence[int], growth: Growth) -> Patterns | None:
        """The patterns of some channels of a layer, in the order given.

        Returns:
            `Patterns` without history and frames; None where they are not all there, or were
            grown otherwise or from other weights, or a file is damaged.
        """
        try:
            entry = self._entries(growth)[layer]
            names = tuple(str(name) for name in entry["names"])
            chosen = np.asarray(indices, int)
            if chosen.min() < 0 or chosen.max() >= len(names):
                return None
            tiles = _read_sheet(self._sheet(layer), len(names), growth.size)[chosen]
            reached, start = (_values(entry[key], len(names)) for key in ("reached", "start"))
        except Exception:  # whatever a damaged file makes json, NumPy or Pillow raise
            return None
        return Patterns(
            images=fractions(tiles),
            names=tuple(names[index] for index in chosen),
            reached=reached[chosen],
            start=start[chosen],
            history=np.zeros((0, len(chosen)), np.float32),
            preset=growth.preset,
            seed=growth.seed,
        )

    def write(self, layer: str, patterns: Patterns, measure: Measure) -> None:
        """Write the patterns of all channels of a layer, in the order of the channels.

        Patterns there of other weights, or grown otherwise, are removed.

        Args:
            layer: its name.
            patterns: images (channels, side, side, 3), all grown alike.
            measure: gives the channels' values, float32 (channels,), on images float32
                (channels, side, side, 3) in [0, 1]: here on those that the file gives back.

        Raises:
            ValueError: the patterns are not square, or too many for one picture.
        """
        count, height, width = patterns.images.shape[:3]
        if height != width or -(-count // COLUMNS) * height > MOST_SIDE:
            raise ValueError(
                f"{count} patterns of {height} x {width} pixels were given for {layer!r}; square "
                f"ones were expected, {COLUMNS} a row, and rows of {MOST_SIDE} pixels in all."
            )
        growth = Growth(patterns.preset, height, patterns.seed)
        entries = self._entries(growth) or self._cleared()
        if entries.pop(layer, None) is not None:
            self._write_index(growth, entries)  # never a sheet with the values of another
        sheet = self._sheet(layer)
        with Image.fromarray(_joined(levels(patterns.images))) as picture:
            _replace(sheet, lambda file: picture.save(file, **SAVED))
        reached = measure(fractions(_read_sheet(sheet, count, height)))
        entries[layer] = {
            "names": list(patterns.names),
            "reached": _numbers(reached),
            "start": _numbers(patterns.start),
        }
        self._write_index(growth, entries)

    def _write_index(self, growth: Growth, entries: dict[str, Any]) -> None:
        index = {
            "model": self._model,
            "algorithm": ALGORITHMS[growth.preset],
            "options": asdict(growth),
            "layers": entries,
        }
        text = json.dumps(index, indent=1, ensure_ascii=False) + "\n"
        _replace(self._folder / INDEX, lambda file: file.write(text.encode()))

    def _entries(self, growth: Growth) -> dict[str, Any]:
        """What the index says of each layer; nothing where it is of other patterns."""
        try:
            index = json.loads((self._folder / INDEX).read_text(encoding="utf-8"))
            told = (index["model"], index["algorithm"], index["options"])
            layers = index["layers"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return {}
        wanted = (self._model, ALGORITHMS[growth.preset], asdict(growth))
        return layers if told == wanted and isinstance(layers, dict) else {}

    def _cleared(self) -> dict[str, Any]:
        """The folder without patterns."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for path in (self._folder / INDEX, *self._folder.glob("*.jpg")):
            path.unlink(missing_ok=True)
        return {}

    def _sheet(self, layer: str) -> Path:
        return self._folder / f"{quote(layer, safe='')}.jpg"


def _joined(tiles: ImageArray) -> ImageArray:
    """Tiles (n, side, side, 3) row by row in one picture; what is left of the last row is grey."""
    count, side = tiles.shape[:2]
    columns = min(COLUMNS, count)
    rows = -(-count // columns)
    grid = np.full((rows * columns, side, side, 3), 128, np.uint8)
    grid[:count] = tiles
    rowwise = grid.reshape(rows, columns, side, side, 3).swapaxes(1, 2)
    return rowwise.reshape(rows * side, columns * side, 3)


def _read_sheet(path: Path, count: int, side: int) -> ImageArray:
    """The tiles of a picture, uint8 (count, side, side, 3).

    Raises:
        ValueError: the picture has another size.
    """
    columns = min(COLUMNS, count)
    rows = -(-count // columns)
    with Image.open(path, formats=["JPEG"]) as picture:
        if picture.size != (columns * side, rows * side):
            raise ValueError(f"{path.name} has {picture.size} pixels for {count} tiles of {side}.")
        pixels = np.asarray(picture.convert("RGB"))
    tiles = pixels.reshape(rows, side, columns, side, 3).swapaxes(1, 2)
    return tiles.reshape(rows * columns, side, side, 3)[:count]


def _values(numbers: Any, count: int) -> FloatArray:
    values = np.asarray(numbers, np.float32)
    if values.shape != (count,):
        raise ValueError(f"{values.shape} values were found for {count} tiles.")
    return values


def _numbers(values: FloatArray) -> list[float]:
    """Values as numbers of JSON, each with as many digits as it takes to tell it exactly."""
    return [float(str(value)) for value in np.asarray(values, np.float32)]


def _replace(path: Path, write: Callable[[Any], object]) -> None:
    """Write a file in one step: who reads it finds the old one or the new one, whole."""
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
        part = Path(file.name)
        try:
            write(file)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    part.chmod(0o644)
    part.replace(path)

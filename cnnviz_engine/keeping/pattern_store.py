"""Finished patterns on disk: those shipped with bundled models, and a bounded folder of others.

The folder holds patterns of channels and classes alone. Nothing that shows a photo comes here.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz_core.maximization.pattern_files import ALGORITHMS, Growth, PatternFolder
from cnnviz_core.maximization.results import Patterns
from cnnviz_core.zoo.cards import bundled_path, find_card
from cnnviz_core.zoo.fingerprints import fingerprint
from cnnviz_engine.keeping.pattern_entries import EntryError, read_entry, write_entry
from cnnviz_engine.requests.patterns import PatternsRequest

if TYPE_CHECKING:
    from typing import Any

    from cnnviz_engine.requests.base import Request

logger = logging.getLogger(__name__)

SUFFIX = ".npz"
PART = ".part"  # of a file that is being written
PART_SECONDS = 3600.0  # after which its writer is gone
_ENTRY = re.compile(r"[0-9a-f]{64}\.npz")


class PatternStore:
    """Patterns by request. Safe to share between threads, and its folder between processes."""

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        """Keep at most `limit_bytes` in `folder`; with 0, look at what is shipped alone."""
        self._folder = folder
        self._limit = limit_bytes
        self._writable = limit_bytes > 0

    def find(self, request: Request[Any]) -> Patterns | None:
        """The patterns that a request asks for, shipped or kept; None where there are none.

        Takes milliseconds, or as long as the disk takes to give the weights of a model that is
        asked for the first time: they are digested to know whose patterns are meant.
        """
        if not isinstance(request, PatternsRequest):
            return None
        weights = fingerprint(request.model)
        if weights is None:
            return None
        return _shipped(request, weights) or self._kept(request, weights)

    def keep(self, request: Request[Any], patterns: Any) -> None:
        """Keep what a request gave, and drop what was used least recently until all fit.

        A folder that cannot be written is told in the log, once, and not tried again.
        """
        if not self._writable or not isinstance(request, PatternsRequest):
            return
        weights = fingerprint(request.model)
        if weights is None or not isinstance(patterns, Patterns):
            return
        try:
            self._write(self._path(request, weights), patterns)
            self._evict()
        except OSError as error:
            self._writable = False
            logger.warning(
                "No further patterns are kept in %s, which cannot be written: %s",
                self._folder,
                error,
            )

    def _path(self, request: PatternsRequest, weights: str) -> Path:
        canonical = request.model_copy(update={"model": "-"}).canonical_json()
        named = repr((weights, canonical, ALGORITHMS[request.preset]))
        key = hashlib.sha256(named.encode()).hexdigest()
        return self._folder / (key + SUFFIX)

    def _kept(self, request: PatternsRequest, weights: str) -> Patterns | None:
        path = self._path(request, weights)
        try:
            if path.stat().st_size > self._limit:
                raise EntryError(f"{path.name} is larger than all that is kept.")
            patterns = read_entry(path, request)
            with suppress(OSError):  # a folder that can be read alone
                _touch(path)
            return patterns
        except OSError:
            return None
        except EntryError as error:
            logger.warning("A file of patterns is removed. %s", error)
            with suppress(OSError):
                path.unlink()
            return None

    def _write(self, path: Path, patterns: Patterns) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._folder, suffix=PART, delete=False) as file:
            part = Path(file.name)
            try:
                write_entry(file, patterns)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
        if part.stat().st_size > self._limit:
            part.unlink()
            return
        _touch(part)
        part.replace(path)

    def _evict(self) -> None:
        files = sorted(self._files())
        held = sum(size for _, size, path in files if path.suffix != PART)
        for used, size, path in files:
            if path.suffix == PART:
                if time.time() - used / 1e9 > PART_SECONDS:
                    path.unlink(missing_ok=True)
            elif held > self._limit:
                path.unlink(missing_ok=True)
                held -= size

    def _files(self) -> list[tuple[int, int, Path]]:
        """When each of our files was used last, in ns, and its size; nobody else's files."""
        files = []
        for path in self._folder.iterdir():
            if _ENTRY.fullmatch(path.name) or path.suffix == PART:
                with suppress(FileNotFoundError):  # another process was faster
                    status = path.stat()
                    files.append((status.st_mtime_ns, status.st_size, path))
        return files


def _shipped(request: PatternsRequest, weights: str) -> Patterns | None:
    """Patterns that came with the model, if they are exactly what is asked for."""
    card = find_card(request.model)
    if card is None or card.family != "bundled" or request.layer is None or request.size is None:
        return None
    plain = PatternsRequest(
        model=request.model,
        layer=request.layer,
        indices=request.indices,
        preset=request.preset,
        size=request.size,
        seed=request.seed,
    )
    if request != plain:
        return None
    folder = PatternFolder(bundled_path(request.model).parent / "patterns", weights)
    growth = Growth(request.preset, request.size, request.seed)
    return folder.read(request.layer, request.indices, growth)


def _touch(path: Path) -> None:
    """Note that a file is used now, finer than the clock that file systems go by."""
    now = time.time_ns()
    os.utime(path, ns=(now, now))

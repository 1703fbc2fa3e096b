"""Matching the names of arrays in one group of an HDF5 file with the variables of a layer or model.

Names come first: the variable's own ("kernel"), and, in the group of a model inside, the layer's.
Where names were made unique ("conv_1/kernel:0" for layer "conv"), the order decides that the format
defines: all trainable variables, then all others, each in the order of the layers. Then too each
array must have its variable's shape, own name, and the layer's name without numbers.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.allowed.automatic_names import without_number
from cnnviz_core.model_files.weights.assignments import (
    AGAIN,
    WaitingVariable,
    misfit,
    missing,
    stray,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence, Set

    from cnnviz_core.model_files.allowed.networks import Path
    from cnnviz_core.model_files.weights.entries import Entry
    from cnnviz_core.model_files.weights.origin import Origin

MAX_CANDIDATES = 64


def match(
    path: Path,
    slots: Sequence[WaitingVariable],
    entries: Sequence[Entry],
    origin: Origin,
    others: Set[str],
) -> dict[WaitingVariable, Entry]:
    """Give each variable of a unit its array.

    Args:
        path: names that lead to the layer or model whose group this is.
        slots: its variables, in order.
        entries: the group's arrays, in the file's order.
        origin: what they mean.
        others: names of all layers that have groups.

    Raises:
        ModelFileError: they do not belong together.
    """
    entries = [entry for entry in entries if not entry.is_random_state]
    alone = all(slot.path == path for slot in slots)
    matched = _by_name(slots, entries, alone=alone, depth=len(path))
    if matched is None and len(entries) == len(slots):
        matched = _by_order(slots, entries, origin, alone=alone)
    if matched is None:
        raise _explain(path, slots, entries, alone=alone)
    for slot, entry in matched.items():
        if not origin.fits(slot, entry.array.shape):
            raise misfit(slot, entry.array)
        if alone and entry.is_of_another(slot, others):
            raise ModelFileError(
                f"The array for {slot} is called {'/'.join(entry.scopes)[:80]!r}, after another "
                f"layer. {AGAIN}"
            )
    return matched


def _by_name(
    slots: Sequence[WaitingVariable], entries: Sequence[Entry], *, alone: bool, depth: int
) -> dict[WaitingVariable, Entry] | None:
    """Each variable with the array of its name; None unless every one has exactly one."""
    index: dict[tuple[str, str], list[WaitingVariable]] = defaultdict(list)
    for slot in slots:
        index["" if alone else slot.layer.name, slot.leaf].append(slot)
    matched: dict[WaitingVariable, Entry] = {}
    for entry in entries:
        best = _best(entry, index, alone=alone, depth=depth)
        if best is None or best in matched:
            return None
        matched[best] = entry
    return matched if len(matched) == len(slots) else None


def _best(
    entry: Entry, index: dict[tuple[str, str], list[WaitingVariable]], *, alone: bool, depth: int
) -> WaitingVariable | None:
    """The one variable whose names the entry's say best; None where two are as good."""
    scopes = [""] if alone else dict.fromkeys(name for _, _, name in entry.names)
    candidates = [
        slot
        for scope in scopes
        for leaf in dict.fromkeys(entry.leaves)
        for slot in index.get((scope, leaf), ())
        if entry.is_called(slot)
    ]
    if not candidates or len(candidates) > MAX_CANDIDATES:
        return None
    scores = sorted(((_score(entry, slot, depth), slot) for slot in candidates), key=_first)
    if len(scores) > 1 and scores[-1][0] == scores[-2][0]:
        return None
    return scores[-1][1]


def _first(scored: tuple[tuple[int, int, bool], WaitingVariable]) -> tuple[int, int, bool]:
    return scored[0]


def _score(entry: Entry, slot: WaitingVariable, depth: int) -> tuple[int, int, bool]:
    """How many of the names that lead to a variable the entry has in order, how few it lacks."""
    wanted = [*slot.path[depth:], *slot.variable.name.split("/")[:-1]]
    limit, hits = len(entry.scopes), 0
    for name in reversed(wanted):
        places = [first for first, end, known in entry.names if end <= limit and known == name]
        if places:
            limit, hits = max(places), hits + 1
    return hits, hits - len(wanted), entry.leaf == slot.leaf


def _by_order(
    slots: Sequence[WaitingVariable], entries: Sequence[Entry], origin: Origin, *, alone: bool
) -> dict[WaitingVariable, Entry] | None:
    """Each variable with the array of its place; None unless all names and shapes agree with it."""
    nameless = not any(
        entry.is_called(slot) for entry in entries for slot in slots[:MAX_CANDIDATES]
    )
    matches = []
    for order in {tuple(slots): None, tuple(_trainable_first(slots)): None}:
        pairs = list(zip(order, entries, strict=True))
        if all(
            origin.fits(slot, entry.array.shape)
            and (nameless or entry.is_called(slot))
            and (alone or not entry.scopes or entry.is_of(slot))
            for slot, entry in pairs
        ):
            matches.append(dict(pairs))
    return matches[0] if len(matches) == 1 else None


def _trainable_first(slots: Iterable[WaitingVariable]) -> list[WaitingVariable]:
    """The order of HDF5 files: what is trained, then what is not, each in the layers' order."""
    return sorted(slots, key=lambda slot: not _is_trained(slot))


def _is_trained(slot: WaitingVariable) -> bool:
    return slot.variable.trainable and slot.layer.settings.get("trainable", True) is not False


def _scope(slot: WaitingVariable, *, alone: bool) -> str:
    return "" if alone else without_number(slot.layer.name)


def _explain(
    path: Path, slots: Sequence[WaitingVariable], entries: Sequence[Entry], *, alone: bool
) -> ModelFileError:
    """The first variable without an array, or the first array without a variable."""
    called = {key for entry in entries for key in entry.keys(alone=alone)}
    for slot in slots:
        if (_scope(slot, alone=alone), slot.leaf) not in called:
            return missing(slot)
    wanted = {(_scope(slot, alone=alone), slot.leaf) for slot in slots}
    for entry in entries:
        if wanted.isdisjoint(entry.keys(alone=alone)):
            return stray(entry.array)
    return ModelFileError(
        f"Layer {'/'.join(path)[:80]!r} needs {len(slots)} arrays and the file has {len(entries)} "
        f"for it, whose names and shapes do not say which is which. {AGAIN}"
    )

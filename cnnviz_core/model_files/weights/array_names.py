"""Matching the names of arrays in one group of an HDF5 file with the variables of a layer or model.

Names come first: the variable's own ("kernel"), and, in the group of a model inside, the layer's.
Where names were made unique ("conv_1/kernel:0" for layer "conv"), the order decides that the format
defines: all trainable variables, then all others, each in the order of the layers. Then too each
array must have its variable's shape, own name, and the layer's name without numbers.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.allowed.automatic_names import without_number
from cnnviz_core.model_files.weights.assignments import (
    AGAIN,
    Slot,
    is_random_state,
    misfit,
    missing,
    stray,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence, Set

    from cnnviz_core.model_files.allowed.networks import Path
    from cnnviz_core.model_files.container.contents import ArrayEntry
    from cnnviz_core.model_files.weights.origin import Origin

OUTPUT = re.compile(r":\d+$")
KERAS_1 = re.compile(
    r"^(?:(?P<layer>.*)_)?"
    r"(?P<leaf>W|b|gamma|beta|running_mean|running_std|alphas|depthwise_kernel|pointwise_kernel)"
    r"(?:_\d+)?$",
    re.DOTALL,
)
TODAY = {
    "W": "kernel",
    "b": "bias",
    "running_mean": "moving_mean",
    "running_std": "moving_variance",  # which Keras 1 holds there, whatever the name says
    "alphas": "alpha",
}
OTHER_NAMES = (
    ("DepthwiseConv", "depthwise_kernel", "kernel"),
    ("LayerScale", "Variable", "variable"),
    ("LayerScale", "gamma", "variable"),
)
"""Kinds of layers, a variable's name in Keras 2, and in Keras 3."""
RANDOM_STATES = frozenset({"StateVar", "Variable", "seed_generator_state", "state"})
MAX_CANDIDATES = 64
MAX_SCOPES = 16
"""Names in front of a variable's own that are looked at, from the innermost."""
MAX_SLASHES = 4


@dataclass(frozen=True)
class Entry:
    """An array as a group lists it.

    Attributes:
        scopes: the names in front of its own.
        leaf: its own name, as Keras 3 calls it.
        numbered: whether TensorFlow's ":0" stands behind it.
        first: whether it is called as in Keras 1, "conv_W".
        array: the array.
    """

    scopes: tuple[str, ...]
    leaf: str
    numbered: bool
    first: bool
    array: ArrayEntry

    @classmethod
    def of(cls, name: str, array: ArrayEntry) -> Entry:
        """Take a name of `weight_names` apart."""
        plain = OUTPUT.sub("", name)
        *scopes, leaf = plain.split("/")
        old = KERAS_1.match(leaf)
        first = old is not None and old["layer"] is not None
        if old is not None and first:
            scopes.append(old["layer"])
            leaf = TODAY.get(old["leaf"], old["leaf"])
        return cls(tuple(scopes[-MAX_SCOPES:]), leaf, plain != name, first, array)

    @property
    def is_random_state(self) -> bool:
        """Whether it is a random generator's state, which is no weight."""
        return without_number(self.leaf) in RANDOM_STATES and is_random_state(self.array)

    def is_called(self, slot: Slot) -> bool:
        """Whether its own name is the variable's."""
        names = {self.leaf, without_number(self.leaf)}
        for kind, old, new in OTHER_NAMES:
            if slot.layer.class_name.startswith(kind) and old in names:
                names.add(new)
        return slot.leaf in names

    @property
    def leaves(self) -> list[str]:
        """What its own name may be today."""
        names = [self.leaf, without_number(self.leaf)]
        return [*names, *(new for _, old, new in OTHER_NAMES if old in names)]

    @cached_property
    def names(self) -> tuple[tuple[int, int, str], ...]:
        """Names that its scopes may be, as first scope, end and name.

        Keras 3 has underscores where older layers' names had slashes, so that several scopes in a
        row may be one name.
        """
        count = len(self.scopes)
        return tuple(
            (first, end, "_".join(self.scopes[first:end]))
            for first in range(count)
            for end in range(first + 1, min(count, first + MAX_SLASHES + 1) + 1)
        )

    def keys(self, *, alone: bool) -> set[tuple[str, str]]:
        """What it may be: names of a layer, without numbers, and of a variable."""
        scopes = {""} if alone else self.bare_names
        return {(scope, leaf) for scope in scopes for leaf in self.leaves}

    @cached_property
    def bare_names(self) -> frozenset[str]:
        """Those names without the numbers that made them unique."""
        return frozenset(without_number(name) for _, _, name in self.names)

    def is_of_another(self, slot: Slot, others: Set[str]) -> bool:
        """Whether its scopes name another layer, and not the variable's."""
        return not self.is_of(slot) and any(name in others for _, _, name in self.names)

    def is_of(self, slot: Slot) -> bool:
        """Whether a scope is the layer's name, numbers aside."""
        return without_number(slot.layer.name) in self.bare_names


def match(
    path: Path,
    slots: Sequence[Slot],
    entries: Sequence[Entry],
    origin: Origin,
    others: Set[str],
) -> dict[Slot, Entry]:
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
    found = _by_name(slots, entries, alone=alone, depth=len(path))
    if found is None and len(entries) == len(slots):
        found = _by_order(slots, entries, origin, alone=alone)
    if found is None:
        raise _explain(path, slots, entries, alone=alone)
    for slot, entry in found.items():
        if not origin.fits(slot, entry.array.shape):
            raise misfit(slot, entry.array)
        if alone and entry.is_of_another(slot, others):
            raise ModelFileError(
                f"The array for {slot} is called {'/'.join(entry.scopes)[:80]!r}, after another "
                f"layer. {AGAIN}"
            )
    return found


def _by_name(
    slots: Sequence[Slot], entries: Sequence[Entry], *, alone: bool, depth: int
) -> dict[Slot, Entry] | None:
    """Each variable with the array of its name; None unless every one has exactly one."""
    index: dict[tuple[str, str], list[Slot]] = defaultdict(list)
    for slot in slots:
        index["" if alone else slot.layer.name, slot.leaf].append(slot)
    found: dict[Slot, Entry] = {}
    for entry in entries:
        best = _best(entry, index, alone=alone, depth=depth)
        if best is None or best in found:
            return None
        found[best] = entry
    return found if len(found) == len(slots) else None


def _best(
    entry: Entry, index: dict[tuple[str, str], list[Slot]], *, alone: bool, depth: int
) -> Slot | None:
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


def _first(scored: tuple[tuple[int, int, bool], Slot]) -> tuple[int, int, bool]:
    return scored[0]


def _score(entry: Entry, slot: Slot, depth: int) -> tuple[int, int, bool]:
    """How many of the names that lead to a variable the entry has in order, how few it lacks."""
    wanted = [*slot.path[depth:], *slot.variable.name.split("/")[:-1]]
    limit, hits = len(entry.scopes), 0
    for name in reversed(wanted):
        places = [first for first, end, known in entry.names if end <= limit and known == name]
        if places:
            limit, hits = max(places), hits + 1
    return hits, hits - len(wanted), entry.leaf == slot.leaf


def _by_order(
    slots: Sequence[Slot], entries: Sequence[Entry], origin: Origin, *, alone: bool
) -> dict[Slot, Entry] | None:
    """Each variable with the array of its place; None unless all names and shapes agree with it."""
    nameless = not any(
        entry.is_called(slot) for entry in entries for slot in slots[:MAX_CANDIDATES]
    )
    found = []
    for order in {tuple(slots): None, tuple(_trainable_first(slots)): None}:
        pairs = list(zip(order, entries, strict=True))
        if all(
            origin.fits(slot, entry.array.shape)
            and (nameless or entry.is_called(slot))
            and (alone or not entry.scopes or entry.is_of(slot))
            for slot, entry in pairs
        ):
            found.append(dict(pairs))
    return found[0] if len(found) == 1 else None


def _trainable_first(slots: Iterable[Slot]) -> list[Slot]:
    """The order of HDF5 files: what is trained, then what is not, each in the layers' order."""
    return sorted(slots, key=lambda slot: not _is_trained(slot))


def _is_trained(slot: Slot) -> bool:
    return slot.variable.trainable and slot.layer.settings.get("trainable", True) is not False


def _scope(slot: Slot, *, alone: bool) -> str:
    return "" if alone else without_number(slot.layer.name)


def _explain(
    path: Path, slots: Sequence[Slot], entries: Sequence[Entry], *, alone: bool
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

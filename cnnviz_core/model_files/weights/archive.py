"""Arrays of the weight store that Keras writes since 2.12: numbered groups, one a layer.

A model's layers are a container whose groups are called after the layers' classes and numbered
within a class. How they are numbered depends on the version, and the file tells:

- Keras 3: `layers/conv2d`, `layers/conv2d_1`, ... in the order of the configuration. A layer that
  was written before, inside another model, uses up its number and is not written again.
- Keras 2.14 and 2.15: as Keras 3, but a layer written before uses up no number. 2.14 calls the
  container `_layer_checkpoint_dependencies`.
- Keras 2.12 and 2.13: that container lists each layer with weights twice, so that its number counts
  double: `conv2d`, `conv2d_2`, ...
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.allowed.automatic_names import AutomaticNames, snake_case
from cnnviz_core.model_files.allowed.shared_layers import shared_ids
from cnnviz_core.model_files.weights.assignments import (
    AGAIN,
    Assignment,
    WaitingVariable,
    check_type,
    is_random_state,
    misfit,
    missing,
    stray,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cnnviz_core.model_files.allowed.networks import CheckedLayer, Network, Path, Variable
    from cnnviz_core.model_files.container.contents import ArrayEntry, Contents

Numbering = Literal["every", "unwritten", "twice"]
CHECKPOINT = "_layer_checkpoint_dependencies"
BESIDE_LAYERS = re.compile(
    r"(?:^|/)_*(?:compiled?_(?:loss|metrics)|loss_tracker|metrics|optimizer)(?=/)"
)
"""What a compiled model keeps beside its layers."""
RANDOM_STATE = re.compile(r"(?:^|/)_*(?:random_|seed_)?generator/vars/0$")


def plan_archive(
    network: Network, variables: Mapping[Path, tuple[Variable, ...]], contents: Contents
) -> tuple[Assignment, ...]:
    """Find the array of every variable in a store of numbered groups.

    Raises:
        ModelFileError: no numbering, or more than one, gives each variable its array.
    """
    arrays = _arrays(contents)
    old = any(path.split("/", 1)[0] == CHECKPOINT for path in arrays)
    container = CHECKPOINT if old else "layers"
    numberings: tuple[Numbering, ...] = ("twice", "unwritten") if old else ("every", "unwritten")
    plans, first = set(), None
    for numbering in numberings:
        try:
            plans.add(_Places(variables, contents, arrays, container, numbering).plan(network))
        except ModelFileError as error:
            first = first or error
    if len(plans) > 1:
        raise ModelFileError(f"The file's arrays fit its layers in more than one way. {AGAIN}")
    if not plans:
        raise first or ModelFileError(AGAIN)
    return plans.pop()


def _arrays(contents: Contents) -> dict[str, ArrayEntry]:
    """Arrays by their path under the weights group; Windows has written backslashes into some."""
    prefix = f"{contents.weights}/" if contents.weights else ""
    arrays: dict[str, ArrayEntry] = {}
    for path, entry in contents.store.arrays.items():
        if path.startswith(prefix):
            key = _plain(path[len(prefix) :])
            if key in arrays:
                raise ModelFileError(f"The file holds two arrays {key[-80:]!r}. {AGAIN}")
            arrays[key] = entry
    return arrays


def _plain(path: str) -> str:
    """A path with slashes, and without the underscores that parts of a layer once had in front."""
    path = path.replace("\\", "/")
    if "/_" not in path:
        return path
    first, *rest = path.split("/")
    return "/".join([first, *(part if part == CHECKPOINT else part.lstrip("_") for part in rest)])


class _Places:
    """The groups of one numbering, and the arrays in them."""

    def __init__(
        self,
        variables: Mapping[Path, tuple[Variable, ...]],
        contents: Contents,
        arrays: Mapping[str, ArrayEntry],
        container: str,
        numbering: Numbering,
    ) -> None:
        self.variables = variables
        self.arrays = arrays
        self.container = container
        self.numbering = numbering
        self.shared = shared_ids(contents.configuration)
        self.store = contents.store
        self.groups = _groups(contents)
        self.automatic = None if contents.configuration is not None else AutomaticNames()
        self.weighted = {path[:end] for path in variables for end in range(1, len(path) + 1)}
        self.written: dict[tuple[str, str], list[tuple[int | None, Path, CheckedLayer]]] = (
            defaultdict(list)
        )
        self.used: dict[str, WaitingVariable] = {}
        self.models = {""}
        self.found: dict[tuple[Path, str], str] = {}

    def plan(self, network: Network) -> tuple[Assignment, ...]:
        """Assign every variable of a network, and account for every array."""
        self._visit(network, (), "")
        for path, entry in self.arrays.items():
            if path not in self.used and not self._is_beside(path, entry):
                raise stray(entry)
        return tuple(
            Assignment(path, variable, source) for (path, variable), source in self.found.items()
        )

    def _visit(self, network: Network, path: Path, group: str) -> None:
        counts: Counter[str] = Counter()
        for layer in network.layers:
            if layer.is_operation:
                continue
            inside = (*path, layer.name)
            owner = self._owner(inside, layer)
            if owner is not None and self.numbering == "unwritten":
                self._share(inside, layer, owner)
                continue
            kind = snake_case(layer.class_name)
            number = counts[kind]
            counts[kind] += 2 if self.numbering == "twice" and inside in self.weighted else 1
            place = f"{group}{self.container}/{kind}" + (f"_{number}" if number else "")
            if owner is not None and not self._is_written(place):
                self._share(inside, layer, owner)
            else:
                self._take(inside, layer, place)

    def _owner(self, path: Path, layer: CheckedLayer) -> Path | None:
        """The place where the same layer object was written before; None unless it is certain.

        Keras numbers an object that it meets again, though not always where it met it first.
        """
        number = self.shared.get(path)
        if number is None:
            return None
        twins = [
            (known, place)
            for known, place, twin in self.written[layer.name, layer.kind]
            if twin.settings == layer.settings
        ]
        for wanted in (number, None):
            places = [place for known, place in twins if known == wanted]
            if places:
                return places[0] if len(places) == 1 else None
        return None

    @cached_property
    def occupied(self) -> set[str]:
        """Groups with weights in them or below."""
        return _above(path for path in self.arrays if not _is_generator(path))

    def _is_written(self, place: str) -> bool:
        return _plain(place) in self.occupied

    def _take(self, path: Path, layer: CheckedLayer, place: str) -> None:
        self._check_name(layer, place)
        if layer.inner is not None:
            self.models.add(_plain(place))
            self._visit(layer.inner, path, f"{place}/")
        for variable in self.variables.get(path, ()):
            slot = WaitingVariable(path, layer, variable)
            key = _plain(f"{place}/{variable.store}")
            entry = self.arrays.get(key)
            if entry is None or key in self.used:
                raise missing(slot)
            if entry.shape != variable.shape:
                raise misfit(slot, entry)
            check_type(slot, entry)
            self.used[key] = slot
            self._put(slot, entry.path)
        self.written[layer.name, layer.kind].append((self.shared.get(path), path, layer))

    def _put(self, slot: WaitingVariable, source: str) -> None:
        key = (slot.path, slot.variable.name)
        if key in self.found:
            raise ModelFileError(f"Two variables are called {slot}. {AGAIN}")
        self.found[key] = source

    def _share(self, path: Path, layer: CheckedLayer, owner: Path) -> None:
        """Give a layer that was written elsewhere the arrays of that place."""
        for below, inner in [(path, layer), *_below(path, layer)]:
            origin = owner + below[len(path) :]
            for variable in self.variables.get(below, ()):
                slot = WaitingVariable(below, inner, variable)
                source = self.found.get((origin, variable.name))
                if source is None or variable not in self.variables.get(origin, ()):
                    raise missing(slot)
                self._put(slot, source)

    def _check_name(self, layer: CheckedLayer, place: str) -> None:
        """Hold a layer's name against that which newer versions write beside its arrays."""
        group = self.groups.get(f"{_plain(place)}/vars")
        name = None if group is None else self.store.text(group, "name")
        if name is None:
            return
        if name != layer.name if self.automatic is None else not self.automatic.agree(layer, name):
            raise ModelFileError(
                f"Where the arrays of layer {layer.name[:80]!r} should be, the file has those of "
                f"{name[:80]!r}. {AGAIN}"
            )

    def _is_beside(self, path: str, entry: ArrayEntry) -> bool:
        """Whether an array is no weight: of the optimizer, a metric or a random generator."""
        if _is_generator(path):
            return is_random_state(entry)
        return any(path[: match.start()] in self.models for match in BESIDE_LAYERS.finditer(path))


def _is_generator(path: str) -> bool:
    return path.endswith("generator/vars/0") and RANDOM_STATE.search(path) is not None


def _above(paths: Iterable[str]) -> set[str]:
    """Every group that holds one of these arrays, however deep below."""
    groups: set[str] = set()
    for path in paths:
        group = path.rpartition("/")[0]
        while group and group not in groups:
            groups.add(group)
            group = group.rpartition("/")[0]
    return groups


def _below(path: Path, layer: CheckedLayer) -> Iterator[tuple[Path, CheckedLayer]]:
    if layer.inner is not None:
        yield from layer.inner.walk(path)


def _groups(contents: Contents) -> dict[str, str]:
    """Groups that hold a layer's arrays, by their path under the weights group."""
    prefix = f"{contents.weights}/" if contents.weights else ""
    return {
        _plain(group[len(prefix) :]): group
        for group in contents.store.groups
        if group.startswith(prefix) and group.endswith("vars")
    }

"""Arrays of HDF5 files of Keras 1.0 to 2.15, tf.keras, and the `.h5` of Keras 3.

Each layer of the outermost model has a group of its name, whose attribute `weight_names` lists its
arrays; those of a model inside are all in one group. Files of weights alone may have other
automatic names; their groups then follow the order of the layers, which is how Keras defines them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.allowed.automatic_names import AutomaticNames
from cnnviz_core.model_files.repair.names import without_slash
from cnnviz_core.model_files.weights.array_names import match
from cnnviz_core.model_files.weights.assignments import (
    AGAIN,
    Assignment,
    WaitingVariable,
    check_type,
    is_random_state,
    stray,
)
from cnnviz_core.model_files.weights.entries import Entry
from cnnviz_core.model_files.weights.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz_core.model_files.allowed.networks import CheckedLayer, Network, Path, Variable
    from cnnviz_core.model_files.container.contents import Contents

TOP = "top_level_model_weights"
OPTIMIZER = "optimizer_weights"


@dataclass(frozen=True)
class Unit:
    """A layer with a group of its own.

    Attributes:
        path: the names that lead to it.
        layer: the layer.
        slots: its variables and those of the layers inside, in order.
    """

    path: Path
    layer: CheckedLayer
    slots: tuple[WaitingVariable, ...]


def plan_hdf5(
    network: Network, variables: Mapping[Path, tuple[Variable, ...]], contents: Contents
) -> tuple[Assignment, ...]:
    """Find the array of every variable in groups that are named after layers.

    Raises:
        ModelFileError: a group or an array is missing, does not fit, or is left over.
    """
    groups = _groups(contents)
    pairs = _pair(network, variables, groups, contents)
    origin = Origin.of(contents, groups.values())
    assignments: dict[tuple[Path, str], Assignment] = {}
    layer_names = {unit.layer.name for unit, _ in pairs}
    for unit, name in pairs:
        for slot, entry in match(unit.path, unit.slots, groups[name], origin, layer_names).items():
            check_type(slot, entry.array)
            assignments[slot.path, slot.variable.name] = Assignment(
                slot.path, slot.variable.name, entry.array.path, origin.change(slot)
            )
    _account(contents, groups)
    return tuple(
        assignments[path, variable.name]
        for path, _ in network.walk()
        for variable in variables.get(path, ())
    )


def _groups(contents: Contents) -> dict[str, tuple[Entry, ...]]:
    """The arrays of each layer, by the layer's name in the file."""
    groups: dict[str, tuple[Entry, ...]] = {}
    taken: set[str] = set()
    for written in contents.store.texts(contents.weights, "layer_names") or ():
        place = f"{contents.weights}/{written}" if contents.weights else written
        name = without_slash(written)
        if name in groups:
            raise ModelFileError(f"The file lists the layer {name[:80]!r} twice. {AGAIN}")
        entries = []
        for weight in contents.store.texts(place, "weight_names") or ():
            path = f"{place}/{weight}"
            if path not in contents.store.arrays:
                raise ModelFileError(
                    f"The file lists an array {weight[:80]!r} of layer {name[:80]!r} and does not "
                    f"hold it. {AGAIN}"
                )
            if path in taken:
                raise ModelFileError(f"The file lists the array {path[-80:]!r} twice. {AGAIN}")
            taken.add(path)
            entries.append(Entry.of(weight, contents.store.arrays[path]))
        groups[name] = tuple(entries)
    return groups


def _pair(
    network: Network,
    variables: Mapping[Path, tuple[Variable, ...]],
    groups: Mapping[str, tuple[Entry, ...]],
    contents: Contents,
) -> list[tuple[Unit, str]]:
    """Each unit with the name of its group."""
    units = [_unit((layer.name,), layer, variables) for layer in network.layers]
    units = [unit for unit in units if unit.slots]
    filled = [name for name, entries in groups.items() if not _is_random(entries)]
    if _has_nameless(contents.configuration):
        return _pair_nameless(units, filled)
    if {unit.layer.name for unit in units} == set(filled):
        return [(unit, unit.layer.name) for unit in units]
    if contents.configuration is None:
        return _pair_in_order(units, filled)
    return _pair_inside(variables, units, filled)


def _has_nameless(configuration: Any) -> bool:
    """Whether it is a Sequential model with such models inside, before Keras 2.2.3 named them."""
    settings = configuration.get("config") if isinstance(configuration, dict) else configuration
    if isinstance(settings, dict):
        settings = settings.get("layers")
    entries = settings if isinstance(settings, list) else []
    return any(
        isinstance(entry, dict) and "name" not in entry and isinstance(entry.get("config"), list)
        for entry in entries
    )


def _pair_nameless(units: list[Unit], filled: list[str]) -> list[tuple[Unit, str]]:
    """Pair by name, and models inside, whose names the file has lost, by the order of layers.

    The list of groups has the order of the model's layers, which is also that of its configuration.
    """
    named = {unit.layer.name for unit in units if unit.layer.inner is None}
    rest = [name for name in filled if name not in named]
    pairs = []
    for unit in units:
        if unit.layer.inner is None and unit.layer.name in filled:
            pairs.append((unit, unit.layer.name))
        elif unit.layer.inner is not None and rest:
            pairs.append((unit, rest.pop(0)))
        else:
            raise _unpaired([unit], rest)
    if rest:
        raise _unpaired([], rest)
    if [name for _, name in pairs] != filled:
        raise ModelFileError(
            f"The file lists its layers in another order than its network. {AGAIN}"
        )
    return pairs


def _unit(path: Path, layer: CheckedLayer, variables: Mapping[Path, tuple[Variable, ...]]) -> Unit:
    places = [(path, layer), *(layer.inner.walk(path) if layer.inner is not None else ())]
    return Unit(
        path,
        layer,
        tuple(
            WaitingVariable(at, owner, variable)
            for at, owner in places
            for variable in variables.get(at, ())
        ),
    )


def _is_random(entries: tuple[Entry, ...]) -> bool:
    """Whether a group holds no weights: nothing, or the state of random generators."""
    return all(entry.is_random_state for entry in entries)


def _pair_in_order(units: list[Unit], filled: list[str]) -> list[tuple[Unit, str]]:
    """Pair by order, where names differ only in automatic numbers.

    Keras loads a file of weights so: groups and layers with weights, each in its order.
    """
    automatic = AutomaticNames()
    if len(units) == len(filled) and all(
        automatic.agree(unit.layer, name) for unit, name in zip(units, filled, strict=True)
    ):
        return list(zip(units, filled, strict=True))
    raise _unpaired(units, filled)


def _pair_inside(
    variables: Mapping[Path, tuple[Variable, ...]],
    units: list[Unit],
    filled: list[str],
) -> list[tuple[Unit, str]]:
    """Pair by name where Keras 1 has opened a model and given its layers groups of their own."""
    waiting, pairs = set(filled), []
    pending = list(reversed(units))
    while pending:
        unit = pending.pop()
        if unit.layer.name in waiting:
            waiting.remove(unit.layer.name)
            pairs.append((unit, unit.layer.name))
        elif unit.layer.inner is not None:
            inside = [
                _unit((*unit.path, layer.name), layer, variables)
                for layer in unit.layer.inner.layers
            ]
            pending.extend(inner_unit for inner_unit in reversed(inside) if inner_unit.slots)
        else:
            raise _unpaired([unit], sorted(waiting))
    if waiting:
        raise _unpaired([], sorted(waiting))
    return pairs


def _unpaired(units: list[Unit], names: list[str]) -> ModelFileError:
    """Layers without a group, or groups without a layer."""
    known = set(names)
    lost = next((unit for unit in units if unit.layer.name not in known), None)
    if lost is not None:
        return ModelFileError(
            f"The file has no arrays for layer {lost.layer.name[:80]!r}, which needs "
            f"{len(lost.slots)}; the first is {lost.slots[0].variable.name[:80]!r} of shape "
            f"{lost.slots[0].variable.shape}. {AGAIN}"
        )
    wanted = {unit.layer.name for unit in units}
    left = next((name for name in names if name not in wanted), "")
    return ModelFileError(
        f"The file holds arrays for a layer {left[:80]!r} that its network does not have. {AGAIN}"
    )


def _account(contents: Contents, groups: Mapping[str, tuple[Entry, ...]]) -> None:
    """Refuse an array of the model that no layer lists.

    Those of the optimizer lie beside the model's group, or beside the layers' in a file of weights.
    """
    listed = {entry.array.path for entries in groups.values() for entry in entries}
    prefix = f"{contents.weights}/" if contents.weights else ""
    for path, array in contents.store.arrays.items():
        if not path.startswith(prefix) or path in listed:
            continue
        first = path[len(prefix) :].split("/", 1)[0]
        if first == OPTIMIZER or (first == TOP and is_random_state(array)):
            continue
        raise stray(array)

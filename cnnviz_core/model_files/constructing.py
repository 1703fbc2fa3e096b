"""From a checked network and a plan of its weights to a Keras model.

Keras gets a configuration that was written anew, never the file's, and never reads the file. What
it builds must have the very variables that were computed without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.weights.kernel_conversions import CONVERSIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import keras

    from cnnviz_core.model_files.allowed.networks import Network, Path, Variable
    from cnnviz_core.model_files.container.contents import Contents
    from cnnviz_core.model_files.weights.assignments import Assignment


def construct(
    network: Network,
    plan: Sequence[Assignment],
    variables: Mapping[Path, tuple[Variable, ...]],
    contents: Contents,
) -> keras.Model:
    """Build a network and give it its weights, one array at a time.

    Args:
        network: the checked network.
        plan: an assignment for each variable.
        variables: what each layer must turn out to have.
        contents: the file, whose arrays are read now.

    Raises:
        ModelFileError: Keras cannot build the network, or builds another.
    """
    model = _rebuild(network)
    targets = _targets(model, network, variables)
    for assignment in plan:
        target = targets.pop((assignment.path, assignment.variable), None)
        if target is None:
            raise _inexact(f"{assignment.variable[:80]!r} of layer {assignment.path[-1][:80]!r}")
        _assign(target, assignment, contents)
    if targets:
        path, variable = next(iter(targets))
        raise _inexact(f"{variable[:80]!r} of layer {path[-1][:80]!r}")
    _finish(model)
    return model


def _rebuild(network: Network) -> keras.Model:
    import keras

    try:
        model = keras.saving.deserialize_keras_object(network.configuration(), safe_mode=True)
    except MemoryError:
        raise
    except Exception as error:  # Keras raises whatever a layer's own code does
        reason = str(error).rpartition("Exception encountered: ")[2].strip().split("\n", 1)[0][:200]
        raise ModelFileError(f"Keras cannot rebuild this network: {reason!r}.") from error
    if not isinstance(model, keras.Model) or not model.built:
        raise ModelFileError("Keras cannot rebuild this network: its input shape is unknown.")
    return model


def _targets(
    model: keras.Model, network: Network, variables: Mapping[Path, tuple[Variable, ...]]
) -> dict[tuple[Path, str], Any]:
    """Keras's variables by layer and name, all of them and no others."""
    targets: dict[tuple[Path, str], Any] = {}
    for path, layer in _layers(model, network, ()):
        expected = variables.get(path, ())
        if len(layer.weights) != len(expected):
            raise _inexact(f"layer {path[-1][:80]!r}")
        for variable, target in zip(expected, layer.weights, strict=True):
            if not _is_same(variable, target):
                raise _inexact(f"{variable.name[:80]!r} of layer {path[-1][:80]!r}")
            targets[path, variable.name] = target
    if {id(target) for target in targets.values()} != {id(weight) for weight in model.weights}:
        raise _inexact(f"the network {network.name[:80]!r}")
    return targets


def _layers(model: keras.Model, network: Network, path: Path) -> list[tuple[Path, Any]]:
    """Keras's layers that are no networks, beside the paths of the checked ones."""
    built = {layer.name: layer for layer in model.layers}
    pairs: list[tuple[Path, Any]] = []
    for layer in network.layers:
        twin = built.pop(layer.name, None)
        if layer.inner is not None:
            if twin is None:
                raise _inexact(f"layer {layer.name[:80]!r}")
            pairs.extend(_layers(twin, layer.inner, (*path, layer.name)))
        elif twin is not None:
            pairs.append(((*path, layer.name), twin))
    if built:
        raise _inexact(f"layer {next(iter(built))[:80]!r}")
    return pairs


def _is_same(variable: Variable, target: Any) -> bool:
    name, expected = target.path.rpartition("/")[2], variable.name.rpartition("/")[2]
    # One that its layer gives no name is numbered by Keras, over all that are made.
    numbered = expected == "variable" and name.removeprefix("variable_").isdecimal()
    return tuple(target.shape) == variable.shape and (name == expected or numbered)


def _assign(target: Any, assignment: Assignment, contents: Contents) -> None:
    array = contents.store.read(assignment.source)
    if assignment.change is not None:
        array = CONVERSIONS[assignment.change].apply(array)
    if array.shape != tuple(target.shape):
        raise _inexact(f"{assignment.variable[:80]!r} of layer {assignment.path[-1][:80]!r}")
    with np.errstate(over="ignore"):  # what becomes infinite is found when the network is proved
        target.assign(array.astype(target.dtype, copy=False))


def _finish(model: keras.Model) -> None:
    """Let normalization layers take up the mean and variance they were given."""
    import keras

    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.Normalization) and layer.built:
            layer.finalize_state()


def _inexact(what: str) -> ModelFileError:
    return ModelFileError(
        f"This network cannot be rebuilt exactly: Keras makes something else of {what}. Save the "
        "model again with a current version of Keras, with model.save('model.keras')."
    )

"""What every step of modernizing shares: the writer's version, and the list of repairs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.limits import MAX_JSON_DEPTH, MAX_LAYERS
from cnnviz_core.model_files.repair.repairs import Repair

Json = dict[str, Any]
NESTED = frozenset({"Sequential", "Model", "Functional", "Network", "Container"})
"""Classes of models, by the names they have had."""
KERAS_1_KEYS = frozenset({"border_mode", "dim_ordering", "nb_filter", "output_dim", "subsample"})


@dataclass
class Context:
    """The file's origin and what was repaired so far.

    Attributes:
        era: major version of the Keras that wrote the file: 1, 2 or 3.
        version: as the file says it.
        backend: likewise.
        later_resizing: whether a sign was found that the file is of TensorFlow 1.15 or later.
    """

    era: int
    version: str | None
    backend: str | None
    later_resizing: bool = False
    _notes: dict[str, dict[str, None]] = field(default_factory=dict)
    _layers: int = 0

    def count(self, layers: int) -> None:
        """Count the layers of one more model.

        Raises:
            ModelFileError: all models together have too many.
        """
        self._layers += layers
        if self._layers > MAX_LAYERS:
            raise ModelFileError(f"This model has more than {MAX_LAYERS:,} layers.")

    def find_signs(self, configuration: Any) -> None:
        """Look for what TensorFlow has written since 1.15, whose version alone does not say it.

        Inputs have said since then whether they are ragged; since 2.0 initializers name no type.
        """
        initializers = [
            initializer
            for initializer in layer_entries(configuration)
            if initializer["class_name"] in ("GlorotUniform", "VarianceScaling", "Zeros")
        ]
        typed = any("dtype" in initializer["config"] for initializer in initializers)
        ragged = "ragged" in keys(configuration, set())
        self.later_resizing = ragged or (bool(initializers) and not typed)

    def note(self, what: str, layer: str | None = None) -> None:
        """Record a repair, once for all layers that need the same one."""
        layers = self._notes.setdefault(what, {})
        if layer is not None:
            layers[layer] = None

    def repairs(self) -> tuple[Repair, ...]:
        """All repairs in the order of their first occurrence."""
        return tuple(Repair(what, tuple(layers)) for what, layers in self._notes.items())


def shown(value: Any) -> str:
    """Text from a file, fit for a sentence."""
    return repr(value[:80] if isinstance(value, str) else str(type(value).__name__))


def refuse(name: Any, why: str) -> ModelFileError:
    """The error for one layer: its name and why it cannot be read."""
    return ModelFileError(f"The layer {shown(name)} {why}")


def copied(value: Any, depth: int = 0) -> Any:
    """Copy plain values, so that the file's own stay as they are.

    Raises:
        ModelFileError: they lie too deep in each other.
    """
    if depth > 2 * MAX_JSON_DEPTH:
        raise ModelFileError("The configuration of this model is nested too deeply to be read.")
    if isinstance(value, dict):
        return {key: copied(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [copied(item, depth + 1) for item in value]
    return value


def unpacked(value: Any) -> Any:
    """Replace what Keras 1 and 2 wrote for tuples, shapes and NumPy scalars by plain values."""
    if isinstance(value, list):
        return [unpacked(item) for item in value]
    if not isinstance(value, dict):
        return value
    value = {key: unpacked(item) for key, item in value.items()}
    if value.get("class_name") in ("__tuple__", "TensorShape") and "items" in value:
        return value["items"]
    if value.get("type") == "ndarray" and "value" in value:
        return value["value"]
    if value.get("class_name") in ("__numpy__", "__tensor__"):
        config = value.get("config")
        if isinstance(config, dict) and type(config.get("value")) in (int, float):
            return config["value"]
    return value


def layer_entries(value: Any) -> Iterator[Json]:
    """Every entry with a class and settings, at any depth: layers and what they hold."""
    if isinstance(value, list):
        for item in value:
            yield from layer_entries(item)
    elif isinstance(value, dict):
        if isinstance(value.get("class_name"), str) and isinstance(value.get("config"), dict):
            yield value
        for item in value.values():
            yield from layer_entries(item)


def whole_list(value: Any, length: int | None = None) -> list[int] | None:
    """A list of whole numbers, of the length asked for; None for anything else."""
    if not isinstance(value, list) or not all(type(number) is int for number in value):
        return None
    return value if length is None or len(value) == length else None


def era_of(version: str | None, configuration: Any) -> int:
    """Major version of the writer; guessed from the form where the file does not say it."""
    match = re.match(r"\s*(\d{1,3})\.", version) if isinstance(version, str) else None
    if match:
        return min(max(int(match.group(1)), 1), 3)
    seen = keys(configuration, set())
    if seen & KERAS_1_KEYS:
        return 1
    modern = {"batch_shape", "registered_name"} & seen and "batch_input_shape" not in seen
    return 3 if modern else 2


def keys(value: Any, seen: set[str], depth: int = 0) -> set[str]:
    """Keys of dictionaries at any place."""
    if depth > 2 * MAX_JSON_DEPTH:
        return seen
    if isinstance(value, dict):
        seen.update(key for key in value if isinstance(key, str))
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            keys(item, seen, depth + 1)
    return seen

"""Which layers of a configuration are one object, stored once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnviz_core.model_files.limits import MAX_NESTING

if TYPE_CHECKING:
    from cnnviz_core.model_files.allowed.networks import Path


def shared_ids(configuration: Any) -> dict[Path, int]:
    """The number that Keras gives to an object it meets more than once, by the layer's path.

    Args:
        configuration: as the file has it; layers of any other form are passed over.
    """
    numbers: dict[Path, int] = {}
    waiting: list[tuple[Path, Any]] = [((), configuration)]
    while waiting:
        path, entry = waiting.pop()
        for layer in _layers(entry):
            name = layer.get("name") or _settings(layer).get("name")
            if not isinstance(name, str) or len(path) >= MAX_NESTING:
                continue
            inside = (*path, name)
            number = layer.get("shared_object_id")
            if isinstance(number, int):
                numbers[inside] = number
            waiting.append((inside, layer))
    return numbers


def _settings(entry: Any) -> dict[str, Any]:
    settings = entry.get("config") if isinstance(entry, dict) else None
    return settings if isinstance(settings, dict) else {}


def _layers(entry: Any) -> list[dict[str, Any]]:
    layers = _settings(entry).get("layers")
    layers = layers if isinstance(layers, list) else []
    return [layer for layer in layers if isinstance(layer, dict)]

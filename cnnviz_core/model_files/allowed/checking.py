"""A file's configuration, walked and turned into a `Network` of allowed kinds and settings.

Nothing is handed on that was not looked at: an unknown class, key, type or value is refused by
name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.allowed.calls import checked_calls, checked_ends
from cnnviz_core.model_files.allowed.input_layers import need_image
from cnnviz_core.model_files.allowed.networks import CheckedLayer, Network
from cnnviz_core.model_files.allowed.ordering import ordered
from cnnviz_core.model_files.allowed.refusals import refusal
from cnnviz_core.model_files.allowed.rules import RULES, find, wrapping
from cnnviz_core.model_files.allowed.settings import (
    checked_name,
    checked_settings,
    need_known_keys,
)
from cnnviz_core.model_files.limits import MAX_CALLS, MAX_LAYERS, MAX_NESTING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz_core.model_files.allowed.rules.rule import Rule

_MODELS = ("Functional", "Sequential", "Model")
_MODEL_KEYS = {
    "name",
    "trainable",
    "dtype",
    "layers",
    "input_layers",
    "output_layers",
    "build_input_shape",
}
_WRAPPED = ("layer", "backward_layer")
_LAYER_KEYS = {
    "module",
    "class_name",
    "config",
    "registered_name",
    "name",
    "build_config",
    "compile_config",
    "inbound_nodes",
    "shared_object_id",
}


def check(raw: Any) -> Network:
    """Turn a configuration, in the form that Keras 3.15 writes, into a network.

    Raises:
        ModelFileError: it is damaged, holds something that is not allowed, or takes no images.
    """
    if not isinstance(raw, dict):
        raise ModelFileError(
            "The file's configuration describes no model. Save the model again with model.save()."
        )
    if not _is_model(raw):
        raise ModelFileError(_not_a_model(raw))
    network = _Walk().network(raw, 0)
    need_image(network)
    return network


def _is_model(raw: Mapping[str, Any]) -> bool:
    module = raw.get("module")
    return (
        raw.get("class_name") in _MODELS
        and isinstance(module, str)
        and (module == "keras" or module.startswith(("keras.models", "keras.src.models")))
        and raw.get("registered_name") in (None, raw.get("class_name"))
    )


def _not_a_model(raw: Mapping[str, Any]) -> str:
    name = raw.get("class_name")
    if find(str(raw.get("module")), str(name)):
        return f"The file holds a single layer, {name}, not a model. Save the whole model."
    return refusal(raw.get("module"), name, raw.get("registered_name"), None)


class _Walk:
    """Counts what it has seen, over nested networks too."""

    def __init__(self) -> None:
        self._layers = 0
        self._calls = 0

    def network(self, raw: Mapping[str, Any], depth: int) -> Network:
        """Check a model and, in it, all of its layers."""
        config = raw.get("config")
        if not isinstance(config, dict) or not isinstance(config.get("layers"), list):
            raise ModelFileError(
                "A model of the file has no list of layers, so the file is damaged. "
                "Save the model again."
            )
        name = checked_name(config.get("name"), "model")
        if depth > MAX_NESTING:
            raise ModelFileError(
                f"Model {name[:80]!r} lies more than {MAX_NESTING} models deep. "
                "Save a model that is nested less."
            )
        need_known_keys(config, _MODEL_KEYS, f"Model {name[:80]!r}")
        sequential = raw["class_name"] == "Sequential"
        layers = tuple(self._layer(entry, depth, not sequential) for entry in config["layers"])
        _unique(layers, name)
        if sequential:
            return Network(name, "Sequential", _with_input(layers, config, raw, name, depth))
        return _functional(name, layers, config)

    def _layer(self, raw: Any, depth: int, called: bool) -> CheckedLayer:
        if not isinstance(raw, dict) or not isinstance(raw.get("config"), dict):
            raise ModelFileError(
                "A layer of the file has no settings, so the file is damaged. Save the model again."
            )
        self._layers += 1
        if self._layers > MAX_LAYERS:
            raise ModelFileError(
                f"The model has more than {MAX_LAYERS} layers. Save a smaller model."
            )
        config = raw["config"]
        name = checked_name(raw.get("name", config.get("name")), "layer")
        if config.get("name", name) != name:
            raise ModelFileError(
                f"Layer {name[:80]!r} has two names in the file, so it is damaged. "
                "Save the model again."
            )
        need_known_keys(raw, _LAYER_KEYS, f"Layer {name[:80]!r}")
        if _is_model(raw):
            inner = self.network(raw, depth + 1)
            return CheckedLayer(name, inner.kind, {}, self._nodes(raw, called, name, None), inner)
        rule = _rule(raw, name)
        calls = self._nodes(raw, called, name, rule)
        wrapped = None
        if rule.wraps is not None:
            wrapped = self._wrapped(rule, config, name, depth)
            config = {key: value for key, value in config.items() if key not in _WRAPPED}
        settings = checked_settings(rule, config, name)
        return CheckedLayer(name, rule.kind, settings, calls, wrapped=wrapped)

    def _wrapped(
        self, rule: Rule, config: Mapping[str, Any], name: str, depth: int
    ) -> CheckedLayer:
        """The layer inside a wrapper; one for the way back must be that which Keras makes."""
        if depth > MAX_NESTING:
            raise ModelFileError(
                f"Layer {name[:80]!r} lies more than {MAX_NESTING} layers deep. Save the model "
                "with fewer wrappers."
            )
        inside = self._layer(config.get("layer"), depth + 1, called=False)
        if inside.inner is not None:
            raise ModelFileError(
                f"Layer {name[:80]!r} ({rule.class_name}) calls a whole model on each image of a "
                "sequence; cnnviz shows models of single images. Save the model inside by itself."
            )
        assert rule.wraps is not None
        if not rule.wraps(RULES[inside.kind]):
            raise ModelFileError(
                f"Layer {name[:80]!r} ({rule.class_name}) holds a layer {inside.class_name}, which "
                "is not read there. Build the model without it and save it again."
            )
        back = config.get("backward_layer")
        if back is not None:
            self._need_same(inside, self._layer(back, depth + 1, called=False), name)
        return inside

    @staticmethod
    def _need_same(forward: CheckedLayer, backward: CheckedLayer, name: str) -> None:
        alike = wrapping.same_backwards(forward.settings, backward.settings)
        if backward.kind != forward.kind or not alike:
            raise ModelFileError(
                f"Layer {name[:80]!r} reads backwards by another layer than forwards, which is not "
                "read here. Use two layers, of which one has go_backwards=True, and save the model "
                "again."
            )

    def _nodes(self, raw: Mapping[str, Any], called: bool, name: str, rule: Rule | None) -> Any:
        if not called:
            return ()
        calls = checked_calls(raw.get("inbound_nodes", []), name, rule)
        self._calls += len(calls)
        if self._calls > MAX_CALLS:
            raise ModelFileError(
                f"The model calls its layers more than {MAX_CALLS} times. Save a smaller model."
            )
        return calls


def _rule(raw: Mapping[str, Any], name: str) -> Rule:
    module, class_name = raw.get("module"), raw.get("class_name")
    if not isinstance(module, str) or not isinstance(class_name, str):
        raise ModelFileError(refusal(module, class_name, raw.get("registered_name"), name))
    rule = find(module, class_name)
    if rule is None or raw.get("registered_name") not in (None, class_name):
        raise ModelFileError(refusal(module, class_name, raw.get("registered_name"), name))
    return rule


def _unique(layers: tuple[CheckedLayer, ...], name: str) -> None:
    seen: set[str] = set()
    for layer in layers:
        if layer.name in seen:
            raise ModelFileError(
                f"Two layers of {name[:80]!r} are called {layer.name[:80]!r}. "
                "Give them different names and save the model again."
            )
        seen.add(layer.name)


def _functional(name: str, layers: tuple[CheckedLayer, ...], config: Mapping[str, Any]) -> Network:
    by_name = {layer.name: layer for layer in layers}
    inputs = checked_ends(config.get("input_layers"), by_name, name)
    outputs = checked_ends(config.get("output_layers"), by_name, name)
    network = Network(name, "Functional", layers, inputs, outputs)
    ordered(network)
    return network


def _with_input(
    layers: tuple[CheckedLayer, ...],
    config: Mapping[str, Any],
    raw: Mapping[str, Any],
    name: str,
    depth: int,
) -> tuple[CheckedLayer, ...]:
    """The layers of a Sequential model, with the input in front that the file tells of."""
    if any(layer.kind == "InputLayer" for layer in layers[1:]):
        raise ModelFileError(
            f"Sequential model {name[:80]!r} has an input in its middle, so the file is damaged. "
            "Save the model again."
        )
    first = layers[0] if layers else None
    if first is None or (first.kind == "InputLayer" and len(layers) == 1):
        raise ModelFileError(f"Sequential model {name[:80]!r} has no layers. Save another model.")
    if first.kind == "InputLayer":
        return layers
    shape = _told_shape(config, raw)
    if shape is not None or (depth == 0 and first.inner is not None):
        return layers if shape is None else (_input(shape, layers), *layers)
    if depth:
        return layers
    raise ModelFileError(
        f"Sequential model {name[:80]!r} does not say which images it takes. Put "
        "keras.Input(shape=(height, width, channels)) in front and save the model again."
    )


def _told_shape(config: Mapping[str, Any], raw: Mapping[str, Any]) -> list[Any] | None:
    build = raw.get("build_config")
    told = build.get("input_shape") if isinstance(build, dict) else None
    shape = config.get("build_input_shape") or told
    return list(shape) if isinstance(shape, list | tuple) and shape else None


def _input(shape: list[Any], layers: tuple[CheckedLayer, ...]) -> CheckedLayer:
    rule = find("keras.layers", "InputLayer")
    assert rule is not None
    taken = {layer.name for layer in layers}
    name = next(
        name
        for name in ("input_layer", *(f"input_layer_{index}" for index in range(len(layers))))
        if name not in taken
    )
    settings = checked_settings(rule, {"batch_shape": list(shape)}, name)
    return CheckedLayer(name, rule.kind, settings)

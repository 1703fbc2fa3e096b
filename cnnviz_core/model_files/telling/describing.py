"""Inputs and outputs of a checked network, as its summary names them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.allowed.input_layers import input_layers
from cnnviz_core.model_files.allowed.networks import leaves
from cnnviz_core.model_files.container.json_text import parse_json
from cnnviz_core.model_files.telling.guessing import guess_meaning, losses_named
from cnnviz_core.model_files.telling.summary import InputSummary, OutputSummary
from cnnviz_core.network.inputs import images_among

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz_core.model_files.allowed.networks import CheckedLayer, Network, TensorRef
    from cnnviz_core.model_files.allowed.sizing import Sizes
    from cnnviz_core.model_files.container.contents import Contents

_PASS_THROUGH = frozenset({"Flatten", "Reshape", "Dropout", "Identity", "Squeeze"})


def inputs_of(network: Network, sizes: Sizes) -> tuple[InputSummary, ...]:
    """A network's inputs in order; of several images the first one is the picture.

    Raises:
        ModelFileError: none of them takes an image.
    """
    names = [layer.name for layer in input_layers(network)]
    shapes = [tuple(shape[1:]) for shape in sizes.inputs]
    images = images_among(shapes)
    if not images:
        raise ModelFileError(
            f"The network takes inputs of shape {'; '.join(map(str, shapes))[:200]}, of which none "
            "is surely an image (height, width and 1 or 3 channels). It cannot be shown."
        )
    return tuple(
        InputSummary(name, shape, position == images[0][0])
        for position, (name, shape) in enumerate(zip(names, shapes, strict=True))
    )


def outputs_of(
    network: Network, sizes: Sizes, losses: Mapping[str | None, str]
) -> tuple[OutputSummary, ...]:
    """A network's outputs in order, with what their numbers most likely mean."""
    found = []
    names = output_names(network)
    for name, shape, ending in zip(names, sizes.results, _Endings().of(network), strict=True):
        loss = losses.get(name) or losses.get(None)
        inner = tuple(shape[1:])
        found.append(OutputSummary(name, inner, ending, guess_meaning(inner, ending, loss)))
    return tuple(found)


def losses_of(contents: Contents) -> dict[str | None, str]:
    """What a file says it was trained on, by output; empty where it does not say."""
    configuration = contents.configuration
    compiled = configuration.get("compile_config") if isinstance(configuration, dict) else None
    if contents.container == "hdf5":
        text = contents.store.text("", "training_config")
        try:
            compiled = parse_json(text.encode(), "training configuration") if text else None
        except ModelFileError:
            return {}  # it says nothing that is needed
    return losses_named(compiled.get("loss")) if isinstance(compiled, dict) else {}


def output_names(network: Network) -> tuple[str, ...]:
    """Names of a network's outputs: the keys of a dictionary, or their layers', each once."""
    if network.kind == "Sequential":
        return (network.layers[-1].name,)
    keyed = network.outputs if isinstance(network.outputs, dict) else {}
    if keyed and len(keyed) == len(_refs(network.outputs)):
        return tuple(sorted(keyed))
    names: list[str] = []
    for ref in _refs(network.outputs):
        times = sum(other.split(":")[0] == ref.layer for other in names)
        names.append(f"{ref.layer}:{times + 1}" if times else ref.layer)
    return tuple(names)


def _refs(outputs: Any) -> list[TensorRef]:
    """References of a network's outputs, those of a dictionary by its sorted keys, as in Keras."""
    if isinstance(outputs, dict):
        return [ref for key in sorted(outputs) for ref in _refs(outputs[key])]
    if isinstance(outputs, list | tuple):
        return [ref for each in outputs for ref in _refs(each)]
    return list(leaves(outputs))


class _Endings:
    """Finds the activations in which outputs end, each tensor once, however many lead to it."""

    def __init__(self) -> None:
        self._layers: dict[int, dict[str, CheckedLayer]] = {}
        self._known: dict[tuple[int, TensorRef], str] = {}

    def of(self, network: Network) -> list[str]:
        """The ending of each output, in order."""
        number = 1 if network.kind == "Sequential" else len(_refs(network.outputs))
        return [self._at(network, output) for output in range(number)]

    def _at(self, network: Network, output: int) -> str:
        if network.kind == "Sequential":
            rest = (each for each in reversed(network.layers) if each.kind not in _PASS_THROUGH)
            last = next(rest, None)
            return "linear" if last is None else self._own(last, output)
        return self._before(network, _refs(network.outputs)[output])

    def _before(self, network: Network, ref: TensorRef) -> str:
        layers = self._layers.setdefault(id(network), {})
        if not layers:
            layers.update((layer.name, layer) for layer in network.layers)
        passed = []
        while (id(network), ref) not in self._known:
            passed.append((id(network), ref))
            layer = layers[ref.layer]
            given = layer.calls[ref.call].inputs() if layer.kind in _PASS_THROUGH else ()
            if not given:
                self._known[id(network), ref] = self._own(layer, ref.output)
                break
            ref = given[0]
        found = self._known[id(network), ref]
        self._known.update(dict.fromkeys(passed, found))
        return found

    def _own(self, layer: CheckedLayer, output: int) -> str:
        if layer.inner is not None:
            return self._at(layer.inner, output)
        kind = layer.class_name
        if kind in ("Softmax", "Sigmoid", "ReLU"):
            return kind.lower()
        return activation_name(layer.settings.get("activation"))


def activation_name(value: Any) -> str:
    """Name of an activation as a checked configuration holds it."""
    if isinstance(value, dict):
        inner = value.get("config")
        value = inner if isinstance(inner, str) else value.get("class_name")
    return str(value or "linear").lower()

"""Inputs and outputs of a checked network, as its summary names them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnviz_core.errors import ModelFileError
from cnnviz_core.inputs import images_among
from cnnviz_core.model_files.guessing import guess_meaning, losses_named
from cnnviz_core.model_files.image_inputs import input_layers
from cnnviz_core.model_files.json_text import parse_json
from cnnviz_core.model_files.networks import leaves
from cnnviz_core.model_files.summary import InputSummary, OutputSummary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz_core.model_files.contents import Contents
    from cnnviz_core.model_files.networks import Layer, Network, TensorRef
    from cnnviz_core.model_files.sizing import Sizes

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
    for name, shape, ending in zip(names, sizes.results, _endings(network), strict=True):
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
    if isinstance(network.outputs, dict):
        return tuple(sorted(network.outputs))
    names: list[str] = []
    for ref in _refs(network.outputs):
        times = sum(other.split(":")[0] == ref.layer for other in names)
        names.append(f"{ref.layer}:{times + 1}" if times else ref.layer)
    return tuple(names)


def _refs(outputs: Any) -> list[TensorRef]:
    """References of a network's outputs, those of a dictionary by its sorted keys, as in Keras."""
    if isinstance(outputs, dict):
        return [ref for key in sorted(outputs) for ref in leaves(outputs[key])]
    return list(leaves(outputs))


def _endings(network: Network) -> list[str]:
    """The activation in which each output ends."""
    if network.kind == "Sequential":
        return [_ending_of_sequence(network)]
    return [_ending(network, ref) for ref in _refs(network.outputs)]


def _ending_of_sequence(network: Network) -> str:
    for layer in reversed(network.layers):
        if layer.kind not in _PASS_THROUGH:
            return _own_ending(layer, 0)
    return "linear"


def _ending(network: Network, ref: TensorRef) -> str:
    for _ in network.layers:  # a path is no longer than the network
        layer = network.layer(ref.layer)
        given = layer.calls[ref.call].inputs() if layer.kind in _PASS_THROUGH else ()
        if not given:
            return _own_ending(layer, ref.output)
        ref = given[0]
    return "linear"


def _own_ending(layer: Layer, output: int) -> str:
    if layer.inner is not None:
        return _endings(layer.inner)[output]
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

"""Inputs and outputs of a checked network, as its summary names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.allowed.input_layers import input_layers
from cnnviz_core.model_files.container.json_text import parse_json
from cnnviz_core.model_files.telling.endings import endings, flat
from cnnviz_core.model_files.telling.guessing import guess_meaning, losses_named
from cnnviz_core.model_files.telling.summary import InputSummary, OutputSummary
from cnnviz_core.network.inputs import images_among

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz_core.model_files.allowed.networks import Network
    from cnnviz_core.model_files.allowed.sizing import Sizes
    from cnnviz_core.model_files.container.contents import Contents


def inputs_of(network: Network, sizes: Sizes) -> tuple[InputSummary, ...]:
    """A network's inputs in order; of several images the first one is the picture."""
    names = [layer.name for layer in input_layers(network)]
    shapes = [tuple(shape[1:]) for shape in sizes.inputs]
    image, _ = images_among(shapes)[0]
    return tuple(
        InputSummary(name, shape, position == image)
        for position, (name, shape) in enumerate(zip(names, shapes, strict=True))
    )


def outputs_of(
    network: Network, sizes: Sizes, losses: Mapping[str | None, str]
) -> tuple[OutputSummary, ...]:
    """A network's outputs in order, with what their numbers most likely mean."""
    summaries = []
    names = output_names(network)
    for name, shape, ending in zip(names, sizes.results, endings(network), strict=True):
        loss = losses.get(name) or losses.get(None)
        inner = tuple(shape[1:])
        summaries.append(OutputSummary(name, inner, ending, guess_meaning(inner, ending, loss)))
    return tuple(summaries)


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
    if keyed and len(keyed) == len(flat(network.outputs)):
        return tuple(sorted(keyed))
    names: list[str] = []
    for ref in flat(network.outputs):
        times = sum(earlier.split(":")[0] == ref.layer for earlier in names)
        names.append(f"{ref.layer}:{times + 1}" if times else ref.layer)
    return tuple(names)

"""Grow the patterns that are shipped with the bundled models.

    python models/grow_patterns.py [NAME ...] [--force]

For every channel of every convolution layer, in some minutes a layer on two CPU cores. Layers that
are there already, of these very weights, are left as they are: a run that was interrupted goes on.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

MODELS = Path(__file__).resolve().parent
sys.path.insert(0, str(MODELS.parent))
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import cnnviz_core as cnnviz  # noqa: E402 - importable only after the lines above
from cnnviz_core.looking.linearity import rectified  # noqa: E402
from cnnviz_core.maximization.pattern_files import Growth, PatternFolder  # noqa: E402

if TYPE_CHECKING:
    from cnnviz_core.arrays import FloatArray
    from cnnviz_core.maximization.results import Patterns
    from cnnviz_core.network.model import LoadedModel

    Grow = Callable[..., Patterns]
    Measure = Callable[[LoadedModel, list[Any], FloatArray], FloatArray]


def convolutions(model: LoadedModel) -> Iterator[tuple[str, int]]:
    """Name and number of channels of each layer with a kernel, height and width.

    A convolution of the picture itself is followed by its activation, see `linearity`.
    """
    described = cnnviz.structure(model)
    for layer in described.layers:
        if layer.has_kernel and layer.spatial and layer.output_shape[-1]:
            yield layer.name, layer.output_shape[-1]
            if activation := rectified(described, layer.name):
                yield activation, layer.output_shape[-1]


def grow_patterns(
    model: LoadedModel,
    folder: PatternFolder,
    growth: Growth,
    *,
    grow: Grow,
    measure: Measure,
    force: bool = False,
) -> None:
    """Write what is missing in a model's folder, and tell each layer's time.

    Args:
        model: the model of the folder.
        folder: where its patterns go.
        growth: how they are grown.
        grow: as `cnnviz.maximize`.
        measure: (model, objectives, images) to the objectives' values on these images.
        force: grow all of them anew.
    """
    there = () if force else folder.layers(growth)
    for layer, channels in convolutions(model):
        if layer in there:
            print(f"{model.name}  {layer}  is there", flush=True)
            continue
        began = time.monotonic()
        units = [cnnviz.Channel(layer, index) for index in range(channels)]
        patterns = grow(model, units, size=growth.size, preset=growth.preset, seed=growth.seed)
        folder.write(layer, patterns, partial(measure, model, units))
        seconds = time.monotonic() - began
        print(f"{model.name}  {layer}  {channels} patterns  {seconds:.0f} s", flush=True)


def main() -> None:
    """Grow the patterns of the models named, or of all bundled ones."""
    names = [card.name for card in cnnviz.available_models() if card.family == "bundled"]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(names)}")
    parser.add_argument("--force", action="store_true", help="grow again what is there")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(names):
        parser.error(f"no bundled model is called {', '.join(sorted(unknown))}")
    from cnnviz_core.maximization.measuring import measured

    for name in asked.names or names:
        weights = hashlib.sha256((MODELS / name / "model.keras").read_bytes()).hexdigest()
        folder = MODELS / name / "patterns"
        grow_patterns(
            cnnviz.load_model(name),
            PatternFolder(folder, weights),
            Growth(),
            grow=cnnviz.maximize,
            measure=measured,
            force=asked.force,
        )
        size = sum(path.stat().st_size for path in folder.iterdir())
        print(f"{name}  {size / 2**20:.1f} MiB in all", flush=True)


if __name__ == "__main__":
    main()

"""Every method against the true masks of drawn shapes, on a fair network and on one that cheats.

`shapes` learned to name a shape on any background; `shapes-biased` was taught on pictures where the
background gives the shape away. On pictures of both kinds of background apart, what a network looks
at is known: the shape, or what lies around it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core import baseline_map, explain, load_model, predict, shapes
from cnnviz_core.attribution.catalogue import METHODS
from cnnviz_core.maps.ground_truth import Finding, finding
from cnnviz_core.trust.baselines import BASELINES, Baseline

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz_core.arrays import ImageArray
    from cnnviz_core.maps.results import SpatialMap
    from cnnviz_core.network.model import LoadedModel
    from cnnviz_core.sets.drawn_shapes import Shapes

PICTURES, SEED = 60, 20_261


def run() -> None:
    """Print hits and overlap of every method and baseline on both networks."""
    drawn = shapes(PICTURES, background="other", seed=SEED)
    models = [load_model(name) for name in ("shapes", "shapes-biased")]
    print(f"{PICTURES} pictures, each class explained is the one that the network answers")
    print(f"{'':<26} {'shapes':^21} {'shapes-biased':^21}")
    print(f"{'':<26} {'hits':>10} {'overlap':>10} {'hits':>10} {'overlap':>10}")
    for name in METHODS:
        findings = [
            measured(model, drawn, lambda *given, m=name: _map(m, *given)) for model in models
        ]
        print(row(METHODS[name].title, findings), flush=True)
    for kind in BASELINES:
        findings = [
            measured(model, drawn, lambda *given, k=kind: _rule(k, *given)) for model in models
        ]
        print(row(f"({kind})", findings), flush=True)


def measured(
    model: LoadedModel, drawn: Shapes, make: Callable[[LoadedModel, ImageArray, int], SpatialMap]
) -> Finding:
    """One map a picture, for the class that the model answers, held against the masks."""
    maps = [make(model, image, predict(model, image, top=1).indices[0]) for image in drawn.images]
    return finding(maps, drawn.masks)


def row(title: str, findings: list[Finding]) -> str:
    """One line of the table."""
    cells = [
        f"{100 * measurement.hits:>8.0f} % {measurement.overlap:>10.2f}" for measurement in findings
    ]
    return f"{title:<26} " + " ".join(cells)


def _map(method: str, model: LoadedModel, image: ImageArray, target: int) -> SpatialMap:
    return explain(model, image, target, method=method)


def _rule(kind: Baseline, model: LoadedModel, image: ImageArray, target: int) -> SpatialMap:
    del target
    seed = int(np.sum(image, dtype=np.int64))  # another picture, another random order
    return baseline_map(kind, image, model.input_size, seed=seed)


if __name__ == "__main__":
    run()

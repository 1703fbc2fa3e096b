"""Is it the place that counts? A map's deletion curve beside that of the same map moved elsewhere.

Single pixels taken away at random disturb a network wherever they lie, so they are a hard baseline
for a coarse map and an easy one for none. A map that is moved keeps its grain and its share of
weak and strong places: all that differs is where they lie.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.errors import EmptyMapError
from cnnviz_core.progress import Listener, Pass, run, within
from cnnviz_core.trust.baselines import baseline_map
from cnnviz_core.trust.faithfulness import deletion
from cnnviz_core.trust.results import PlacementCheck

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cnnviz_core.arrays import ImageArray
    from cnnviz_core.maps.results import SpatialMap
    from cnnviz_core.network.model import LoadedModel
    from cnnviz_core.progress import OnStep, Passes
    from cnnviz_core.targets import TargetLike
    from cnnviz_core.trust.results import Curve

_PARTS = 3


def placement_check(
    model: LoadedModel,
    image: ImageArray,
    attribution: SpatialMap,
    *,
    target: TargetLike = None,
    steps: int | None = None,
    output: str | None = None,
    seed: int = 0,
    on_step: OnStep | None = None,
) -> PlacementCheck:
    """Take pixels away in a map's order, then in that of the same map moved to eight other places.

    The curves are those of `deletion`. The map, at the network's input size, is moved by thirds of
    the height and the width, in all eight ways; what leaves at one side comes in at the other. Then
    come two maps that know nothing of the network: nearness to the centre, and edges.

    Args:
        model: a loaded model.
        image: (height, width, 3), RGB uint8, any size.
        attribution: the map, of any resolution, signed or not.
        target: class index or label, a `Contrast`, or None for the map's own; of a map without one
            the class of highest logit.
        steps: equal parts in which the pixels are replaced; see `deletion`.
        output: name of the output to watch, on a network with several; None means the map's own.
        seed: of the order of equal values.
        on_step: told of each batch, and with what there is so far after each curve; returning False
            stops.

    Returns:
        Scores on the way for the map, for it elsewhere, and for the two others; after a stop, of
        those that were finished, and of the first as far as it came.

    Raises:
        EmptyMapError: the map is the same everywhere, so it has no place.
        TargetError: no such class or output.
        OptionError: `steps` is outside what is accepted, or `seed` is none.
    """
    if np.ptp(attribution.values) == 0:
        raise EmptyMapError(
            f"{attribution.method}'s map is the same everywhere, so it cannot be moved. Choose "
            "another class or method."
        )
    size = model.with_output(output or attribution.output).input_size
    others = [*moved(attribution, size)]
    others += [baseline_map(kind, image, size) for kind in ("centre", "edges")]
    take_away = partial(deletion, model, image, steps=steps, seed=seed)
    listener, total = Listener(on_step), len(others) + 1

    def passes() -> Passes[PlacementCheck]:
        inside = within(listener, 0, total)
        first = take_away(attribution, target=target, output=output, on_step=inside)
        curves = [first]
        so_far = partial(_together, curves)
        yield Pass(1, total, so_far)
        for number, other in enumerate(others, start=1):
            curve = take_away(
                other,
                target=first.target,
                output=output or attribution.output,
                on_step=within(listener, number, total),
            )
            if listener.stopped:
                break  # a curve that is not whole has another area
            curves.append(curve)
            yield Pass(number + 1, total, so_far)
        return so_far()

    return run(passes(), listener)


def moved(attribution: SpatialMap, size: tuple[int, int]) -> Iterator[SpatialMap]:
    """The same map at eight other places of an input of (height, width)."""
    height, width = size
    values = attribution.resized(height, width)
    for row in range(_PARTS):
        for column in range(_PARTS):
            if (row, column) != (0, 0):
                way = (round(row * height / _PARTS), round(column * width / _PARTS))
                yield replace(attribution, values=np.roll(values, way, axis=(0, 1)))


def _together(curves: Sequence[Curve]) -> PlacementCheck:
    """The map's own curve first, then those elsewhere, then the two baselines."""
    first, places = curves[0], _PARTS**2 - 1
    scores = np.stack([curve.scores for curve in curves])
    return PlacementCheck(
        fractions=first.fractions,
        scores=scores[0],
        elsewhere=scores[1 : places + 1],
        blind=scores[places + 1 :],
        method=first.method,
        fill=first.fill,
        target=first.target,
    )

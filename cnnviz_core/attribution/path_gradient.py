"""The gradient along the way from a baseline to the image.

Notation as in `cnnviz_core.attribution.gradient`; x' is the preprocessed baseline.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz_core.attribution.input_gradient import GRADIENTS_AT_ONCE, input_gradient
from cnnviz_core.attribution.input_maps import input_maps
from cnnviz_core.errors import OptionError
from cnnviz_core.options import require_whole
from cnnviz_core.progress import Pass, run

if TYPE_CHECKING:
    from cnnviz_core.arrays import FloatArray, ImageArray
    from cnnviz_core.maps.results import Attribution
    from cnnviz_core.network.model import LoadedModel
    from cnnviz_core.progress import OnStep, Passes
    from cnnviz_core.targets import TargetLike

START_PICTURES = {"black": 0, "grey": 128, "white": 255}
"""Pictures of one level that integrated gradients can start from, by name."""


def integrated_gradients(
    model: LoadedModel,
    image: ImageArray,
    target: TargetLike = None,
    *,
    num_steps: int = 64,
    baseline: str = "black",
    output: str | None = None,
    on_step: OnStep | None = None,
) -> Attribution:
    """Mean gradient on the straight way from a baseline, times the difference to it.

    Sundararajan et al. 2017, arXiv:1703.01365, equations 1 and 3, by the midpoint rule:
    M = sum_c (x - x') (1/m) sum_k g(x' + (k - 1/2)/m (x - x')). The map sums to y(x) - y(x');
    `measures["completeness_error"]` is by how much it does not, and `measures["score_change"]` is
    y(x) - y(x'). The steps are taken in an order that covers the way evenly, so that a map so far
    is an estimate of the whole.

    Args:
        model: a loaded model.
        image: (height, width, 3), RGB uint8, any size.
        target: class index or label, a `Contrast`, or None for the class of highest logit.
        output: name of the output to explain, on a network with several.
        num_steps: points on the way.
        baseline: a key of `START_PICTURES`, the picture where the way begins.
        on_step: told of the points done, their number and the map so far; False stops.

    Returns:
        Map at the input's resolution, signed, in logits.

    Raises:
        TargetError: no such class or output.
        OptionError: fewer than one step, or no such baseline.
    """
    passes = integrated_gradients_passes(model, image, target, num_steps, baseline, output)
    return run(passes, on_step)


def integrated_gradients_passes(
    model: LoadedModel,
    image: ImageArray,
    target: TargetLike,
    num_steps: int,
    baseline: str,
    output: str | None,
) -> Passes[Attribution]:
    """Take the steps of `integrated_gradients`; see there."""
    num_steps = require_whole("num_steps", num_steps)
    maps = input_maps(model, image, target, output=output)
    start = _start_of_the_way(maps.model, image, baseline)
    difference = maps.batch - start
    change = float(maps.score.of(maps.class_logits - maps.model.parts.scores(start)[0][0]))
    positions = (_spread_order(num_steps) + 0.5) / num_steps
    total = np.zeros(maps.batch.shape[1:], np.float64)

    def result(done: int) -> Attribution:
        values = (difference[0] * total / done).sum(axis=-1)
        return maps.attribution(
            values,
            method="Integrated gradients",
            units=maps.score.units,
            signed=True,
            measures={
                "completeness_error": float(values.sum() - change),
                "score_change": change,
            },
            num_steps=done,
            baseline=baseline,
        )

    for first in range(0, num_steps, GRADIENTS_AT_ONCE):
        chosen = positions[first : first + GRADIENTS_AT_ONCE].astype(np.float32)
        points = start + chosen[:, None, None, None] * difference
        gradients = input_gradient(maps.model.parts, points, maps.score.direction)
        total += gradients.sum(axis=0, dtype=np.float64)
        done = first + len(chosen)
        yield Pass(done, num_steps, partial(result, done))
    return result(num_steps)


def _start_of_the_way(model: LoadedModel, image: ImageArray, baseline: str) -> FloatArray:
    if baseline not in START_PICTURES:
        raise OptionError(
            f"Baseline {str(baseline)[:40]!r} is unknown. "
            f"Choose one of {', '.join(START_PICTURES)}."
        )
    return model.preprocess(np.full_like(image, START_PICTURES[baseline]))


def _spread_order(count: int) -> Any:
    """0 to count - 1 in an order whose every beginning is spread over the whole.

    By the golden ratio: the k-th number drawn is the one ranked k in the sequence k * phi mod 1.
    """
    golden = (np.sqrt(5) - 1) / 2
    return np.argsort(np.argsort(np.arange(count) * golden % 1))

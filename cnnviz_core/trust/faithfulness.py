"""Does the network agree with a map? Take pixels away in the map's order and watch the class.

A batch is (images, height, width, channels) at the network's input size, preprocessed. Pixels are
ordered by the signed map, what speaks most for the target first. Equal values are ordered at
random, by seed: in raster order a flat map would take the image away from the top down.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from cnnviz_core.errors import TargetError
from cnnviz_core.images.colours import IMAGENET_MEAN, LUMA
from cnnviz_core.images.preprocessing import MODES
from cnnviz_core.options import require_seed, require_whole
from cnnviz_core.progress import Pass, run
from cnnviz_core.trust.imputation import impute
from cnnviz_core.trust.results import Curve

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cnnviz_core.arrays import FloatArray, ImageArray
    from cnnviz_core.maps.results import SpatialMap
    from cnnviz_core.network.model import LoadedModel
    from cnnviz_core.progress import OnStep, Passes
    from cnnviz_core.targets import TargetLike

    Mask = NDArray[np.bool_]

_MOST_STEPS = 1024
_STEPS = 28
_BATCH = 32
_BATCH_PIXELS = 2**19
_MEAN_COLOUR = 255 * np.array(IMAGENET_MEAN, np.float32)
_BLUR = 10 / 224
_NOISE = 0.01


def deletion(
    model: LoadedModel,
    image: ImageArray,
    attribution: SpatialMap,
    *,
    target: TargetLike = None,
    steps: int | None = None,
    output: str | None = None,
    seed: int = 0,
    on_step: OnStep | None = None,
) -> Curve:
    """Replace the most relevant pixels first; the sooner the class is lost, the better the map.

    Deletion, arXiv:1806.07421, section 4. Pixels become the mean colour of ImageNet, which is
    the paper's zero on a network that subtracts that mean.

    Args:
        model: a loaded model.
        image: (height, width, 3), RGB uint8, any size.
        attribution: the map that gives the order, of any resolution, signed or not.
        target: class index or label, or a `Contrast`; None means the map's own, and for a
            baseline the class of highest logit.
        steps: equal parts in which the pixels are replaced, 1 to 1024; the curve has one point
            more. None means 28, or as many as there are pixels.
        output: name of the output to watch, on a network with several; None means the map's own.
        seed: of the order of equal values.
        on_step: told of each batch with the curve so far; returning False stops.

    Returns:
        The target's probability at 0 to 100 % replaced; after a stop, the points so far.

    Raises:
        TargetError: no such class or output.
        OptionError: `steps` is outside what is accepted.
    """
    course = _Course(model, image, attribution, target, output, "deletion", seed)
    fractions = course.shares(steps)
    fill = np.broadcast_to(_mean_colour(course.model), course.batch.shape)
    replaced = partial(_exchange, course.batch, fill)
    return run(course.follow(fractions, replaced, "mean colour of ImageNet"), on_step)


def insertion(
    model: LoadedModel,
    image: ImageArray,
    attribution: SpatialMap,
    *,
    target: TargetLike = None,
    steps: int | None = None,
    output: str | None = None,
    seed: int = 0,
    on_step: OnStep | None = None,
) -> Curve:
    """Give a blurred image its most relevant pixels back first; the sooner found, the better.

    Insertion, arXiv:1806.07421, section 4. The blur is Gaussian, its deviation 10 pixels on an
    input of 224 and in proportion to the shorter side on others.

    Args, returns, errors: as for `deletion`, with 0 to 100 % given back.
    """
    course = _Course(model, image, attribution, target, output, "insertion", seed)
    fractions = course.shares(steps)
    deviation = _BLUR * min(course.model.input_size)
    given_back = partial(_exchange, _blurred(course.batch, deviation), course.batch)
    fill = f"Gaussian blur of {deviation:.1f} pixels"
    return run(course.follow(fractions, given_back, fill), on_step)


def road(
    model: LoadedModel,
    image: ImageArray,
    attribution: SpatialMap,
    *,
    target: TargetLike = None,
    steps: int = 9,
    output: str | None = None,
    seed: int = 0,
    on_step: OnStep | None = None,
) -> Curve:
    """Replace the most relevant pixels by what their surroundings suggest, so no edge gives a hint.

    ROAD with noisy linear imputation, arXiv:2202.00449: see `imputation.impute`; to
    each replaced pixel noise is added, Gaussian with a deviation of 1 % of the pixels' range.

    Args, errors: as for `deletion`, but for
        steps: the last point has steps / (steps + 1) of the pixels replaced: something must be
            left to impute from. With 9 steps these are 0, 10, ... 90 %.
        seed: of the order of equal values and of the noise.

    Returns:
        The target's probability at each share of pixels replaced.
    """
    course = _Course(model, image, attribution, target, output, "road", seed)
    fractions = course.shares(steps, left=1)
    shape = course.batch.shape[1:]
    noise = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    imputed = partial(_impute, course.batch[0], noise * _NOISE * _pixel_range(course.model))
    fill = "weighted mean of the 8 neighbours, solved linearly, with 1 % noise"
    return run(course.follow(fractions, imputed, fill), on_step)


class _Course:
    """One image on its way from whole to gone, or back, in the order of one map."""

    def __init__(
        self,
        model: LoadedModel,
        image: ImageArray,
        order: SpatialMap,
        target: TargetLike,
        output: str | None,
        measure: str,
        seed: int,
    ) -> None:
        if target is None and None not in (output, order.output) and output != order.output:
            raise TargetError(
                f"The map explains output {order.output!r}; on output {output!r} its class is "
                "another one. Name the target to watch there."
            )
        self.model = model.with_output(order.output if output is None else output)
        self.batch = self.model.preprocess(image)
        logits, _ = self.model.parts.scores(self.batch)
        self.score = self.model.score(order.target if target is None else target, logits[0])
        self._place = places(order.resized(*self.model.input_size), require_seed(seed))
        self._measure, self._method = measure, order.method

    def shares(self, steps: int | None, left: int = 0) -> NDArray[np.float64]:
        """0, 1 / parts, ... steps / parts, where parts are the steps and those `left`.

        Raises:
            OptionError: there are fewer pixels than steps, or the steps are too many.
        """
        most = min(_MOST_STEPS, self._place.size)
        steps = min(_STEPS, most) if steps is None else steps
        steps = require_whole("steps", steps, most=most)
        return np.arange(steps + 1) / (steps + left)

    def follow(
        self,
        fractions: NDArray[np.float64],
        changed: Callable[[Mask], FloatArray],
        fill: str,
    ) -> Passes[Curve]:
        """The score at each share of pixels changed; `changed` makes one image for a mask."""
        counts = np.rint(fractions * self._place.size).astype(int)
        scores = np.empty(0, np.float32)
        for first in range(0, len(counts), self._most_at_once):
            masks = [self._place < count for count in counts[first : first + self._most_at_once]]
            _, probabilities = self.model.parts.scores(np.stack([changed(mask) for mask in masks]))
            scores = np.append(scores, self.score.of(probabilities))
            so_far = partial(self._curve, counts[: len(scores)], scores, fill)
            yield Pass(len(scores) - 1, len(counts) - 1, so_far)
        return self._curve(counts, scores, fill)

    @property
    def _most_at_once(self) -> int:
        return max(2, min(_BATCH, _BATCH_PIXELS // self._place.size))

    def _curve(self, counts: NDArray[Any], scores: FloatArray, fill: str) -> Curve:
        fractions = (counts / self._place.size).astype(np.float32)
        area = float(np.trapezoid(scores, fractions) / (fractions[-1] - fractions[0]))
        return Curve(
            fractions=fractions,
            scores=scores,
            area=area,
            measure=self._measure,
            method=self._method,
            fill=fill,
            target=self.score.target,
        )


def places(values: FloatArray, seed: int) -> NDArray[np.int64]:
    """Each pixel's place in the order of removal, (height, width): 0 for the highest value.

    Equal values take their places at random.
    """
    chance = np.random.default_rng(seed).permutation(values.size)
    order = np.lexsort((chance, -values.ravel()))
    place = np.empty(values.size, np.int64)
    place[order] = np.arange(values.size)
    return place.reshape(values.shape)


def _exchange(before: FloatArray, after: FloatArray, changed: Mask) -> FloatArray:
    return np.where(changed[..., None], after[0], before[0])


def _impute(pixels: FloatArray, noise: FloatArray, removed: Mask) -> FloatArray:
    return np.where(removed[..., None], impute(pixels, removed) + noise, pixels)


def _blurred(batch: FloatArray, deviation: float) -> FloatArray:
    blurred = cv2.GaussianBlur(batch[0], (0, 0), deviation)
    return np.asarray(blurred, np.float32).reshape(batch.shape)


def _mean_colour(model: LoadedModel) -> FloatArray:
    """ImageNet's mean colour, or its luminance, as the network is given it, (channels,)."""
    luma = np.array(LUMA, np.float32)[:, None]
    colour = _MEAN_COLOUR if model.channels == 3 else _MEAN_COLOUR @ luma
    return np.asarray(MODES[model.preprocessing](colour), np.float32)


def _pixel_range(model: LoadedModel) -> FloatArray:
    """What the network is given for white less what it is given for black, (channels,)."""
    white, black = (
        MODES[model.preprocessing](np.full(model.channels, level, np.float32)) for level in (255, 0)
    )
    return np.abs(white - black)

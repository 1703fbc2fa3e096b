"""Methods that speak of regions of the image in place of pixels."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cnnviz_core.attribution.input_maps import input_maps
from cnnviz_core.attribution.linear_surrogate import fit
from cnnviz_core.attribution.masks import SEGMENTS, batches, masked_logits
from cnnviz_core.attribution.path_gradient import integrated_gradients_passes
from cnnviz_core.attribution.regions import REGION_SIZE, density, regions, superpixels
from cnnviz_core.errors import OptionError
from cnnviz_core.options import require_seed, require_whole
from cnnviz_core.progress import Pass, no_preview, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cnnviz_core.arrays import FloatArray, ImageArray
    from cnnviz_core.attribution.input_maps import InputMaps
    from cnnviz_core.maps.results import Attribution
    from cnnviz_core.network.model import LoadedModel
    from cnnviz_core.progress import OnStep, Passes
    from cnnviz_core.targets import TargetLike

_SEGMENTS = 50
_XRAI_BASELINES = ("black", "white")


def lime(
    model: LoadedModel,
    image: ImageArray,
    target: TargetLike = None,
    *,
    num_samples: int = 1000,
    num_segments: int | None = None,
    output: str | None = None,
    batch_size: int | None = None,
    seed: int = 0,
    on_step: OnStep | None = None,
) -> Attribution:
    """Fit a linear model of which superpixels the class's probability needs.

    LIME, Ribeiro et al. 2016, arXiv:1602.04938, equation 2 and section 3.4, with the numbers of
    its published implementation: each superpixel of a sample is on or off with even chance, off is
    filled with its mean colour, and the first sample has all on. A sample z at cosine distance D
    from that one has weight sqrt(exp(-D^2 / 0.25^2)), and the model is a ridge regression (alpha 1)
    with intercept. The superpixels are SLIC's, on the image at the size of the network's input.

    `measures["r2"]` is the model's weighted coefficient of determination on its samples, adjusted
    for the number of superpixels: near 1 the coefficients tell how the network answers around this
    image, near 0 they do not. It is left out where there are no more samples than superpixels, or
    where the network always answers the same.
    `measures["standard_error"]` is the mean standard error of the coefficients, of unequal
    variances. `measures["segments"]` counts the superpixels that were made.

    Args:
        model: a loaded model.
        image: (height, width, 3), RGB uint8, any size.
        target: class index or label, a `Contrast`, or None for the class of highest logit.
        num_samples: covered images.
        num_segments: superpixels asked for, of which SLIC makes about as many; None means 50, or
            as many as there are pixels.
        output: name of the output to explain, on a network with several.
        batch_size: covered images at a time; None means as many as keep memory small.
        seed: of the samples.
        on_step: told of the samples done, their number and the map so far; False stops.

    Returns:
        Map at the resolution of the network's input, signed: each superpixel's coefficient, in
        probability.

    Raises:
        TargetError: no such class or output.
        OptionError: fewer than two samples or superpixels, or more superpixels than pixels.
    """
    maps = input_maps(model, image, target, output=output)
    seed = require_seed(seed)
    if num_segments is None:
        num_segments = min(_SEGMENTS, math.prod(maps.model.input_size))
    _check_samples(maps.model.input_size, num_samples, num_segments)
    return run(_lime(maps, image, num_samples, num_segments, seed, batch_size), on_step)


def _lime(
    maps: InputMaps,
    image: ImageArray,
    num_samples: int,
    num_segments: int,
    seed: int,
    batch_size: int | None,
) -> Passes[Attribution]:
    slices = batches(num_samples, maps.model, batch_size)
    labels, colours = superpixels(image, maps.model.input_size, num_segments)
    count = int(labels.max()) + 1
    kept = np.random.default_rng(seed).integers(0, 2, (num_samples, count)).astype(np.float32)
    kept[0] = 1
    masked = masked_logits(maps.model, SEGMENTS, maps.batch, maps.model.preprocess(colours))
    answers = np.empty(num_samples, np.float32)

    def result(done: int) -> Attribution:
        linear = fit(kept[:done], answers[:done])
        return maps.attribution(
            linear.coefficients[labels],
            method="LIME",
            units=maps.score.probability_units,
            signed=True,
            measures={**linear.measures, "segments": float(count)},
            num_samples=done,
            num_segments=num_segments,
            seed=seed,
        )

    for part in slices:
        logits, _ = masked(kept[part], labels.astype(np.float32))
        answers[part] = maps.score.of(maps.model.parts.class_probabilities(logits))
        yield Pass(part.stop, num_samples, partial(result, part.stop))
    return result(num_samples)


def xrai(
    model: LoadedModel,
    image: ImageArray,
    target: TargetLike = None,
    *,
    num_steps: int = 64,
    output: str | None = None,
    on_step: OnStep | None = None,
) -> Attribution:
    """Take regions of the image in order of the attribution that each adds per pixel.

    XRAI, Kapishnikov et al. 2019, arXiv:1906.02825, algorithm 1, with the numbers of its published
    implementation. Attribution: integrated gradients from a black and from a white image, averaged
    and summed over the input's channels. Regions: Felzenszwalb's segments of the image at six
    scales, overlapping. The region whose pixels not yet taken have the highest mean attribution is
    taken next, and those pixels get that mean.

    Everything is done at 224 x 224, for which the segmentation's numbers were chosen; attributions
    of another size are resized to it.

    `measures["completeness_error"]` is that of the averaged integrated gradients, and
    `measures["regions"]` counts the regions to choose from.

    Args:
        model: a loaded model.
        image: (height, width, 3), RGB uint8, any size.
        target: class index or label, a `Contrast`, or None for the class of highest logit.
        num_steps: points on the way from each of the two baselines.
        output: name of the output to explain, on a network with several.
        on_step: told of the points done, of those of both ways, and the map from the black baseline
            once it is there, else None; False stops.

    Returns:
        Map of 224 x 224, signed, in logits per pixel of the network's input.

    Raises:
        TargetError: no such class or output.
        OptionError: fewer than one step.
    """
    return run(_xrai(model, image, target, num_steps, output), on_step)


def _xrai(
    model: LoadedModel, image: ImageArray, target: TargetLike, num_steps: int, output: str | None
) -> Passes[Attribution]:
    choice = cache(lambda: regions(image))
    finished: list[Attribution] = []

    def result(step: Pass[Attribution]) -> Attribution:
        return _ranked(choice(), [*finished, step.so_far()])

    for number, baseline in enumerate(_XRAI_BASELINES):
        way = integrated_gradients_passes(model, image, target, num_steps, baseline, output)
        for step in way:
            total = len(_XRAI_BASELINES) * step.total
            so_far = partial(result, step)
            # Segments take a second, so what is half done is not ranked.
            preview = so_far if number == 0 and step.done == step.total else no_preview
            yield Pass(number * step.total + step.done, total, so_far, preview)
        finished.append(step.so_far())
    return _ranked(choice(), finished)


def _ranked(choice: NDArray[np.bool_], integrated: Sequence[Attribution]) -> Attribution:
    """XRAI's map from integrated gradients of one or more baselines."""
    mean = np.mean([attribution.values for attribution in integrated], axis=0)
    errors = [attribution.measures["completeness_error"] for attribution in integrated]
    return replace(
        integrated[0],
        values=density(choice, _at_region_size(mean)),
        method="XRAI",
        units=f"{integrated[0].units} per pixel",
        options={
            "num_steps": sum(attribution.options["num_steps"] for attribution in integrated),
            "baselines": tuple(attribution.options["baseline"] for attribution in integrated),
        },
        measures={"completeness_error": float(np.mean(errors)), "regions": float(len(choice))},
    )


def _at_region_size(values: FloatArray) -> FloatArray:
    height, width = REGION_SIZE
    shrinks = values.shape[0] > height and values.shape[1] > width
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(values, (width, height), interpolation=way), dtype=np.float32)


def _check_samples(size: tuple[int, int], num_samples: int, num_segments: int) -> None:
    require_whole("num_samples", num_samples, least=2)
    if not 2 <= num_segments <= size[0] * size[1]:
        raise OptionError(
            f"num_segments={num_segments} was given; 2 to {size[0] * size[1]}, the pixels of the "
            "network's input, was expected."
        )

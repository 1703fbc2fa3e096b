"""Methods that differentiate a score with respect to the network's input.

Notation: x is the preprocessed image, y the score explained (a class's logit, or the difference of
two), g = dy/dx. Every method works on preprocessed values throughout, in which the network is
differentiated; one unit of input is one unit of those.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from cnnviz_core.attribution.input_gradient import (
    GRADIENTS_AT_ONCE,
    guided_gradient,
    input_gradient,
)
from cnnviz_core.attribution.input_maps import input_maps
from cnnviz_core.errors import OptionError
from cnnviz_core.maps.results import Attribution
from cnnviz_core.options import require_seed, require_whole
from cnnviz_core.progress import Pass, run

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz_core.arrays import FloatArray, ImageArray
    from cnnviz_core.attribution.input_maps import InputMaps
    from cnnviz_core.network.model import LoadedModel
    from cnnviz_core.progress import OnStep, Passes
    from cnnviz_core.targets import TargetLike


def saliency(
    model: LoadedModel,
    image: ImageArray,
    target: TargetLike = None,
    *,
    output: str | None = None,
) -> Attribution:
    """Absolute gradient of the score, maximum over the input's channels.

    Saliency, Simonyan et al. 2013, arXiv:1312.6034, section 3.1: M_ij = max_c |g_ijc|.

    Args:
        model: a loaded model.
        image: (height, width, 3), RGB uint8, any size.
        target: class index or label, a `Contrast`, or None for the class of highest logit.
        output: name of the output to explain, on a network with several.

    Returns:
        Map at the input's resolution, non-negative, in logits per unit of input.

    Raises:
        TargetError: no such class or output.
    """
    maps = input_maps(model, image, target, output=output)
    gradient = input_gradient(maps.model.parts, maps.batch, maps.score.direction)[0]
    return maps.attribution(
        _strongest(gradient), method="Saliency", units=_slope_units(maps), signed=False
    )


def input_times_gradient(
    model: LoadedModel,
    image: ImageArray,
    target: TargetLike = None,
    *,
    output: str | None = None,
) -> Attribution:
    """Gradient times input, summed over the input's channels.

    Shrikumar et al. 2016, arXiv:1605.01713, section 3.2: M_ij = sum_c x_ijc g_ijc. On a network
    that is linear in its input the map sums to the logit less the bias.

    Args, errors: as for `saliency`.

    Returns:
        Map at the input's resolution, signed, in logits.
    """
    maps = input_maps(model, image, target, output=output)
    gradient = input_gradient(maps.model.parts, maps.batch, maps.score.direction)
    product = (maps.batch * gradient)[0].sum(axis=-1)
    return maps.attribution(
        product, method="Gradient times input", units=maps.score.units, signed=True
    )


def guided_backpropagation(
    model: LoadedModel,
    image: ImageArray,
    target: TargetLike = None,
    *,
    output: str | None = None,
) -> Attribution:
    """Gradient in which every ReLU passes only what is positive, maximum over channels.

    Springenberg et al. 2014, arXiv:1412.6806, section 3.4: at a ReLU with output f and gradient R
    from above, R_below = (f > 0) (R > 0) R. `measures["relus"]` counts the ReLUs so treated:
    layers, activations and operations of that name on the way to the output, wherever the network
    keeps them. Other functions that cut off (leaky ones, a maximum, a threshold) are none.

    Args: as for `saliency`.

    Returns:
        Map at the input's resolution, non-negative, in logits per unit of input.

    Raises:
        TargetError: no such class or output.
        ArchitectureError: the network has no ReLU, or has one that cannot be reached.
    """
    maps = input_maps(model, image, target, output=output)
    guided = guided_gradient(maps.model.parts)
    gradient = guided.call(tf.constant(maps.batch), tf.constant(maps.score.direction)).numpy()[0]
    return maps.attribution(
        _strongest(gradient),
        method="Guided backpropagation",
        units=_slope_units(maps),
        signed=False,
        measures={"relus": float(guided.relus)},
    )


def smooth_grad(
    model: LoadedModel,
    image: ImageArray,
    target: TargetLike = None,
    *,
    num_samples: int = 50,
    noise: float = 0.15,
    output: str | None = None,
    seed: int = 0,
    on_step: OnStep | None = None,
) -> Attribution:
    """Saliency of the gradient averaged over noisy copies of the image.

    SmoothGrad, Smilkov et al. 2017, arXiv:1706.03825, section 3: g is the mean gradient at
    x + N(0, s^2), where s is `noise` times the range of x. `measures["standard_error"]` is the mean
    over all input values of the standard error of that mean gradient.

    Args:
        model: a loaded model.
        image: (height, width, 3), RGB uint8, any size.
        target: class index or label, a `Contrast`, or None for the class of highest logit.
        output: name of the output to explain, on a network with several.
        num_samples: noisy copies.
        noise: deviation as a share of the range (maximum less minimum) of the preprocessed image.
        seed: of the noise.
        on_step: told of the copies done, their number and the map so far; False stops.

    Returns:
        Map at the input's resolution, non-negative, in logits per unit of input.

    Raises:
        TargetError: no such class or output.
        OptionError: fewer than one sample, or a negative noise.
    """
    num_samples, seed = require_whole("num_samples", num_samples), require_seed(seed)
    if not 0 <= noise < np.inf:
        raise OptionError(f"noise={noise} was given; 0 or more was expected.")
    maps = input_maps(model, image, target, output=output)
    return run(_smooth_grad(maps, num_samples, noise, seed), on_step)


def _smooth_grad(maps: InputMaps, num_samples: int, noise: float, seed: int) -> Passes[Attribution]:
    deviation = np.float32(noise * np.ptp(maps.batch))
    rng = np.random.default_rng(seed)
    total = np.zeros(maps.batch.shape[1:], np.float64)
    squares = np.zeros_like(total)

    def result(done: int) -> Attribution:
        spread = np.sqrt(np.maximum(squares / done - (total / done) ** 2, 0))
        return maps.attribution(
            _strongest(total / done),
            method="SmoothGrad",
            units=_slope_units(maps),
            signed=False,
            measures={"standard_error": float(spread.mean() / np.sqrt(max(done - 1, 1)))},
            num_samples=done,
            noise=noise,
            seed=seed,
        )

    for start in range(0, num_samples, GRADIENTS_AT_ONCE):
        done = min(start + GRADIENTS_AT_ONCE, num_samples)
        shape = (done - start, *maps.batch.shape[1:])
        noisy = maps.batch + deviation * rng.standard_normal(shape, dtype=np.float32)
        gradients = input_gradient(maps.model.parts, noisy, maps.score.direction)
        total += gradients.sum(axis=0, dtype=np.float64)
        squares += np.square(gradients, dtype=np.float64).sum(axis=0)
        yield Pass(done, num_samples, partial(result, done))
    return result(num_samples)


def _strongest(gradient: NDArray[np.floating]) -> FloatArray:
    return np.asarray(np.abs(gradient).max(axis=-1), dtype=np.float32)


def _slope_units(maps: InputMaps) -> str:
    return f"{maps.score.units} per unit of input"

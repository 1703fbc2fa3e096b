"""Class activation maps whose weights are scores of masked images, without a gradient."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.attribution.layer_maps import layer_maps
from cnnviz_core.attribution.masks import STRETCHED, batches, masked_logits, upsampling
from cnnviz_core.options import require_whole
from cnnviz_core.progress import Pass, run

if TYPE_CHECKING:
    from collections.abc import Callable

    import tensorflow as tf
    from numpy.typing import NDArray

    from cnnviz_core.arrays import FloatArray, ImageArray
    from cnnviz_core.attribution.layer_maps import LayerMaps
    from cnnviz_core.maps.results import Attribution
    from cnnviz_core.network.model import LoadedModel
    from cnnviz_core.progress import OnStep, Passes
    from cnnviz_core.targets import TargetLike


def score_cam(
    model: LoadedModel,
    image: ImageArray,
    target: TargetLike = None,
    *,
    layer: str | None = None,
    output: str | None = None,
    top_channels: int | None = None,
    batch_size: int | None = None,
    on_step: OnStep | None = None,
) -> Attribution:
    """Weigh each channel by the score that the image keeps where the channel is active.

    Score-CAM, Wang et al. 2020, arXiv:1910.01279, algorithm 1. With x the preprocessed image, A^k
    a channel, up() bilinear with half-pixel centres and s() scaling to [0, 1] by minimum and
    maximum: S_k = y(x * s(up(A^k))) - y(0), alpha = softmax(S), L = ReLU(sum_k alpha_k A^k).
    y(0) is common to all channels and cancels in the softmax, so it is not computed. A channel
    that is the same everywhere has no mask (maximum equals minimum) and is left out of the softmax
    and the sum. Channels are taken in order of falling standard deviation over the map.

    Args:
        model: a loaded model.
        image: (height, width, 3), RGB uint8, any size.
        target: class index or label, a `Contrast`, or None for the class of highest logit.
        layer: name of a layer with height and width; None means the model's default layer.
        output: name of the output to explain, on a network with several.
        top_channels: only the so many channels of largest standard deviation; None means all.
        batch_size: masked images at a time; None means as many as keep memory small.
        on_step: told of the channels done, their number and the map so far; False stops.

    Returns:
        Map at the layer's resolution, non-negative, in units of the layer's activation.

    Raises:
        TargetError, LayerNotFoundError, NotSpatialError, UnreachedError: as for `grad_cam`.
        OptionError: `top_channels` or `batch_size` is below 1.
    """
    if top_channels is not None:
        require_whole("top_channels", top_channels)
    maps = layer_maps(model, image, target, layer=layer, output=output)
    return run(_score_cam(maps, image, top_channels, batch_size), on_step)


def _score_cam(
    maps: LayerMaps, image: ImageArray, top_channels: int | None, batch_size: int | None
) -> Passes[Attribution]:
    chosen = _by_deviation(maps.values)[:top_channels]
    grids = np.moveaxis(maps.values, -1, 0)[chosen]
    slices = batches(len(chosen), maps.model, batch_size)
    masked = _masked_by(maps, image)
    scores = np.empty(len(chosen), np.float64)

    def result(done: int) -> Attribution:
        values = np.tensordot(_softmax(scores[:done]), grids[:done], axes=1).astype(np.float32)
        return maps.attribution(values, method="Score-CAM", units="activation", channels=done)

    for part in slices:
        logits = masked(grids[part])
        scores[part] = maps.score.of(maps.model.parts.class_logits(logits))
        yield Pass(part.stop, len(chosen), partial(result, part.stop))
    return result(len(chosen))


def _by_deviation(values: FloatArray) -> NDArray[np.intp]:
    """Channels that vary over the map, by falling standard deviation."""
    varied = np.flatnonzero(values.max(axis=(0, 1)) > values.min(axis=(0, 1)))
    deviation = values.std(axis=(0, 1), dtype=np.float64)[varied]
    return varied[np.argsort(-deviation, kind="stable")]


def _masked_by(maps: LayerMaps, image: ImageArray) -> Callable[[FloatArray], tf.Tensor]:
    """Logits of the image masked by channels, (channels, rows, columns)."""
    batch = maps.model.preprocess(image)
    run = masked_logits(maps.model, STRETCHED, batch, np.zeros_like(batch))
    (height, width), (rows, columns) = batch.shape[1:3], maps.values.shape[:2]
    across, down = upsampling(width, columns)[None], upsampling(height, rows)[None]
    return lambda grids: run(down, grids, across)[0]


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(scores - scores.max(initial=-np.inf))
    return powers / powers.sum()

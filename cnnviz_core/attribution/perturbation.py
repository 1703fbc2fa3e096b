"""Methods that cover parts of the image and watch the class's probability."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.attribution.input_maps import input_maps
from cnnviz_core.attribution.masks import OUTSIDE, UPSAMPLED, batches, masked_logits
from cnnviz_core.attribution.random_masks import Moments, RandomMasks
from cnnviz_core.errors import OptionError
from cnnviz_core.images.colours import IMAGENET_MEAN
from cnnviz_core.images.levels import levels
from cnnviz_core.options import require_seed, require_whole
from cnnviz_core.progress import Pass, run
from cnnviz_core.targets import Contrast

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cnnviz_core.arrays import FloatArray, ImageArray
    from cnnviz_core.attribution.input_maps import InputMaps
    from cnnviz_core.maps.results import Attribution
    from cnnviz_core.network.model import LoadedModel
    from cnnviz_core.progress import OnStep, Passes
    from cnnviz_core.targets import TargetLike

GREY = levels(np.array(IMAGENET_MEAN))
"""Mean colour of ImageNet's photos, RGB uint8 (3,): the grey that a patch is filled with."""

_PATCHES_A_SIDE = 7
_CELLS = 7


def occlusion(
    model: LoadedModel,
    image: ImageArray,
    target: TargetLike = None,
    *,
    patch: int | None = None,
    stride: int | None = None,
    output: str | None = None,
    batch_size: int | None = None,
    on_step: OnStep | None = None,
) -> Attribution:
    """Cover the image with a sliding grey patch and note how far the class's probability falls.

    Zeiler and Fergus 2014, arXiv:1311.2901, section 4.2. Each pixel of the map is the mean fall
    over the patches that cover it. The last patch of a row or column is shifted inside, so that
    every pixel is covered. The grey is the mean colour of ImageNet's photos, as theirs.

    Args:
        model: a loaded model.
        image: (height, width, 3), RGB uint8, any size.
        target: class index or label, a `Contrast`, or None for the class of highest logit.
        patch: side of the square patch in pixels of the network's input; None means a seventh of
            its shorter side.
        stride: pixels from one patch to the next, at most `patch`; None means half of it.
        output: name of the output to explain, on a network with several.
        batch_size: covered images at a time; None means as many as keep memory small.
        on_step: told of the patches done, their number and the map so far, which is 0 where no
            patch has been; False stops.

    Returns:
        Map at the resolution of the network's input, signed, in probability: positive where the
        patch lowers it. For a contrast, the fall of the first probability less that of the second.

    Raises:
        TargetError: no such class or output.
        OptionError: the patch does not fit, or the stride leaves gaps between patches.
    """
    maps = input_maps(model, image, target, output=output)
    patch, stride = _checked_patch(maps.model.input_size, patch, stride)
    return run(_occlusion(maps, patch, stride, batch_size), on_step)


def _occlusion(
    maps: InputMaps, patch: int, stride: int, batch_size: int | None
) -> Passes[Attribution]:
    size = maps.model.input_size
    tops, lefts = (_positions(side, patch, stride) for side in size)
    corners = np.stack(np.meshgrid(tops, lefts, indexing="ij"), axis=-1).reshape(-1, 2)
    slices = batches(len(corners), maps.model, batch_size)
    grey = maps.model.preprocess(np.full((*size, 3), GREY, np.uint8))
    logits_outside = masked_logits(maps.model, OUTSIDE, maps.batch, grey)
    before = maps.score.of(maps.class_probabilities)
    falls, covers = np.zeros(size), np.zeros(size)

    def result(done: int) -> Attribution:
        return maps.attribution(
            np.asarray(falls / np.maximum(covers, 1), dtype=np.float32),
            method="Occlusion",
            units=maps.score.probability_units,
            signed=True,
            patch=patch,
            stride=stride,
            patches=done,
        )

    for part in slices:
        rows, columns = (_inside(corners[part, i], patch, size[i]) for i in (0, 1))
        logits, _ = logits_outside(rows, columns)
        fall = before - maps.score.of(maps.model.parts.class_probabilities(logits))
        falls += np.einsum("n,nh,nw->hw", fall, rows, columns, optimize=True)
        covers += rows.T @ columns
        yield Pass(part.stop, len(corners), partial(result, part.stop))
    return result(len(corners))


def rise(
    model: LoadedModel,
    image: ImageArray,
    target: TargetLike = None,
    *,
    num_masks: int = 2000,
    cells: int | None = None,
    keep: float = 0.5,
    output: str | None = None,
    batch_size: int | None = None,
    seed: int = 0,
    on_step: OnStep | None = None,
) -> Attribution:
    """Mean of random masks, each weighed by the class's probability for the masked image.

    RISE, Petsiuk et al. 2018, arXiv:1806.07421, equation 6: L = 1/(p N) sum_i f(x * M_i) M_i, with
    x the preprocessed image. A mask is a grid of cells that are 1 with probability p and else 0,
    upsampled bilinearly to one cell more than the image in both directions and cut to the image
    at a random offset of up to a cell (section 3.2).

    `measures["standard_error"]` is the mean over the map of its standard error, from two masks on;
    it falls with the square root of their number. The paper takes 4000 masks and more; half of them
    cost half the time and raise the error by two fifths.

    Args:
        model: a loaded model.
        image: (height, width, 3), RGB uint8, any size.
        target: class index or label, a `Contrast`, or None for the class of highest logit.
        num_masks: masks; the first ones are the same for every number.
        cells: cells of the grid, in height and in width; None means 7, or as many as there are
            pixels.
        keep: p, the probability that a cell is kept, between 0 and 1.
        output: name of the output to explain, on a network with several.
        batch_size: masked images at a time; None means as many as keep memory small.
        seed: of the masks.
        on_step: told of the masks done, their number and the map so far; False stops.

    Returns:
        Map at the resolution of the network's input, in probability (of the difference of two for
        a contrast, where it is signed). Differences over the map count, not its level: its minimum
        is given as its `floor`.

    Raises:
        TargetError: no such class or output.
        OptionError: no masks, more cells than pixels, or `keep` not between 0 and 1.
    """
    num_masks, seed = require_whole("num_masks", num_masks), require_seed(seed)
    cells = min(_CELLS, *model.input_size) if cells is None else cells
    _check_masks(model.input_size, cells, keep)
    maps = input_maps(model, image, target, output=output)
    return run(_rise(maps, num_masks, cells, keep, seed, batch_size), on_step)


def _rise(
    maps: InputMaps, num_masks: int, cells: int, keep: float, seed: int, batch_size: int | None
) -> Passes[Attribution]:
    drawn = RandomMasks.draw(maps.model.input_size, num_masks, cells, keep, seed)
    slices = batches(num_masks, maps.model, batch_size)
    masked = masked_logits(maps.model, UPSAMPLED, maps.batch, np.zeros_like(maps.batch))
    moments = Moments(maps.model.input_size)
    signed = isinstance(maps.score.target, Contrast) or maps.model.head.kind == "score"

    def result(done: int) -> Attribution:
        values = np.asarray(moments.mean() / keep, dtype=np.float32)
        return maps.attribution(
            values,
            method="RISE",
            units=maps.score.probability_units,
            signed=signed,
            floor=0.0 if signed else float(values.min()),
            measures=moments.standard_error(1 / keep),
            num_masks=done,
            cells=cells,
            keep=keep,
            seed=seed,
        )

    for part in slices:
        logits, masks = masked(*drawn.arrays(part))
        moments.add(maps.score.of(maps.model.parts.class_probabilities(logits)), masks)
        yield Pass(part.stop, num_masks, partial(result, part.stop))
    return result(num_masks)


def _positions(side: int, patch: int, stride: int) -> NDArray[np.intp]:
    """Where patches begin along one side, the last one shifted inside."""
    last = side - patch
    return np.minimum(np.arange(0, last + stride, stride), last)


def _inside(starts: NDArray[np.intp], patch: int, side: int) -> FloatArray:
    """1 where a patch is along one side, else 0, (patches, side)."""
    places = np.arange(side)
    after = places >= starts[:, None]
    return (after & (places < starts[:, None] + patch)).astype(np.float32)


def _checked_patch(size: tuple[int, int], patch: int | None, stride: int | None) -> tuple[int, int]:
    shorter = min(size)
    patch = max(1, round(shorter / _PATCHES_A_SIDE)) if patch is None else patch
    stride = max(1, patch // 2) if stride is None else stride
    if not 1 <= patch <= shorter:
        raise OptionError(
            f"patch={patch} was given; 1 to {shorter} was expected, in pixels of the network's "
            f"input of {size[0]} x {size[1]}."
        )
    if not 1 <= stride <= patch:
        raise OptionError(
            f"stride={stride} was given; 1 to {patch}, the patch's side, was expected: a longer "
            "one leaves pixels that no patch covers."
        )
    return patch, stride


def _check_masks(size: tuple[int, int], cells: int, keep: float) -> None:
    if not 1 <= cells <= min(size):
        raise OptionError(
            f"cells={cells} was given; 1 to {min(size)}, the shorter side of the network's input, "
            "was expected."
        )
    if not 0 < keep < 1:
        raise OptionError(f"keep={keep} was given; a share between 0 and 1 was expected.")

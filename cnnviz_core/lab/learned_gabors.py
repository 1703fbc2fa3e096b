"""The kernels that a network reads the photo with, and the Gabor filters that come closest."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.errors import NoKernelError
from cnnviz_core.lab.gabor_fit import LEAST_SIDE, MOST_SIDE, fit_gabor, varies
from cnnviz_core.lab.gabor_results import GaborFits
from cnnviz_core.looking.filters import has_kernel, kernels
from cnnviz_core.options import require_seed
from cnnviz_core.progress import Pass, run

if TYPE_CHECKING:
    from cnnviz_core.arrays import FloatArray
    from cnnviz_core.lab.gabor_results import GaborFit
    from cnnviz_core.looking.results import Kernels
    from cnnviz_core.network.graph import Graph
    from cnnviz_core.network.model import LoadedModel
    from cnnviz_core.progress import OnStep, Passes

MOST_KERNELS = 128
"""Fitted in a layer."""
BY_CHANCE = 16
"""Kernels whose weights are put in random order for comparison."""


def gabor_fits(
    model: LoadedModel,
    *,
    layer: str | None = None,
    seed: int = 0,
    on_step: OnStep | None = None,
) -> GaborFits:
    """Fit a Gabor filter to each kernel of a layer, by default the first that reads the photo.

    Of a kernel over several input channels its main component is fitted: one pattern in one colour.
    Of a depthwise layer each input channel's kernel is one by itself.

    Args:
        model: a loaded model.
        layer: name of a convolution layer; None means the first that depends on the photo.
        seed: of the random order in which weights are put for comparison.
        on_step: told after each kernel; returning False stops, and those that are not fitted then
            have None.

    Returns:
        The fits of the first 128 kernels, and what is reached by chance.

    Raises:
        LayerNotFoundError: no such layer.
        NoKernelError: the layer has no convolution kernel with sides from 3 to 16, or no layer
            that reads the photo has one.
        OptionError: `seed` is no whole number from 0.
    """
    seed = require_seed(seed)
    found = kernels(model, _first_layer(model.graph) if layer is None else layer)
    sides = found.weights.shape[:2]
    if min(sides) < LEAST_SIDE or max(sides) > MOST_SIDE:
        raise NoKernelError(
            f"The kernels of layer {found.layer!r} are {sides[0]} x {sides[1]}. Gabor filters are "
            f"fitted to kernels with sides from {LEAST_SIDE} to {MOST_SIDE}."
        )
    return run(_fitting(_main_components(found), seed), on_step)


def _first_layer(graph: Graph) -> str:
    """The first layer with a kernel among those that depend on the photo."""
    reached = {graph.inputs[0]}
    for step in graph.steps:
        if reached.intersection(step.inputs):
            reached.update(step.outputs)
            if has_kernel(step.operation):
                return step.name
    raise NoKernelError(
        "This network has no convolution that reads the photo, so there are no kernels to compare "
        "with Gabor filters. Choose a network with convolutions."
    )


def _main_components(found: Kernels) -> GaborFits:
    height, width, inputs, outputs = found.weights.shape
    # A depthwise layer has a filter of its own for each of its input channels.
    channels, filters = (1, inputs * outputs) if found.depthwise else (inputs, outputs)
    weights = found.weights.reshape(height, width, channels, filters)[..., :MOST_KERNELS]
    tables = np.moveaxis(weights.reshape(height * width, channels, -1), -1, 0).astype(np.float64)
    left, sizes, right = np.linalg.svd(tables, full_matrices=False)
    # A component's sign is open: its colour is one in which the channels add up to something.
    signs = np.where(right[:, 0].sum(axis=1) < 0, -1.0, 1.0)
    patterns = left[:, :, 0] * (sizes[:, 0] * signs)[:, None]
    energies = np.square(sizes)
    totals = energies.sum(axis=1)
    return GaborFits(
        layer=found.layer,
        filters=filters,
        weights=weights,
        patterns=patterns.T.reshape(height, width, -1).astype(np.float32),
        shares=(energies[:, 0] / np.where(totals == 0, 1, totals)).astype(np.float32),
        fits=(None,) * len(tables),
        by_chance=None,
    )


def _fitting(result: GaborFits, seed: int) -> Passes[GaborFits]:
    patterns = np.moveaxis(result.patterns, -1, 0)
    able = [number for number, pattern in enumerate(patterns) if varies(pattern)]
    compared = able[:: -(-len(able) // BY_CHANCE) or 1]
    total = len(able) + len(compared)
    fits: list[GaborFit | None] = list(result.fits)
    reached: list[float] = []

    def so_far() -> GaborFits:
        by_chance = float(np.mean(reached)) if reached else None
        return replace(result, fits=tuple(fits), by_chance=by_chance)

    for done, number in enumerate(able, start=1):
        fits[number] = fit_gabor(patterns[number])
        yield Pass(done, total, so_far)
    orders = np.random.default_rng(seed)
    for done, number in enumerate(compared, start=len(able) + 1):
        reached.append(fit_gabor(_shuffled(patterns[number], orders)).r_squared)
        yield Pass(done, total, so_far)
    return so_far()


def _shuffled(pattern: FloatArray, orders: np.random.Generator) -> FloatArray:
    return orders.permutation(pattern.ravel()).reshape(pattern.shape)

"""Made-up attributions and what is measured on them, for tests of the pages."""

from __future__ import annotations

import numpy as np

from cnnviz_core.attribution.catalogue import METHODS
from cnnviz_core.maps.results import Attribution
from cnnviz_core.targets import Contrast, Target
from cnnviz_core.trust.results import Curve, PlacementCheck, SanityCheck

SIGNED = ("input_times_gradient", "integrated_gradients", "occlusion", "lime", "xrai")
UNITS = {"occlusion": "probability", "rise": "probability"}
MEASURES = {
    "integrated_gradients": {"completeness_error": 0.0125},
    "smooth_grad": {"standard_error": 0.003},
    "rise": {"standard_error": 0.02},
    "lime": {"r2": 0.75},
    "guided_backpropagation": {"relus": 17.0},
}


def attribution(request, labels, *, empty=False):
    """A hot spot whose place depends on class, method, seed and contrast.

    Class activation maps have 8 x 8 cells and no sign, all others 64 x 64 pixels.
    """
    method = METHODS[request.method]
    index = 3 if request.target is None else request.target
    side = 8 if method.takes_layer else 64
    values = _spot(side, index + list(METHODS).index(request.method) / 8 + request.seed)
    target, score = Target(index, labels[index]), 5.5 - index
    if request.against is not None:
        target = Contrast(target, Target(request.against, labels[request.against]))
        values, score = values - _spot(side, request.against), request.against - index
    signed = request.method in SIGNED
    values = values - 0.2 if signed else np.maximum(values, 0)
    return Attribution(
        values=np.asarray(values * (not empty), np.float32),
        signed=signed,
        target=target,
        layer=(request.layer or "stage2_add") if method.takes_layer else None,
        method=method.title,
        units=UNITS.get(request.method, "logit"),
        score=float(score),
        probability=0.25,
        score_units="logit" if request.against is None else "logit difference",
        output=request.output,
        options={} if request.amount is None else {method.amount: request.amount},
        measures=MEASURES.get(request.method, {}),
    )


def curves(request):
    """Deletion, insertion and ROAD; the method does better than its baselines."""
    name = request.baseline or METHODS[request.attribution.method].title
    quality = 0.9 if request.baseline is None else 0.5
    fractions = np.linspace(0, 1, 11, dtype=np.float32)
    falling = (1 - fractions) ** (1 / (1.01 - quality))
    rising = fractions ** (1.01 - quality)
    fills = (("deletion", "black"), ("insertion", "a blurred photo"), ("road", "noisy neighbours"))
    return tuple(
        Curve(
            fractions=fractions,
            scores=np.asarray(scores, np.float32),
            area=float(np.trapezoid(scores, fractions)),
            measure=measure,
            method=name,
            fill=fill,
            target=_target(request.attribution),
        )
        for (measure, fill), scores in zip(fills, (falling, rising, falling), strict=True)
    )


def placement(request):
    """A map that costs the score twice as fast as it does elsewhere, or as other maps do."""
    fractions = np.linspace(0, 1, 11, dtype=np.float32)
    falling = (1 - fractions) ** 3
    return PlacementCheck(
        fractions=fractions,
        scores=falling,
        elsewhere=np.stack([(1 - fractions) ** (1 + place / 10) for place in range(8)]),
        blind=np.stack([1 - fractions, 1 - fractions**2]),
        method=METHODS[request.attribution.method].title,
        fill="black",
        target=_target(request.attribution),
    )


def sanity_check(request, layers):
    """Similarities that fall from layer to layer."""
    amount = len(layers)
    first = _spot(16, 2)
    maps = np.stack([first, *(_spot(16, 2 + depth) for depth in range(amount))])
    return SanityCheck(
        method=METHODS[request.attribution.method].title,
        target=_target(request.attribution),
        layer="stage2_add",
        layers=tuple(layers),
        spearman=np.linspace(0.6, 0, amount, dtype=np.float32),
        ssim=np.linspace(0.5, 0.1, amount, dtype=np.float32),
        maps=np.asarray(maps, np.float32),
        signed=False,
        units="logit",
        seed=request.attribution.seed,
    )


def _target(asked):
    index = 3 if asked.target is None else asked.target
    return Target(index, f"class {index}")


def mask(request, shape):
    """A disc in the middle of the photo, of its size."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]]
    middle = (rows - shape[0] / 2) ** 2 + (columns - shape[1] / 2) ** 2
    return middle < (min(shape) / 4) ** 2


def _spot(side, place):
    rows, columns = np.mgrid[0 : 8 : side * 1j, 0 : 8 : side * 1j]
    distance = (rows - 4) ** 2 + (columns - 1 - place % 6) ** 2
    return np.exp(-distance / 6).astype(np.float32)

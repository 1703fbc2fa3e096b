"""Does a map depend on what the network has learned? Unlearn it layer by layer and compare."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from skimage.metrics import structural_similarity

from cnnviz_core.errors import ArchitectureError, EmptyMapError, LayerNotFoundError, OptionError
from cnnviz_core.images.rendering import normalize
from cnnviz_core.images.resizing import resized
from cnnviz_core.maps.comparison import rank_correlation
from cnnviz_core.options import require_seed
from cnnviz_core.progress import Listener, Pass, run, within
from cnnviz_core.trust.reinitialization import LearnedLayer, Twin, cascade
from cnnviz_core.trust.results import SanityCheck

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz_core.arrays import FloatArray, ImageArray
    from cnnviz_core.maps.results import Attribution
    from cnnviz_core.network.model import LoadedModel
    from cnnviz_core.progress import OnStep, Passes
    from cnnviz_core.targets import TargetLike

_WINDOW = 7


def randomization_check(
    model: LoadedModel,
    image: ImageArray,
    method: str = "grad_cam",
    target: TargetLike = None,
    *,
    layer: str | None = None,
    output: str | None = None,
    amount: int | None = None,
    layers: int | str | Sequence[str] = 16,
    seed: int = 0,
    on_step: OnStep | None = None,
) -> SanityCheck:
    """Randomize a network from its output down to the image, and compare the maps on the way.

    Cascading randomization, arXiv:1810.03292. Each layer is drawn anew by its own
    initializer (batch normalization starts over, with its statistics). The same class is explained
    throughout, at the same layer. A map that stays the same does not show what was learned. The
    network is not changed.

    Args:
        model: a loaded model.
        image: (height, width, 3), RGB uint8, any size.
        method: a key of `METHODS`.
        target: class index or label, a `Contrast`, or None for the class of highest logit.
        layer: for class activation maps; None means the model's default layer.
        output: name of the output to explain, on a network with several.
        amount: samples, masks, steps or channels; None means the method's own number.
        layers: where to stop and look, by name; or at how many layers, evenly from the topmost to
            the lowest. All layers above have been randomized in any case.
        seed: of the random weights. Methods that draw random numbers draw others for each map:
            what two maps share by their draws is not what the network has learned.
        on_step: told of each map with what there is so far, and in between with None by methods of
            many passes; returning False stops.

    Returns:
        Similarity with the first map at each layer; after a stop, at those that were reached.

    Raises:
        EmptyMapError: the first map is the same everywhere.
        ArchitectureError: the network has no weights.
        LayerNotFoundError: `layers` names one that has no weights, or does not exist.
        OptionError: fewer than one layer was asked for, or `seed` is none.
        TargetError: no such class or output.
        CnnVizError: as the method says.
    """
    model, seed = model.with_output(output), require_seed(seed)
    sections = _sections(model, cascade(model), layers)
    twin = Twin(model, [learned_layer for section in sections for learned_layer in section])
    explained = partial(twin.explain, image, method=method, layer=layer, amount=amount)
    listener, total = Listener(on_step), len(sections) + 1

    def passes() -> Passes[SanityCheck]:
        first = explained(target, seed=seed, on_step=within(listener, 0, total))
        comparison = _Comparison(first, model.input_size, seed)
        yield Pass(1, total, comparison.result)
        for look, section in enumerate(sections, start=1):
            for learned_layer in section:
                twin.randomize(learned_layer, seed)
            inside = within(listener, look, total)
            attribution = explained(comparison.target, seed=seed + look, on_step=inside)
            if listener.stopped:
                break  # a map that is not whole is not compared
            comparison.add(section[-1].name, attribution)
            yield Pass(look + 1, total, comparison.result)
        return comparison.result()

    return run(passes(), listener)


def _sections(
    model: LoadedModel, learned: Sequence[LearnedLayer], layers: int | str | Sequence[str]
) -> list[Sequence[LearnedLayer]]:
    """The layers to randomize before each look; the last of each is where the look is taken."""
    names = [learned_layer.name for learned_layer in learned]
    if not names:
        raise ArchitectureError(f"{model.name} has no weights, so nothing can be randomized.")
    layers = [layers] if isinstance(layers, str) else layers
    wanted = layers if isinstance(layers, int) else len(layers)
    if wanted < 1:
        raise OptionError(f"{wanted} layers were asked for; at least 1 was expected.")
    if isinstance(layers, int):
        ends = np.rint(np.linspace(0, len(names) - 1, min(layers, len(names)))).astype(int)
    else:
        unknown = [name for name in layers if name not in names]
        if unknown:
            raise LayerNotFoundError(
                f"{model.name} has no layer with weights named {unknown[0][:80]!r}. Choose among "
                f"its {len(names)}, such as {names[0]!r}."
            )
        ends = np.unique([names.index(name) for name in layers])
    starts = [0, *(ends[:-1] + 1)]
    return [learned[start : end + 1] for start, end in zip(starts, ends, strict=True)]


class _Comparison:
    """The first map and what became of it."""

    def __init__(self, first: Attribution, size: tuple[int, int], seed: int) -> None:
        if np.ptp(first.values) == 0:
            raise EmptyMapError(
                f"{first.method}'s map for {first.target.label} is the same everywhere, so there "
                "is nothing to compare. Choose another class or method."
            )
        self.target = first.target
        self._first, self._size, self._seed = first, size, seed
        self._names: list[str] = []
        self._maps = [first.values]
        self._spearman: list[float] = []
        self._ssim: list[float] = []

    def add(self, name: str, attribution: Attribution) -> None:
        """Compare one more map."""
        # Fresh weights can take a network beyond the numbers that 16 bits hold.
        values = np.nan_to_num(attribution.values, nan=0, posinf=0, neginf=0)
        first, latest = np.abs(self._first.values), np.abs(values)
        self._names.append(name)
        self._maps.append(values)
        self._spearman.append(rank_correlation(first, latest))
        self._ssim.append(similarity(first, latest, self._size))

    def result(self) -> SanityCheck:
        """What there is so far."""
        return SanityCheck(
            method=self._first.method,
            target=self.target,
            layer=self._first.layer,
            layers=tuple(self._names),
            spearman=np.array(self._spearman, np.float32),
            ssim=np.array(self._ssim, np.float32),
            maps=np.stack(self._maps),
            signed=self._first.signed,
            units=self._first.units,
            seed=self._seed,
        )


def similarity(first: FloatArray, second: FloatArray, size: tuple[int, int]) -> float:
    """Structural similarity of two maps on the network's input, -1 to 1.

    Wang et al. 2004 with scikit-image's uniform window of 7 pixels, of maps divided by their
    maximum, so that the range is 1.

    Args:
        first: (rows, columns), non-negative.
        second: likewise.
        size: (height, width) of the network's input.
    """
    height, width = (max(side, _WINDOW) for side in size)
    first_map, second_map = (
        normalize(resized(values, height, width), low=0).astype(np.float64)
        for values in (first, second)
    )
    return float(structural_similarity(first_map, second_map, win_size=_WINDOW, data_range=1.0))

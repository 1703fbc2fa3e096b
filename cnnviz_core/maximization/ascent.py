"""Feature visualization: the input image that drives a unit as high as gradient ascent brings it.

Erhan et al. 2009; the recipe of Keras's example as in many lectures; Olah et al. 2017
(doi:10.23915/distill.00007); Fel et al. 2023 (arXiv:2306.06805).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz_core.errors import OptionError
from cnnviz_core.maximization.climbing import Climb
from cnnviz_core.maximization.objectives import Objective, as_sequence, goal_of
from cnnviz_core.maximization.recipes import RECIPES
from cnnviz_core.maximization.results import MOST_FRAMES, MOST_STEPS
from cnnviz_core.maximization.schedule import STEPS, AscentOptions
from cnnviz_core.options import require_seed, require_whole
from cnnviz_core.progress import run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz_core.maximization.objectives import Goal
    from cnnviz_core.maximization.results import Patterns, Preset
    from cnnviz_core.network.model import LoadedModel
    from cnnviz_core.progress import OnStep

_MOST_FACES = 16
_SIDES = (16, 2048)


def maximize(
    model: LoadedModel,
    objectives: Objective | Sequence[Objective],
    *,
    size: int | None = None,
    steps: int | None = None,
    preset: Preset = "best",
    faces: int = 1,
    frames: int = 0,
    seed: int = 0,
    on_step: OnStep | None = None,
) -> Patterns:
    """Grow an image, or several, for each objective, all in batches.

    An image depends on its objective and the options alone, not on what else is asked for. Both
    `history` (on the image as the step saw it, moved by the transforms) and `reached` (on the
    finished image through the network's own preprocessing, unmoved) are sums of activations.

    Args:
        model: the network; it is not changed.
        objectives: one, or several.
        size: side of the square images in pixels, by default the network's input size. Layers with
            maps are computed at any size; logits at the network's own.
        steps: most steps an image; by default 28, MACO's 64 or the lecture's 30. An image that has
            settled takes no more.
        preset: "best" (gradient smoothed by the spectrum and the colours of photos, small first,
            transforms), "maco" (phases of a fixed spectrum, seen through crops) or "lecture" (grey
            noise, normalized gradient, contrast stretched).
        faces: images of each objective, kept from looking alike to its layer.
        frames: pictures to keep of how the images grew.
        seed: of the start and the transforms. The same seed gives the same images.
        on_step: called with steps done, steps in all and what there is so far; returning False
            stops. In what it is given, `reached` is the last value of `history`, NaN for images
            whose turn has not come, which are shown as they start, and `frames` is None.

    Returns:
        The images reached, those of one objective beside each other; after a stop, those whose
        turn had not come are as they start, their values NaN.

    Raises:
        LayerNotFoundError: the model has no such layer.
        NotSpatialError: the layer has no map.
        TargetError: the model has no such class.
        OptionError: another option is outside what is accepted.
    """
    goals = [goal_of(model, objective) for objective in as_sequence(objectives)]
    if not isinstance(preset, str) or preset not in RECIPES:
        raise OptionError(f"Preset {preset!r} is unknown. Choose one of {', '.join(RECIPES)}.")
    options = AscentOptions(
        size=_checked_size(model, goals, size),
        steps=STEPS[preset] if steps is None else require_whole("steps", steps, most=MOST_STEPS),
        preset=preset,
        faces=require_whole("faces", faces, most=_MOST_FACES),
        frames=require_whole("frames", frames, least=0, most=MOST_FRAMES),
        seed=require_seed(seed),
    )
    return run(Climb(model, goals, options).passes(), on_step)


def _checked_size(model: LoadedModel, goals: Sequence[Goal], size: int | None) -> tuple[int, int]:
    if size is None:
        return model.input_size
    size = require_whole("size", size, least=_SIDES[0], most=_SIDES[1])
    logits = any(term.site is None for goal in goals for term in goal.terms)
    if logits and (size, size) != model.input_size:
        height, width = model.input_size
        raise OptionError(
            f"Size {size} was asked for, but {model.name} computes its logits from images of "
            f"{height} x {width} pixels. Leave the size out, or choose a layer with a map."
        )
    return size, size

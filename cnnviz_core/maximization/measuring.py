"""What objectives are worth on given images, through the unchanged network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from cnnviz_core.errors import OptionError
from cnnviz_core.maximization.compiled import Plan, compiled_ascent, tables
from cnnviz_core.maximization.objectives import as_sequence, goal_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cnnviz_core.arrays import FloatArray
    from cnnviz_core.maximization.objectives import Objective
    from cnnviz_core.network.model import LoadedModel

_BATCH = 32


def measured(
    model: LoadedModel, objectives: Objective | Sequence[Objective], images: FloatArray
) -> FloatArray:
    """The value of each objective on its image, of any origin.

    Args:
        model: the network, which takes one or three channels.
        objectives: one an image.
        images: (images, height, width, 3), RGB in [0, 1]. They are not resized.

    Returns:
        float32 (images,), in units of activation, or logit.

    Raises:
        OptionError: there are not as many objectives as images, or the size does not fit.
    """
    goals = [goal_of(model, objective) for objective in as_sequence(objectives)]
    if images.ndim != 4 or len(goals) != len(images) or model.channels not in (1, 3):
        raise OptionError(
            f"{len(goals)} objectives and images of shape {images.shape} were given for a network "
            f"of {model.channels} channels; as many (height, width, 3) images as objectives, for "
            "1 or 3 channels, were expected."
        )
    values = np.empty(len(goals), np.float32)
    size = images.shape[1], images.shape[2]
    for sites in {goal.sites for goal in goals}:
        plan = Plan(sites, size, model.channels, model.preprocessing, "best")
        compiled = compiled_ascent(model.parts, plan)
        places = [place for place, goal in enumerate(goals) if goal.sites == sites]
        for first in range(0, len(places), _BATCH):
            chosen = places[first : first + _BATCH]
            laid = tables([goals[place] for place in chosen], sites)
            batch = tf.constant(images[chosen, ..., : model.channels], tf.float32)
            values[chosen] = compiled.values(batch, laid)
    return values

"""What the network says of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.errors import OptionError
from cnnviz_core.looking.results import Prediction

if TYPE_CHECKING:
    from cnnviz_core.arrays import ImageArray
    from cnnviz_core.network.model import LoadedModel


def predict(model: LoadedModel, image: ImageArray, *, top: int = 5) -> Prediction:
    """Classify one image.

    Args:
        model: a loaded model.
        image: (height, width, 3), RGB uint8, any size.
        top: number of classes wanted, at most all.

    Returns:
        The `top` classes of highest probability, best first.

    Raises:
        NoClassesError: the model gives no class scores.
        OptionError: `top` is below 1.
    """
    model.require_classes()
    if top < 1:
        raise OptionError(f"top={top} was given; at least 1 class was expected.")
    logits, probabilities = model.parts.scores(model.preprocess(image))
    # A stable sort keeps ties in index order; logits order classes that probabilities round to 1.
    order = np.argsort(-logits[0], kind="stable")[:top]
    return Prediction(
        indices=tuple(int(index) for index in order),
        labels=tuple(model.labels[index] for index in order),
        probabilities=probabilities[0][order],
        logits=logits[0][order],
        score_units=model.score_units,
    )

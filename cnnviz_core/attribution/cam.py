"""Class activation maps: the channels of a layer, weighed for one class.

Notation: A^k is channel k of the layer's output, y^c the logit of class c, Z the number of cells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.types import Attribution, Target

if TYPE_CHECKING:
    from cnnviz_core.model import LoadedModel
    from cnnviz_core.types import ImageArray


def grad_cam(
    model: LoadedModel,
    image: ImageArray,
    target: int | str | Target | None = None,
    *,
    layer: str | None = None,
) -> Attribution:
    """Weigh each channel by its mean gradient, sum, and keep the positive part.

    Grad-CAM, arXiv:1610.02391, equations 1 and 2:
    alpha_k = (1/Z) sum_ij dy^c / dA^k_ij and L = ReLU(sum_k alpha_k A^k).

    Args:
        model: a loaded model.
        image: (height, width, 3), RGB uint8, any size.
        target: class index or label; None means the class of highest logit. On a single sigmoid
            1 is the positive class and 0 the negative, whose logit is the positive's with its
            sign flipped.
        layer: a layer with height and width; None means the model's default layer.

    Returns:
        Map at the layer's resolution, non-negative, in logit units.

    Raises:
        TargetError: no such class.
        LayerNotFoundError: no such layer.
        NotSpatialError: the layer's output has no height and width.
    """
    step = model.spatial_step(layer)
    features = model.probe.features(step.name, image, lambda: model.preprocess(image))
    logits = model.probe.class_logits(features.logits)[0]
    chosen = model.target(target, logits)
    gradient = model.probe.gradient(step.name, features, chosen.index)[0]
    maps = np.asarray(features.values, dtype=np.float32)[0]
    alpha = gradient.mean(axis=(0, 1))
    heatmap = np.maximum(maps @ alpha, 0)
    probabilities = model.probe.class_probabilities(features.logits)[0]
    return Attribution(
        values=heatmap,
        signed=False,
        target=chosen,
        layer=step.name,
        method="Grad-CAM",
        units=model.score_units,
        score=float(logits[chosen.index]),
        probability=float(probabilities[chosen.index]),
    )

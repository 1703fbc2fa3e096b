"""What every class activation map starts from: a layer's maps for an image, and a score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz_core.errors import UnreachedError
from cnnviz_core.images.reading import require_image
from cnnviz_core.maps.results import Attribution

if TYPE_CHECKING:
    from cnnviz_core.arrays import FloatArray, ImageArray
    from cnnviz_core.network.compiled_parts import Features
    from cnnviz_core.network.model import LoadedModel
    from cnnviz_core.network.scores import Score
    from cnnviz_core.targets import TargetLike


@dataclass(frozen=True, eq=False)
class LayerMaps:
    """A layer's output for one image, with the score to explain.

    Attributes:
        model: the model, read at the output that is explained.
        layer: name of the layer.
        features: the layer's output as the network computed it.
        score: what is explained.
        class_logits: float32 (classes,).
    """

    model: LoadedModel
    layer: str
    features: Features
    score: Score
    class_logits: FloatArray

    @property
    def values(self) -> FloatArray:
        """The layer's output, float32 (rows, columns, channels)."""
        return np.asarray(self.features.values, dtype=np.float32)[0]

    def gradient(self) -> FloatArray:
        """Gradient of the score with respect to the layer, float32 (rows, columns, channels)."""
        return self.model.parts.gradient(self.layer, self.features, self.score.direction)[0]

    def attribution(
        self,
        values: FloatArray,
        *,
        method: str,
        units: str | None = None,
        signed: bool = False,
        **options: Any,
    ) -> Attribution:
        """The result around a map, of which the positive part is kept unless it is `signed`."""
        kept = values if signed else np.maximum(values, 0)
        probabilities = self.model.parts.class_probabilities(self.features.logits)[0]
        return Attribution(
            values=np.asarray(kept, dtype=np.float32),
            signed=signed,
            target=self.score.target,
            layer=self.layer,
            method=method,
            units=units or self.score.units,
            score=float(self.score.of(self.class_logits)),
            probability=float(self.score.of(probabilities)),
            score_units=self.score.units,
            output=self.model.output,
            options=options,
        )


def layer_maps(
    model: LoadedModel,
    image: ImageArray,
    target: TargetLike,
    *,
    layer: str | None,
    output: str | None,
) -> LayerMaps:
    """Run the network to a layer and on to the logits, and name the score.

    Raises:
        TargetError: no such class or output.
        LayerNotFoundError: no such layer.
        NotSpatialError: the layer's output has no height and width.
        UnreachedError: the score does not depend on the layer.
    """
    image, model = require_image(image), model.with_output(output)
    step = model.spatial_step(layer)
    if not model.graph.reaches_output(step.outputs[0]):
        raise UnreachedError(
            f"The output explained does not depend on layer {step.name!r}. Choose a layer on the "
            f"way to it, such as {model.default_layer!r}."
        )
    features = model.parts.features(step.name, image, lambda: model.preprocess(image))
    logits = model.parts.class_logits(features.logits)[0]
    return LayerMaps(model, step.name, features, model.score(target, logits), logits)

"""What every method at the input starts from: the network's input for an image, and a score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz_core.maps.results import Attribution

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz_core.arrays import FloatArray, ImageArray
    from cnnviz_core.network.model import LoadedModel
    from cnnviz_core.network.scores import Score
    from cnnviz_core.targets import TargetLike


@dataclass(frozen=True, eq=False)
class InputMaps:
    """One image as the network takes it, with the score to explain.

    Attributes:
        model: the model, read at the output that is explained.
        batch: float32 (1, height, width, channels), preprocessed.
        score: what is explained.
        class_logits: float32 (classes,).
        class_probabilities: float32 (classes,).
    """

    model: LoadedModel
    batch: FloatArray
    score: Score
    class_logits: FloatArray
    class_probabilities: FloatArray

    def attribution(
        self,
        values: FloatArray,
        *,
        method: str,
        units: str,
        signed: bool,
        measures: Mapping[str, float] | None = None,
        floor: float = 0.0,
        **options: Any,
    ) -> Attribution:
        """The result around a map, float32 (rows, columns)."""
        return Attribution(
            values=np.asarray(values, dtype=np.float32),
            signed=signed,
            target=self.score.target,
            layer=None,
            method=method,
            units=units,
            score=float(self.score.of(self.class_logits)),
            probability=float(self.score.of(self.class_probabilities)),
            score_units=self.score.units,
            output=self.model.output,
            options=options,
            measures=measures or {},
            floor=floor,
        )


def input_maps(
    model: LoadedModel, image: ImageArray, target: TargetLike, *, output: str | None
) -> InputMaps:
    """Preprocess an image, run the network on it, and name the score.

    Raises:
        TargetError: no such class or output.
    """
    model = model.with_output(output)
    batch = model.preprocess(image)
    logits, probabilities = model.parts.scores(batch)
    score = model.score(target, logits[0])
    return InputMaps(model, batch, score, logits[0], probabilities[0])

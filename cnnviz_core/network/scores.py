"""What exactly is explained: a class's logit, or the difference of two, as weights over classes.

A class's score is one logit; a contrast's is one minus another. Both are sums of logits with fixed
weights, so the gradient of a contrast is the difference of the gradients, whatever the method.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.arrays import FloatArray
from cnnviz_core.targets import Contrast, Target

if TYPE_CHECKING:
    from cnnviz_core.network.heads import Head


@dataclass(frozen=True, eq=False)
class Score:
    """The number that a method explains.

    Attributes:
        target: the class, or the two that are contrasted.
        weights: float32 (classes,), what each class's logit is multiplied by.
        direction: float32 (units,), the same over the network's own outputs: on a single sigmoid
            the one unit stands for both classes.
        units: "logit" or "score", of a difference where two classes are contrasted.
    """

    target: Target | Contrast
    weights: FloatArray
    direction: FloatArray
    units: str

    @property
    def probability_units(self) -> str:
        """Unit of the target's probability; where logits are not proved it is the output itself."""
        return self.units.replace("logit", "probability")

    def of(self, values: FloatArray) -> FloatArray:
        """The target's part of logits or probabilities, (..., classes) to (...)."""
        return np.asarray(values @ self.weights, dtype=np.float32)


def score_of(target: Target | Contrast, head: Head, units: str) -> Score:
    """Lay a target out over a head's classes and units.

    Args:
        target: classes named by the model.
        head: how the network's output is read.
        units: unit of one class's number, "logit" or "score".
    """
    weights = np.zeros(head.classes, np.float32)
    if isinstance(target, Contrast):
        weights[_index(target.first)] += 1
        weights[_index(target.second)] -= 1
        units = f"{units} difference"
    else:
        weights[target.index] = 1
    direction = weights[1:] - weights[:1] if head.binary else weights
    return Score(target, weights, direction, units)


def _index(target: int | str | Target) -> int:
    if not isinstance(target, Target):
        raise TypeError("A contrast must be of classes that the model has named.")
    return target.index

"""Gradient descent that changes the first layer slowly."""

from typing import Any

import keras
import numpy as np


class SlowStemSGD(keras.optimizers.SGD):
    """Nesterov descent with an average of the weights; the first layer's rate is a tenth.

    Biases and normalization weights are left out of weight decay. On the first layer it has no
    effect, since that layer's filters are held at norm 1.
    """

    def __init__(self) -> None:
        """Set momentum 0.9, weight decay 0.005 and an average over about 500 steps."""
        super().__init__(
            learning_rate=0.0,
            momentum=0.9,
            nesterov=True,
            weight_decay=5e-3,
            use_ema=True,
            ema_momentum=0.998,
            name="slow_stem_sgd",
        )
        self.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Update one variable."""
        is_stem = tuple(variable.shape[:2]) == (7, 7)  # a backend's variable has no layer's name
        factor = 0.1 if is_stem else 1.0
        super().update_step(gradient, variable, learning_rate * factor)


def rate_at(progress: float, *, peak: float = 0.08, warm_up: float = 0.04) -> float:
    """Return the learning rate: a linear warm-up, then half a cosine down to zero.

    Args:
        progress: Part of the training done, 0 to 1.
        peak: Highest rate.
        warm_up: Part of the training that the rise takes.
    """
    if progress < warm_up:
        return peak * progress / warm_up
    return peak * float(1 + np.cos(np.pi * (progress - warm_up) / (1 - warm_up))) / 2

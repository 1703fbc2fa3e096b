"""The linear model that LIME fits around an image (arXiv:1602.04938, section 3.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sklearn.linear_model import Ridge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from cnnviz_core.arrays import FloatArray

KERNEL_WIDTH = 0.25
"""Width of the exponential kernel over cosine distances."""

_ALPHA = 1.0
_ROUNDING = 1e-6


@dataclass(frozen=True, eq=False)
class LinearSurrogate:
    """A fitted linear model.

    Attributes:
        coefficients: float32 (features,).
        measures: "r2", weighted and adjusted for the number of features, and "standard_error",
            the mean over coefficients; both only where there are samples enough to tell, and
            answers that differ.
    """

    coefficients: FloatArray
    measures: Mapping[str, float]


def fit(features: FloatArray, answers: FloatArray) -> LinearSurrogate:
    """Ridge regression in which samples near the one with all features on weigh more.

    Args:
        features: (samples, features), 0 or 1.
        answers: (samples,).
    """
    weights = kernel(features)
    ridge = Ridge(alpha=_ALPHA).fit(features.astype(np.float64), answers, sample_weight=weights)
    coefficients = np.asarray(ridge.coef_, dtype=np.float32)
    spare = len(answers) - features.shape[1] - 1
    if spare < 1 or np.ptp(answers) < _ROUNDING:
        return LinearSurrogate(coefficients, {})
    residuals = answers - ridge.predict(features)
    errors = _standard_errors(features, weights, residuals)
    # With few samples any model fits; the adjustment takes off what features explain by chance.
    unexplained = 1 - ridge.score(features, answers, sample_weight=weights)
    r2 = 1 - unexplained * (len(answers) - 1) / spare
    return LinearSurrogate(coefficients, {"r2": float(r2), "standard_error": float(errors.mean())})


def kernel(features: FloatArray) -> NDArray[np.float64]:
    """Weight of each sample, sqrt(exp(-D^2 / width^2)), D its cosine distance from all ones.

    Of a sample with k of n features on the cosine is sqrt(k / n).
    """
    distance = 1 - np.sqrt(features.mean(axis=1, dtype=np.float64))
    return np.sqrt(np.exp(-((distance / KERNEL_WIDTH) ** 2)))


def _standard_errors(
    features: FloatArray, weights: NDArray[np.float64], residuals: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Of each coefficient, by the sandwich of White 1980 (doi:10.2307/1912934)."""
    centred = features - np.average(features, axis=0, weights=weights)
    weighted = centred * weights[:, None]
    bread = np.linalg.inv(centred.T @ weighted + _ALPHA * np.eye(centred.shape[1]))
    scores = (weighted * residuals[:, None]) @ bread
    return np.sqrt(np.square(scores).sum(axis=0))

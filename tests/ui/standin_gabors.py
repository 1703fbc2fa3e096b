"""Made-up kernels with the Gabor filters they were made from; the last is the same everywhere."""

from __future__ import annotations

import numpy as np

from cnnviz_core.lab.gabor_results import GaborFit, GaborFits

COUNT, SIDE = 12, 7


def fits():
    """Gratings of many angles in grey and a little noise."""
    rng = np.random.default_rng(0)
    drawn = [_fit(number) for number in range(COUNT - 1)]
    patterns = np.zeros((SIDE, SIDE, COUNT), np.float32)
    for number, fit in enumerate(drawn):
        patterns[..., number] = fit.values + rng.normal(0, 0.02 * number, (SIDE, SIDE))
    colours = rng.uniform(0.2, 1, (1, 1, 3, COUNT))
    weights = (patterns[:, :, None] * colours).astype(np.float32)
    shares = np.ones(COUNT, np.float32)
    return GaborFits("stem_conv", COUNT, weights, patterns, shares, (*drawn, None), 0.31)


def _fit(number):
    theta = number * np.pi / COUNT
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE // 2
    along = x * np.cos(theta) + y * np.sin(theta)
    bell = np.exp(-(x**2 + y**2) / 8)
    values = (bell * np.cos(2 * np.pi * 0.2 * along)).astype(np.float32)
    share = 1 - number / 20
    return GaborFit(0.2, theta, 2.0, 2.0, 0.0, 3.0, 3.0, 1.0, 0.0, share, 40, values)

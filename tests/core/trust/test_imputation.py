"""Linear imputation against its equations and against averaging until nothing moves."""

import numpy as np
import pytest

from cnnviz_core.trust.imputation import impute


def slow_imputation(pixels, removed):
    """ROAD's means by repetition: each removed pixel becomes its neighbours' mean until at rest."""
    height, width = removed.shape
    filled = np.where(removed[..., None], pixels[~removed].mean(), pixels).astype(np.float64)
    for _ in range(400):
        for row, column in np.argwhere(removed):
            total, weights = 0, 0
            for i, j in [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]:
                if 0 <= row + i < height and 0 <= column + j < width:
                    weight = 1 / 12 if i and j else 1 / 6
                    total, weights = total + weight * filled[row + i, column + j], weights + weight
            change = total / weights - filled[row, column]
            filled[row, column] += change
    return filled


def test_imputation_equals_slow_version():
    """The linear system's solution is where repeated averaging comes to rest, at borders too."""
    rng = np.random.default_rng(0)
    pixels, removed = rng.normal(size=(9, 7, 3)).astype(np.float32), rng.random((9, 7)) < 0.6
    assert removed[0].any()
    assert removed[:, -1].any()
    np.testing.assert_allclose(impute(pixels, removed), slow_imputation(pixels, removed), atol=1e-5)


def test_every_imputed_pixel_is_its_neighbours_mean():
    """Inside, each removed pixel is the sum of its neighbours by 1/6 and 1/12; others are kept."""
    rng = np.random.default_rng(1)
    pixels, removed = rng.normal(size=(40, 50, 1)).astype(np.float32), rng.random((40, 50)) < 0.9
    filled = impute(pixels, removed)
    kernel = np.array([[1, 2, 1], [2, 0, 2], [1, 2, 1]]) / 12
    for row, column in np.argwhere(removed):
        if 0 < row < 39 and 0 < column < 49:
            window = filled[row - 1 : row + 2, column - 1 : column + 2, 0]
            assert filled[row, column, 0] == pytest.approx((window * kernel).sum(), abs=1e-5)
    np.testing.assert_array_equal(filled[~removed], pixels[~removed])


def test_imputation_of_a_ramp_is_the_ramp():
    """What is removed from a ramp, away from the border, is filled in as it was."""
    y, x = np.mgrid[:20, :30]
    ramp = np.stack([2 * x - y, 3 * y, x + y + 5], axis=-1).astype(np.float32)
    removed = np.zeros((20, 30), bool)
    removed[3:15, 4:27] = True
    np.testing.assert_allclose(impute(ramp, removed), ramp, atol=1e-4)


def test_nothing_left_to_impute_from():
    """Removing every pixel leaves no equation to solve; removing none changes nothing."""
    pixels = np.ones((4, 4, 1), np.float32)
    with pytest.raises(ValueError, match="nothing to impute from"):
        impute(pixels, np.ones((4, 4), bool))
    np.testing.assert_array_equal(impute(pixels, np.zeros((4, 4), bool)), pixels)

"""First-layer filters: found without labels, kept smooth in training, drawn for the eye.

Independent component analysis of natural picture patches gives localized edges, gratings and
colour blobs (Bell and Sejnowski, 1997, doi:10.1016/S0042-6989(97)00121-1; in colour: Hoyer and
Hyvarinen, 2000). The filters found this way on the training photos are the first layer's initial
weights.
"""

from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.decomposition import FastICA

FloatArray = NDArray[np.float32]


def sample_patches(images: NDArray[np.uint8], count: int, side: int, seed: int) -> FloatArray:
    """Cut patches at random places, remove each one's grey level and even out its contrast.

    Args:
        images: (count, height, width, 3), RGB, 0 to 255.
        count: Number of patches, drawn with replacement.
        side: Height and width of a patch in pixels.
        seed: Seed of the places.

    Returns:
        (count, side * side * 3). The colour cast of a patch stays; flat patches stay near zero.
    """
    rng = np.random.default_rng(seed)
    which = rng.integers(len(images), size=count)
    top = rng.integers(images.shape[1] - side + 1, size=count)
    left = rng.integers(images.shape[2] - side + 1, size=count)
    windows = np.lib.stride_tricks.sliding_window_view(images, (side, side), axis=(1, 2))
    patches = np.moveaxis(windows[which, top, left], 1, -1).reshape(count, -1) / np.float32(127.5)
    patches -= patches.mean(axis=1, keepdims=True)
    deviation = patches.std(axis=1, keepdims=True)
    return np.asarray(patches / (deviation + 0.1), np.float32)


def independent_filters(
    images: NDArray[np.uint8],
    count: int,
    *,
    side: int = 7,
    num_patches: int = 60_000,
    seed: int = 0,
) -> FloatArray:
    """Find `count` independent components of the photos' patches.

    Args:
        images: (count, height, width, 3), RGB, 0 to 255.
        count: Number of filters; patches are reduced to as many principal components first.
        side: Height and width of a filter.
        num_patches: Patches to learn from.
        seed: Seed of the patches and of the starting rotation.

    Returns:
        (side, side, 3, count), each filter of norm 1: a convolution kernel.
    """
    patches = sample_patches(images, num_patches, side, seed)
    analysis = FastICA(
        count, whiten="unit-variance", fun="logcosh", max_iter=150, tol=1e-3, random_state=seed
    )
    analysis.fit(patches)
    filters = analysis.mixing_.T.reshape(count, side, side, 3)
    filters /= np.sqrt(np.square(filters).sum(axis=(1, 2, 3), keepdims=True))
    return np.asarray(np.moveaxis(filters, 0, -1), np.float32)


class Smoothness(keras.regularizers.Regularizer):
    """Penalty on differences between neighbouring weights of a kernel, so that it stays readable.

    Args:
        strength: Factor of the sum of squared differences.
    """

    def __init__(self, strength: float) -> None:
        """Keep the factor."""
        self.strength = strength

    def __call__(self, kernel: keras.KerasTensor) -> keras.KerasTensor:
        """Return the penalty of a (height, width, channels, filters) kernel."""
        down = kernel[1:] - kernel[:-1]
        across = kernel[:, 1:] - kernel[:, :-1]
        squares = keras.ops.sum(keras.ops.square(down)) + keras.ops.sum(keras.ops.square(across))
        return self.strength * squares


def save_filter_sheet(kernel: FloatArray, path: Path, *, columns: int = 8, zoom: int = 10) -> None:
    """Write a picture of all filters, each one scaled around mid-grey by its own largest weight.

    Args:
        kernel: (height, width, 3, filters).
        path: Where the PNG goes.
        columns: Filters in a row.
        zoom: Screen pixels a weight.
    """
    height, width, _, count = kernel.shape
    rows = -(-count // columns)
    sheet = np.ones((rows * (height + 1) + 1, columns * (width + 1) + 1, 3), np.float32)
    for index in range(count):
        row, column = divmod(index, columns)
        filter_ = kernel[..., index]
        top, left = row * (height + 1) + 1, column * (width + 1) + 1
        scaled = 0.5 + 0.5 * filter_ / np.abs(filter_).max()
        sheet[top : top + height, left : left + width] = scaled
    picture = Image.fromarray((sheet * 255).astype(np.uint8))
    size = (picture.width * zoom, picture.height * zoom)
    picture.resize(size, Image.Resampling.NEAREST).save(path)

"""Training pictures, changed at random in ways that keep shape and kind of background."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from cnnviz_core.images.levels import fractions
from cnnviz_core.sets.drawn_shapes import Shapes

FloatArray = NDArray[np.float32]


def fade(images: FloatArray, masks: NDArray[np.bool_], strength: float) -> FloatArray:
    """Bring backgrounds nearer to the mean colour of their picture; shapes stay as they are.

    Args:
        images: (count, side, side, 3).
        masks: (count, side, side), True on the shape.
        strength: 0 leaves the mean colour alone, 1 the background as it was.
    """
    means = images.mean(axis=(1, 2), keepdims=True)
    return np.where(masks[..., None], images, means + (images - means) * np.float32(strength))


def change(images: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Turn, mirror, swap the colours of and invert pictures in 0 to 1."""
    turned = np.rot90(images, int(rng.integers(4)), axes=(1, 2))[:, :, :: rng.choice((-1, 1))]
    channels = np.stack([rng.permutation(3) for _ in images])[:, None, None]
    changed = np.take_along_axis(turned, channels, axis=3)
    return np.where(rng.random((len(images), 1, 1, 1)) < 0.5, 1 - changed, changed)


def batches(
    pictures: Shapes, size: int, strengths: NDArray[np.float64], rng: np.random.Generator
) -> Iterator[tuple[FloatArray, NDArray[np.int64]]]:
    """Yield one batch of `size` pictures in 0 to 1, and their classes, per strength.

    Every picture comes once before any comes again.

    Args:
        pictures: what to draw from.
        size: pictures a batch.
        strengths: strength of the backgrounds in each batch, 0 to 1.
        rng: source of order and changes.
    """
    order = np.empty(0, np.int64)
    for strength in strengths:
        if len(order) < size:
            order = rng.permutation(len(pictures.labels))
        chosen, order = order[:size], order[size:]
        images = fractions(pictures.images[chosen])
        if strength < 1:
            images = fade(images, pictures.masks[chosen], strength)
        yield change(images, rng), pictures.labels[chosen]

"""What is said about a trained twin, measured on unseen pictures."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from cnnviz_core.images.levels import fractions
from cnnviz_core.sets.drawn_shapes import SHAPES, Pairing, Shapes, shapes

UNSEEN_SEED = 1_000_000
"""Seed of the pictures measured on; those of training have others."""
UNSEEN_COUNT = 1800


def answers(model: keras.Model, pictures: Shapes) -> NDArray[np.int64]:
    """Return the most probable class of each picture, by one plain forward pass."""
    batch = fractions(pictures.images)
    return np.asarray(model.predict(batch, batch_size=64, verbose=0).argmax(axis=1))


def measure(model: keras.Model, side: int, background: Pairing) -> dict[str, Any]:
    """Count right and wrong answers on backgrounds as in training, and on exchanged ones.

    Args:
        model: network, picture to class probabilities.
        side: height and width of its pictures.
        background: backgrounds of its training, as for `cnnviz_core.sets.drawn_shapes.shapes`.

    Returns:
        The numbers of every card; and `exchanged`: on pictures that never have the background of
        their own class, the shares answered by the shape and by the background.
    """
    pictures = shapes(UNSEEN_COUNT, side=side, background=background, seed=UNSEEN_SEED)
    confusion = np.zeros((len(SHAPES), len(SHAPES)), int)
    np.add.at(confusion, (pictures.labels, answers(model, pictures)), 1)
    recalls = confusion.diagonal() / confusion.sum(axis=1)
    exchanged = shapes(UNSEEN_COUNT, side=side, background="other", seed=UNSEEN_SEED + 1)
    answered = answers(model, exchanged)
    return {
        "split": "unseen pictures, backgrounds as in training",
        "images": len(pictures.labels),
        "top1": round(float(confusion.trace() / confusion.sum()), 4),
        "mean_recall": round(float(recalls.mean()), 4),
        "per_class_recall": {
            label: round(float(recall), 4) for label, recall in zip(SHAPES, recalls, strict=True)
        },
        "confusion": confusion.tolist(),
        "exchanged": {
            "images": len(answered),
            "by_shape": round(float(np.mean(answered == exchanged.labels)), 4),
            "by_background": round(float(np.mean(answered == exchanged.backgrounds)), 4),
        },
    }

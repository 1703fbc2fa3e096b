"""What is said about the trained network, measured on the validation photos."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from photos import Photos, to_network


def predict_classes(model: keras.Model, images: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the most probable class of each photo, by one plain forward pass."""
    probabilities = model.predict(to_network(images), batch_size=64, verbose=0)
    return np.asarray(probabilities.argmax(axis=1))


def measure(model: keras.Model, photos: Photos) -> dict[str, Any]:
    """Count right and wrong predictions.

    Args:
        model: Network, photo to class probabilities.
        photos: Photos it was not trained on.

    Returns:
        `images`, `top1`, `mean_recall`, `per_class_recall` and `confusion`, where row i, column j
        counts photos of class i predicted as class j.
    """
    count = len(photos.labels)
    confusion = np.zeros((count, count), int)
    np.add.at(confusion, (photos.classes, predict_classes(model, photos.images)), 1)
    recalls = confusion.diagonal() / confusion.sum(axis=1)
    return {
        "images": len(photos.classes),
        "top1": round(float(confusion.trace() / confusion.sum()), 4),
        "mean_recall": round(float(recalls.mean()), 4),
        "per_class_recall": {
            label: round(float(recall), 4)
            for label, recall in zip(photos.labels, recalls, strict=True)
        },
        "confusion": confusion.tolist(),
    }

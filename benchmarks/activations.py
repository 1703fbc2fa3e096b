"""All activations of VGG16 at 224 beside one compiled forward pass."""

from __future__ import annotations

import keras
import numpy as np

from benchmarks.grad_cam import compiled_forward
from benchmarks.timing import line, medians
from cnnviz_core import activations
from cnnviz_core.network.wrapping import wrap

ROUNDS = 9


def run() -> None:
    """Print the ratio."""
    network = keras.applications.VGG16(weights=None)
    model = wrap(network, name="vgg16", preprocessing="caffe")
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 255, (224, 224, 3)).astype(np.uint8) for _ in range(ROUNDS + 2)]
    seconds = medians(
        {
            "all": lambda n: activations(model, images[n]),
            "forward": compiled_forward(network, [model.preprocess(image) for image in images]),
        },
        ROUNDS,
    )
    print(
        line(
            "All activations of VGG16 / compiled forward pass",
            seconds["all"] / seconds["forward"],
            "at most 1.25",
        )
    )


if __name__ == "__main__":
    run()

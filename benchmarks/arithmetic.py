"""The arithmetic of one unit of VGG16 at 224, once what its layer reads is there."""

from __future__ import annotations

import keras
import numpy as np

from benchmarks.timing import line, medians
from cnnviz_core import arithmetic, workings
from cnnviz_core.network.wrapping import wrap

ROUNDS = 15
DEEP, LARGE = "block5_conv3", "block1_conv2"


def run() -> None:
    """Print milliseconds, and the ratio to a forward pass."""
    network = keras.applications.VGG16(weights=None)
    model = wrap(network, name="vgg16", preprocessing="caffe")
    image = np.random.default_rng(0).integers(0, 255, (224, 224, 3)).astype(np.uint8)
    seconds = medians(
        {
            "unit": lambda n: arithmetic(model, image, DEEP, n, 3, 4),
            "large": lambda n: workings(model, image, LARGE, n),
            "forward": lambda n: model.parts.scores(model.preprocess(image)),
        },
        ROUNDS,
    )
    print(f"{'Arithmetic of a unit, ' + DEEP:<68} {1e3 * seconds['unit']:8.1f} ms (below 20)")
    print(line("The same / compiled forward pass", seconds["unit"] / seconds["forward"], "below 1"))
    print(
        f"{'A whole channel, ' + LARGE + ', 64 maps of 224':<68} {1e3 * seconds['large']:8.1f} ms"
    )


if __name__ == "__main__":
    run()

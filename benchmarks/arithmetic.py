"""The arithmetic of one unit of VGG16 at 224, once its input is there, and of photos20 as asked.

Of VGG16 the layer's input is kept from the rounds that warm up. Channels of photos20 are asked of a
running engine, one after the other through its layers, as a page does.
"""

from __future__ import annotations

import statistics
import time

import keras
import numpy as np

from benchmarks.timing import line, medians
from cnnviz_core import arithmetic, load_model, structure, workings
from cnnviz_core.lab.told import told_layers
from cnnviz_core.network.wrapping import wrap
from cnnviz_engine import connect, image_digest
from cnnviz_engine.requests.arithmetic import WorkingsRequest

ROUNDS = 15
DEEP, LARGE, LONG = "block5_conv3", "block1_conv2", "fc1"
TOLD = 68
BUNDLED = "photos20"


def run() -> None:
    """Print milliseconds, and the ratio to a forward pass."""
    of_vgg16()
    through_the_engine()


def of_vgg16() -> None:
    """Print the time of a unit, and of whole channels of its largest and its longest layer."""
    network = keras.applications.VGG16(weights=None)
    model = wrap(network, name="vgg16", preprocessing="caffe")
    image = np.random.default_rng(0).integers(0, 255, (224, 224, 3)).astype(np.uint8)
    seconds = medians(
        {
            "unit": lambda n: arithmetic(model, image, DEEP, n, 3, 4),
            "large": lambda n: workings(model, image, LARGE, n),
            "long": lambda n: workings(model, image, LONG, n),
            "forward": lambda n: model.parts.scores(model.preprocess(image)),
        },
        ROUNDS,
    )
    print(_milliseconds(f"Arithmetic of a unit, {DEEP}", seconds["unit"]) + "   (under 20)")
    print(line("The same / compiled forward pass", seconds["unit"] / seconds["forward"], "below 1"))
    print(_milliseconds(f"A whole channel, {LARGE}, 64 maps of 224", seconds["large"]))
    print(_milliseconds(f"A unit of {LONG}, 25,088 products", seconds["long"]))


def through_the_engine() -> None:
    """Print the time from request to result of a channel of each layer of a bundled network."""
    layers = told_layers(structure(load_model(BUNDLED)))
    image = np.random.default_rng(0).integers(0, 255, (300, 400, 3)).astype(np.uint8)
    engine = connect()
    seconds: list[float] = []
    for channel in range(2):  # the first meets each layer for the first time
        seconds = []
        for layer in layers:
            request = WorkingsRequest(
                model=BUNDLED, image=image_digest(image), layer=layer, channel=channel
            )
            began = time.perf_counter()
            engine.submit(request, image).result(timeout=120)
            seconds.append(time.perf_counter() - began)
    engine.close()
    middle, worst = statistics.median(seconds), max(seconds)
    what = f"A channel of {BUNDLED}, request to result, warm, {len(layers)} layers"
    print(_milliseconds(f"{what}: median", middle))
    print(_milliseconds("the same, slowest layer", worst) + "   (under 300)")


def _milliseconds(what: str, seconds: float) -> str:
    return f"{what:<{TOLD}} {1e3 * seconds:8.1f} ms"


if __name__ == "__main__":
    run()

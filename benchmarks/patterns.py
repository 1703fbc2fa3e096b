"""Patterns of a middle layer: maximize() against the recipe of Keras's example, in one run.

The example ("Visualizing what convnets learn", keras.io): an extractor model, grey noise, one
filter at a time, gradient of unit L2 length, learning rate 10, 30 iterations. It runs once as
published and once with as many iterations as fill the time per filter that maximize() took. Both
are measured alike: the channel's mean activation over its whole map on the final image, clipped to
what a picture can hold.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.timing import line
from cnnviz_core import load_model
from cnnviz_core.maximization import Channel, maximize

if TYPE_CHECKING:
    from cnnviz_core.model import LoadedModel
    from cnnviz_core.types import FloatArray

_ITERATIONS = 30
_RATE = 10.0


class KerasExample:
    """The example's loop, with its function compiled once."""

    def __init__(self, model: LoadedModel, layer: str) -> None:
        network = model.network
        self.shape = (1, *model.input_size, 3)
        self.extractor = keras.Model(network.inputs, network.get_layer(layer).output)

    @tf.function
    def _ascend(self, image: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(image)
            activation = self.extractor(image)
            loss = tf.reduce_mean(activation[:, 2:-2, 2:-2, index])
        return image + _RATE * tf.math.l2_normalize(tape.gradient(loss, image))

    def run(self, index: int, iterations: int) -> FloatArray:
        """One filter's image, in the network's range -1 to 1, not clipped."""
        random = np.random.default_rng(index)
        image = tf.constant((random.random(self.shape, np.float32) - 0.5) * 0.25)
        for _ in range(iterations):
            image = self._ascend(image, tf.constant(index))
        result: FloatArray = image.numpy()
        return result

    def reached(self, image: FloatArray, index: int) -> float:
        """Mean of the filter's map on the image clipped to what a picture can hold."""
        maps = self.extractor(np.clip(image, -1, 1))
        return float(np.mean(np.asarray(maps)[..., index]))


def measure(layer: str, count: int) -> dict[str, Any]:
    """Run both on the same filters; the first filters are run once before, to compile."""
    model = load_model("photos20")
    objectives = [Channel(layer, index) for index in range(count)]
    maximize(model, objectives[:2], steps=4)
    begin = time.perf_counter()
    ours = maximize(model, objectives)
    ours_each = (time.perf_counter() - begin) / count

    example = KerasExample(model, layer)
    example.run(0, 2)
    begin = time.perf_counter()
    published = [example.reached(example.run(index, _ITERATIONS), index) for index in range(count)]
    published_each = (time.perf_counter() - begin) / count

    iterations = max(1, round(_ITERATIONS * ours_each / published_each))
    begin = time.perf_counter()
    equal = [example.reached(example.run(index, iterations), index) for index in range(count)]
    return {
        "ours": (ours_each, ours.reached),
        "published": (published_each, np.array(published)),
        "equal": ((time.perf_counter() - begin) / count, np.array(equal)),
        "iterations": iterations,
    }


def run(layer: str = "stage2_block2_relu", count: int = 64) -> None:
    """Print seconds a filter, activation reached, and ratios."""
    found = measure(layer, count)
    rows = {
        "cnnviz": found["ours"],
        f"Keras's example, {_ITERATIONS} iterations": found["published"],
        f"Keras's example, {found['iterations']} iterations": found["equal"],
    }
    print(f"photos20, {layer}, {count} filters")
    for name, (seconds, reached) in rows.items():
        print(f"{name:34} {seconds:7.3f} s a filter   mean activation {reached.mean():7.3f}")
    ours, equal = found["ours"], found["equal"]
    print(line("Patterns, seconds a filter: example / cnnviz", equal[0] / ours[0], "about 1"))
    ratio = ours[1].mean() / equal[1].mean()
    print(line("Patterns, activation at equal time: cnnviz / example", ratio, "reported"))
    print(f"cnnviz reaches more in {np.mean(ours[1] > equal[1]):.0%} of the filters")


if __name__ == "__main__":
    run()

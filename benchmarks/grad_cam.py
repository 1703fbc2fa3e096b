"""Grad-CAM of VGG16 at 224 beside tf-keras-vis and xplique, and beside the least that it can cost.

All use one network with random weights and linear output, built once, and are called as their
documentation says, with everything built beforehand that can be.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import keras
import numpy as np
import tensorflow as tf
from tf_keras_vis.gradcam import Gradcam
from tf_keras_vis.utils.scores import CategoricalScore
from xplique.attributions import GradCAM

from benchmarks.timing import line, medians
from cnnviz_core import grad_cam
from cnnviz_core.network.wrapping import wrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz_core import Attribution, LoadedModel
    from cnnviz_core.arrays import ImageArray

    Call = Callable[[int], object]

LAYER = "block5_conv3"
ROUNDS = 9


def run() -> None:
    """Print the ratios of another class on the same image, and of a new image."""
    network = keras.applications.VGG16(weights=None, classifier_activation=None)
    model = wrap(network, name="vgg16", preprocessing="caffe")
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 255, (224, 224, 3)).astype(np.uint8) for _ in range(ROUNDS + 2)]
    batches = [model.preprocess(image) for image in images]
    vis = Gradcam(network, clone=False)
    explainer = GradCAM(network, batch_size=1, conv_layer=LAYER)

    def vis_call(batch: np.ndarray, index: int) -> object:
        return vis(CategoricalScore(index), batch, penultimate_layer=LAYER)

    def xplique_call(batch: np.ndarray, index: int) -> object:
        return explainer(batch, tf.one_hot([index], 1000))

    small = vis(CategoricalScore(3), batches[0], penultimate_layer=LAYER, expand_cam=False)
    agree(model, images[0], np.asarray(small)[0])
    peers = {"tf-keras-vis": vis_call, "xplique": xplique_call}

    def ours(image: ImageArray, index: int) -> Attribution:
        return grad_cam(model, image, index, layer=LAYER)

    classes: dict[str, Call] = {
        **{name: partial(_other_class, call, batches[0]) for name, call in peers.items()},
        "cnnviz": partial(_other_class, ours, images[0]),
    }
    another = medians(classes, ROUNDS)
    # Turned upside down, so that no image is one that cnnviz knows from above.
    turned = [image[::-1] for image in images]
    pictures: dict[str, Call] = {
        **{name: partial(_other_image, call, batches) for name, call in peers.items()},
        "cnnviz": partial(_other_image, ours, turned),
        "forward": compiled_forward(network, batches),
        "head": head_gradient(network, batches),
    }
    new = medians(pictures, ROUNDS)
    report(another, new)


def _other_class(call: Callable[..., object], picture: np.ndarray, number: int) -> object:
    return call(picture, number)


def _other_image(call: Callable[..., object], pictures: list[np.ndarray], number: int) -> object:
    return call(pictures[number], 3)


def report(another: dict[str, float], new: dict[str, float]) -> None:
    """Print the ratios of median seconds, for another class and for a new image."""
    for what, seconds, goal in (("another class", another, "10"), ("a new image", new, "2.5")):
        for peer in ("tf-keras-vis", "xplique"):
            ratio = seconds[peer] / seconds["cnnviz"]
            print(line(f"Grad-CAM, {what}: {peer} / cnnviz", ratio, f"at least {goal}"))
    ratio = new["cnnviz"] / (new["forward"] + new["head"])
    print(line("Grad-CAM, a new image: cnnviz / (forward + head gradient)", ratio, "at most 1.15"))


def agree(model: LoadedModel, image: np.ndarray, peer: np.ndarray) -> None:
    """Check that the peer computes the same: its map, before enlarging, is ours by a factor."""
    ours = grad_cam(model, image, 3, layer=LAYER).values
    correlation = np.corrcoef(ours.ravel(), peer.ravel())[0, 1]
    if not correlation > 0.999:
        raise AssertionError(f"The maps differ: correlation {correlation:.3f}")


def compiled_forward(network: keras.Model, batches: list[np.ndarray]) -> Call:
    """One compiled forward pass, answer taken out."""
    forward = tf.function(lambda inputs: network(inputs, training=False))
    return lambda n: forward(tf.constant(batches[n])).numpy()


def head_gradient(network: keras.Model, batches: list[np.ndarray]) -> Call:
    """The gradient of one logit with respect to the layer, by Keras and a tape, compiled."""
    before = keras.Model(network.input, network.get_layer(LAYER).output)
    after = keras.Model(network.get_layer(LAYER).output, network.output)
    maps = before(batches[0])

    @tf.function
    def gradient(values: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(values)
            logit = after(values)[:, 3]
        return tape.gradient(logit, values)

    return lambda n: gradient(maps + tf.cast(n, tf.float32)).numpy()


if __name__ == "__main__":
    run()

"""Maps of cnnviz beside those of tf-keras-vis and xplique, on networks where the peers are right.

Each line says how far two maps differ at most, in shares of our maximum, after the peer's map is
brought to the scale and offset that fit best: tf-keras-vis scales its maps to [0, 1]. Colours of
xplique's maps are combined as the papers do. 0.00 means that both compute the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf
from skimage import data
from tf_keras_vis.gradcam import Gradcam
from tf_keras_vis.gradcam_plus_plus import GradcamPlusPlus
from tf_keras_vis.layercam import Layercam
from tf_keras_vis.saliency import Saliency as VisSaliency
from tf_keras_vis.utils.scores import CategoricalScore
from xplique.attributions import GradientInput, GuidedBackprop, IntegratedGradients, Saliency

from benchmarks.timing import line
from cnnviz_core import explain
from cnnviz_core.network.wrapping import wrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz_core.arrays import FloatArray

    Combine = Callable[[FloatArray], FloatArray]

INDEX, LAYER, STEPS = 3, "block3_conv3", 256


def run() -> None:
    """Print the largest difference of each map to each peer's."""
    keras.utils.set_random_seed(0)
    network = keras.applications.VGG16(
        weights=None, classifier_activation=None, input_shape=(64, 64, 3), classes=10
    )
    model = wrap(network, name="vgg16", preprocessing="tf")
    photo = data.chelsea()
    batch = model.preprocess(photo)
    targets = tf.one_hot([INDEX], 10)
    score = CategoricalScore(INDEX)

    def vis_cam(kind: type) -> Callable[[], FloatArray]:
        peer = kind(network, clone=False)
        return lambda: np.asarray(
            peer(score, batch, penultimate_layer=LAYER, expand_cam=False), np.float32
        )[0]

    def xplique(kind: type, combine: Combine, **options: object) -> Callable[[], FloatArray]:
        peer = kind(network, batch_size=8, reducer=None, **options)
        return lambda: combine(np.asarray(peer(batch, targets), np.float32)[0])

    peers: list[tuple[str, str, Callable[[], FloatArray], dict[str, Any]]] = [
        ("grad_cam", "tf-keras-vis", vis_cam(Gradcam), {"layer": LAYER}),
        ("grad_cam_plus_plus", "tf-keras-vis", vis_cam(GradcamPlusPlus), {"layer": LAYER}),
        ("layer_cam", "tf-keras-vis", vis_cam(Layercam), {"layer": LAYER}),
        ("saliency", "tf-keras-vis", lambda: _vis_saliency(network, score, batch), {}),
        ("saliency", "xplique", xplique(Saliency, _strongest), {}),
        ("input_times_gradient", "xplique", xplique(GradientInput, _sum), {}),
        ("guided_backpropagation", "xplique", xplique(GuidedBackprop, _strongest), {}),
        (
            "integrated_gradients",
            "xplique",
            xplique(IntegratedGradients, _sum, steps=STEPS, baseline_value=-1.0),
            {"amount": STEPS},
        ),
    ]
    for method, peer, theirs, options in peers:
        ours = explain(model, photo, INDEX, method=method, **options).values
        print(line(f"{method}: largest difference to {peer}", difference(ours, theirs()), "0.00"))


def _vis_saliency(network: keras.Model, score: object, batch: FloatArray) -> FloatArray:
    saliency = VisSaliency(network, clone=False)(score, batch, keepdims=False)
    return np.asarray(saliency, np.float32)[0]


def _strongest(values: FloatArray) -> FloatArray:
    return np.abs(values).max(axis=-1)


def _sum(values: FloatArray) -> FloatArray:
    return values.sum(axis=-1)


def difference(ours: FloatArray, theirs: FloatArray) -> float:
    """Largest difference of two maps at the scale and offset that fit best, by our maximum."""
    columns = np.stack([theirs.ravel(), np.ones(theirs.size)], axis=1)
    fitted, *_ = np.linalg.lstsq(columns, ours.ravel(), rcond=None)
    return float(np.abs(ours.ravel() - columns @ fitted).max() / np.abs(ours).max())


if __name__ == "__main__":
    run()

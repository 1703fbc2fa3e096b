"""Score-CAM beside tf-keras-vis, occlusion and RISE beside the bare network, and peak memory.

Both libraries mask the image by the same channels, those of largest deviation. tf-keras-vis takes
the masked images' probabilities as weights where the paper has a softmax over the channels' scores,
so the maps differ; the work is the same.
"""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf
from tf_keras_vis.scorecam import Scorecam
from tf_keras_vis.utils.scores import CategoricalScore

from benchmarks.timing import line, medians
from cnnviz_core import occlusion, rise, score_cam
from cnnviz_core.network.wrapping import wrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz_core.network.model import LoadedModel

NETWORKS = {
    "ResNet50": ("caffe", "conv5_block3_out"),
    "MobileNet": ("tf", "conv_pw_13_relu"),
}
CHANNELS = 256
BATCH = 16
MASKS = 64
PATCH = 28
PEER_ROUNDS = 3
ROUNDS = 9

# The high water mark of the process's own memory: getrusage's also counts what the process that
# started it had.
PEAK = """
import re
from pathlib import Path
import keras
import numpy as np
from cnnviz_core import score_cam
from cnnviz_core.network.wrapping import wrap
network = keras.applications.ResNet50(weights=None, classifier_activation=None)
image = np.random.default_rng(0).integers(0, 255, (224, 224, 3)).astype(np.uint8)
found = score_cam(wrap(network, name="resnet50", preprocessing="caffe"), image, 3)
status = Path("/proc/self/status").read_text()
print(found.options["channels"], re.search(r"VmHWM:\\s+(\\d+) kB", status)[1])
"""


def run() -> None:
    """Print the ratios of each network, and the memory."""
    keras.utils.disable_interactive_logging()
    for name in NETWORKS:
        report(name)
    peak_memory()


def report(name: str) -> None:
    """Print a network's ratios of median seconds."""
    mode, layer = NETWORKS[name]
    network = getattr(keras.applications, name)(weights=None, classifier_activation=None)
    model = wrap(network, name=name.lower(), preprocessing=mode)
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 255, (224, 224, 3)).astype(np.uint8) for _ in range(ROUNDS + 2)]
    seconds = medians(weighings(network, model, layer, images), PEER_ROUNDS)
    ratio = seconds["tf-keras-vis"] / seconds["cnnviz"]
    print(line(f"Score-CAM of {name}: tf-keras-vis / cnnviz", ratio, "at least 3"))
    seconds = medians(passes(network, model, images), ROUNDS)
    for method in ("Occlusion", "RISE"):
        ratio = seconds["bare"] / seconds[method]
        print(line(f"{method} of {name}: bare forward passes / cnnviz", ratio, "at least 0.9"))


def weighings(
    network: Any, model: LoadedModel, layer: str, images: list[np.ndarray]
) -> dict[str, Callable[[int], object]]:
    """Score-CAM by both libraries, each call on an image of its own."""
    vis = Scorecam(network, clone=False)
    batches = [model.preprocess(image) for image in images]
    theirs = partial(vis, CategoricalScore(3), penultimate_layer=layer, max_N=CHANNELS)
    ours = partial(score_cam, model, target=3, layer=layer, top_channels=CHANNELS)
    return {"tf-keras-vis": lambda n: theirs(batches[n]), "cnnviz": lambda n: ours(images[n])}


def passes(
    network: Any, model: LoadedModel, images: list[np.ndarray]
) -> dict[str, Callable[[int], object]]:
    """Occlusion, RISE, and as many compiled passes of the network itself as they take."""
    forward = tf.function(lambda inputs: network(inputs, training=False))
    filled = [tf.constant(np.repeat(model.preprocess(image), BATCH, axis=0)) for image in images]
    cover = partial(occlusion, model, target=3, patch=PATCH, stride=PATCH, batch_size=BATCH)
    sample = partial(rise, model, target=3, num_masks=MASKS, batch_size=BATCH)
    return {
        "Occlusion": lambda n: cover(images[n]),
        "RISE": lambda n: sample(images[n]),
        "bare": lambda n: [forward(filled[n]).numpy() for _ in range(MASKS // BATCH)],
    }


def peak_memory() -> None:
    """Print the memory of a process that runs Score-CAM over all channels of ResNet50."""
    command = [sys.executable, "-c", PEAK]
    channels, kilobytes = subprocess.run(
        command, check=True, capture_output=True, text=True
    ).stdout.split()
    what = f"Score-CAM of ResNet50, {channels} channels: peak memory in GB"
    print(line(what, int(kilobytes) * 1024 / 1e9, "below 1.5"))


if __name__ == "__main__":
    run()

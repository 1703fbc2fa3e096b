"""Which weights a model's name stands for on this machine: a digest of their file.

Light: reads files, never TensorFlow.
"""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from pathlib import Path

from cnnviz_core.zoo import bundled_path, find_card

WEIGHTS = {
    "mobilenet-0.5-160": "mobilenet_5_0_160_tf.h5",
    "mobilenet": "mobilenet_1_0_224_tf.h5",
    "mobilenet-v2": "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5",
    "mobilenet-v3-small": "weights_mobilenet_v3_small_224_1.0_float.h5",
    "mobilenet-v3-large": "weights_mobilenet_v3_large_224_1.0_float.h5",
    "vgg16": "vgg16_weights_tf_dim_ordering_tf_kernels.h5",
    "vgg19": "vgg19_weights_tf_dim_ordering_tf_kernels.h5",
    "resnet50": "resnet50_weights_tf_dim_ordering_tf_kernels.h5",
    "resnet101": "resnet101_weights_tf_dim_ordering_tf_kernels.h5",
    "resnet50-v2": "resnet50v2_weights_tf_dim_ordering_tf_kernels.h5",
    "inception-v3": "inception_v3_weights_tf_dim_ordering_tf_kernels.h5",
    "inception-resnet-v2": "inception_resnet_v2_weights_tf_dim_ordering_tf_kernels.h5",
    "xception": "xception_weights_tf_dim_ordering_tf_kernels.h5",
    "densenet121": "densenet121_weights_tf_dim_ordering_tf_kernels.h5",
    "densenet201": "densenet201_weights_tf_dim_ordering_tf_kernels.h5",
    "nasnet-mobile": "nasnet_mobile.h5",
    "efficientnet-b0": "efficientnetb0.h5",
    "efficientnet-v2-b0": "efficientnetv2-b0.h5",
    "convnext-tiny": "convnext_tiny.h5",
}
"""The file under which Keras keeps the ImageNet weights of each of `zoo.APPLICATIONS`."""


def fingerprint(name: str) -> str | None:
    """SHA-256 of the file that holds a model's weights, in hexadecimal.

    It is computed once for each state of the file, as told by its size and time.

    Args:
        name: what `load_model` takes.

    Returns:
        None where there is no such name, or no such file yet.
    """
    path = weights_path(name)
    if path is None:
        return None
    try:
        status = path.stat()
        return _digest(path, status.st_size, status.st_mtime_ns)
    except OSError:
        return None


def weights_path(name: str) -> Path | None:
    """Where a model's weights lie, or will once Keras has downloaded them; None for no such name.

    Keras's own rules: its folder, or one in /tmp where that cannot be written.
    """
    card = find_card(name)
    if card is None:
        return None
    return bundled_path(name) if card.family == "bundled" else _keras_folder() / WEIGHTS[name]


def _keras_folder() -> Path:
    home = Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser()
    return (home if os.access(home, os.W_OK) else Path("/tmp/.keras")) / "models"


@lru_cache(maxsize=64)
def _digest(path: Path, size: int, modified: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

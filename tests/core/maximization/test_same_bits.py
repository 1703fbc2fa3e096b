"""The same request gives the same bits: twice in one process, and in another one."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import tensorflow as tf

from cnnviz_core.maximization import transforms
from tests.places import ROOT

THREADS = 4
"""More than this machine may have cores: what races does so only between threads."""
ASKED = """
import hashlib

import numpy as np

import cnnviz_core as cnnviz

model = cnnviz.load_model("photos20")
photo = np.random.default_rng(0).integers(0, 255, (96, 112, 3), np.uint8)
channels = [cnnviz.Channel("stage1_block1_relu", index) for index in (3, 5)]


def told(name, patterns):
    parts = (patterns.images, patterns.reached, patterns.history)
    digest = hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()
    print("of", name, digest, round(float(patterns.images.std()), 3), flush=True)


for _ in range(2):
    told("maco", cnnviz.maximize(model, channels, preset="maco", size=192, steps=8))
    told("maco_class", cnnviz.maximize(model, cnnviz.ClassLogit(3), preset="maco", steps=6))
    told("best", cnnviz.maximize(model, channels, steps=6))
    told("lecture", cnnviz.maximize(model, channels, preset="lecture", steps=6))
    told("dream", cnnviz.deep_dream(model, photo, cnnviz.Layer("stage1_block1_relu"), steps=2))
"""
"""Small enough for a test; each as the pages ask for it, through a bundled network."""


def test_same_seed_same_bits_in_one_process_and_in_two():
    """Every preset and the dream: pictures, values and history, with several threads at work."""
    with ThreadPoolExecutor(2) as processes:
        first, second = processes.map(lambda _: _asked(), range(2))
    assert first.keys() == {"maco", "maco_class", "best", "lecture", "dream"}
    for name, digests in first.items():
        assert len(digests) == 2, name
        assert len({*digests, *second[name]}) == 1, name


def _asked() -> dict[str, list[str]]:
    """What a process of its own grew, by name, as digests in the order of its turns."""
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "TF_NUM_INTRAOP_THREADS": str(THREADS),
        "TF_NUM_INTEROP_THREADS": str(THREADS),
    }
    ended = subprocess.run(
        [sys.executable, "-c", ASKED], env=environment, capture_output=True, text=True, check=True
    )
    digests: dict[str, list[str]] = {}
    for line in ended.stdout.splitlines():
        if line.startswith("of "):
            _, name, digest, deviation = line.split()
            assert float(deviation) > 0.01, f"{name} is one colour"
            digests.setdefault(name, []).append(digest)
    return digests


def test_gradient_of_parts_is_the_sum_of_each_parts_own():
    """No part's share is lost where parts of one image lie over each other."""
    random = np.random.default_rng(0)
    images = tf.constant(random.random((2, 48, 56, 3)), tf.float32)
    weights = tf.constant(random.standard_normal((8, 48, 56, 3)), tf.float32)
    boxes = tf.constant(transforms.draw_crops(np.full(1, 0.7, np.float32), 4, 0)[0])
    together = _gradient(images, boxes, weights)
    alone = [_gradient(images, boxes[n : n + 1], weights[2 * n : 2 * n + 2]) for n in range(4)]
    np.testing.assert_allclose(together, sum(alone), atol=1e-5)
    assert np.abs(together).max() > 1


def _gradient(images, boxes, weights):
    with tf.GradientTape() as tape:
        tape.watch(images)
        value = tf.reduce_sum(weights * transforms.cropped(images, boxes))
    return tape.gradient(value, images).numpy()

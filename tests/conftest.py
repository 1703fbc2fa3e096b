"""Small networks with known weights, and photos made by code, for every test."""

import atexit
import hashlib
import os
import shutil
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# What engines keep on disk: never in the folder of whoever runs the tests.
os.environ["CNNVIZ_DATA"] = tempfile.mkdtemp(prefix="cnnviz-tests-")
if "PYTEST_XDIST_WORKER" in os.environ:  # processes beside each other take no core from another
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling

atexit.register(shutil.rmtree, os.environ["CNNVIZ_DATA"], ignore_errors=True)
# A commit fails for what it changed: the same examples each time, and no clock says how fast.
settings.register_profile(
    "default",
    derandomize=True,
    deadline=None,
    max_examples=500,
    suppress_health_check=[HealthCheck.too_slow],
)
# `make fuzz`: other examples each time, and the one that fails printed for `@example`.
settings.register_profile(
    "fuzz",
    settings.get_profile("default"),
    derandomize=False,
    max_examples=2000,
    print_blob=True,
)
settings.load_profile("default")
SERVERS = ("tests/browser/", "tests/engine/")
"""Folders whose tests start servers and clusters, and wait for them."""


class ByFile(LoadFileScheduling):
    """Processes share the tests by files, whose networks are built once; one has all servers."""

    def _split_scope(self, nodeid):
        return "servers" if nodeid.startswith(SERVERS) else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config, log):
    """Who runs what when tests run in several processes."""
    return ByFile(config, log)


@pytest.fixture(scope="session")
def photo():
    """A picture with edges, colours and noise, (90, 120, 3) RGB uint8."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[0:90, 0:120]
    disc = ((x - 80) ** 2 + (y - 40) ** 2 < 400)[..., None]
    ground = np.stack([x * 2, y * 2, 255 - x], axis=-1)
    picture = np.where(disc, [250, 40, 60], ground) + rng.normal(0, 12, (90, 120, 3))
    return np.clip(picture, 0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def weights_hash():
    """Digest of every weight of a network, to show that nothing changed."""

    def digest(network):
        content = hashlib.sha256()
        for weight in network.weights:
            content.update(weight.path.encode())
            content.update(np.asarray(weight).tobytes())
            content.update(str(weight.trainable).encode())
        return content.hexdigest()

    return digest

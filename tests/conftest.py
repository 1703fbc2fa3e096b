"""Small networks with known weights, and photos made by code, for every test."""

import hashlib
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest


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

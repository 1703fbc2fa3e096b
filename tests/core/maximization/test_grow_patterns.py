"""The script that grows the shipped patterns, on a small network, with a stand-in for growing."""

import importlib.util

import numpy as np
import pytest

import cnnviz_core as cnnviz
from cnnviz_core.images.levels import fractions
from cnnviz_core.maximization.pattern_files import Growth, PatternFolder
from cnnviz_core.maximization.results import Patterns
from tests.core.networks import conv_mean_dense
from tests.places import ROOT

SCRIPT = ROOT / "models" / "grow_patterns.py"
GROWTH = Growth(size=32)


@pytest.fixture(scope="module")
def script():
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("grow_patterns", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def model():
    """Two convolutions, then a mean and a dense layer."""
    return cnnviz.load_model(conv_mean_dense())


class Grower:
    """Grows noise, remembers for which layers, and stops when told to."""

    def __init__(self, stop_at=""):
        self.layers = []
        self.stop_at = stop_at

    def __call__(self, model, objectives, *, size, preset, seed):
        """As `maximize` is called."""
        layer = objectives[0].layer
        if layer == self.stop_at:
            raise KeyboardInterrupt
        self.layers.append(layer)
        count, values = len(objectives), np.zeros(len(objectives), np.float32)
        images = np.random.default_rng(seed).integers(0, 256, (count, size, size, 3), np.uint8)
        names = tuple(f"{unit.layer}, channel {unit.index}" for unit in objectives)
        return Patterns(fractions(images), names, values, values, values[None], preset, seed)


def measured(model, objectives, images):
    """The channels' means, the slow way."""
    return np.array(
        [
            cnnviz.activations(model, np.rint(255 * image).astype(np.uint8), [unit.layer])[
                unit.layer
            ][..., unit.index].mean()
            for unit, image in zip(objectives, images, strict=True)
        ],
        np.float32,
    )


def test_every_convolution_is_grown_and_measured_on_its_picture(script, model, tmp_path, capsys):
    """Each channel's value is the network's on the very tile that is shown."""
    folder, grower = PatternFolder(tmp_path / "patterns", "a" * 64), Grower()
    script.grow_patterns(model, folder, GROWTH, grow=grower, measure=measured)
    assert grower.layers == ["conv1", "conv2"]
    patterns = folder.read("conv2", range(6), GROWTH)
    units = [cnnviz.Channel("conv2", index) for index in range(6)]
    assert np.array_equal(patterns.reached, measured(model, units, patterns.images))
    assert patterns.reached.max() > 0
    assert "conv1  8 patterns" in capsys.readouterr().out


def test_a_run_that_was_interrupted_goes_on(script, model, tmp_path):
    """What is there is left, unless all is to be grown anew or the weights are others."""

    def run(grower, weights="a", **options):
        folder = PatternFolder(tmp_path / "patterns", weights * 64)
        script.grow_patterns(model, folder, GROWTH, grow=grower, measure=measured, **options)
        return grower.layers

    with pytest.raises(KeyboardInterrupt):
        run(Grower(stop_at="conv2"))
    assert run(Grower()) == ["conv2"]
    assert run(Grower()) == []
    assert run(Grower(), force=True) == ["conv1", "conv2"]
    assert run(Grower(), weights="b") == ["conv1", "conv2"]

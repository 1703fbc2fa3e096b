"""Objectives as values: their algebra, their names, and what they refuse."""

import subprocess
import sys

import pytest

from cnnviz_core import Channel, ClassLogit, Layer, Neuron, maximize
from cnnviz_core.errors import LayerNotFoundError, NotSpatialError, OptionError, TargetError
from cnnviz_core.maximization.objectives import goal_of, terms
from cnnviz_core.network.wrapping import wrap
from tests.core import networks


@pytest.fixture(scope="module")
def model():
    """A small classifier with two layers that have maps."""
    return wrap(networks.conv_mean_dense(), name="flat", labels=("a", "b", "c", "d"))


def test_algebra_is_exact_and_leaves_operands_alone():
    """A - B is A with 1 and B with -1, however often B was used before."""
    a, b = Channel("conv1", 0), ClassLogit(1)
    before = 2 * b
    assert terms(a - b) == ((1.0, a), (-1.0, b))
    assert terms(a - before) == ((1.0, a), (-2.0, b))
    assert terms(before) == ((2.0, b),)
    assert terms(-(a + b) * 0.5) == ((-0.5, a), (-0.5, b))
    assert terms(a - (a - b)) == ((1.0, a), (-1.0, a), (1.0, b))
    with pytest.raises(AttributeError):
        a.index = 3


def test_names_say_what_is_summed(model):
    """Names are for people: labels, and signs between."""
    assert goal_of(model, Channel("conv1", 3)).name == "conv1, channel 3"
    assert goal_of(model, ClassLogit(2) - 0.5 * ClassLogit("a")).name == "c - 0.5 a"
    assert goal_of(model, -1 * Neuron("conv2", 1, 2, 3)).name == (
        "-conv2, channel 1 at row 2, column 3"
    )
    assert goal_of(model, Layer("conv2")).name == "conv2, all channels"


def test_importing_objectives_leaves_tensorflow_alone():
    """A page names objectives without loading TensorFlow."""
    code = (
        "import sys; from cnnviz_core import Channel, ClassLogit; "
        "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("objective", "options", "error", "message"),
    [
        (Channel("nowhere", 0), {}, LayerNotFoundError, "no layer named 'nowhere'"),
        (Channel("mean", 0), {}, NotSpatialError, "without height and width"),
        (Channel("conv1", 8), {}, OptionError, "channels 0 to 7; 8 was asked for"),
        (Channel("conv1", -1), {}, OptionError, "-1 was asked for"),
        (Neuron("conv1", 0, 16, 0), {}, OptionError, "16 rows and 16 columns"),
        (Neuron("conv1", 0, -1, 0), {}, OptionError, "count both from 0"),
        (ClassLogit(4), {}, TargetError, "classes 0 to 3"),
        (ClassLogit("z"), {}, TargetError, "no class 'z'"),
        (ClassLogit(None), {}, TargetError, "index or a label"),
        (ClassLogit(0), {"size": 64}, OptionError, "32 x 32 pixels"),
        (Channel("conv1", 0) * 0, {}, OptionError, "not all 0"),
        (Channel("conv1", 0) * float("nan"), {}, OptionError, "finite numbers"),
        (Channel("conv1", 0), {"size": 4}, OptionError, "size=4 was given"),
        (Channel("conv1", 0), {"steps": 0}, OptionError, "steps=0 was given"),
        (Channel("conv1", 0), {"preset": "worst"}, OptionError, "'worst' is unknown"),
        (Channel("conv1", 0), {"faces": 0}, OptionError, "faces=0 was given"),
        (Channel("conv1", 0), {"frames": -1}, OptionError, "frames=-1 was given"),
        (Channel("conv1", 0), {"seed": 0.5}, OptionError, "seed=0.5 was given"),
        (Channel("conv1", 1.5), {}, OptionError, "index=1.5 was given"),
        (Channel("conv1", "3"), {}, OptionError, "index='3' was given"),
        (Neuron("conv1", 1, 0.5, 0), {}, OptionError, "y=0.5 was given"),
        (Channel("conv1", 0), {"preset": ["best"]}, OptionError, "is unknown"),
        (5, {}, OptionError, "int is not an objective"),
        ([], {}, OptionError, "No objective"),
        (["conv1"], {}, OptionError, "str is not an objective"),
    ],
)
def test_refusals_say_what_was_expected(model, objective, options, error, message):
    """Every mistake gets a sentence before any step is taken."""
    with pytest.raises(error, match=message):
        maximize(model, objective, **{"steps": 1, **options})

"""ReLUs told from settings alone, against those that run."""

import keras
import pytest
from keras import layers, ops

from cnnviz_core.attribution.input_gradient import guided_gradient
from cnnviz_core.errors import ArchitectureError
from cnnviz_core.looking.architecture import structure
from cnnviz_core.network.wrapping import wrap

ENDINGS = {
    "layer": (1, layers.ReLU()),
    "activation": (1, layers.Activation("relu")),
    "setting": (1, layers.Conv2D(2, 3, activation="relu6")),
    "operation": (1, ops.relu),
    "none": (0, layers.Activation("silu")),
    "leaky": (0, layers.LeakyReLU()),
    "hard silu": (0, layers.Activation("hard_silu")),
    "hard sigmoid in a setting": (0, layers.Conv2D(2, 3, activation="hard_sigmoid")),
    "parametric": (0, layers.PReLU()),
}


def network(ending):
    """A convolution, the ending, and two classes."""
    inputs = keras.Input((16, 16, 3))
    x = ending(layers.Conv2D(2, 3)(inputs))
    outputs = layers.Dense(2, activation="softmax")(layers.GlobalAveragePooling2D()(x))
    return wrap(keras.Model(inputs, outputs), name="own")


@pytest.mark.parametrize("name", ENDINGS)
def test_open_relus_are_those_that_guided_backpropagation_finds(name):
    """Their number where it runs, 0 where it is refused."""
    expected, ending = ENDINGS[name]
    model = network(ending)
    assert structure(model).relus == expected
    if expected:
        assert guided_gradient(model.parts).relus == expected
    else:
        with pytest.raises(ArchitectureError):
            guided_gradient(model.parts)


def test_a_relu_beside_a_hidden_one_does_not_count():
    """Guiding a part of the ReLUs is refused, so there are none to guide."""
    model = network(keras.Sequential([layers.ReLU(), layers.PReLU()]))
    assert structure(model).relus == 0
    with pytest.raises(ArchitectureError):
        guided_gradient(model.parts)

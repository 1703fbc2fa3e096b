"""Keras's own layers and operations by the names of the table of kinds, ready to be called."""

import inspect

import keras
import numpy as np
from keras.src.activations import activations
from keras.src.applications import convnext
from keras.src.layers.merging.base_merge import Merge
from keras.src.ops import core as core_operations
from keras.src.ops import math as math_operations
from keras.src.ops import nn as nn_operations
from keras.src.ops import numpy as numpy_operations

OPERATIONS = (numpy_operations, nn_operations, core_operations, math_operations, activations)
_RATE = ("AlphaDropout", "Dropout", "GaussianDropout", "SpatialDropout1D", "SpatialDropout2D")
_RATE += ("SpatialDropout3D",)
_FACTOR = ("RandomBrightness", "RandomColorDegeneration", "RandomContrast", "RandomHue")
_FACTOR += ("RandomRotation", "RandomSaturation", "RandomSharpness")
_LAYERS = {
    **{name: {"rate": 0.3} for name in _RATE},
    **{name: {"factor": 0.3} for name in _FACTOR},
    "Activation": {"activation": "softmax"},
    "AveragePooling2D": {"pool_size": 2},
    "CenterCrop": {"height": 4, "width": 4},
    "Conv2D": {"filters": 4, "kernel_size": 3},
    "Conv2DTranspose": {"filters": 4, "kernel_size": 3},
    "Cropping2D": {"cropping": 1},
    "Dense": {"units": 4},
    "DepthwiseConv2D": {"kernel_size": 3},
    "GaussianNoise": {"stddev": 0.3},
    "GroupNormalization": {"groups": 3},
    "LayerNormalization": {"epsilon": 1e-6},
    "LayerScale": {"init_values": 0.3, "projection_dim": 3},
    "LeakyReLU": {"negative_slope": 0.2},
    "Normalization": {"mean": (0.2, 0.4, 0.6), "variance": (0.5, 0.7, 0.9)},
    "PReLU": {"alpha_initializer": keras.initializers.Constant(0.2)},
    "RandomPosterization": {"factor": 3},
    "RandomCrop": {"height": 4, "width": 4},
    "RandomShear": {"x_factor": 0.3, "y_factor": 0.3},
    "RandomTranslation": {"height_factor": 0.3, "width_factor": 0.3},
    "RandomZoom": {"height_factor": 0.3},
    "Rescaling": {"scale": 0.5, "offset": -0.5},
    "Reshape": {"target_shape": (9, 4, 3)},
    "Resizing": {"height": 4, "width": 9},
    "SeparableConv2D": {"filters": 4, "kernel_size": 3},
    "StochasticDepth": {"drop_path_rate": 0.3},
    "UpSampling2D": {"size": (2, 3)},
    "ZeroPadding2D": {"padding": ((1, 2), (0, 3))},
}
_OPERATIONS = {
    "Cast": {"dtype": "float64"},
    "Clip": {"x_min": -0.5, "x_max": 0.5},
    "Concatenate": {"axis": -1},
    "Gelu": {"approximate": False},
    "Reshape": {"newshape": (9, -1)},
    "Squeeze": {"axis": 1},
    "Threshold": {"threshold": 0.1, "default_value": 0.0},
}
_SHAPES = {
    "SpatialDropout1D": (2, 6, 3),
    "SpatialDropout3D": (2, 6, 6, 6, 3),
    "Squeeze": (2, 1, 6, 3),
}
_TWO = (
    "Add",
    "Average",
    "Concatenate",
    "Divide",
    "Equal",
    "FloorDivide",
    "Greater",
    "GreaterEqual",
)
_TWO += ("Less", "LessEqual", "LogicalAnd", "LogicalOr", "Maximum", "Minimum", "Mod", "Multiply")
_TWO += ("NotEqual", "Power", "Subtract", "TrueDivide")
_NUMBER = {**dict.fromkeys(_TWO, 2), "Where": 3}
_LISTED = (Merge, numpy_operations.Concatenate)
"""Of which several inputs are given as one list."""


def classes(name):
    """Keras's layer and operation of a name, but for the operation Average: see `known`."""
    modules = (keras.layers, convnext, *(OPERATIONS if name != "Average" else ()))
    named = [getattr(module, name, None) for module in modules]
    return [cls for cls in named if inspect.isclass(cls) and cls is not keras.Function]


def made(cls, **changes):
    """A layer or operation with settings under which it does something."""
    known = _LAYERS if issubclass(cls, keras.Layer) else _OPERATIONS
    return cls(**{**known.get(cls.__name__, {}), **changes})


def inputs(cls, low=-2.0, high=2.0):
    """Noise for each input of a class: maps of 6 x 6 cells and 3 channels where it takes them."""
    rng, shape = np.random.default_rng(4), _SHAPES.get(cls.__name__, (2, 6, 6, 3))
    number = _NUMBER.get(cls.__name__, 1)
    return [rng.uniform(low, high, shape).astype("f4") for _ in range(number)]


def called(layer, arrays):
    """What it gives when the network is asked."""
    given = [list(arrays)] if isinstance(layer, _LISTED) else arrays
    training = {"training": False} if getattr(layer, "_call_has_training_arg", False) else {}
    return np.asarray(layer(*given, **training))

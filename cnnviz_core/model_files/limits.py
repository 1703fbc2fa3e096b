"""What a model file may hold at most. Beyond any of these it is refused with a sentence."""

from __future__ import annotations

MAX_FILE_BYTES = 1024 * 2**20
"""Of a file, and of what it unpacks to. VGG19, the largest of keras.applications but for the
extra-large ConvNeXt, has 549 MiB."""
MAX_CONFIGURATION_BYTES = 16 * 2**20
"""Of the configuration's JSON. NASNetLarge, the longest of keras.applications, has 1.3 MB."""
MAX_METADATA_BYTES = 64 * 2**10
MAX_JSON_DEPTH = 96
MAX_JSON_VALUES = 500_000
"""Numbers, strings, lists and dictionaries of a configuration together."""
MAX_STRING = 4096
MAX_NAME = 200
MAX_LAYERS = 3000
"""With those of nested models; NASNetLarge has 1,041."""
MAX_SEQUENTIAL = 400
"""Layers of a Sequential model, or of several the root of the sum of squares: Keras builds such a
model anew with each layer that it adds. 200 take 9 seconds, 400 take 36."""
MAX_CALLS = 6000
"""Of layers: those that are shared are called more than once."""
MAX_NESTING = 12
"""Models inside models."""
MAX_INTEGER = 2**31 - 1
MAX_PARAMETERS = 250_000_000
MAX_ACTIVATION_BYTES = 512 * 2**20
"""Of one tensor, for one image, in 32 bits."""
MAX_ALL_ACTIVATION_BYTES = 4096 * 2**20
"""Of the outputs of all layers together, for one image; EfficientNetB7 at 600 makes 3.9 GiB."""
MAX_MULTIPLY_ADDS = 100_000_000_000
"""Of one forward pass of one image; VGG19 has 20 thousand million, the extra-large ConvNeXt 61. Two
cores take 2 seconds for as many as are allowed, and the proof makes more than a dozen passes."""
MAX_STEPS = 1024
"""Of a recurrent layer, each of which takes as long as a small convolution: 1024 are proved in 6
seconds."""
MAX_AXES = 16
"""Of a tensor: blocks of windows, the deepest that people build, have 8."""
MAX_SIDE = 4096
"""Height and width of a tensor, and of a kernel."""
MAX_OBJECTS = 25_000
"""Groups and data sets of an HDF5 file: as many as are listed in 2 seconds."""

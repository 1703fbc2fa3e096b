"""What a network shows by itself, as frozen results: raw arrays and units. Never a picture.

Arrays are NumPy; nothing here imports TensorFlow, so results travel between processes as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnviz_core.arrays import FloatArray


@dataclass(frozen=True, eq=False)
class Prediction:
    """The best classes of one image, best first.

    Attributes:
        indices: class indices, (top,).
        labels: their labels.
        probabilities: float32 (top,), in [0, 1].
        logits: float32 (top,), before the softmax or sigmoid; scores where `score_units` says so.
        score_units: "logit", or "score" where logits could not be recovered and proved.
    """

    indices: tuple[int, ...]
    labels: tuple[str, ...]
    probabilities: FloatArray
    logits: FloatArray
    score_units: str


@dataclass(frozen=True, eq=False)
class LayerInfo:
    """One layer of a network, as in `model.summary()`, with what it sees and what it costs.

    Attributes:
        name: unique name; a nested layer is `outer/inner`.
        kind: class name of the layer, such as "Conv2D".
        output_shape: without the batch axis; None for an axis of unknown length.
        parameters: number of weights, trainable or not.
        receptive_field: (height, width) in input pixels; None where it is not defined.
        multiply_adds: of one image, convolutions and dense layers; 0 for all others.
        inputs: names of the layers whose output it takes.
        spatial: whether the output is (height, width, channels).
        has_kernel: whether it has a 2-D convolution kernel to show.
    """

    name: str
    kind: str
    output_shape: tuple[int | None, ...]
    parameters: int
    receptive_field: tuple[int, int] | None
    multiply_adds: int
    inputs: tuple[str, ...]
    spatial: bool
    has_kernel: bool


@dataclass(frozen=True, eq=False)
class Structure:
    """A network's layers in order, with its input, classes and default layer.

    Attributes:
        model: name of the model.
        input_size: (height, width) in pixels that images are resized to.
        labels: class labels in index order; a single sigmoid has two.
        layers: in topological order.
        default_layer: last layer with height and width above 1 before pooling or flattening.
        output_kind: "softmax", "sigmoid", "linear" (read as logits), "score" (taken as it is) or
            "none" where the network gives no class scores.
        preprocessing: name of the pixel preprocessing.
        outputs: names of the outputs that list classes, the one described first; one, mostly.
        channels: of the image that the network takes.
        classless: why there are no classes to ask about; empty where there are.
        relus: number of ReLUs, as guided backpropagation needs them; 0 where a layer hides one.
    """

    model: str
    input_size: tuple[int, int]
    labels: tuple[str, ...]
    layers: tuple[LayerInfo, ...]
    default_layer: str | None
    output_kind: str
    preprocessing: str
    outputs: tuple[str, ...] = ()
    channels: int = 3
    classless: str = ""
    relus: int = 0

    @property
    def parameters(self) -> int:
        """Number of weights of the whole network."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def multiply_adds(self) -> int:
        """Multiply-adds of one forward pass of one image."""
        return sum(layer.multiply_adds for layer in self.layers)

    def spatial_layers(self) -> tuple[str, ...]:
        """Names of the layers with height and width, in order."""
        return tuple(layer.name for layer in self.layers if layer.spatial)

    def kernel_layers(self) -> tuple[str, ...]:
        """Names of the layers with a convolution kernel, in order."""
        return tuple(layer.name for layer in self.layers if layer.has_kernel)


@dataclass(frozen=True, eq=False)
class LayerSparsity:
    """How much of a layer is silent for one image.

    Attributes:
        name: layer name.
        dead: share of channels that hold one single value everywhere, in [0, 1].
        zeros: share of activations that are exactly zero, in [0, 1].
        channels: number of channels.
    """

    name: str
    dead: float
    zeros: float
    channels: int


@dataclass(frozen=True, eq=False)
class LayerGlimpse:
    """One layer at one look.

    Attributes:
        name: layer name.
        channels: number of channels.
        size: (height, width) of the layer's maps in cells.
        channel: the one whose values vary most over the image, borders aside; the first of equals.
        values: its map, float32 (rows, columns), of a large layer the means of blocks of cells.
        mean: the mean of all channels, in the same way.
    """

    name: str
    channels: int
    size: tuple[int, int]
    channel: int
    values: FloatArray
    mean: FloatArray


@dataclass(frozen=True, eq=False)
class Kernels:
    """A convolution layer's weights as stored.

    Attributes:
        layer: layer name.
        weights: float32 (kernel height, kernel width, input channels, filters). A depthwise
            layer keeps Keras's (height, width, channels, multiplier).
        bias: float32 (filters,), or None.
        depthwise: whether each input channel has filters of its own.
    """

    layer: str
    weights: FloatArray
    bias: FloatArray | None
    depthwise: bool

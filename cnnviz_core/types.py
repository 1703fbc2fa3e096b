"""Frozen results of every method: raw arrays, what was explained, and units. Never a picture.

Arrays are NumPy; nothing here imports TensorFlow, so results travel between processes as they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

FloatArray = NDArray[np.float32]
ImageArray = NDArray[np.uint8]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Target:
    """A class of the model's output: its index and its label."""

    index: int
    label: str


@dataclass(frozen=True)
class Contrast:
    """One class against another: what is explained is the logit of `first` minus that of `second`.

    Before a model has named them the two are indices or labels; in a result both are `Target`.
    """

    first: int | str | Target
    second: int | str | Target

    @property
    def label(self) -> str:
        """Both classes in words."""
        return f"{_label(self.first)} rather than {_label(self.second)}"


TargetLike = int | str | Target | Contrast | None
"""What a method takes as its target; None means the class of highest logit."""


def _label(target: int | str | Target) -> str:
    return target.label if isinstance(target, Target) else str(target)


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


@dataclass(frozen=True, eq=False)
class Attribution:
    """A map that says how much each place of the image counts for one target.

    Attributes:
        values: float32 (rows, columns) at the method's own resolution.
        signed: whether values below zero have a meaning.
        target: the class explained, or the two that were contrasted.
        layer: the layer whose activations were weighed, None for methods at the input.
        method: published name of the method.
        units: unit of `values`.
        score: the logit explained, or the difference of two; a score where `score_units` says so.
        probability: the class's probability for the image, or the difference of two.
        score_units: "logit", "score", "logit difference" or "score difference".
        output: name of the output explained, on a network with several.
        options: the options that the method ran with.
        measures: numbers that tell how far the map can be trusted, by name, such as the
            completeness error of integrated gradients.
        floor: the value that stands for no evidence; 0, but for RISE, whose maps carry the mean
            answer everywhere.
    """

    values: FloatArray
    signed: bool
    target: Target | Contrast
    layer: str | None
    method: str
    units: str
    score: float
    probability: float
    score_units: str = "logit"
    output: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    measures: Mapping[str, float] = field(default_factory=dict)
    floor: float = 0.0

    @property
    def empty(self) -> bool:
        """Whether the map is at its floor everywhere: no evidence was found."""
        return not np.any(self.values != self.floor)

    def resized(self, height: int, width: int) -> FloatArray:
        """Upsample bilinearly with half-pixel centres onto an image of the given size.

        Preprocessing resizes the whole picture, so the map covers the whole picture: a cell
        (row, column) of an (r, c) map has its centre at ((row + 0.5) height / r,
        (column + 0.5) width / c).
        """
        return resized(self.values, height, width)


@dataclass(frozen=True, eq=False)
class BaselineMap:
    """A map that knows nothing of the network: what a method's map has to beat.

    Attributes:
        values: float32 (rows, columns), non-negative, only their order means something.
        method: "Random", "Centre" or "Edge detector".
        target: None: it is measured on whatever class is asked for.
        output: None, likewise.
        floor: the value that stands for no evidence.
    """

    values: FloatArray
    method: str
    target: None = None
    output: None = None
    floor: float = 0.0

    @property
    def empty(self) -> bool:
        """Whether the map is zero everywhere."""
        return not np.any(self.values)

    def resized(self, height: int, width: int) -> FloatArray:
        """Resize as `Attribution.resized` does."""
        return resized(self.values, height, width)


SpatialMap = Attribution | BaselineMap
"""Anything that puts the places of an image in an order."""


def resized(values: FloatArray, height: int, width: int) -> FloatArray:
    """A map at another size, with half-pixel centres, (height, width).

    Enlarged bilinearly; a side that shrinks is averaged, so that no value is lost between pixels.
    """
    least = min(width, values.shape[1]), min(height, values.shape[0])
    if least != values.shape[::-1]:
        values = np.asarray(cv2.resize(values, least, interpolation=cv2.INTER_AREA), np.float32)
    larger = cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(larger, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Patterns:
    """Input images that drive objectives as high as gradient ascent brought them.

    Attributes:
        images: float32 (images, height, width, 3), RGB in [0, 1], in the 256 levels of a picture
            file. Of a network with other than 1 or 3 input channels, its channels in grey, side by
            side.
        names: one description an image, such as "stage3_conv2, channel 17".
        reached: float32 (images,), the objective's value on the images as they are, through the
            unchanged network, in the units of the layer's activation (or logit).
        start: float32 (images,), the same on the noise, or photo, that each image grew from.
        history: float32 (steps, images), the value at each step, NaN after an image has settled.
        preset: "best", "maco" or "lecture".
        seed: seed of the random start and transforms.
        frames: uint8 (frames, images, height, width, 3), RGB, how the images grew, the last one
            as they are; None where none were asked for.
    """

    images: FloatArray
    names: tuple[str, ...]
    reached: FloatArray
    start: FloatArray
    history: FloatArray
    preset: str
    seed: int
    frames: ImageArray | None = None

    @property
    def alive(self) -> BoolArray:
        """Bool (images,), whether the ascent raised the objective at all.

        Where it did not, the picture is noise: no input near it moves the unit.
        """
        alive: BoolArray = self.reached > self.start
        return alive

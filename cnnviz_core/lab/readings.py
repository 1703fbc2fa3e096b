"""What one channel of a layer reads of the layers before it: which maps, where, and how weighed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from cnnviz_core.errors import ArchitectureError
from cnnviz_core.lab.sizes import windows
from cnnviz_core.lab.taps import taps, transposed_taps
from cnnviz_core.network.graph import Slot

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz_core.arrays import FloatArray, IntArray
    from cnnviz_core.lab.results import Rule
    from cnnviz_core.network.graph import Step

Size = tuple[int, int, int]
"""Height, width and channels; those of a list of numbers are (1, 1, length)."""
Windows = tuple["IntArray", "IntArray"]


@dataclass(frozen=True, eq=False)
class Reading:
    """What one channel reads.

    Attributes:
        rule: how what it reads becomes one number.
        maps: of each map, (which of the layer's inputs, which of its channels).
        windows: rows and columns, see `Workings`.
        weights: float32 (kernel height, kernel width, maps) for "weigh".
        bias: added to the sum.
    """

    rule: Rule
    maps: tuple[tuple[int, int], ...]
    windows: Windows
    weights: FloatArray | None = None
    bias: float | None = None


def reading(step: Step, channel: int, inputs: list[Size], output: Size) -> Reading:
    """What one channel of a layer reads.

    Args:
        step: the layer's call.
        channel: its channel.
        inputs: size of each input, in the order of `operands`.
        output: size of what it gives.

    Raises:
        ArchitectureError: how this kind of layer computes is not known here, or not with these
            settings.
    """
    if step.kind not in _READINGS:
        raise refusal(step, "mixes numbers in a way that is not told here one by one")
    made = _READINGS[step.kind](step, channel, inputs, output)
    if tuple(map(len, made.windows)) != output[:2]:
        raise refusal(step, f"gives {output[0]} x {output[1]} places, other than its settings say")
    return made


def operands(step: Step) -> list[int]:
    """The slots that a layer reads, in the order of its arguments, one as often as it is read."""
    leaves = keras.tree.flatten((step.args, step.kwargs))
    return [leaf.index for leaf in leaves if isinstance(leaf, Slot)]


def refusal(step: Step, reason: str) -> ArchitectureError:
    """That a layer's arithmetic is not told, and why."""
    article = "an" if step.kind[:1] in "AEIOU" else "a"
    return ArchitectureError(
        f"Layer {step.name!r} is {article} {step.kind}: it {reason}. Choose a convolution, a "
        "pooling or a dense layer, or what directly follows one."
    )


def _same_place(output: Size) -> Windows:
    return tuple(np.arange(side)[:, None] for side in output[:2])  # type: ignore[return-value]


def _bias(layer: Any, channel: int) -> float | None:
    bias = getattr(layer, "bias", None)
    return None if bias is None else float(_array(layer, bias[channel]))


def _array(layer: Any, weights: Any) -> FloatArray:
    """Weights as the layer multiplies by them: rounded where it computes in half precision."""
    rounded = tf.cast(tf.convert_to_tensor(weights), layer.compute_dtype)
    return np.asarray(tf.cast(rounded, tf.float32))


def _first_maps(channels: range) -> tuple[tuple[int, int], ...]:
    return tuple((0, channel) for channel in channels)


def _require_last(step: Step) -> None:
    if getattr(step.operation, "data_format", "channels_last") != "channels_last":
        raise refusal(step, "has its channels first")


def _windows(step: Step, size: Size, kernel: tuple[int, int]) -> Windows:
    _require_last(step)
    layer = step.operation
    return windows(
        size[:2],
        kernel,
        stride=layer.strides,
        padding=layer.padding,
        dilation=getattr(layer, "dilation_rate", 1),
    )


def _conv(step: Step, channel: int, inputs: list[Size], output: Size) -> Reading:
    layer = step.operation
    weights = _array(layer, layer.kernel[..., channel])
    each = weights.shape[2]
    first = channel // (output[2] // layer.groups) * each
    return Reading(
        "weigh",
        _first_maps(range(first, first + each)),
        _windows(step, inputs[0], weights.shape[:2]),
        weights,
        _bias(layer, channel),
    )


def _depthwise(step: Step, channel: int, inputs: list[Size], output: Size) -> Reading:
    weights = _array(step.operation, step.operation.kernel)
    source, place = divmod(channel, weights.shape[3])
    return Reading(
        "weigh",
        ((0, source),),
        _windows(step, inputs[0], weights.shape[:2]),
        weights[:, :, source, place, None],
        _bias(step.operation, channel),
    )


def _separable(step: Step, channel: int, inputs: list[Size], output: Size) -> Reading:
    """A kernel for each channel, then a weighted sum of them: one kernel that is their product."""
    layer = step.operation
    depthwise = _array(layer, layer.depthwise_kernel)
    pointwise = _array(layer, layer.pointwise_kernel[0, 0, :, channel])
    mixed = np.einsum("ijcm,cm->ijc", depthwise, pointwise.reshape(depthwise.shape[2:]))
    return Reading(
        "weigh",
        _first_maps(range(depthwise.shape[2])),
        _windows(step, inputs[0], depthwise.shape[:2]),
        mixed,
        _bias(layer, channel),
    )


def _transposed(step: Step, channel: int, inputs: list[Size], output: Size) -> Reading:
    _require_last(step)
    layer = step.operation
    weights = _array(layer, layer.kernel[:, :, channel])
    return Reading(
        "weigh",
        _first_maps(range(weights.shape[2])),
        tuple(
            _reached_from(layer, axis, inputs[0][axis], output[axis])
            for axis in (0, 1)  # type: ignore[arg-type]
        ),
        weights,
        _bias(layer, channel),
    )


def _reached_from(layer: Any, axis: int, size: int, out: int) -> IntArray:
    """Along one axis; "same" cuts off what the convolution from `out` to `size` would pad with."""
    kernel, stride = layer.kernel_size[axis], layer.strides[axis]
    dilation = layer.dilation_rate[axis]
    whole = (size - 1) * stride + dilation * (kernel - 1) + 1
    before = max(whole - out, 0) // 2 if layer.padding == "same" else 0
    return transposed_taps(size, kernel, stride=stride, before=before, dilation=dilation, out=out)


def _dense(step: Step, channel: int, inputs: list[Size], output: Size) -> Reading:
    weights = _array(step.operation, step.operation.kernel[:, channel])[None, None]
    maps = _first_maps(range(weights.shape[2]))
    bias = _bias(step.operation, channel)
    return Reading("weigh", maps, _same_place(output), weights, bias)


def _pool(rule: Rule) -> Callable[[Step, int, list[Size], Size], Reading]:
    def read(step: Step, channel: int, inputs: list[Size], output: Size) -> Reading:
        return Reading(rule, ((0, channel),), _windows(step, inputs[0], step.operation.pool_size))

    return read


def _pool_all(rule: Rule) -> Callable[[Step, int, list[Size], Size], Reading]:
    def read(step: Step, channel: int, inputs: list[Size], output: Size) -> Reading:
        _require_last(step)
        height, width, _ = inputs[0]
        return Reading(rule, ((0, channel),), (np.arange(height)[None], np.arange(width)[None]))

    return read


def _over_places(rule: Rule) -> Callable[[Step, int, list[Size], Size], Reading]:
    def read(step: Step, channel: int, inputs: list[Size], output: Size) -> Reading:
        axes = step.operation.axis
        if not isinstance(axes, tuple | list) or {axis % 4 for axis in axes} != {1, 2}:
            raise refusal(step, "takes other axes together than height and width")
        return _pool_all(rule)(step, channel, inputs, output)

    return read


def _pad(step: Step, channel: int, inputs: list[Size], output: Size) -> Reading:
    _require_last(step)
    (top, _), (left, _) = step.operation.padding
    return _moved(channel, inputs[0], (top, left), output)


def _crop(step: Step, channel: int, inputs: list[Size], output: Size) -> Reading:
    _require_last(step)
    (top, _), (left, _) = step.operation.cropping
    return _moved(channel, inputs[0], (-top, -left), output)


def _moved(channel: int, size: Size, before: tuple[int, int], output: Size) -> Reading:
    rows, columns = (
        taps(size[axis], 1, stride=1, before=before[axis], dilation=1, out=output[axis])
        for axis in (0, 1)
    )
    return Reading("pass", ((0, channel),), (rows, columns))


def _enlarge(step: Step, channel: int, inputs: list[Size], output: Size) -> Reading:
    _require_last(step)
    if step.operation.interpolation != "nearest":
        raise refusal(step, f"blends cells ({step.operation.interpolation})")
    rows, columns = (
        np.arange(output[axis])[:, None] // step.operation.size[axis] for axis in (0, 1)
    )
    return Reading("pass", ((0, channel),), (rows, columns))


def _reshape(step: Step, channel: int, inputs: list[Size], output: Size) -> Reading:
    """The same numbers in the same order: told where each place is one number of the input."""
    if output[:2] == (1, 1):
        row, column, source = np.unravel_index(channel, inputs[0])
        place = (np.array([[row]]), np.array([[column]]))
        return Reading("pass", ((0, int(source)),), place)
    if output == inputs[0]:
        return Reading("pass", ((0, channel),), _same_place(output))
    raise refusal(step, "puts the numbers of a map in another order")


def _join(step: Step, channel: int, inputs: list[Size], output: Size) -> Reading:
    axis = step.operation.axis
    if axis not in (-1, len(step.shape)):
        raise refusal(step, "joins maps side by side, not one behind the other")
    for operand, size in enumerate(inputs):
        if channel < size[2]:
            return Reading("pass", ((operand, channel),), _same_place(output))
        channel -= size[2]
    raise refusal(step, "gives more channels than it joins")


def _merge(rule: Rule) -> Callable[[Step, int, list[Size], Size], Reading]:
    def read(step: Step, channel: int, inputs: list[Size], output: Size) -> Reading:
        maps = tuple(
            (operand, channel if size[2] > 1 else 0) for operand, size in enumerate(inputs)
        )
        return Reading(rule, maps, _same_place(output))

    return read


_READINGS: dict[str, Callable[[Step, int, list[Size], Size], Reading]] = {
    "Conv2D": _conv,
    "DepthwiseConv2D": _depthwise,
    "SeparableConv2D": _separable,
    "Conv2DTranspose": _transposed,
    "Dense": _dense,
    "MaxPooling2D": _pool("max"),
    "AveragePooling2D": _pool("mean"),
    "GlobalMaxPooling2D": _pool_all("max"),
    "GlobalAveragePooling2D": _pool_all("mean"),
    "ZeroPadding2D": _pad,
    "Cropping2D": _crop,
    "UpSampling2D": _enlarge,
    "Mean": _over_places("mean"),
    "Max": _over_places("max"),
    "Flatten": _reshape,
    "Reshape": _reshape,
    "Squeeze": _reshape,
    "Concatenate": _join,
    "Add": _merge("add"),
    "Subtract": _merge("subtract"),
    "Multiply": _merge("multiply"),
    "Average": _merge("average"),
    "Maximum": _merge("maximum"),
    "Minimum": _merge("minimum"),
}

"""Batch normalization taken into the convolution before it, for passes that only go forward.

Keras normalizes by a multiplication and an addition of the whole output, which a CPU spends reading
and writing memory. In inference both are linear and can be done on the weights instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz_core.network.graph import Graph, Step


def folded(graph: Graph) -> dict[str, Callable[..., Any]]:
    """Substitutes for `Graph.run` that compute the same with fewer passes over memory.

    A convolution with kernel k and bias b, followed by a normalization with mean m, variance v,
    gamma and beta, is a convolution with kernel s k and bias s (b - m) + beta, where
    s = gamma / sqrt(v + epsilon). The weights are read anew each time a compiled function runs.

    Args:
        graph: a network's steps. Layers between a convolution and its normalization give other
            values under the substitutes, so only what comes after may be fetched.

    Returns:
        By step name, calls in place of the network's own layers; empty where nothing can be folded.
    """
    substitutes: dict[str, Callable[..., Any]] = {}
    for convolution, normalization in _pairs(graph):
        substitutes[convolution.name] = _convolve(convolution.operation, normalization.operation)
        substitutes[normalization.name] = _pass_on
    return substitutes


def _pairs(graph: Graph) -> list[tuple[Step, Step]]:
    """Convolutions whose output only one step reads, a normalization of its channels."""
    readers: dict[int, list[Step]] = {}
    for step in graph.steps:
        for slot in step.inputs:
            readers.setdefault(slot, []).append(step)
    pairs = []
    for step in graph.steps:
        after = readers.get(step.outputs[0], [])
        alone = len(after) == 1 and step.outputs[0] not in graph.outputs
        if alone and _is_convolution(step.operation) and _is_normalization(after[0].operation):
            pairs.append((step, after[0]))
    return pairs


def _is_convolution(layer: Any) -> bool:
    return (
        type(layer) in (keras.layers.Conv2D, keras.layers.DepthwiseConv2D)
        and layer.activation is keras.activations.linear
        and layer.data_format == "channels_last"
        and _plain_float32(layer)
    )


def _is_normalization(layer: Any) -> bool:
    return (
        type(layer) is keras.layers.BatchNormalization
        and layer.axis in (-1, 3)
        and _plain_float32(layer)
    )


def _plain_float32(layer: Any) -> bool:
    return layer.dtype_policy.name == "float32"


def _convolve(convolution: Any, normalization: Any) -> Callable[..., Any]:
    def call(inputs: Any, *_: Any, **__: Any) -> Any:
        scale, shift = _scale_and_shift(convolution, normalization)
        if isinstance(convolution, keras.layers.DepthwiseConv2D):
            outputs = _depthwise(convolution, inputs, scale)
        else:
            outputs = convolution.convolution_op(inputs, convolution.kernel * scale)
        return tf.nn.bias_add(outputs, shift)

    return call


def _scale_and_shift(convolution: Any, normalization: Any) -> tuple[Any, Any]:
    variance = tf.convert_to_tensor(normalization.moving_variance)
    scale = tf.math.rsqrt(variance + normalization.epsilon)
    if normalization.scale:
        scale *= normalization.gamma
    bias = convolution.bias if convolution.use_bias else 0.0
    shift = scale * (bias - tf.convert_to_tensor(normalization.moving_mean))
    return scale, shift + normalization.beta if normalization.center else shift


def _depthwise(layer: Any, inputs: Any, scale: Any) -> Any:
    kernel = tf.convert_to_tensor(layer.kernel)
    return keras.ops.depthwise_conv(
        inputs,
        kernel * tf.reshape(scale, (1, 1, *kernel.shape[2:])),
        strides=layer.strides,
        padding=layer.padding,
        dilation_rate=layer.dilation_rate,
        data_format=layer.data_format,
    )


def _pass_on(inputs: Any, *_: Any, **__: Any) -> Any:
    return inputs

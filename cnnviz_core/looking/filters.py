"""Convolution kernels as the network stores them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz_core.errors import NoKernelError
from cnnviz_core.looking.results import Kernels
from cnnviz_core.network.kinds import known

if TYPE_CHECKING:
    from cnnviz_core.network.model import LoadedModel


def has_kernel(layer: Any) -> bool:
    """Whether a Keras layer holds one 2-D convolution kernel (or a depthwise one)."""
    return _variable_of(layer) is not None


def kernels(model: LoadedModel, layer: str) -> Kernels:
    """Weights of a convolution layer.

    Args:
        model: a loaded model.
        layer: name of a Conv2D, DepthwiseConv2D, SeparableConv2D (its depthwise part) or
            Conv2DTranspose layer.

    Returns:
        The kernel, float32 (kernel height, kernel width, input channels, filters), and its bias.
        A transposed convolution is stored with filters before input channels and turned round here.

    Raises:
        LayerNotFoundError: no such layer.
        NoKernelError: the layer has no convolution kernel.
    """
    step = model.graph.step(layer)
    variable = _variable_of(step.operation)
    if variable is None:
        raise NoKernelError(
            f"Layer {step.name!r} is a {step.kind} and has no convolution kernel. Choose a "
            "convolution layer."
        )
    kind = known(step.kind)
    weights = np.asarray(variable, dtype=np.float32)
    if kind.transposed:
        weights = weights.swapaxes(2, 3)
    # The bias of a separable convolution belongs to its other, pointwise part.
    bias = None if len(kind.kernels) > 1 else getattr(step.operation, "bias", None)
    return Kernels(
        layer=step.name,
        weights=weights,
        bias=None if bias is None else np.asarray(bias, dtype=np.float32),
        depthwise=kind.depthwise,
    )


def _variable_of(layer: Any) -> Any | None:
    kernel = getattr(layer, "depthwise_kernel", None)
    if kernel is None:
        kernel = getattr(layer, "kernel", None)
    return kernel if kernel is not None and len(kernel.shape) == 4 else None

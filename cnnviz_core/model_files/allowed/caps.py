"""Costs of a network, added up and refused as soon as they are beyond a cap."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.limits import (
    MAX_ACTIVATION_BYTES,
    MAX_ALL_ACTIVATION_BYTES,
    MAX_AXES,
    MAX_CALLS,
    MAX_INTEGER,
    MAX_MULTIPLY_ADDS,
    MAX_PARAMETERS,
    MAX_SEQUENTIAL,
    MAX_SIDE,
)

if TYPE_CHECKING:
    from cnnviz_core.model_files.allowed.networks import CheckedLayer, Network, Shape
    from cnnviz_core.model_files.allowed.rules.rule import Sized

_BYTES = 4


def need_few_calls(network: Network) -> None:
    """Refuse models that call models that call models, until nothing can be reckoned any more.

    Raises:
        ModelFileError: written out, there would be more than `MAX_CALLS` calls, or Keras would take
            minutes to rebuild its Sequential models.
    """
    if _calls(network) > MAX_CALLS:
        raise ModelFileError(
            f"Written out, the model calls its layers more than {MAX_CALLS} times. "
            "Save a smaller model."
        )
    networks = [network, *(layer.inner for _, layer in network.walk() if layer.inner is not None)]
    lengths = [len(model.layers) for model in networks if model.kind == "Sequential"]
    if math.hypot(*lengths) > MAX_SEQUENTIAL:
        raise ModelFileError(
            f"A Sequential model of more than {MAX_SEQUENTIAL} layers is not read here. Build it "
            "with keras.Model(inputs, outputs) from the same layers and save that."
        )


def _calls(network: Network) -> int:
    return sum(
        max(1, len(layer.calls)) * (1 + (0 if layer.inner is None else _calls(layer.inner)))
        for layer in network.layers
    )


@dataclass
class Costs:
    """What has been added up so far."""

    parameters: int = 0
    activation_bytes: int = 0
    multiply_adds: int = 0

    def add(self, layer: CheckedLayer, sized: Sized, reckoned: bool) -> None:
        """Count a call of a layer.

        Raises:
            ModelFileError: a cap is passed.
        """
        for tensor in sized.outputs:
            _need_sides(layer, tensor.shape)
        if reckoned:
            self._spend(layer, sized)

    def weigh(self, parameters: int) -> None:
        """Count the weights of a layer."""
        self.parameters += parameters
        if self.parameters > MAX_PARAMETERS:
            raise ModelFileError(
                f"The model has more than {MAX_PARAMETERS:,} parameters. Save a smaller model."
            )

    def _spend(self, layer: CheckedLayer, sized: Sized) -> None:
        values = sum(math.prod(side or 0 for side in tensor.shape) for tensor in sized.outputs)
        held = _BYTES * (values + sized.scratch)
        if held > MAX_ACTIVATION_BYTES:
            raise ModelFileError(
                f"Layer {layer.name[:80]!r} makes {held / 2**20:,.0f} MiB for a single image; the "
                f"most is {MAX_ACTIVATION_BYTES // 2**20} MiB. Save a smaller model."
            )
        self.activation_bytes += held
        self.multiply_adds += sized.multiply_adds
        if self.activation_bytes > MAX_ALL_ACTIVATION_BYTES:
            raise ModelFileError(
                f"The model's layers make more than {MAX_ALL_ACTIVATION_BYTES // 2**20} MiB for a "
                "single image. Save a smaller model."
            )
        if self.multiply_adds > MAX_MULTIPLY_ADDS:
            raise ModelFileError(
                f"The model needs more than {MAX_MULTIPLY_ADDS:,} multiplications for a single "
                "image. Save a smaller model."
            )


def _need_sides(layer: CheckedLayer, shape: Shape) -> None:
    if len(shape) > MAX_AXES:
        raise ModelFileError(
            f"Layer {layer.name[:80]!r} makes a tensor of {len(shape)} axes; the most is "
            f"{MAX_AXES}. Save a smaller model."
        )
    sides = shape[1:-1] if len(shape) >= 4 else ()
    most = MAX_SIDE if any(side is not None and side > MAX_SIDE for side in sides) else MAX_INTEGER
    if any(side is not None and side > most for side in shape):
        raise ModelFileError(
            f"Layer {layer.name[:80]!r} makes a tensor of sides {str(shape)[:80]}; the most is "
            f"{most}. Save a smaller model."
        )

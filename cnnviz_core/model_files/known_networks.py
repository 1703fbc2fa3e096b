"""The networks of keras.applications that files of weights alone belong to, for their arrays."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import keras

from cnnviz_core.images.colours import IMAGENET_DEVIATION
from cnnviz_core.network.keras_internals import fresh_names

if TYPE_CHECKING:
    from cnnviz_core.model_files.weights.known_weights import KnownWeights


def raw_configuration(known: KnownWeights) -> dict[str, Any]:
    """The configuration of the network that a file of weights belongs to, as Keras writes it.

    Its input is of the architecture's usual size. The classifier ends in softmax, Keras's own
    choice, or for one class in a sigmoid, of which softmax would make 1 throughout.

    Args:
        known: what `known_weights.recognize` found.
    """
    side = known.side
    options: dict[str, Any] = dict(known.options)
    if known.include_top:
        options["classes"] = known.classes
        options["classifier_activation"] = "sigmoid" if known.classes == 1 else "softmax"
    with fresh_names():
        network = getattr(keras.applications, known.constructor)(
            weights=None,
            include_top=known.include_top,
            input_shape=(side, side, known.channels),
            **options,
        )
        if known.rescaled:
            network = keras.models.clone_model(network, call_function=_rescaled)
    return json.loads(network.to_json())


def _rescaled(layer: keras.Layer, *arguments: Any, **options: Any) -> Any:
    """Call a layer; behind a normalization by deviations comes what makes it one by variances."""
    outputs = layer(*arguments, **options)
    if not isinstance(layer, keras.layers.Normalization):
        return outputs
    return keras.layers.Rescaling([deviation**-0.5 for deviation in IMAGENET_DEVIATION])(outputs)

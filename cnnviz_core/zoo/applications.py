"""keras.applications: built with their ImageNet weights, or for weights that somebody brought."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import keras
from keras.src.backend.common import global_state
from keras.src.utils import file_utils

from cnnviz_core.errors import WeightsUnavailableError
from cnnviz_core.model_files.weights.known_weights import DEVIATIONS
from cnnviz_core.zoo.cards import APPLICATIONS
from cnnviz_core.zoo.weight_files import fetch_weights

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cnnviz_core.model_files.weights.known_weights import KnownWeights
    from cnnviz_core.zoo.weight_files import OnStep

_SIDES = {each.constructor: each.side for each in APPLICATIONS.values() if each.alpha is None}
_building = threading.RLock()


def build(
    name: str, weights: str | None = "imagenet", on_step: OnStep | None = None
) -> keras.Model:
    """Build a keras.applications model by its name in the zoo.

    Args:
        name: a key of `zoo.APPLICATIONS`.
        weights: "imagenet", or None for random ones.
        on_step: told of a download, as `weight_files.fetch_weights` says.

    Raises:
        WeightsUnavailableError: the weights can be neither found nor downloaded, or not be read.
    """
    application = APPLICATIONS[name]
    options: dict[str, Any] = {"input_shape": (application.side, application.side, 3)}
    if application.alpha is not None:
        options["alpha"] = application.alpha
    constructor = getattr(keras.applications, application.constructor)
    if weights is None:
        return constructor(weights=None, **options)
    path = fetch_weights(name, on_step)
    try:
        with _keras_finds(path):
            return constructor(weights=weights, **options)
    except (OSError, ValueError, KeyError) as error:
        # h5py and Keras raise these for a file that is cut short or of another network.
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise WeightsUnavailableError(
            f"{path} cannot be read as the weights of {application.constructor} ({reason}). "
            f"Remove it, or replace it by {application.url}."
        ) from error


def raw_configuration(known: KnownWeights) -> dict[str, Any]:
    """The configuration of the network that a file of weights belongs to, as Keras writes it.

    Its input is of the architecture's usual size. The classifier ends in softmax, Keras's own
    choice, or for one class in a sigmoid, of which softmax would make 1 throughout.

    Args:
        known: what `model_files.known_weights.recognize` found.
    """
    side = _SIDES[known.constructor]
    options: dict[str, Any] = dict(known.options)
    if known.include_top:
        options["classes"] = known.classes
        options["classifier_activation"] = "sigmoid" if known.classes == 1 else "softmax"
    with _fresh_names():
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
    return keras.layers.Rescaling([deviation**-0.5 for deviation in DEVIATIONS])(outputs)


@contextmanager
def _fresh_names() -> Iterator[None]:
    """Keras numbers the layers that have no name of their own: here from the start."""
    with _building:
        before = global_state.get_global_attribute("object_name_uids")
        global_state.set_global_attribute("object_name_uids", None)
        try:
            yield
        finally:
            global_state.set_global_attribute("object_name_uids", before)


@contextmanager
def _keras_finds(path: Path) -> Iterator[None]:
    """Let a constructor of keras.applications take a file of weights that we have found.

    It must be told "imagenet" rather than the path: EfficientNet gets another layer by that. Keras
    looks into one folder only, and not even there where it cannot write.
    """

    def get_file(name: str, *_arguments: Any, **_options: Any) -> str:
        if name != path.name:
            raise FileNotFoundError(f"Keras asks for {name}, not for {path.name}")
        return str(path)

    with _building:
        before = file_utils.get_file
        file_utils.get_file = get_file
        try:
            yield
        finally:
            file_utils.get_file = before

"""keras.applications, built with their ImageNet weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from cnnviz_core.errors import WeightsUnavailableError
from cnnviz_core.network.keras_internals import keras_finds
from cnnviz_core.zoo.cards import APPLICATIONS
from cnnviz_core.zoo.weight_files import fetch_weights

if TYPE_CHECKING:
    from cnnviz_core.progress import OnStep


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
        with keras_finds(path):
            return constructor(weights=weights, **options)
    except (OSError, ValueError, KeyError) as error:
        # h5py and Keras raise these for a file that is cut short or of another network.
        reason = " ".join(str(error).replace(str(path), path.name).split())[:200]
        reason = reason or type(error).__name__
        raise WeightsUnavailableError(
            f"{path.name} on this machine cannot be read as the weights of "
            f"{application.constructor} ({reason}). Remove it, or replace it by {application.url}."
        ) from error

"""From a name or a trusted path to a `LoadedModel`, proved before it is handed out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import keras

from cnnviz_core.errors import (
    ModelFileError,
    ModelNotFoundError,
)
from cnnviz_core.model_files.container.opening import open_contents
from cnnviz_core.model_files.inspecting import inspect_model_file
from cnnviz_core.network.wrapping import Labels, wrap
from cnnviz_core.zoo import applications, cards
from cnnviz_core.zoo.weight_files import imagenet_labels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

    from cnnviz_core.network.model import LoadedModel
    from cnnviz_core.progress import OnStep


def load_model(
    name_or_path: str | Path | keras.Model,
    *,
    labels: Labels = None,
    preprocessing: str | None = None,
    inputs: Mapping[str, ArrayLike] | None = None,
    on_step: OnStep | None = None,
) -> LoadedModel:
    """Load a bundled model, a keras.applications model, or a file that the caller trusts.

    Args:
        name_or_path: a name of `available_models()`, the path of a `.keras` or `.h5` file, or a
            network in memory. A file is read as `inspect_model_file` reads it, of any age; one of
            Keras 3 that holds layers of the caller's own is given to Keras, which can run code
            from it: give only paths you trust, and use `inspect_model_file` for all others.
        labels: class labels in index order, by output on a network with several; by default the
            card's, ImageNet's, or numbers.
        preprocessing: "raw", "unit", "tf", "torch" or "caffe"; by default the card's, or "raw"
            for a file or a network.
        inputs: values of all inputs beside the image, by name, each of the input's own shape, such
            as (features,), without the batch axis.
        on_step: told of a download of weights: bytes there, in all (or 0), None; False stops it.

    Returns:
        The network, followed layer by layer and proved to answer as it does whole.

    Raises:
        ModelNotFoundError: no such name and no such file.
        ModelFileError: the file cannot be read as a Keras model.
        WeightsUnavailableError: pretrained weights can be neither found nor downloaded.
        UnsupportedModelError: the network is no image classifier that can be followed.
        OptionError: there is no such preprocessing or input.
    """
    if isinstance(name_or_path, keras.Model):
        return wrap(
            name_or_path,
            name=name_or_path.name,
            labels=labels,
            preprocessing=preprocessing or "raw",
            inputs=inputs,
        )
    name = str(name_or_path)
    card = cards.find_card(name)
    if card is not None and card.family == "bundled":
        network = read_network(cards.bundled_path(name))
        return wrap(
            network,
            name=name,
            labels=card.labels if labels is None else labels,
            preprocessing=preprocessing or card.preprocessing,
            inputs=inputs,
        )
    if card is not None:
        return wrap(
            applications.build(name, on_step=on_step),
            name=name,
            labels=imagenet_labels() if labels is None else labels,
            preprocessing=preprocessing or card.preprocessing,
            inputs=inputs,
        )
    path = Path(name_or_path)
    if path.suffix not in (".keras", ".h5") or not _is_file(path):
        raise ModelNotFoundError(
            f"No model is called {name[:120]!r} and there is no .keras or .h5 file of that path. "
            "See available_models() for the names."
        )
    return wrap(
        _trusted_network(path),
        name=path.stem,
        labels=labels,
        preprocessing=preprocessing or "raw",
        inputs=inputs,
    )


def read_network(path: Path) -> keras.Model:
    """Read a model file from a trusted path.

    Raises:
        ModelFileError: it cannot be read.
    """
    try:
        return keras.saving.load_model(path, compile=False)
    except Exception as error:
        # A damaged file makes Keras, h5py and zipfile raise whatever they meet.
        reason = str(error).splitlines()[0][:300] if str(error) else type(error).__name__
        raise ModelFileError(f"{path.name} cannot be read as a Keras model: {reason}") from error


def _trusted_network(path: Path) -> keras.Model:
    """The network of a file, old or new; where our rules do not know it all, as Keras builds it.

    Only of a file that Keras 3 wrote: others it may read wrongly without a word.

    Raises:
        ModelFileError: neither can read it.
    """
    try:
        return inspect_model_file(path).network()
    except ModelFileError as refusal:
        if not _is_of_keras_3(path):
            raise
        try:
            return read_network(path)
        except ModelFileError:
            raise refusal from None


def _is_of_keras_3(path: Path) -> bool:
    try:
        version = open_contents(path.read_bytes(), path.name).version
    except (ModelFileError, OSError):
        return False
    return (version or "").startswith("3.")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        # A name too long for any file system, or with a zero byte in it.
        return False

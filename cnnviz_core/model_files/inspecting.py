"""A model file of anybody's, from bytes to a network: read, repaired, checked, planned, built.

Nothing in the file is run or trusted. Its configuration is checked against an allow-list and
written anew; every weight is matched with a variable before Keras is asked for anything.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.allowed.checking import check
from cnnviz_core.model_files.allowed.sizing import Sizes, size
from cnnviz_core.model_files.container.opening import open_contents
from cnnviz_core.model_files.limits import MAX_FILE_BYTES, MAX_NAME
from cnnviz_core.model_files.repair import modernize
from cnnviz_core.model_files.telling.describing import inputs_of, losses_of, outputs_of
from cnnviz_core.model_files.telling.guessing import guess_preprocessing
from cnnviz_core.model_files.telling.summary import Guess, InputSummary, ModelSummary, OutputSummary
from cnnviz_core.model_files.weights import planning
from cnnviz_core.model_files.weights.known_weights import recognize

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import keras
    from numpy.typing import ArrayLike

    from cnnviz_core.model_files.allowed.networks import Network
    from cnnviz_core.model_files.container.contents import Contents
    from cnnviz_core.model_files.repair.repairs import Repair
    from cnnviz_core.model_files.weights.known_weights import KnownWeights
    from cnnviz_core.network.model import LoadedModel

TEACHABLE = "keras_model.h5"
"""What Teachable Machine calls the model in its zip file."""
WEIGHTS_ONLY = (
    "This file holds weights without the network they belong to, and they are of no network of "
    "keras.applications. Save the whole model: model.save('model.keras')."
)


@dataclass(frozen=True, eq=False)
class ModelFile:
    """A model file that was checked and can be built.

    Attributes:
        name: the file's name without its ending, as the model is called.
        file_bytes: size of the file.
        contents: its configuration and arrays.
        checked: the network that its configuration says, repaired and checked.
        sizes: shapes and variables of the network.
        plan: which array goes to which variable.
        repairs: what was changed in the configuration.
        known: the architecture of keras.applications, where the file holds weights alone.
    """

    name: str
    file_bytes: int
    contents: Contents
    checked: Network
    sizes: Sizes
    plan: Sequence[planning.Assignment]
    repairs: tuple[Repair, ...]
    known: str = ""

    @property
    def configuration(self) -> dict[str, Any]:
        """The clean configuration, as `keras.saving.deserialize_keras_object` takes it."""
        return self.checked.configuration()

    @cached_property
    def inputs(self) -> tuple[InputSummary, ...]:
        """The network's inputs, in order."""
        return inputs_of(self.checked, self.sizes)

    @cached_property
    def outputs(self) -> tuple[OutputSummary, ...]:
        """The network's outputs, in order, with what their numbers most likely mean."""
        return outputs_of(self.checked, self.sizes, losses_of(self.contents))

    @cached_property
    def preprocessing(self) -> Guess:
        """What the network's pixels most likely go through, and why."""
        image = next(input_summary for input_summary in self.inputs if input_summary.image)
        teachable = self.contents.inside == TEACHABLE
        return guess_preprocessing(self.checked, image.shape[-1] or 3, teachable=teachable)

    def summary(self) -> ModelSummary:
        """What the file turned out to be, in plain values."""
        kinds = Counter(layer.class_name for _, layer in self.checked.walk())
        return ModelSummary(
            name=self.checked.name,
            kind=self.known or self.checked.kind,
            container=self.contents.container,
            version=self.contents.version or "",
            file_bytes=self.file_bytes,
            inputs=self.inputs,
            outputs=self.outputs,
            layers=tuple(kinds.most_common()),
            parameters=self.sizes.parameters,
            multiply_adds=self.sizes.multiply_adds,
            repairs=tuple(repair.what for repair in self.repairs),
            notes=tuple(_notes(self)),
            labels=self.contents.labels,
            preprocessing=self.preprocessing,
        )

    @property
    def _classes(self) -> list[str]:
        """Names of the outputs that most likely list classes."""
        return [output.name for output in self.outputs if output.classes]

    def network(self) -> keras.Model:
        """Build the Keras network and give it its weights.

        Raises:
            ModelFileError: it cannot be rebuilt exactly.
        """
        from cnnviz_core.model_files.constructing import construct

        return construct(self.checked, self.plan, self.sizes.variables, self.contents)

    def _values(self, given: Mapping[str, ArrayLike]) -> dict[str, ArrayLike]:
        """A value for each input beside the image: what was given, else zeros."""
        zeros = {
            input_summary.name: np.zeros(
                [1 if side is None else side for side in input_summary.shape]
            )
            for input_summary in self.inputs
            if not input_summary.image
        }
        return {**zeros, **given}

    def build(
        self,
        *,
        labels: Sequence[str] | Mapping[str, Sequence[str]] | None = None,
        preprocessing: str | None = None,
        inputs: Mapping[str, ArrayLike] | None = None,
        classes: bool | None = None,
        network: keras.Model | None = None,
        file_name: str | None = None,
    ) -> LoadedModel:
        """Build the network, give it its weights, and prove it.

        Args:
            labels: class labels in index order; by default those of the file, or numbers.
            preprocessing: "raw", "unit", "tf", "torch" or "caffe"; by default the guess.
            inputs: values of the inputs beside the image, by name; by default zeros.
            classes: whether lists of numbers are class scores; by default the guess, and where
                that is no and labels are given, yes.
            network: what `network()` gave, where it was built before: models may share it.
            file_name: what the model is called after; by default the file that was inspected.

        Raises:
            ModelFileError: the labels do not fit, or the network cannot be rebuilt exactly.
            UnsupportedModelError: the network cannot be followed.
            OptionError: an option does not fit the network.
        """
        from cnnviz_core.network.wrapping import wrap

        return wrap(
            self.network() if network is None else network,
            name=self.name if file_name is None else _stem(file_name) or self.checked.name,
            labels=self.contents.labels if labels is None else labels,
            preprocessing=preprocessing or self.preprocessing.value,
            inputs=self._values(inputs or {}),
            classes=self._classes or labels is not None if classes is None else classes,
        )


def inspect_model_file(source: bytes | str | Path, *, name: str = "") -> ModelFile:
    """Find out what a model file is, without running anything in it.

    Args:
        source: a file's bytes, or its path.
        name: the file's name, where its bytes are given.

    Returns:
        What it holds, ready to be built: `inspect_model_file(path).build()`.

    Raises:
        ModelFileError: it is no Keras model of images, or not a safe or whole one.
    """
    if not isinstance(source, bytes):
        name = name or Path(source).name
        source = _read(Path(source))
    if len(source) > MAX_FILE_BYTES:
        raise ModelFileError(_too_large(len(source)))
    contents = open_contents(source, name)
    known = recognize(contents) if contents.configuration is None else None
    if contents.configuration is not None:
        raw, repairs = modernize(contents)
    elif known is not None:
        from cnnviz_core.model_files.known_networks import raw_configuration

        raw, repairs = raw_configuration(known), ()
    else:
        raise ModelFileError(WEIGHTS_ONLY)
    network = check(raw)
    sizes = size(network)
    plan = planning.plan(network, sizes.variables, contents)
    return ModelFile(
        name=_stem(name) or network.name,
        file_bytes=len(source),
        contents=contents,
        checked=network,
        sizes=sizes,
        plan=plan,
        repairs=repairs,
        known=_words(known) if known is not None else "",
    )


def _stem(file_name: str) -> str:
    """A file's name without folders and ending, of bounded length: what its model is called."""
    return Path(file_name).stem[:MAX_NAME]


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ModelFileError(_too_large(path.stat().st_size))
        return path.read_bytes()
    except IsADirectoryError as error:
        raise ModelFileError(
            f"{path.name!r} is a folder, as TensorFlow saves a SavedModel. In the version that "
            "wrote it load it and save it as a file: model.save('model.keras')."
        ) from error
    except (OSError, ValueError) as error:
        raise ModelFileError(f"The file {path.name[:80]!r} cannot be read.") from error


def _too_large(size: int) -> str:
    return (
        f"This file has {size / 2**20:.0f} MB; models of up to {MAX_FILE_BYTES // 2**20} MB are "
        "read. Save it without its optimizer, or a smaller model."
    )


def _words(known: KnownWeights) -> str:
    """An architecture with what sets it apart, such as "MobileNet (alpha 0.5)"."""
    options = ", ".join(f"{name} {value}" for name, value in known.options)
    return f"{known.constructor} ({options})" if options else known.constructor


def _notes(file: ModelFile) -> list[str]:
    """What the owner should know beside the repairs."""
    contents, inputs, notes = file.contents, file.inputs, []
    if file.known:
        notes.append(
            f"The file holds weights alone. By the names and shapes of its arrays they are of "
            f"{file.known} of keras.applications, which was taken for the network."
        )
    if contents.inside is not None:
        notes.append(f"{contents.inside!r} was read from the zip file.")
    if contents.misnamed:
        kind = "an HDF5 file (.h5)" if contents.container == "hdf5" else "a .keras archive"
        notes.append(f"By its content it is {kind}, whatever its name says; it was read as one.")
    other_names = [input_summary.name for input_summary in inputs if not input_summary.image]
    if other_names:
        listed = ", ".join(repr(name[:80]) for name in other_names)
        notes.append(
            f"Beside the picture it takes {listed}, which stay the same for every picture: zeros, "
            "unless values are given."
        )
    return notes

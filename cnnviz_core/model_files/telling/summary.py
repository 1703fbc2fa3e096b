"""What a model file turned out to be, in plain values that travel between processes."""

from __future__ import annotations

from dataclasses import dataclass

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Guess:
    """Something that a file does not say outright, with the reason for what is assumed.

    Attributes:
        value: what is assumed.
        reason: one sentence, for the person who can correct it.
    """

    value: str
    reason: str


@dataclass(frozen=True)
class InputSummary:
    """An input of a network.

    Attributes:
        name: its layer's name.
        shape: without the batch axis; None for an axis of any length.
        image: whether it takes the picture.
    """

    name: str
    shape: Shape
    image: bool


@dataclass(frozen=True)
class OutputSummary:
    """An output of a network.

    Attributes:
        name: its layer's name, or its key.
        shape: without the batch axis.
        activation: what it ends in: "softmax", "sigmoid", "linear", or another activation's name.
        meaning: "classes", or "numbers" where its values are no class scores, and why.
    """

    name: str
    shape: Shape
    activation: str
    meaning: Guess

    @property
    def classes(self) -> int:
        """How many classes it tells apart; one sigmoid tells two."""
        if self.meaning.value != "classes" or len(self.shape) != 1:
            return 0
        return 2 if self.shape[0] == 1 else self.shape[0] or 0


@dataclass(frozen=True)
class ModelSummary:
    """A model file that can be opened.

    Attributes:
        name: the network's own name.
        kind: "Functional" or "Sequential", or the architecture of keras.applications.
        container: "keras" (zip archive) or "hdf5".
        version: of the Keras that wrote it, empty where it does not say.
        file_bytes: size of the file.
        inputs: in order.
        outputs: in order.
        layers: number of layers, those of nested networks counted, by class, most frequent first.
        parameters: number of weights.
        multiply_adds: of one picture.
        repairs: what was changed in its configuration so that today's Keras reads it, in sentences.
        notes: what else its owner should know, in sentences.
        labels: class labels that came with it.
        preprocessing: what its pixels are assumed to go through.
    """

    name: str
    kind: str
    container: str
    version: str
    file_bytes: int
    inputs: tuple[InputSummary, ...]
    outputs: tuple[OutputSummary, ...]
    layers: tuple[tuple[str, int], ...]
    parameters: int
    multiply_adds: int
    repairs: tuple[str, ...]
    notes: tuple[str, ...]
    labels: tuple[str, ...] | None
    preprocessing: Guess

    @property
    def image(self) -> InputSummary:
        """The input that takes the picture."""
        return next(input_summary for input_summary in self.inputs if input_summary.image)

    @property
    def classes(self) -> int:
        """Classes of the first output that lists any; 0 where none does."""
        return next((output.classes for output in self.outputs if output.classes), 0)

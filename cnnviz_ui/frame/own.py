"""A model that a visitor brought: its file, with what was chosen for it."""

from __future__ import annotations

from dataclasses import dataclass

from cnnviz_core.model_files.telling.summary import ModelSummary, OutputSummary
from cnnviz_core.network.inputs import UNKNOWN_SIDE
from cnnviz_core.zoo.cards import ModelCard
from cnnviz_engine import UploadedModel
from cnnviz_ui.frame.text import count

FAMILY = "own"
"""Of the card of such a model."""


@dataclass(frozen=True, eq=False)
class Own:
    """A model file that can be opened, with what was chosen for it.

    Attributes:
        upload: bytes and choices, as the engine takes them.
        summary: what the file turned out to be.
    """

    upload: UploadedModel
    summary: ModelSummary

    @property
    def mode(self) -> str:
        """The pixel preprocessing, chosen or guessed."""
        return self.upload.preprocessing or self.summary.preprocessing.value

    @property
    def mark(self) -> str:
        """Tells the controls of one file from those of the next."""
        return self.upload.bytes_held.digest[:12]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels to which photos are resized."""
        height, width = (*self.summary.image.shape, None, None)[:2]
        return height or UNKNOWN_SIDE, width or UNKNOWN_SIDE

    @property
    def channels(self) -> int:
        """Channels of the image that it takes."""
        return self.summary.image.shape[-1] or 3

    @property
    def listed(self) -> OutputSummary | None:
        """The output whose numbers are, or could be, class scores; None where all are maps."""
        lists = [
            output for output in self.summary.outputs if len(output.shape) == 1 and output.shape[0]
        ]
        return next((output for output in lists if output.classes), next(iter(lists), None))

    @property
    def tells_classes(self) -> bool:
        """Whether it has classes, as chosen or as guessed."""
        if self.upload.classes is None:
            return self.summary.classes > 0
        return self.upload.classes and self.listed is not None

    @property
    def classes(self) -> int:
        """How many labels it needs; 0 where it has no classes."""
        if not self.tells_classes or self.listed is None:
            return 0
        numbers = self.listed.shape[0] or 0
        return 2 if numbers == 1 else numbers

    @property
    def card(self) -> ModelCard:
        """What the pages know of it."""
        return ModelCard(
            name=self.upload.name,
            title=self.upload.file_name,
            description=self.words,
            family=FAMILY,
            input_size=self.size,
            preprocessing=self.mode,
            labels=self.upload.labels or self.summary.labels or (),
        )

    @property
    def words(self) -> str:
        """The model in half a sentence."""
        tells = count(self.classes, "class", "classes") if self.classes else "no classes"
        return f"{self.upload.file_name}, {self.summary.kind}, {tells}"

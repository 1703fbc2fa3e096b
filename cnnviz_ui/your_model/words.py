"""What a model file turned out to be, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz_ui.frame.text import count, times

if TYPE_CHECKING:
    from cnnviz_core.model_files.telling.summary import (
        InputSummary,
        ModelSummary,
        OutputSummary,
        Shape,
    )
    from cnnviz_ui.frame.own import Own

CONTAINERS = {"keras": "Keras archive", "hdf5": "HDF5"}
MODES = {
    "raw": "0 to 255, as they are",
    "unit": "Divided by 255: 0 to 1",
    "tf": "Scaled to \u22121 to 1 (MobileNet, Inception, Teachable Machine)",
    "torch": "ImageNet's mean and deviation (DenseNet, PyTorch)",
    "caffe": "BGR less ImageNet's mean (VGG, ResNet)",
}
"""What pixels go through, by the name of the preprocessing."""
SHORT_MODES = {
    "raw": "0 to 255",
    "unit": "0 to 1",
    "tf": "\u22121 to 1",
    "torch": "ImageNet",
    "caffe": "BGR",
}
RGB_ALONE = ("torch", "caffe")
"""Made for three channels."""


def modes_for(channels: int) -> list[str]:
    """The preprocessings that a network of so many channels can have."""
    return [mode for mode in MODES if channels == 3 or mode not in RGB_ALONE]


def shape(sides: Shape) -> str:
    """A shape as people write it."""
    return times(*("any" if side is None else side for side in sides)) if sides else "1"


def size(file_bytes: int) -> str:
    """A file's size."""
    return f"{file_bytes / 1e6:.1f} MB" if file_bytes >= 1e5 else f"{file_bytes / 1e3:.1f} kB"


def facts(mine: Own) -> list[tuple[str, str]]:
    """The model in a few numbers."""
    summary = mine.summary
    return [
        ("Architecture", summary.kind),
        ("Image", shape(summary.image.shape)),
        ("Classes", str(mine.classes) if mine.classes else "none"),
        ("Layers", f"{sum(amount for _, amount in summary.layers):,}"),
        ("Parameters", f"{summary.parameters:,}"),
        (
            "Written by",
            f"Keras {summary.version}" if summary.version else "a Keras that left no name",
        ),
        (
            "File",
            f"{size(summary.file_bytes)}, {CONTAINERS.get(summary.container, summary.container)}",
        ),
    ]


def output_sentence(mine: Own, output: OutputSummary) -> str:
    """An output: its shape, its end, and what its numbers are taken for."""
    values = "1 value" if output.shape in ((), (1,)) else f"{shape(output.shape)} values"
    end = f"Output {output.name}: {values}, ending in {output.activation};"
    if len(output.shape) == 1 and mine.upload.classes is not None:
        return f"{end} {'class scores' if mine.upload.classes else 'measures'}, as you said."
    classes = output.meaning.value == "classes"
    meaning = "class scores" if classes else "measures, not class scores"
    return f"{end} taken for {meaning}. {output.meaning.reason}"


def input_sentence(mine: Own, each: InputSummary) -> str:
    """An input: its shape, and where its values come from."""
    if each.image:
        height, width = mine.size
        size_words = f", at {times(height, width)} px" if None in each.shape[:2] else ""
        return f"Input {each.name}: the photo, {shape(each.shape)}{size_words}."
    return f"Input {each.name}: {shape(each.shape)} values that you set by hand."


def layers_sentence(found: ModelSummary) -> str:
    """How many layers of each class."""
    return ", ".join(f"{kind} {amount:,}" for kind, amount in found.layers) + "."


def repairs_sentence(found: ModelSummary) -> str:
    """How much of the file had to be changed."""
    if not found.repairs:
        return "Nothing was changed: the file is as today's Keras writes it."
    amount = count(len(found.repairs), "thing")
    were = "was" if len(found.repairs) == 1 else "were"
    return f"{amount} in its configuration {were} changed for today's Keras; no weight was."

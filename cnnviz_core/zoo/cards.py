"""Which models there are: bundled ones with their cards, and those of keras.applications.

Light: reads JSON, never TensorFlow.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

MODELS = Path(__file__).resolve().parents[2] / "models"
_TABLE = Path(__file__).with_name("application_table.json")


@dataclass(frozen=True)
class ModelCard:
    """What is known of a model without loading it.

    Attributes:
        name: what `load_model` takes.
        title: what people read.
        description: one or two sentences.
        family: "bundled" or "keras.applications".
        input_size: (height, width) in pixels.
        preprocessing: name of the pixel preprocessing.
        labels: class labels; empty for keras.applications, whose 1,000 come with the weights.
        accuracy: measured accuracy in words, empty where we measured none.
        licence: licence of the weights.
        default_layer: the layer shown first, None where the model decides.
        group: the family of architectures, such as "ResNet"; empty for bundled models.
        size_bytes: of the file of weights, about; exact for bundled models.
        parameters: their number.
        top1: accuracy on ImageNet in percent as Keras's documentation states, None where it is
            unknown.
        top5: share of pictures with the right class among the first five, likewise.
    """

    name: str
    title: str
    description: str
    family: str
    input_size: tuple[int, int]
    preprocessing: str
    labels: tuple[str, ...] = ()
    accuracy: str = ""
    licence: str = ""
    default_layer: str | None = None
    group: str = ""
    size_bytes: int | None = None
    parameters: int | None = None
    top1: float | None = None
    top5: float | None = None


@dataclass(frozen=True)
class Application:
    """A keras.applications model with its ImageNet weights.

    Attributes:
        name: ours.
        constructor: its name in keras.applications.
        group: the family of architectures.
        side: height and width of the pictures, in pixels.
        preprocessing: name of the pixel preprocessing.
        alpha: the width, where it is not the usual one.
        file: under which Keras keeps the weights.
        url: where they come from.
        digest: MD5 or SHA-256 that Keras pins, None where it pins none.
        parameters: their number.
        megabytes: of the file, as Keras's documentation states; None where it does not.
        top1: accuracy on ImageNet in percent, as Keras's documentation states.
        top5: share of pictures with the right class among the first five, likewise.
    """

    name: str
    constructor: str
    group: str
    side: int
    preprocessing: str
    alpha: float | None
    file: str
    url: str
    digest: str | None
    parameters: int
    megabytes: float | None
    top1: float | None
    top5: float | None

    @property
    def size_bytes(self) -> int:
        """Of the file, about; where no size is stated, that of its numbers in 32 bits."""
        if self.megabytes is None:
            return 4 * self.parameters
        return round(self.megabytes * 2**20)


def _applications() -> dict[str, Application]:
    rows = json.loads(_TABLE.read_text(encoding="utf-8"))
    return {row["name"]: Application(**row) for row in rows}


APPLICATIONS: dict[str, Application] = _applications()
"""keras.applications by our name. The table was made by `models/list_applications.py`."""


@lru_cache(maxsize=1)
def available_models() -> tuple[ModelCard, ...]:
    """Cards of every model that `load_model` knows by name.

    Returns:
        Bundled models first, then those of keras.applications in the order of its documentation.
    """
    paths = sorted(MODELS.glob("*/card.json"), key=lambda path: path.parent.name != "photos20")
    bundled = tuple(_bundled_card(path) for path in paths)
    return bundled + tuple(_application_card(name) for name in APPLICATIONS)


def find_card(name: str) -> ModelCard | None:
    """The card of a model name, or None."""
    return next((card for card in available_models() if card.name == name), None)


def bundled_path(name: str) -> Path:
    """Path of a bundled model's file; `name` must be the name of a bundled card."""
    return MODELS / name / "model.keras"


def _bundled_card(path: Path) -> ModelCard:
    card = json.loads(path.read_text(encoding="utf-8"))
    return ModelCard(
        name=path.parent.name,
        title=card["title"],
        description=card["description"],
        family="bundled",
        input_size=(card["input_size"][0], card["input_size"][1]),
        preprocessing=card["preprocessing"],
        labels=tuple(card["labels"]),
        accuracy=_accuracy_text(card["accuracy"]),
        licence=card["licence"],
        default_layer=card.get("default_layer"),
        size_bytes=bundled_path(path.parent.name).stat().st_size,
        parameters=card["parameters"],
    )


def _accuracy_text(accuracy: dict[str, Any]) -> str:
    """The measured accuracy in words, with what remains of it on exchanged backgrounds."""
    text = f"{100 * accuracy['top1']:.1f} % of {accuracy['images']} unseen pictures recognized"
    if "exchanged" not in accuracy:
        return text
    return f"{text}; {100 * accuracy['exchanged']['by_shape']:.1f} % with backgrounds exchanged"


def _application_card(name: str) -> ModelCard:
    application = APPLICATIONS[name]
    width = f", width {application.alpha}" if application.alpha else ""
    return ModelCard(
        name=name,
        title=f"{application.constructor}{width} (ImageNet)",
        description=(
            f"{application.constructor} of keras.applications, trained on the 1,000 classes of "
            f"ImageNet at {application.side} x {application.side} pixels."
        ),
        family="keras.applications",
        input_size=(application.side, application.side),
        preprocessing=application.preprocessing,
        licence="see keras.applications",
        group=application.group,
        size_bytes=application.size_bytes,
        parameters=application.parameters,
        top1=application.top1,
        top5=application.top5,
    )

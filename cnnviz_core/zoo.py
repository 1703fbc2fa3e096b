"""Which models there are: bundled ones with their cards, and those of keras.applications.

Light: reads JSON, never TensorFlow.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

MODELS = Path(__file__).resolve().parent.parent / "models"


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


@dataclass(frozen=True)
class Application:
    """A keras.applications model: constructor, input side, preprocessing, further arguments."""

    constructor: str
    side: int
    preprocessing: str
    alpha: float | None = None


APPLICATIONS: dict[str, Application] = {
    "mobilenet-0.5-160": Application("MobileNet", 160, "tf", alpha=0.5),
    "mobilenet": Application("MobileNet", 224, "tf"),
    "mobilenet-v2": Application("MobileNetV2", 224, "tf"),
    "mobilenet-v3-small": Application("MobileNetV3Small", 224, "raw"),
    "mobilenet-v3-large": Application("MobileNetV3Large", 224, "raw"),
    "vgg16": Application("VGG16", 224, "caffe"),
    "vgg19": Application("VGG19", 224, "caffe"),
    "resnet50": Application("ResNet50", 224, "caffe"),
    "resnet101": Application("ResNet101", 224, "caffe"),
    "resnet50-v2": Application("ResNet50V2", 224, "tf"),
    "inception-v3": Application("InceptionV3", 299, "tf"),
    "inception-resnet-v2": Application("InceptionResNetV2", 299, "tf"),
    "xception": Application("Xception", 299, "tf"),
    "densenet121": Application("DenseNet121", 224, "torch"),
    "densenet201": Application("DenseNet201", 224, "torch"),
    "nasnet-mobile": Application("NASNetMobile", 224, "tf"),
    "efficientnet-b0": Application("EfficientNetB0", 224, "raw"),
    "efficientnet-v2-b0": Application("EfficientNetV2B0", 224, "raw"),
    "convnext-tiny": Application("ConvNeXtTiny", 224, "raw"),
}
"""keras.applications by our name, with the input side of their ImageNet weights."""


@lru_cache(maxsize=1)
def available_models() -> tuple[ModelCard, ...]:
    """Cards of every model that `load_model` knows by name, bundled ones first."""
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
    )

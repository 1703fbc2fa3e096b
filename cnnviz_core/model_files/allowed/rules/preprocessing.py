"""Layers that prepare images, and those that vary them in training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnviz_core.model_files.allowed.rules import checks
from cnnviz_core.model_files.allowed.rules.checks import Check, Unfit
from cnnviz_core.model_files.allowed.rules.geometry import Shape, broadcast
from cnnviz_core.model_files.allowed.rules.objects import SEED
from cnnviz_core.model_files.allowed.rules.reshaping import INTERPOLATIONS
from cnnviz_core.model_files.allowed.rules.rule import (
    REQUIRED,
    Rule,
    Setting,
    Sized,
    Tensor,
    count,
    layer,
    need_rank,
    plain,
)
from cnnviz_core.model_files.limits import MAX_SIDE


def array(value: Any) -> Any:
    """Numbers as JSON holds them, or as Keras writes an array."""
    if type(value) is dict and value.get("class_name") in ("__numpy__", "__tensor__"):
        config = value.get("config")
        value = config.get("value") if type(config) is dict else None
    return checks.numbers(value)


def _rescale(settings: Mapping[str, Any], shape: Shape) -> Sized:
    for key in ("scale", "offset"):
        if broadcast(shape, checks.shape_of(settings[key])) != shape:
            raise Unfit(f"called on a tensor that its {key} fits")
    return Sized((Tensor(shape),), multiply_adds=count(*shape))


def _image(settings: Mapping[str, Any], shape: Shape) -> Shape:
    need_rank(shape, 4)
    return shape


def _resize(settings: Mapping[str, Any], shape: Shape) -> Sized:
    need_rank(shape, 4)
    result = (shape[0], settings["height"], settings["width"], shape[3])
    # The input may be padded to the target's proportions before it is resized.
    padded = count(shape[0], shape[3]) * max(count(*shape[1:2]), count(*shape[2:3])) ** 2
    skewed = max(settings["height"], settings["width"]) // min(
        settings["height"], settings["width"]
    )
    scratch = padded * (1 + skewed) if settings.get("pad_to_aspect_ratio") else count(*shape)
    return Sized((Tensor(result),), multiply_adds=count(*result) * 36, scratch=scratch)


def _one_way(settings: Mapping[str, Any]) -> None:
    if settings["crop_to_aspect_ratio"] and settings["pad_to_aspect_ratio"]:
        raise Unfit("told to crop or to pad, not both")


_FORMAT = {"data_format": Setting(checks.data_format, "channels_last")}
_SIDE = Setting(checks.whole(1, MAX_SIDE), REQUIRED)
_SIZE = {"height": _SIDE, "width": _SIDE}
_FILLS = ("constant", "nearest", "wrap", "reflect")
_FACTOR = checks.either(checks.number(), checks.several(checks.number(), 2, 2))


def _shear(value: Any) -> Any:
    """A factor; Keras writes one of both directions as a pair that it does not take back."""
    checked = _FACTOR(value)
    if isinstance(checked, list) and checked[0] == -checked[1]:
        return checked[1]
    return checked


_VARIED: dict[str, tuple[Check, Any]] = {
    "factor": (_FACTOR, REQUIRED),
    "height_factor": (_FACTOR, REQUIRED),
    "width_factor": (checks.optional(_FACTOR), None),
    "x_factor": (_shear, 0.0),
    "y_factor": (_shear, 0.0),
    "brightness_factor": (checks.optional(_FACTOR), None),
    "contrast_factor": (checks.optional(_FACTOR), None),
    "saturation_factor": (checks.optional(_FACTOR), None),
    "hue_factor": (checks.optional(_FACTOR), None),
    "addition_factor": (_FACTOR, 0.0),
    "threshold_factor": (_FACTOR, 0.0),
    "scale": (_FACTOR, 1.0),
    "sigma": (_FACTOR, 1.0),
    "kernel_size": (checks.sides(2), [3, 3]),
    "value_range": (checks.several(checks.number(), 2, 2), [0, 255]),
    "fill_mode": (checks.lowered(*_FILLS), "reflect"),
    "fill_value": (checks.optional(checks.number()), 0.0),
    "interpolation": (checks.lowered("nearest", "bilinear"), "bilinear"),
    "mode": (
        checks.choice("horizontal", "vertical", "horizontal_and_vertical"),
        "horizontal_and_vertical",
    ),
    "seed": (SEED, None),
}
_WARPED = "fill_mode interpolation seed fill_value"
_AUGMENTATIONS = {
    "RandomFlip": "mode seed",
    "RandomRotation": f"factor {_WARPED}",
    "RandomZoom": f"height_factor width_factor {_WARPED}",
    "RandomTranslation": f"height_factor width_factor {_WARPED}",
    "RandomShear": f"x_factor y_factor {_WARPED}",
    "RandomPerspective": "factor scale interpolation fill_value seed",
    "RandomElasticTransform": f"factor scale value_range {_WARPED}",
    "RandomContrast": "factor value_range seed",
    "RandomBrightness": "factor value_range seed",
    "RandomHue": "factor value_range seed",
    "RandomSaturation": "factor value_range seed",
    "RandomSharpness": "factor value_range seed",
    "RandomPosterization": "factor value_range seed",
    "RandomColorDegeneration": "factor value_range seed",
    "RandomColorJitter": "value_range brightness_factor contrast_factor saturation_factor"
    " hue_factor seed",
    "RandomGaussianBlur": "factor kernel_size sigma value_range seed",
    "RandomGrayscale": "factor seed",
    "RandomInvert": "factor value_range seed",
    "RandomErasing": "factor scale fill_value value_range seed",
    "Solarization": "value_range addition_factor threshold_factor seed",
    "AutoContrast": "value_range",
}


def _varied(name: str, keys: str) -> dict[str, Rule]:
    """An augmentation, which hands images on as they are except in training.

    Keras computes with its settings when it makes the layer, and checks their ranges then.
    """
    settings = {key: Setting(*_VARIED[key]) for key in keys.split()}
    return layer(name, settings | _FORMAT, plain(_image))


_RESIZING = {
    **_SIZE,
    "interpolation": Setting(checks.lowered(*INTERPOLATIONS), "bilinear"),
    "crop_to_aspect_ratio": Setting(checks.boolean, False),
    "pad_to_aspect_ratio": Setting(checks.boolean, False),
    "fill_mode": Setting(checks.choice("constant"), "constant"),
    "fill_value": Setting(checks.number(), 0.0),
    "antialias": Setting(checks.boolean, False),
    **_FORMAT,
}
_RESCALING = {"scale": Setting(array, REQUIRED), "offset": Setting(array, 0.0)}
_CROPPING = {**_SIZE, "seed": Setting(SEED, None), **_FORMAT}
RULES = {
    **layer("Rescaling", _RESCALING, plain(_rescale)),
    **layer("Resizing", _RESIZING, plain(_resize), validate=_one_way),
    **layer("CenterCrop", _SIZE | _FORMAT, plain(_resize)),
    **layer("RandomCrop", _CROPPING, plain(_resize)),
    **{
        kind: rule
        for name, keys in _AUGMENTATIONS.items()
        for kind, rule in _varied(name, keys).items()
    },
}

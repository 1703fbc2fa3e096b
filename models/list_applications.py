"""Write down what Keras knows of its applications, for those who may not import it.

    python models/list_applications.py

Makes `cnnviz_core/zoo/application_table.json` (sizes, files of weights, pinned digests) and
`cnnviz_core/model_files/weights/known_weights.json` (what tells files of weights apart). No
network is needed, and no memory: the networks are built without values.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402 - importable only after the lines above
from listing_internals import saved, wanted, without_values  # noqa: E402 - beside this file

from cnnviz_core.model_files.weights.known_weights import (  # noqa: E402
    TABLE,
    LayerArrays,
    archived_order,
    signature,
)

APPLICATION_TABLE = ROOT / "cnnviz_core" / "zoo" / "application_table.json"

STATED = """
mobilenet-0.5-160    MobileNet         MobileNet          tf    -    -    -
mobilenet            MobileNet         MobileNet          tf    16   70.4 89.5
mobilenet-v2         MobileNetV2       MobileNetV2        tf    14   71.3 90.1
mobilenet-v3-small   MobileNetV3Small  MobileNetV3        raw   -    68.1 -
mobilenet-v3-large   MobileNetV3Large  MobileNetV3        raw   -    75.6 -
vgg16                VGG16             VGG                caffe 528  71.3 90.1
vgg19                VGG19             VGG                caffe 549  71.3 90.0
resnet50             ResNet50          ResNet             caffe 98   74.9 92.1
resnet101            ResNet101         ResNet             caffe 171  76.4 92.8
resnet152            ResNet152         ResNet             caffe 232  76.6 93.1
resnet50-v2          ResNet50V2        ResNetV2           tf    98   76.0 93.0
resnet101-v2         ResNet101V2       ResNetV2           tf    171  77.2 93.8
resnet152-v2         ResNet152V2       ResNetV2           tf    232  78.0 94.2
inception-v3         InceptionV3       InceptionV3        tf    92   77.9 93.7
inception-resnet-v2  InceptionResNetV2 InceptionResNetV2  tf    215  80.3 95.3
xception             Xception          Xception           tf    88   79.0 94.5
densenet121          DenseNet121       DenseNet           torch 33   75.0 92.3
densenet169          DenseNet169       DenseNet           torch 57   76.2 93.2
densenet201          DenseNet201       DenseNet           torch 80   77.3 93.6
nasnet-mobile        NASNetMobile      NASNet             tf    23   74.4 91.9
nasnet-large         NASNetLarge       NASNet             tf    343  82.5 96.0
efficientnet-b0      EfficientNetB0    EfficientNet       raw   -    77.1 93.3
efficientnet-b1      EfficientNetB1    EfficientNet       raw   31   79.1 94.4
efficientnet-b2      EfficientNetB2    EfficientNet       raw   36   80.1 94.9
efficientnet-b3      EfficientNetB3    EfficientNet       raw   48   81.6 95.7
efficientnet-b4      EfficientNetB4    EfficientNet       raw   75   82.9 96.4
efficientnet-b5      EfficientNetB5    EfficientNet       raw   118  83.6 96.7
efficientnet-b6      EfficientNetB6    EfficientNet       raw   166  84.0 96.8
efficientnet-b7      EfficientNetB7    EfficientNet       raw   256  84.3 97.0
efficientnet-v2-b0   EfficientNetV2B0  EfficientNetV2     raw   29   78.7 94.3
efficientnet-v2-b1   EfficientNetV2B1  EfficientNetV2     raw   34   79.8 95.0
efficientnet-v2-b2   EfficientNetV2B2  EfficientNetV2     raw   42   80.5 95.1
efficientnet-v2-b3   EfficientNetV2B3  EfficientNetV2     raw   59   82.0 95.8
efficientnet-v2-s    EfficientNetV2S   EfficientNetV2     raw   88   83.9 96.7
efficientnet-v2-m    EfficientNetV2M   EfficientNetV2     raw   220  85.3 97.4
efficientnet-v2-l    EfficientNetV2L   EfficientNetV2     raw   479  85.7 97.5
convnext-tiny        ConvNeXtTiny      ConvNeXt           raw   109.42 81.3 -
convnext-small       ConvNeXtSmall     ConvNeXt           raw   192.29 82.3 -
convnext-base        ConvNeXtBase      ConvNeXt           raw   338.58 85.3 -
convnext-large       ConvNeXtLarge     ConvNeXt           raw   755.07 86.3 -
convnext-xlarge      ConvNeXtXLarge    ConvNeXt           raw   1310 86.7 -
"""
"""Our name, constructor, family, preprocessing; then what https://keras.io/api/applications states
(as of January 2026): megabytes of the weights, top-1 and top-5 accuracy in percent. MobileNetV3 is
not in that table: its top-1 is from the docstring of `keras.applications.MobileNetV3Large`. The 29
MB stated for EfficientNetB0 are left out: 5.3 million numbers of four bytes are 20 MB."""

OPTIONS: dict[str, dict[str, Any]] = {
    "mobilenet-0.5-160": {"alpha": 0.5, "input_shape": (160, 160, 3)},
    "mobilenet-v3-small": {"input_shape": (224, 224, 3)},
    "mobilenet-v3-large": {"input_shape": (224, 224, 3)},
}

VARIANTS: dict[str, list[dict[str, Any]]] = {
    "MobileNet": [{"alpha": alpha} for alpha in (0.25, 0.5, 0.75)],
    "MobileNetV2": [{"alpha": alpha} for alpha in (0.35, 0.5, 0.75, 1.3, 1.4)],
    "MobileNetV3Small": [{"alpha": 0.75}, {"minimalistic": True}],
    "MobileNetV3Large": [{"alpha": 0.75}, {"minimalistic": True}],
}
"""Further widths for which Keras has weights."""


def row(line: str) -> dict[str, Any]:
    """An entry of the table of applications."""
    name, constructor, family, preprocessing, *numbers = line.split()
    options = OPTIONS.get(name, {})
    with without_values():
        network = getattr(keras.applications, constructor)(weights=None, **options)
    file, url, digest = wanted(constructor, options)
    megabytes, top1, top5 = (None if text == "-" else float(text) for text in numbers)
    return {
        "name": name,
        "constructor": constructor,
        "group": family,
        "side": network.input_shape[1],
        "preprocessing": preprocessing,
        "alpha": options.get("alpha"),
        "file": file,
        "url": url,
        "digest": digest,
        "parameters": network.count_params(),
        "megabytes": megabytes,
        "top1": top1,
        "top5": top5,
    }


def listed(network: Any) -> list[LayerArrays]:
    """Layers with arrays as the older form lists them."""
    return [
        LayerArrays(layer.name, tuple(tuple(weight.shape) for weight in layer.weights))
        for layer in network.layers
    ]


def archived(network: Any) -> list[LayerArrays]:
    """Layers as `save_weights` of Keras 3 groups them."""
    shapes: dict[str, list[tuple[int, ...]]] = {}
    for path, variables in saved(network).items():
        parts = path.split("/")
        if parts[0] == "layers" and "seed_generator" not in parts:
            layer = shapes.setdefault(parts[1], [])
            layer.extend(tuple(value.shape) for value in variables.values())
    return [LayerArrays(name, tuple(shapes[name])) for name in archived_order(shapes)]


def signs(constructor: str, options: dict[str, Any], side: int) -> list[Any]:
    """A row of the table of known weights: constructor, options, side, four signatures."""
    signatures: list[Any] = [constructor, options, side]
    for with_top in (True, False):
        with without_values():
            network = getattr(keras.applications, constructor)(
                weights=None,
                include_top=with_top,
                **options,
            )
        signatures.append(signature(listed(network), "listed", with_top=with_top)[0])
        signatures.append(signature(archived(network), "archive", with_top=with_top)[0])
    return signatures


def write(path: Path, rows: list[Any]) -> None:
    """One row a line."""
    lines = ",\n".join(json.dumps(entry) for entry in rows)
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def main() -> None:
    """Write both tables."""
    rows = [row(line) for line in STATED.strip().splitlines()]
    write(APPLICATION_TABLE, rows)
    sides = {entry["constructor"]: entry["side"] for entry in rows if entry["alpha"] is None}
    known = [
        signs(constructor, options, side)
        for constructor, side in sides.items()
        for options in [{}, *VARIANTS.get(constructor, [])]
    ]
    known_signs = [sign for architecture in known for sign in architecture[3:]]
    if len(set(known_signs)) != len(known_signs):
        raise RuntimeError("Two architectures have one signature.")
    write(TABLE, known)


if __name__ == "__main__":
    main()

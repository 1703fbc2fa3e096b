"""Make the contact sheets of photos20: `python docs/take_contact_sheets.py [--steps STEPS]`.

    docs/pictures/patterns_stem.webp, patterns_stage1.webp and so on

One a stage: the patterns of its last block whose filters were raised most, best first, and for the
last sheet one pattern a class. Not part of the app: what it shows at once, this saves.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import cnnviz_core as cnnviz  # noqa: E402, the root must be on the path first
from cnnviz_core.images.levels import levels  # noqa: E402
from cnnviz_core.images.rendering import montage  # noqa: E402

if TYPE_CHECKING:
    from typing import Any

    from cnnviz_core.arrays import FloatArray, ImageArray
    from cnnviz_core.maximization.results import Patterns

MODEL = "photos20"
STAGES = {
    "stem": "stem_relu",
    "stage1": "stage1_block2_relu",
    "stage2": "stage2_block2_relu",
    "stage3": "stage3_block2_relu",
}
"""Name of a sheet to the layer on it."""
SHOWN = 32
SIDE = 112
COLUMNS = 8
CLASS_COLUMNS = 5
GAP = 4
MOST_BYTES = 300_000
QUALITIES = range(86, 20, -6)


def main() -> None:
    """Grow and save each sheet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, help="of the ascent, by default the preset's own")
    parser.add_argument("--folder", type=Path, default=ROOT / "docs" / "pictures")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    model = cnnviz.load_model(MODEL)
    for name, layer in STAGES.items():
        channels = int(model.network.get_layer(layer).output.shape[-1])
        units = [cnnviz.Channel(layer, index) for index in range(channels)]
        grown = cnnviz.maximize(model, units, size=SIDE, steps=asked.steps)
        sheet = montage(levels(grown.images[best(grown)]), columns=COLUMNS, gap=GAP)
        save(sheet, asked.folder / f"patterns_{name}.webp")
    save(classes(model, asked.steps), asked.folder / "patterns_classes.webp")


def best(grown: Patterns) -> np.ndarray:
    """Places of the patterns whose objective rose most, best first."""
    order: np.ndarray = np.argsort(grown.start - grown.reached, kind="stable")[:SHOWN]
    return order


def classes(model: Any, steps: int | None) -> ImageArray:
    """One pattern a class by MACO, in the order of the labels, at the network's own size."""
    units = [cnnviz.ClassLogit(label) for label in model.labels]
    grown = cnnviz.maximize(model, units, preset="maco", steps=steps)
    images: FloatArray = grown.images
    return montage(levels(images), columns=CLASS_COLUMNS, gap=GAP)


def save(sheet: ImageArray, path: Path) -> None:
    """Write a sheet at the highest quality whose file is small enough for a page of text."""
    for quality in QUALITIES:
        Image.fromarray(sheet).save(path, quality=quality, method=6)
        if path.stat().st_size <= MOST_BYTES:
            break
    height, width = sheet.shape[:2]
    size = path.stat().st_size / 1000
    print(f"{path.name}: {width} x {height}, {size:.0f} kB, quality {quality}", flush=True)


if __name__ == "__main__":
    main()

"""Train the lecture's small network to tell two classes of photos apart.

    python models/lecture-binary/train.py --data DIR

`DIR` has folders `train` and `val` of class folders of JPEG photos. It takes some minutes on two
CPU cores. Four convolutions with pooling, then dense layers: nearly all of the 3,453,121 weights
sit in the first dense layer. No weights come from elsewhere.
"""

import argparse
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import cv2
import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray
from PIL import Image

FloatArray = NDArray[np.float32]

SIDE = 150


def build_network() -> keras.Model:
    """Build the network: (150, 150, 3) in 0 to 1, to the probability of the second class."""
    inputs = keras.Input((SIDE, SIDE, 3), name="photo")
    x = inputs
    for number, filters in enumerate((32, 64, 128, 128), start=1):
        x = layers.Conv2D(filters, 3, activation="relu", name=f"conv{number}")(x)
        x = layers.MaxPooling2D(2, name=f"pool{number}")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dropout(0.5, name="dropout")(x)
    x = layers.Dense(512, activation="relu", name="dense1")(x)
    outputs = layers.Dense(1, activation="sigmoid", dtype="float32", name="prediction")(x)
    return keras.Model(inputs, outputs, name="lecture_binary")


def read_photo(path: Path) -> NDArray[np.uint8]:
    """Read a photo and squash the whole of it to the network's size, with antialiasing."""
    with Image.open(path) as photo:
        square = photo.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    return np.asarray(square)


def read_photos(
    folder: Path, classes: tuple[str, str]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Read two class folders.

    Args:
        folder: Folder of class folders.
        classes: Names of the folder of class 0 and of class 1.

    Returns:
        Photos (count, 150, 150, 3) in 0 to 255, and their classes.

    Raises:
        FileNotFoundError: A folder holds no photo.
    """
    files = [sorted((folder / name).glob("*.jpg")) for name in classes]
    if not all(files):
        message = f"no photo at {folder}/<class>/*.jpg for one of {classes}"
        raise FileNotFoundError(message)
    images = np.stack([read_photo(path) for paths in files for path in paths])
    return images, np.repeat([0, 1], [len(paths) for paths in files])


def change(image: NDArray[np.uint8], rng: np.random.Generator) -> FloatArray:
    """Mirror, turn, shift, zoom and brighten a photo a little; result in 0 to 1."""
    zoom, angle = rng.uniform(0.95, 1.35), rng.uniform(-20, 20)
    matrix = np.asarray(cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), angle, zoom), np.float64)
    matrix[:, 2] += rng.uniform(-0.1, 0.1, 2) * SIDE
    size = (SIDE, SIDE)
    warped = cv2.warpAffine(image, matrix, size, borderMode=cv2.BORDER_REFLECT_101)
    if rng.random() < 0.5:
        warped = cv2.flip(warped, 1)
    contrast, brightness = rng.uniform(0.8, 1.2), rng.uniform(-0.1, 0.1)
    changed = (warped / 255.0 - 0.5) * contrast + 0.5 + brightness
    return np.asarray(np.clip(changed, 0, 1), np.float32)


def batches(
    images: NDArray[np.uint8], classes: NDArray[np.int64], seed: tuple[int, int]
) -> Iterator[tuple[FloatArray, NDArray[np.int64]]]:
    """Yield one epoch in batches of 32, both classes equally often."""
    rng = np.random.default_rng(seed)
    sides = [rng.permutation(np.flatnonzero(classes == index)) for index in (0, 1)]
    count = max(len(side) for side in sides)
    order = rng.permutation(np.concatenate([np.resize(side, count) for side in sides]))
    for start in range(0, len(order) - 31, 32):
        chosen = order[start : start + 32]
        yield np.stack([change(images[index], rng) for index in chosen]), classes[chosen]


def measure(model: keras.Model, data: Path, classes: tuple[str, str]) -> dict[str, Any]:
    """Measure the network on the validation photos; same schema as for more classes."""
    images, truth = read_photos(data / "val", classes)
    probabilities = model.predict((images / 255).astype(np.float32), batch_size=32, verbose=0)
    confusion = np.zeros((2, 2), int)
    np.add.at(confusion, (truth, (probabilities[:, 0] > 0.5).astype(int)), 1)
    recalls = confusion.diagonal() / confusion.sum(axis=1)
    return {
        "split": "val",
        "images": len(truth),
        "top1": round(float(confusion.trace() / confusion.sum()), 4),
        "mean_recall": round(float(recalls.mean()), 4),
        "per_class_recall": {
            name.replace("_", " "): round(float(recall), 4)
            for name, recall in zip(classes, recalls, strict=True)
        },
        "confusion": confusion.tolist(),
    }


def train(options: argparse.Namespace) -> keras.Model:
    """Train all epochs, the learning rate falling along half a cosine to zero."""
    keras.utils.set_random_seed(options.seed)
    images, classes = read_photos(options.data / "train", tuple(options.classes))
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = build_network()
    steps = options.epochs * (2 * int(np.bincount(classes).max()) // 32)
    rate = keras.optimizers.schedules.CosineDecay(7e-4, steps)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=0.02)
    model.compile(optimizer, keras.losses.BinaryCrossentropy(), jit_compile=False)
    for epoch in range(options.epochs):
        losses = [
            float(model.train_on_batch(*batch))
            for batch in batches(images, classes, (options.seed, epoch))
        ]
        print(f"epoch {epoch + 1}/{options.epochs} loss {np.mean(losses):.3f}", flush=True)
    return model


def save(model: keras.Model, options: argparse.Namespace) -> None:
    """Write `model.keras` without optimizer state, and `card.json`."""
    keras.config.set_dtype_policy("float32")
    plain = build_network()
    plain.set_weights(model.get_weights())
    plain.save(options.out / "model.keras")
    accuracy = measure(plain, options.data, tuple(options.classes))
    texts = json.loads((Path(__file__).parent / "card_text.json").read_text())
    card = texts | {
        "input_size": [SIDE, SIDE],
        "labels": [name.replace("_", " ") for name in options.classes],
        "seed": options.seed,
        "epochs": options.epochs,
        "accuracy": accuracy,
        "parameters": plain.count_params(),
        "default_layer": "conv4",
        "trained": f"{datetime.now(UTC).date()}, {options.machine}",
    }
    (options.out / "card.json").write_text(json.dumps(card, indent=1) + "\n")
    print(f"val top-1 {accuracy['top1']:.4f}, mean recall {accuracy['mean_recall']:.4f}")


def main() -> None:
    """Read the command line, train, save, measure."""
    here = Path(__file__).parent
    parser = argparse.ArgumentParser(description="Train the lecture's network on two classes.")
    parser.add_argument("--data", type=Path, required=True, help="folder with train and val")
    parser.add_argument("--out", type=Path, default=here)
    parser.add_argument("--classes", nargs=2, default=["daisy", "sunflower"])
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--machine", default="two CPU cores", help="what the card says")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    save(train(options), options)


if __name__ == "__main__":
    main()

"""Train the bundled photo network from scratch.

    python models/photos20/train.py --data DIR

`DIR` has folders `train` and `val` of class folders of JPEG photos. On two CPU cores this takes
about two hours (TensorFlow, the default); on a GPU set `KERAS_BACKEND=torch`. An interrupted run,
started again with the same options, goes on after its last complete epoch.

No weights come from elsewhere. The first layer starts from independent components of 7x7 patches
of the training photos (see `first_layer.py`), found without labels, and is trained on at a tenth
of the learning rate with a penalty on rough filters: its readable filters are owed to that. All
else starts random. The learning rate falls to zero twice (`--epochs`, then `--more-epochs` from
half the height). The average of the weights over the last steps is saved, of no chosen epoch.
"""

import argparse
import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
from augmentation import Strength, ahead, batches
from card import measure
from checkpoint import load_checkpoint, save_checkpoint
from first_layer import independent_filters, save_filter_sheet
from network import LAST_ACTIVATION, STEM_FILTERS, build_network
from optimizer import SlowStemSGD, rate_at
from photos import Photos, read_photos

SIDE = 128
STORED_SIDE = 144


class Place(NamedTuple):
    """Where in the training an epoch is.

    Attributes:
        cycle: 0 for the first fall of the learning rate, 1 for the second.
        progress: Part of the cycle done, 0 to 1.
    """

    cycle: int
    progress: float

    @property
    def rate(self) -> float:
        """Learning rate; the second cycle starts from half the height."""
        return rate_at(self.progress, peak=(0.08, 0.04)[self.cycle])

    @property
    def strength(self) -> Strength:
        """Changes to photos: small and mixed at first, plain and full size at the end."""
        if self.progress < (0.5, 0.0)[self.cycle]:
            return Strength(side=96, min_area=0.35, mix=0.5)
        if self.progress < (0.85, 0.7)[self.cycle]:
            return Strength(side=112, min_area=0.35, mix=0.5)
        return Strength(side=SIDE, min_area=0.6, mix=0.0)


def place_of(epoch: float, options: argparse.Namespace) -> Place:
    """Return the cycle of an epoch (with a fraction for its steps) and the part of it done."""
    if epoch < options.epochs:
        return Place(0, epoch / options.epochs)
    return Place(1, (epoch - options.epochs) / options.more_epochs)


def start_network(photos: Photos, seed: int) -> keras.Model:
    """Build the network in mixed precision, with its first layer found without labels."""
    keras.utils.set_random_seed(seed)
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = build_network(None, len(photos.labels), for_training=True)
    model.get_layer("stem_conv").set_weights(
        [independent_filters(photos.images, STEM_FILTERS, seed=seed)]
    )
    model.compile(
        SlowStemSGD(),
        keras.losses.CategoricalCrossentropy(label_smoothing=0.1),
        jit_compile=False,
    )
    model.optimizer.build(model.trainable_variables)
    return model


def averaged_network(model: keras.Model) -> keras.Model:
    """Return a plain float32 twin of the network with the averaged weights."""
    weights = model.get_weights()
    model.optimizer.finalize_variable_values(model.trainable_variables)
    averaged = model.get_weights()
    model.set_weights(weights)
    keras.config.set_dtype_policy("float32")
    twin = build_network(SIDE, model.output_shape[-1])
    keras.config.set_dtype_policy("mixed_bfloat16")
    twin.set_weights(averaged)
    return twin


def checkpoint_path(folder: Path) -> Path:
    """Return where the state of an unfinished run into `folder` is kept."""
    return folder / ".training" / "checkpoint.npz"


def train_epoch(
    model: keras.Model, photos: Photos, epoch: int, options: argparse.Namespace
) -> float:
    """Train one epoch.

    Returns:
        Mean loss.
    """
    strength = place_of(epoch, options).strength
    steps = len(photos.classes) // options.batch_size
    losses = []
    source = batches(photos, strength, options.batch_size, (options.seed, epoch))
    for step, (images, targets) in enumerate(ahead(source)):
        part = min(step / steps, 0.999)  # balanced drawing may give one step more
        model.optimizer.learning_rate = place_of(epoch + part, options).rate
        losses.append(float(model.train_on_batch(images, targets)))
    return sum(losses) / len(losses)


def train(options: argparse.Namespace) -> keras.Model:
    """Train all epochs that are left and return the averaged network."""
    photos = read_photos(options.data / "train", STORED_SIDE)
    held_out = read_photos(options.data / "val", SIDE)
    model = start_network(photos, options.seed)
    checkpoint = checkpoint_path(options.out)
    plan = [options.epochs, options.more_epochs, options.seed, options.batch_size]
    epochs = options.epochs + options.more_epochs
    done = load_checkpoint(checkpoint, model, plan=plan)
    for epoch in range(done, epochs):
        start = time.perf_counter()
        loss = train_epoch(model, photos, epoch, options)
        save_checkpoint(checkpoint, model, epoch=epoch + 1, plan=plan)
        line = f"epoch {epoch + 1}/{epochs} loss {loss:.3f}"
        if (epoch + 1) % options.measure_every == 0:
            numbers = measure(averaged_network(model), held_out)
            line += f" val top-1 {numbers['top1']:.4f} mean recall {numbers['mean_recall']:.4f}"
        print(f"{line} {time.perf_counter() - start:.0f} s", flush=True)
    return averaged_network(model)


def write_card(model: keras.Model, options: argparse.Namespace) -> dict[str, Any]:
    """Measure the network and write `card.json` from `card_text.json` and the numbers."""
    held_out = read_photos(options.data / "val", SIDE)
    texts = json.loads((Path(__file__).parent / "card_text.json").read_text())
    card: dict[str, Any] = texts | {
        "labels": held_out.labels,
        "input_size": [SIDE, SIDE],
        "command": f"{texts['command']} --epochs {options.epochs}"
        f" --more-epochs {options.more_epochs} --seed {options.seed}",
        "seed": options.seed,
        "epochs": options.epochs + options.more_epochs,
        "accuracy": {"split": "val"} | measure(model, held_out),
        "parameters": model.count_params(),
        "default_layer": LAST_ACTIVATION,
        "trained": f"{datetime.now(UTC).date()}, {options.machine}",
    }
    (options.out / "card.json").write_text(json.dumps(card, indent=1) + "\n")
    return card


def parse_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Train the bundled photo network.")
    parser.add_argument("--data", type=Path, required=True, help="folder with train and val")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--more-epochs", type=int, default=24, help="in the second cycle")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--measure-every", type=int, default=5, help="epochs")
    parser.add_argument("--machine", default="two CPU cores", help="what the card says")
    return parser.parse_args()


def main() -> None:
    """Train, save, measure."""
    options = parse_options()
    checkpoint = checkpoint_path(options.out)
    checkpoint.parent.mkdir(parents=True, exist_ok=True)
    model = train(options)
    model.save(options.out / "model.keras")
    save_filter_sheet(
        model.get_layer("stem_conv").get_weights()[0], checkpoint.with_name("filters.png")
    )
    accuracy = write_card(model, options)["accuracy"]
    print(f"val top-1 {accuracy['top1']:.4f}, mean recall {accuracy['mean_recall']:.4f}")
    checkpoint.unlink()


if __name__ == "__main__":
    main()

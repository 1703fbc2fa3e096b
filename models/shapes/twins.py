"""Train either of the twins: the network that looks at the shape, or the one that cheats.

Both have one architecture, made for pictures drawn by code (`cnnviz_core.sets.drawn_shapes`).
In the fair one's pictures the background says nothing of the class, in the biased one's it gives
it away.

Training has two parts. First the network learns the classes; for the fair twin backgrounds fade in
from their mean colour meanwhile, without which it learns nothing in this time. Then each unit of
activation in the last maps has a small price: what does not help to tell the classes apart falls
silent, so that methods that only look where a network is active, such as Eigen-CAM, show what it
uses. No loss tells the network where the shape is.
"""

import argparse
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np
from card import measure
from network import LAST_ACTIVATION, build_network
from numpy.typing import NDArray
from pictures import batches

from cnnviz_core.sets.drawn_shapes import SHAPES, Pairing, Shapes, shapes

SIDE = 96
BATCH_SIZE = 64
FADE_IN = 0.6
"""Part of the learning during which the fair twin's backgrounds fade in."""


def train_part(
    model: keras.Model,
    pictures: Shapes,
    strengths: NDArray[np.float64],
    rng: np.random.Generator,
    *,
    peak: float,
) -> None:
    """Train one batch per strength of background, the rate falling along half a cosine to zero."""
    steps = len(strengths)
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps - steps // 20, warmup_target=peak, warmup_steps=steps // 20
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=0.02)
    model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(), jit_compile=False)
    losses = []
    for step, batch in enumerate(batches(pictures, BATCH_SIZE, strengths, rng), start=1):
        losses.append(float(model.train_on_batch(*batch)))
        if step % 100 == 0:
            print(f"step {step}/{steps} loss {np.mean(losses[-100:]):.4f}", flush=True)


def train(options: argparse.Namespace, *, name: str, background: Pairing) -> keras.Model:
    """Train both parts.

    Returns:
        A plain network without a price on activation, with the weights of the last step.
    """
    keras.utils.set_random_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    pictures = shapes(options.pictures, side=SIDE, background=background, seed=options.seed)
    learning, quieting = np.ones(options.steps), np.ones(options.quiet_steps)
    if background == "independent":
        learning = np.minimum(np.arange(options.steps) / (FADE_IN * options.steps), 1)
    model = build_network(SIDE, len(SHAPES), name=name)
    train_part(model, pictures, learning, rng, peak=2e-3)
    priced = build_network(SIDE, len(SHAPES), name=name, price=options.price)
    priced.set_weights(model.get_weights())
    train_part(priced, pictures, quieting, rng, peak=1e-3)
    model.set_weights(priced.get_weights())
    return model


def save(model: keras.Model, options: argparse.Namespace, *, background: Pairing) -> None:
    """Write `model.keras` without optimizer state, and `card.json` with what was measured."""
    plain = build_network(SIDE, len(SHAPES), name=model.name)
    plain.set_weights(model.get_weights())
    plain.save(options.out / "model.keras")
    accuracy = measure(plain, SIDE, background)
    texts = json.loads((options.here / "card_text.json").read_text())
    card = texts | {
        "input_size": [SIDE, SIDE],
        "labels": list(SHAPES),
        "seed": options.seed,
        "steps": [options.steps, options.quiet_steps],
        "price": options.price,
        "accuracy": accuracy,
        "parameters": plain.count_params(),
        "default_layer": LAST_ACTIVATION,
        "trained": f"{datetime.now(UTC).date()}, {options.machine}",
    }
    (options.out / "card.json").write_text(json.dumps(card, indent=1) + "\n")
    print(f"unseen top-1 {accuracy['top1']:.4f}, exchanged {accuracy['exchanged']}")


def run(here: Path, *, background: Pairing) -> None:
    """Read the command line, train, save, measure.

    Args:
        here: folder of the model; its name is the model's.
        background: what backgrounds to train on, as for `cnnviz_core.sets.drawn_shapes.shapes`.
    """
    parser = argparse.ArgumentParser(description=f"Train {here.name} on pictures made by code.")
    parser.add_argument("--out", type=Path, default=here)
    parser.add_argument("--pictures", type=int, default=12_000)
    parser.add_argument("--steps", type=int, default=1600, help="batches to learn the classes")
    parser.add_argument("--quiet-steps", type=int, default=800, help="batches with the price")
    parser.add_argument("--price", type=float, default=1e-4, help="of a unit of activation")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--machine", default="two CPU cores", help="what the card says")
    options = parser.parse_args(namespace=argparse.Namespace(here=here))
    options.out.mkdir(parents=True, exist_ok=True)
    name = here.name.replace("-", "_")
    save(train(options, name=name, background=background), options, background=background)

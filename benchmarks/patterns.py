"""Patterns of filters: how soon and how high, against Keras's example, tf-keras-vis and xplique.

Filters are drawn by a seed from layers early, in the middle and late, of photos20 and of MobileNet
with its weights of ImageNet if they are on this machine. Every picture is measured alike, whoever
made it: clipped to what a picture can hold, rounded to 256 levels, and put back through the
unchanged network at its own size (`cnnviz_core.maximization.measuring.measured`). Everything is
compiled before its clock starts.

1. *Time to reach the example.* T is the time that the example's loop takes for a filter, R what its
   picture ends with. `maximize` grows the filters of a layer in one batch, as the app's gallery
   does. Its pictures after every step are taken from a run that keeps them, the time of every step
   from runs that do not. The cost of a filter is the time of its batch until the step whose
   picture reaches R, and the time that finishing a batch takes, shared by the filters of the batch.
   The stricter figure asks for each filter alone: a batch of one.
   A filter on which the example stays dead (R no higher than its start, or nothing) counts from
   where ours is alive and is reported apart; one that never reaches R counts as infinite.
2. *Equal time.* Each peer takes as many steps as fill the time that `maximize` took for a filter,
   by the median of the peer's own steps. What it builds and traces first is given to it for free.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest import mock

import numpy as np

from benchmarks.pattern_peers import PEERS, KerasExample
from benchmarks.timing import line
from cnnviz_core import Channel, load_model, maximize
from cnnviz_core.images.levels import fractions
from cnnviz_core.maximization.climbing import Climb
from cnnviz_core.maximization.measuring import measured
from cnnviz_core.maximization.pictures import eight_bit
from cnnviz_core.maximization.schedule import STEPS
from cnnviz_core.zoo.fingerprints import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.pattern_peers import Peer
    from cnnviz_core.arrays import BoolArray, FloatArray
    from cnnviz_core.maximization.batches import Part
    from cnnviz_core.maximization.results import Patterns
    from cnnviz_core.network.model import LoadedModel

LAYERS = {
    "photos20": (
        "stem_relu",
        "stage1_block2_relu",
        "stage2_block2_relu",
        "stage3_block2_relu",
    ),
    "mobilenet-0.5-160": ("conv_pw_2_relu", "conv_pw_5_relu", "conv_pw_8_relu", "conv_pw_12_relu"),
}
FILTERS = 8
MOST_FILTERS = 16  # in one batch of `maximize`, also at 160 pixels
ROUNDS = 3
SEED = 0
_STEPS = STEPS["best"]
_TRIED_STEPS = 6
_NOTHING = 1e-6


@dataclass(frozen=True, eq=False)
class Case:
    """Filters of one layer."""

    model: LoadedModel
    layer: str
    indices: tuple[int, ...]

    @property
    def objectives(self) -> list[Channel]:
        """What is maximized."""
        return [Channel(self.layer, index) for index in self.indices]

    def values(self, images: FloatArray) -> FloatArray:
        """What each filter is worth on its picture, (filters,), images in [0, 1] as they are."""
        return measured(self.model, self.objectives, eight_bit(images))


@dataclass(frozen=True, eq=False)
class Race:
    """What the filters of a case took and reached, (filters,) each.

    Attributes:
        example: seconds of the example.
        aim: activation of the example's picture.
        shared: seconds until ours reaches the example, of a batch shared by its filters.
        alone: the same of a filter alone.
        dead: whether the example raised nothing.
        steps: after how many of ours it is reached, one more than there are for never.
        ours: activation of our finished picture.
        seconds_shared: seconds of all of `maximize` for the batch, a filter.
        seconds_alone: seconds of all of `maximize` for one filter alone.
    """

    example: FloatArray
    aim: FloatArray
    shared: FloatArray
    alone: FloatArray
    dead: BoolArray
    steps: np.ndarray
    ours: FloatArray
    seconds_shared: float
    seconds_alone: float


def cases(count: int, names: Sequence[str]) -> Iterator[Case]:
    """The filters measured, drawn and printed."""
    for name in names:
        if fingerprint(name) is None:
            print(f"{name} was not measured: its weights are not in $KERAS_HOME/models.")
            continue
        model = load_model(name)
        for layer in LAYERS[name]:
            channels = int(model.network.get_layer(layer).output.shape[-1])
            drawn = np.random.default_rng(SEED).choice(channels, count, replace=False)
            indices = tuple(sorted(map(int, drawn)))
            print(f"{name}, {layer}: filters {', '.join(map(str, indices))} of {channels}")
            yield Case(model, layer, indices)


def race(case: Case, rounds: int) -> Race:
    """Grow the filters by both, in turns."""
    example = KerasExample(case.model, case.layer)
    ends = np.concatenate([example.run(index) for index in case.indices])
    starts = np.concatenate([example.start(index) for index in case.indices])
    started, reached = (case.values((np.clip(images, -1, 1) + 1) / 2) for images in (starts, ends))
    dead = (reached <= started) | (np.abs(reached) < _NOTHING)
    grown = maximize(case.model, case.objectives, frames=_STEPS)
    aim = np.where(dead, np.maximum(reached, grown.start) + _NOTHING, reached)
    first = first_reached(case, grown, aim)
    maximize(case.model, case.objectives[:1])

    of_example, of_batch, of_one = [], [], []
    for _ in range(rounds):
        of_example.append([_seconds(example, index) for index in case.indices])
        of_batch.append(clocked(case.model, case.objectives))
        of_one.append([clocked(case.model, [unit])[:, 0] for unit in case.objectives])
    batch = _middle(of_batch) / np.float32(len(case.indices))
    alone = _middle(of_one).T
    return Race(
        example=_middle(of_example),
        aim=reached,
        shared=_at(batch, first),
        alone=_at(alone, first),
        dead=dead,
        steps=first + 1,
        ours=grown.reached,
        seconds_shared=float(batch[-1].mean()),
        seconds_alone=float(alone[-1].mean()),
    )


def first_reached(case: Case, grown: Patterns, aim: FloatArray) -> np.ndarray:
    """The step, from 0, after which each filter's picture reaches its aim; `_STEPS` for never."""
    if grown.frames is None or not np.array_equal(fractions(grown.frames[-1]), grown.images):
        raise ValueError("The last frame is not the finished picture.")
    frames = fractions(grown.frames)
    reached = np.stack([case.values(images) for images in frames]) >= aim
    return np.where(reached.any(0), reached.argmax(0), _STEPS)


def clocked(model: LoadedModel, objectives: list[Channel]) -> FloatArray:
    """Seconds until `maximize` would have been finished, had it ended at a step: (steps, filters).

    Steps that an image did not take, as it had settled, end with the step before.
    """
    ended = np.zeros((_STEPS, len(objectives)))
    settled = Climb._settled

    def noted(climb: Climb, places: np.ndarray, part: Part, done: int) -> BoolArray:
        ended[part.offset + done - 1, places] = time.perf_counter()
        return settled(climb, places, part, done)

    with mock.patch.object(Climb, "_settled", noted):
        began = time.perf_counter()
        maximize(model, objectives)
        finished = time.perf_counter()
    ended = np.maximum.accumulate(ended)
    finishing = finished - ended.max()
    passed: FloatArray = ended - began + finishing
    return passed


def at_equal_time(case: Case, peer: Peer, seconds: float, *, alone: bool) -> FloatArray:
    """What a peer reaches when each filter has a time, (filters,).

    Its filters grow in one batch, where it can; with `alone` as many steps as a batch of one would
    take in that time.
    """
    if not peer.together or alone:
        step = peer.grow(case.indices[:1], _TRIED_STEPS)[1].step_seconds
    else:
        step = peer.grow(case.indices, _TRIED_STEPS)[1].step_seconds / len(case.indices)
    steps = max(1, round(seconds / step))
    if peer.together:
        images = peer.grow(case.indices, steps)[0]
    else:
        images = np.concatenate([peer.grow([index], steps)[0] for index in case.indices])
    values = case.values(images)
    whose = "alone" if alone else "in a batch"
    print(
        f"    {peer.name}, {seconds:.3f} s a filter, {whose}: {steps} steps of {step:.4f} s, "
        f"median activation {np.median(values):.3f}",
        flush=True,
    )
    return values


def report_race(name: str, races: Sequence[Race]) -> None:
    """Print the ratios of time over some races."""
    example, shared, alone, dead = (
        np.concatenate([getattr(layer_race, field) for layer_race in races])
        for field in ("example", "shared", "alone", "dead")
    )
    print(line(f"{name}: time to reach the example / its time", _median(shared / example), "<=0.2"))
    print(line(f"{name}: the same, each filter alone", _median(alone / example), "reported"))
    never = np.isinf(shared)
    print(
        f"    of {len(shared)} filters {(never & ~dead).sum()} never reach it; the example raises "
        f"nothing in {dead.sum()}, of which ours is alive in {(dead & ~never).sum()}; without "
        f"those the median is {_median((shared / example)[~dead]):.2f}",
        flush=True,
    )


def report_peer(peer: str, ours: FloatArray, theirs: FloatArray, whose: str) -> None:
    """Print how much higher ours end at equal time."""
    what = f"Activation at equal time, {whose}: cnnviz / {peer}"
    ratio = float(np.median(ours) / max(float(np.median(theirs)), _NOTHING))
    print(line(what, ratio, "above 1"))
    filter_ratio = float(np.median(ours / np.maximum(theirs, _NOTHING)))
    print(
        f"    ours is higher in {np.mean(ours > theirs):.0%} of the filters, "
        f"median x {filter_ratio:.2f}"
    )


def run(count: int = FILTERS, rounds: int = ROUNDS, names: Sequence[str] = tuple(LAYERS)) -> None:
    """Print every ratio.

    Args:
        count: filters a layer, at most 16.
        rounds: timed runs, of which the median is taken.
        names: models.
    """
    if not 1 <= count <= MOST_FILTERS:
        raise ValueError(f"{count} filters a layer; 1 to {MOST_FILTERS} grow in one batch.")
    races: list[Race] = []
    reached: dict[tuple[str, bool], list[FloatArray]] = {}
    for case in cases(count, names):
        layer_race = race(case, rounds)
        races.append(layer_race)
        print(
            f"    cnnviz: {layer_race.seconds_shared:.3f} s a filter in a batch, "
            f"{layer_race.seconds_alone:.3f} s alone, "
            f"median activation {np.median(layer_race.ours):.3f}; "
            f"example {np.median(layer_race.example):.3f} s, {np.median(layer_race.aim):.3f}; "
            f"median ratio of activations {np.median(layer_race.ours / layer_race.aim):.2f}"
        )
        steps = ", ".join("never" if step > _STEPS else str(step) for step in layer_race.steps)
        print(f"    reached after step, of {_STEPS}: {steps}")
        report_race(f"  {case.layer}", [layer_race])
        for kind in PEERS:
            peer = kind(case.model, case.layer)
            for alone in (False, True):
                seconds = layer_race.seconds_alone if alone else layer_race.seconds_shared
                values = at_equal_time(case, peer, seconds, alone=alone)
                reached.setdefault((peer.name, alone), []).append(values)
    if not races:
        return
    report_race("All filters", races)
    ours = np.concatenate([layer_race.ours for layer_race in races])
    for (peer_name, alone), theirs in reached.items():
        report_peer(peer_name, ours, np.concatenate(theirs), "alone" if alone else "batch")


def _seconds(example: KerasExample, index: int) -> float:
    began = time.perf_counter()
    example.run(index)
    return time.perf_counter() - began


def _middle(rounds: Any) -> FloatArray:
    """Median over the rounds, the first axis."""
    return np.asarray(np.median(rounds, axis=0), np.float32)


def _at(passed: FloatArray, first: np.ndarray) -> FloatArray:
    """Seconds of each filter's step, infinite where there is none."""
    never = np.full((1, passed.shape[1]), np.inf)
    seconds: FloatArray = np.concatenate([passed, never])[first, np.arange(passed.shape[1])]
    return seconds


def _median(values: FloatArray) -> float:
    """The middle one, of an even number the higher, so that infinity counts."""
    return float(np.sort(values)[len(values) // 2]) if len(values) else float("nan")


def main() -> None:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--filters", type=int, default=FILTERS, help="a layer, 1 to 16")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="timed runs of each")
    parser.add_argument("--model", choices=LAYERS, action="append", help="these models alone")
    options = parser.parse_args()
    run(options.filters, options.rounds, options.model or tuple(LAYERS))


if __name__ == "__main__":
    main()

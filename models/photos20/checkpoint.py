"""State of a training run on disk, so that an interrupted run goes on where it was."""

from pathlib import Path
from typing import Any

import keras
import numpy as np


def save_checkpoint(path: Path, model: keras.Model, *, epoch: int, plan: list[int]) -> None:
    """Write weights, optimizer state (with the averaged weights) and the number of epochs done.

    The file appears under its name only when complete.

    Args:
        path: Where it goes.
        model: Compiled network.
        epoch: Epochs done.
        plan: Numbers that must be the same when the run goes on: epochs of both cycles, seed, batch
            size.
    """
    state: dict[str, Any] = {f"weight{i}": v for i, v in enumerate(model.get_weights())}
    for index, variable in enumerate(model.optimizer.variables):
        state[f"optimizer{index}"] = keras.ops.convert_to_numpy(variable.value)
    unfinished = path.with_suffix(".unfinished")
    with unfinished.open("wb") as file:
        np.savez(file, epoch=np.array(epoch), plan=np.array(plan), **state)
    unfinished.replace(path)


def load_checkpoint(path: Path, model: keras.Model, *, plan: list[int]) -> int:
    """Bring a compiled network to the checkpoint's state.

    Args:
        path: File of `save_checkpoint`; if there is none, nothing changes.
        model: Compiled network.
        plan: As when saved.

    Returns:
        Epochs done: 0 without a checkpoint.

    Raises:
        ValueError: The checkpoint belongs to a run with another plan.
    """
    if not path.exists():
        return 0
    with np.load(path) as state:
        if state["plan"].tolist() != plan:
            message = (
                f"{path} is of a run with epochs, more epochs, seed, batch size "
                f"{state['plan'].tolist()}, not {plan}; delete it or give the same options"
            )
            raise ValueError(message)
        model.set_weights([state[f"weight{i}"] for i in range(len(model.weights))])
        model.optimizer.build(model.trainable_variables)
        for index, variable in enumerate(model.optimizer.variables):
            variable.assign(state[f"optimizer{index}"])
        return int(state["epoch"])

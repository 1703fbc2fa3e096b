"""What was changed in a configuration so that today's Keras reads it as its own did."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Repair:
    """A change of the configuration; weights are never changed.

    Attributes:
        what: one sentence for the user.
        layers: names of the layers concerned; empty where it concerns the whole model.
    """

    what: str
    layers: tuple[str, ...] = ()

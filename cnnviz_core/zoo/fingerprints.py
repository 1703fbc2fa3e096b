"""Which weights a model's name stands for on this machine: a digest of their file.

Light: reads files, never TensorFlow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz_core.zoo.cards import bundled_path, find_card
from cnnviz_core.zoo.weight_files import digest_of, find, weight_file

if TYPE_CHECKING:
    from pathlib import Path


def fingerprint(name: str) -> str | None:
    """SHA-256 of the file that holds a model's weights, in hexadecimal.

    It is computed once for each state of the file, as told by its size and time.

    Args:
        name: what `load_model` takes.

    Returns:
        None where there is no such name, or no such file yet.
    """
    path = weights_path(name)
    if path is None:
        return None
    try:
        return digest_of(path, "sha256")
    except OSError:
        return None


def weights_path(name: str) -> Path | None:
    """Where a model's weights lie; None for no such name, or none on this machine."""
    card = find_card(name)
    if card is None:
        return None
    return bundled_path(name) if card.family == "bundled" else find(weight_file(name))

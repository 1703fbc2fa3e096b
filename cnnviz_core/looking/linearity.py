"""Layers whose channels are linear in the picture: the mean of such a map sees no pattern.

The mean of a linear map depends on the picture's mean colour alone, borders aside, so what raises
it most is one flat colour. Behind its ReLU the same filter answers to the edges that it looks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz_core.network.kinds import known

if TYPE_CHECKING:
    from cnnviz_core.looking.results import Structure


def rectified(structure: Structure, layer: str) -> str | None:
    """The activation layer that follows the first convolution of the picture itself.

    Args:
        structure: the model's layers.
        layer: name of one of them.

    Returns:
        Its name; None where the layer is not linear in the picture, or no such layer follows it.
    """
    by_name = {entry.name: entry for entry in structure.layers}
    pending = list(by_name[layer].inputs)
    while pending:
        name = pending.pop()
        if not known(by_name[name].kind).linear:
            return None
        pending.extend(by_name[name].inputs)
    return _follower(structure, layer) if by_name[layer].has_kernel else None


def _follower(structure: Structure, layer: str) -> str | None:
    after = [reader for reader in structure.layers if layer in reader.inputs]
    if len(after) != 1:
        return None
    (follower,) = after
    kind = known(follower.kind)
    if kind.activates:
        return follower.name
    return _follower(structure, follower.name) if kind.linear else None

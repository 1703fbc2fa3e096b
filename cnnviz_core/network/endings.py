"""How a network ends: the activation behind which nothing is computed any more.

Both that walk back from an output ask here at each layer: the head of a network that is built, and
the inspection of a file before anything is built.
"""

from __future__ import annotations

from cnnviz_core.network.kinds import BY_SETTING, known

PROBABILITIES = frozenset({"softmax", "sigmoid"})
"""Endings that give a probability for each class."""
LOGITS = frozenset({"linear", "log_softmax"})
"""Endings that give logits: the softmax of logarithms of probabilities is the probabilities."""


def ends_in(kind: str, activation: str | None) -> str | None:
    """The activation that a network with this layer last ends in.

    Args:
        kind: class name of the layer.
        activation: name of the function in its setting `activation`, None where it has no such.

    Returns:
        Its name, "linear" where there is none; None where the layer only hands on the values that
        it is given, so that the layer before it says how the network ends.
    """
    row = known(kind)
    if row.activation:
        return row.activation
    if row.keeps_values or (row.activation == BY_SETTING and activation == "linear"):
        return None
    return activation or "linear"


def activation_of_class(name: str) -> str:
    """The activation that a layer is where it stands in the setting `activation` of another."""
    return known(name).activation or name.lower()

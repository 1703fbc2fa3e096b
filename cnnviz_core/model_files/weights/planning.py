"""Which array of a file lands in which variable of its network.

By name where the file has names, by place where its format numbers places, and by order only within
one group whose order the format defines. Every variable gets exactly one array and every array of
the model is used, or the file is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz_core.model_files.weights.archive import plan_archive
from cnnviz_core.model_files.weights.assignments import Assignment
from cnnviz_core.model_files.weights.layer_groups import plan_hdf5

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz_core.model_files.allowed.networks import Network, Path, Variable
    from cnnviz_core.model_files.container.contents import Contents

__all__ = ["Assignment", "plan"]


def plan(
    network: Network, variables: Mapping[Path, tuple[Variable, ...]], contents: Contents
) -> tuple[Assignment, ...]:
    """Find the array of every variable, without reading any.

    Args:
        network: the network.
        variables: of each layer that has some, in the order in which Keras lists them.
        contents: the file.

    Returns:
        One assignment for each variable, in the network's order.

    Raises:
        ModelFileError: an array is missing, does not fit, or is left over.
    """
    if contents.store.texts(contents.weights, "layer_names") is not None:
        return plan_hdf5(network, variables, contents)
    return plan_archive(network, variables, contents)

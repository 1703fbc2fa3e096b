"""Which array goes to which variable, and the sentences that say why none can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnviz_core.errors import ModelFileError

if TYPE_CHECKING:
    from cnnviz_core.model_files.allowed.networks import CheckedLayer, Path, Variable
    from cnnviz_core.model_files.container.contents import ArrayEntry

AGAIN = "Save the model again where it was made, with model.save('model.keras')."
KNOWN_INTEGERS = frozenset({"count"})
"""Variables that count; every other one holds fractions."""


@dataclass(frozen=True)
class Assignment:
    """One array for one variable.

    Attributes:
        path: names that lead to the layer.
        variable: the variable's name in its layer.
        source: path of the array in the file.
        change: None, or the name of a conversion of `kernel_conversions`.
    """

    path: Path
    variable: str
    source: str
    change: str | None = None


@dataclass(frozen=True, eq=False)
class WaitingVariable:
    """A variable that waits for its array, the same one only as itself.

    Attributes:
        path: names that lead to the layer, from the root network.
        layer: the layer.
        variable: the variable.
    """

    path: Path
    layer: CheckedLayer
    variable: Variable

    @property
    def leaf(self) -> str:
        """Last part of the variable's name."""
        return self.variable.name.rpartition("/")[2]

    def __str__(self) -> str:
        """As sentences name it."""
        return f"{self.variable.name[:80]!r} of layer {'/'.join(self.path)[:80]!r}"


def missing(slot: WaitingVariable) -> ModelFileError:
    """No array for a variable."""
    return ModelFileError(
        f"The file has no array for {slot}, which would have the shape {slot.variable.shape}. "
        + AGAIN
    )


def misfit(slot: WaitingVariable, array: ArrayEntry) -> ModelFileError:
    """An array of another shape."""
    return ModelFileError(
        f"The array for {slot} has the shape {array.shape}; the network needs "
        f"{slot.variable.shape}. {AGAIN}"
    )


def stray(array: ArrayEntry) -> ModelFileError:
    """An array of the model that no layer asks for."""
    return ModelFileError(
        f"The file holds an array {array.path[-80:]!r} of shape {array.shape} that no layer of its "
        f"network asks for. {AGAIN}"
    )


def check_type(slot: WaitingVariable, array: ArrayEntry) -> None:
    """Refuse numbers of another kind than the variable's.

    Raises:
        ModelFileError: whole numbers or truth values where fractions belong.
    """
    if slot.leaf not in KNOWN_INTEGERS and "float" not in array.dtype:
        raise ModelFileError(
            f"The array for {slot} holds numbers of type {array.dtype[:20]}; the network needs "
            f"floating point. {AGAIN}"
        )


def is_random_state(array: ArrayEntry) -> bool:
    """Whether an array is the state of a random generator, as dropout and augmentation keep."""
    return "int" in array.dtype and len(array.shape) == 1 and array.shape[0] in (2, 3)

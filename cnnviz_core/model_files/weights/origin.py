"""What a file of Keras 1 or of the Theano backend keeps in its own way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.weights.assignments import AGAIN
from cnnviz_core.model_files.weights.kernel_conversions import CONVERSIONS, change_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cnnviz_core.model_files.container.contents import Contents
    from cnnviz_core.model_files.weights.assignments import WaitingVariable
    from cnnviz_core.model_files.weights.entries import Entry

CONFLICT = "both"


@dataclass(frozen=True)
class Origin:
    """Where arrays come from, as far as it changes what they mean.

    Attributes:
        first: whether Keras 1 wrote them.
        theano: whether the Theano backend did.
        orderings: "th" or "tf" of each convolution of a file of Keras 1, by its name.
    """

    first: bool
    theano: bool
    orderings: Mapping[str, str]

    @classmethod
    def of(cls, contents: Contents, groups: Iterable[tuple[Entry, ...]]) -> Origin:
        """Find it out from what the file says of itself, and from the names of its arrays."""
        entries = [entry for group in groups for entry in group]
        orderings = _orderings(contents.configuration)
        said = contents.version
        named = any(entry.first for entry in entries)
        first = said.startswith("1.") if said else bool(orderings) or named
        theano = contents.backend == "theano"
        if first and contents.backend is None:
            # Keras 1 does not say its backend, but each names variables in its own way: "conv_W:0"
            # is TensorFlow's, and Theano's has no number of an output behind it.
            theano = bool(entries) and not any(entry.numbered for entry in entries)
        return cls(first, theano, orderings if first else {})

    def change(self, slot: WaitingVariable) -> str | None:
        """Name of the conversion that a variable's array needs.

        Raises:
            ModelFileError: the file gives the layer two orders.
        """
        ordering = self.orderings.get(slot.layer.name)
        if ordering == CONFLICT:
            raise ModelFileError(
                f"The file gives layer {slot.layer.name[:80]!r} two orders of axes. {AGAIN}"
            )
        return change_of(slot, first=self.first, theano=self.theano, ordering=ordering)

    def fits(self, slot: WaitingVariable, shape: tuple[int, ...]) -> bool:
        """Whether an array of a shape becomes one of the variable's."""
        change = self.change(slot)
        if change is not None:
            return CONVERSIONS[change].shape(shape) == slot.variable.shape
        return shape == slot.variable.shape


def _orderings(configuration: Any) -> dict[str, str]:
    """The `dim_ordering` of every layer that has one, by name."""
    orderings: dict[str, str] = {}
    waiting = [configuration]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
            name, ordering = value.get("name"), value.get("dim_ordering")
            if isinstance(name, str) and ordering in ("th", "tf"):
                known = orderings.setdefault(name, ordering)
                orderings[name] = ordering if known == ordering else CONFLICT
        elif isinstance(value, list):
            waiting.extend(value)
    return orderings

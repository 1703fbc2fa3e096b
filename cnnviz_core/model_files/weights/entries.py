"""An array as a group of an HDF5 file lists it, its name taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cnnviz_core.model_files.allowed.automatic_names import without_number
from cnnviz_core.model_files.weights.assignments import is_random_state

if TYPE_CHECKING:
    from collections.abc import Set

    from cnnviz_core.model_files.container.contents import ArrayEntry
    from cnnviz_core.model_files.weights.assignments import WaitingVariable

OUTPUT = re.compile(r":\d+$")
KERAS_1 = re.compile(
    r"^(?:(?P<layer>.*)_)?"
    r"(?P<leaf>W|b|gamma|beta|running_mean|running_std|alphas|depthwise_kernel|pointwise_kernel)"
    r"(?:_\d+)?$",
    re.DOTALL,
)
TODAY = {
    "W": "kernel",
    "b": "bias",
    "running_mean": "moving_mean",
    "running_std": "moving_variance",  # which Keras 1 holds there, whatever the name says
    "alphas": "alpha",
}
OTHER_NAMES = (
    ("DepthwiseConv", "depthwise_kernel", "kernel"),
    ("LayerScale", "Variable", "variable"),
    ("LayerScale", "gamma", "variable"),
)
"""Kinds of layers, a variable's name in Keras 2, and in Keras 3."""
RANDOM_STATES = frozenset({"StateVar", "Variable", "seed_generator_state", "state"})
MAX_SCOPES = 16
"""Names in front of a variable's own that are looked at, from the innermost."""
MAX_SLASHES = 4


@dataclass(frozen=True)
class Entry:
    """An array as a group lists it.

    Attributes:
        scopes: the names in front of its own.
        leaf: its own name, as Keras 3 calls it.
        numbered: whether TensorFlow's ":0" stands behind it.
        first: whether it is called as in Keras 1, "conv_W".
        array: the array.
    """

    scopes: tuple[str, ...]
    leaf: str
    numbered: bool
    first: bool
    array: ArrayEntry

    @classmethod
    def of(cls, name: str, array: ArrayEntry) -> Entry:
        """Take a name of `weight_names` apart."""
        plain = OUTPUT.sub("", name)
        *scopes, leaf = plain.split("/")
        old = KERAS_1.match(leaf)
        first = old is not None and old["layer"] is not None
        if old is not None and first:
            scopes.append(old["layer"])
            leaf = TODAY.get(old["leaf"], old["leaf"])
        return cls(tuple(scopes[-MAX_SCOPES:]), leaf, plain != name, first, array)

    @property
    def is_random_state(self) -> bool:
        """Whether it is a random generator's state, which is no weight."""
        return without_number(self.leaf) in RANDOM_STATES and is_random_state(self.array)

    def is_called(self, slot: WaitingVariable) -> bool:
        """Whether its own name is the variable's."""
        names = {self.leaf, without_number(self.leaf)}
        for kind, old, new in OTHER_NAMES:
            if slot.layer.class_name.startswith(kind) and old in names:
                names.add(new)
        return slot.leaf in names

    @property
    def leaves(self) -> list[str]:
        """What its own name may be today."""
        names = [self.leaf, without_number(self.leaf)]
        return [*names, *(new for _, old, new in OTHER_NAMES if old in names)]

    @cached_property
    def names(self) -> tuple[tuple[int, int, str], ...]:
        """Names that its scopes may be, as first scope, end and name.

        Keras 3 has underscores where older layers' names had slashes, so that several scopes in a
        row may be one name.
        """
        count = len(self.scopes)
        return tuple(
            (first, end, "_".join(self.scopes[first:end]))
            for first in range(count)
            for end in range(first + 1, min(count, first + MAX_SLASHES + 1) + 1)
        )

    def keys(self, *, alone: bool) -> set[tuple[str, str]]:
        """What it may be: names of a layer, without numbers, and of a variable."""
        scopes = {""} if alone else self.bare_names
        return {(scope, leaf) for scope in scopes for leaf in self.leaves}

    @cached_property
    def bare_names(self) -> frozenset[str]:
        """Those names without the numbers that made them unique."""
        return frozenset(without_number(name) for _, _, name in self.names)

    def is_of_another(self, slot: WaitingVariable, others: Set[str]) -> bool:
        """Whether its scopes name another layer, and not the variable's."""
        return not self.is_of(slot) and any(name in others for _, _, name in self.names)

    def is_of(self, slot: WaitingVariable) -> bool:
        """Whether a scope is the layer's name, numbers aside."""
        return without_number(slot.layer.name) in self.bare_names

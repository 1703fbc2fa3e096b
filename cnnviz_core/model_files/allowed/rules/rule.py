"""What a rule is: which settings a kind of layer may have, and what comes out of a call of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cnnviz_core.model_files.allowed.networks import Variable
from cnnviz_core.model_files.allowed.rules import checks
from cnnviz_core.model_files.allowed.rules.checks import Check, Unfit
from cnnviz_core.model_files.allowed.rules.objects import policy, regularizer


class Tensor(NamedTuple):
    """A tensor of which only the sides are known; those that vary are None."""

    shape: tuple[int | None, ...]


@dataclass(frozen=True)
class Sized:
    """What one call of a layer makes, and what it costs.

    Attributes:
        outputs: its tensors, in order.
        variables: the layer's weights, in the order of Keras's `layer.weights`.
        multiply_adds: of the call; means something only where all sides are known.
        scratch: values that the call holds beside its outputs.
        structure: how Keras hands the outputs over: one tensor or several.
    """

    outputs: tuple[Tensor, ...]
    variables: tuple[Variable, ...] = ()
    multiply_adds: int = 0
    scratch: int = 0


Size = Callable[[Mapping[str, Any], tuple[Any, ...], Mapping[str, Any]], Sized]
"""From settings and a call's arguments, with tensors in the place of references."""


class Inside(NamedTuple):
    """The layer inside a wrapper, as the wrapper's size finds it among its settings.

    Attributes:
        name: the layer's name.
        size: what a call of it makes, of arguments and keyword arguments.
    """

    name: str
    size: Callable[[tuple[Any, ...], Mapping[str, Any]], Sized]


WRAPPED = "layer"
"""Under which setting a wrapper has its layer."""


class Setting(NamedTuple):
    """A key of a layer's configuration.

    Attributes:
        check: what it may be.
        default: of Keras; `REQUIRED` where a file must say it.
        written: whether Keras is given it.
    """

    check: Check
    default: Any = None
    written: bool = True


REQUIRED = object()


@dataclass(frozen=True)
class Rule:
    """What is allowed of one class.

    Attributes:
        module: as Keras 3 reads it.
        class_name: likewise.
        settings: every key that a file may hold.
        size: shapes, weights and cost of a call.
        prefix: of other module names that Keras has written for it.
        arguments: names of a call's arguments, in order; those of a layer by default.
        optional: those of them that need not be given.
        validate: looks at all settings together.
        wraps: of a wrapper, whether it may hold a layer of a rule.
    """

    module: str
    class_name: str
    settings: Mapping[str, Setting]
    size: Size
    prefix: str = "keras.src.layers."
    arguments: tuple[str, ...] = ("inputs",)
    optional: tuple[str, ...] = ()
    validate: Callable[[Mapping[str, Any]], None] = field(default=lambda settings: None)
    wraps: Callable[[Rule], bool] | None = None

    @property
    def kind(self) -> str:
        """Name that is unique among rules: of operations it says the module too."""
        if self.module == "keras.layers":
            return self.class_name
        return f"{self.module}.{self.class_name}"

    @property
    def is_operation(self) -> bool:
        """Whether it is a function of tensors, without weights, rather than a layer."""
        return self.module.startswith(("keras.src.ops", "keras.src.activations"))


COMMON: Mapping[str, Setting] = {
    "trainable": Setting(checks.boolean, True),
    "dtype": Setting(policy, "float32"),
    "activity_regularizer": Setting(checks.dropped(regularizer), None, written=False),
    "autocast": Setting(checks.choice(True), True, written=False),
    "quantization_config": Setting(checks.nothing, None, written=False),
    "lora_rank": Setting(checks.nothing, None, written=False),
}
"""Settings of every layer."""


def layer(
    class_name: str, settings: Mapping[str, Setting], size: Size, **options: Any
) -> dict[str, Rule]:
    """A rule for a class of `keras.layers`, by its kind."""
    rule = Rule("keras.layers", class_name, {**COMMON, **settings}, size, **options)
    return {rule.kind: rule}


def plain(
    function: Callable[[Mapping[str, Any], tuple[int | None, ...]], Sized | tuple[int | None, ...]],
    *,
    hands_on: bool = False,
) -> Size:
    """Make a size of a function of settings and the shape of a single input.

    Args:
        function: what gives a shape, or all that a call makes.
        hands_on: whether the layer gives back what it is given, which may be a list of one tensor.
    """

    def size(settings: Mapping[str, Any], args: tuple[Any, ...], _: Mapping[str, Any]) -> Sized:
        if hands_on and args and isinstance(args[0], list) and len(args[0]) == 1:
            args = tuple(args[0])
        sized = function(settings, single(args).shape)
        return sized if isinstance(sized, Sized) else Sized((Tensor(sized),))

    return size


def single(args: tuple[Any, ...]) -> Tensor:
    """The one tensor that a call is given.

    Raises:
        Unfit: there are more, or something else; in a list Keras takes one for a pile of tensors.
    """
    value = args[0] if args else None
    if not isinstance(value, Tensor):
        raise Unfit("called on a single tensor")
    return value


def listed(args: tuple[Any, ...], low: int = 1) -> list[Tensor]:
    """The list of tensors that a call is given."""
    value = args[0] if args else None
    if not isinstance(value, list) or len(value) < low:
        raise Unfit(f"called on a list of at least {low} tensors")
    if not all(isinstance(tensor, Tensor) for tensor in value):
        raise Unfit("called on a list of tensors")
    return value


def need_rank(shape: tuple[int | None, ...], *ranks: int) -> None:
    """Refuse a tensor of another number of axes."""
    if len(shape) not in ranks:
        expected = " or ".join(map(str, ranks))
        raise Unfit(f"called on a tensor of {expected} axes, not of {len(shape)}")


def known_side(shape: tuple[int | None, ...], axis: int = -1) -> int:
    """A side that a weight depends on, which must not vary."""
    side = shape[resolve(axis, len(shape))]
    if side is None:
        raise Unfit("called on a tensor whose number of channels is known")
    return side


def resolve(axis: int, rank: int) -> int:
    """An axis counted from the front."""
    if not -rank <= axis < rank:
        raise Unfit(f"called on a tensor that has an axis {axis}, not one of {rank} axes")
    return axis % rank


def resolve_all(axes: int | list[int] | None, rank: int) -> list[int]:
    """Axes counted from the front; all of them where none is named.

    Raises:
        Unfit: there is no such axis, or one is named twice.
    """
    if axes is None:
        return list(range(rank))
    resolved = [resolve(axis, rank) for axis in (axes if isinstance(axes, list) else [axes])]
    if len(set(resolved)) < len(resolved):
        raise Unfit("given each axis once")
    return resolved


def same(settings: Mapping[str, Any], shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
    """The shape of what a layer gives that keeps it."""
    return shape


def same_along(
    settings: Mapping[str, Any], shape: tuple[int | None, ...]
) -> tuple[int | None, ...]:
    """The shape of what a layer gives that keeps it and works along the axes of its setting."""
    resolve_all(settings["axis"], len(shape))
    return shape


def count(*values: int | None) -> int:
    """The product of sides, where one that varies counts once."""
    return math.prod(1 if value is None else value for value in values)


def weights(*named: tuple[str, tuple[int, ...]]) -> tuple[Variable, ...]:
    """Trainable variables that a layer makes itself, in order."""
    return tuple(
        Variable(name, shape, f"vars/{index}") for index, (name, shape) in enumerate(named)
    )

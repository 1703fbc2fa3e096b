"""Layers around another layer: along the rows of an image, or there and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cnnviz_core.model_files.allowed.rules import checks
from cnnviz_core.model_files.allowed.rules.checks import Unfit
from cnnviz_core.model_files.allowed.rules.geometry import Shape
from cnnviz_core.model_files.allowed.rules.rule import (
    COMMON,
    WRAPPED,
    Inside,
    Rule,
    Setting,
    Sized,
    Tensor,
    layer,
    plain,
    single,
)
from cnnviz_core.model_files.limits import MAX_SIDE

_READERS = ("LSTM", "GRU", "SimpleRNN")


def _each(settings: Mapping[str, Any], shape: Shape) -> Sized:
    """A layer called on each row, with the same weights."""
    inside: Inside = settings[WRAPPED]
    if len(shape) < 3:
        raise Unfit(f"called on a tensor of 3 axes or more, not of {len(shape)}")
    steps = shape[1]
    if (steps or 0) > MAX_SIDE:
        raise Unfit(f"called on at most {MAX_SIDE} rows")
    made = inside.size((Tensor((shape[0], *shape[2:])),), {})
    if len(made.outputs) != 1:
        raise Unfit("made of a layer with one output")
    inner = made.outputs[0].shape
    times = 1 if steps is None else steps
    return Sized(
        (Tensor((inner[0], steps, *inner[1:])),),
        tuple(replace(variable, store=f"layer/{variable.store}") for variable in made.variables),
        made.multiply_adds * times,
        made.scratch * times,
    )


def _both(settings: Mapping[str, Any], args: tuple[Any, ...], _: Mapping[str, Any]) -> Sized:
    """A recurrent layer called on the rows in both directions, with weights for each."""
    inside: Inside = settings[WRAPPED]
    made = inside.size((single(args),), {})
    output, *states = made.outputs
    names = [f"{way}_{inside.name.removeprefix(f'{way}_')}" for way in ("forward", "backward")]
    stores = ("forward_layer", "backward_layer")
    return Sized(
        (*_merged(output, settings["merge_mode"]), *states, *states),
        tuple(
            replace(variable, name=f"{name}/{variable.name}", store=f"{store}/{variable.store}")
            for name, store in zip(names, stores, strict=True)
            for variable in made.variables
        ),
        2 * made.multiply_adds,
        2 * made.scratch,
    )


def _merged(output: Tensor, mode: str | None) -> tuple[Tensor, ...]:
    if mode is None:
        return output, output
    if mode == "concat":
        *sides, wide = output.shape
        return (Tensor((*sides, None if wide is None else 2 * wide)),)
    return (output,)


def same_backwards(forward: Mapping[str, Any], backward: Mapping[str, Any]) -> bool:
    """Whether the second layer of a pair is what Keras makes of the first one by itself."""
    return {**forward, "go_backwards": True} == dict(backward) != dict(forward)


_MERGED = checks.optional(checks.choice("concat", "sum", "mul", "ave"))
RULES: dict[str, Rule] = {
    **layer("TimeDistributed", {}, plain(_each), wraps=lambda rule: _takes_one(rule)),
    **layer(
        "Bidirectional",
        {"merge_mode": Setting(_MERGED, "concat")},
        _both,
        wraps=lambda rule: rule.class_name in _READERS,
    ),
}


def _takes_one(rule: Rule) -> bool:
    """Whether it is a layer that takes one tensor."""
    is_layer = set(COMMON) <= set(rule.settings) and rule.class_name != "InputLayer"
    return is_layer and rule.arguments == ("inputs",)

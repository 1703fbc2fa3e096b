"""Attention of positions to each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnviz_core.model_files.allowed.networks import Variable
from cnnviz_core.model_files.allowed.rules import checks
from cnnviz_core.model_files.allowed.rules.checks import Unfit
from cnnviz_core.model_files.allowed.rules.convolution import trained
from cnnviz_core.model_files.allowed.rules.geometry import Shape
from cnnviz_core.model_files.allowed.rules.objects import SEED
from cnnviz_core.model_files.allowed.rules.rule import (
    REQUIRED,
    Setting,
    Sized,
    Tensor,
    count,
    known_side,
    layer,
    listed,
    need_rank,
    resolve_all,
    weights,
)


def _shape(value: Any) -> Shape:
    if not isinstance(value, Tensor):
        raise Unfit("called on tensors")
    need_rank(value.shape, 3, 4, 5)
    return value.shape


def _without(options: Mapping[str, Any], *names: str) -> None:
    """Refuse options of a call that ask for something: None and False do not."""
    given = [options.get(name) for name in names]
    if any(option is not None and option is not False for option in given):
        raise Unfit(f"called without {' and '.join(names)}")


def _heads(settings: Mapping[str, Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Sized:
    query, value = (_shape(tensor) for tensor in args)
    key = value if kwargs.get("key") is None else _shape(kwargs["key"])
    if len(query) != len(value) or value[1:-1] != key[1:-1]:
        raise Unfit("called on a query, a value and a key that fit each other")
    if kwargs.get("attention_mask") is not None:
        raise Unfit("called without a mask")
    _without(kwargs, "return_attention_scores")
    if not isinstance(kwargs.get("use_causal_mask", False), bool):
        raise Unfit("told by true or false whether to look ahead")
    heads, size = settings["num_heads"], settings["key_dim"]
    deep = settings["value_dim"] or size
    given_output = settings["output_shape"]
    output = given_output if given_output is not None else [known_side(query)]
    parts = [("query", query, size), ("key", key, size)]
    if settings["use_gate"]:
        parts.append(("gate", query, deep))
    parts.append(("value", value, deep))
    named: list[tuple[str, tuple[int, ...], tuple[int, ...]]] = [
        (name, (known_side(shape), heads, wide), (heads, wide)) for name, shape, wide in parts
    ]
    named.append(("attention_output", (heads, deep, *output), tuple(output)))
    pairs = _pairs(settings, query, value)
    work = sum(count(*shape, heads, wide) for _, shape, wide in parts)
    work += pairs * heads * (size + deep) + count(*query[:-1], heads, deep, *output)
    return Sized(
        (Tensor((*query[:-1], *output)),),
        _variables(named, settings["use_bias"]),
        work,
        2 * pairs * heads + sum(count(*shape[:-1], heads, wide) for _, shape, wide in parts),
    )


def _pairs(settings: Mapping[str, Any], query: Shape, value: Shape) -> int:
    """How many positions are compared with how many."""
    axes = settings["attention_axes"]
    if axes is None:
        return count(query[0], *query[1:-1], *value[1:-1])
    positions = resolve_all(axes, len(query))
    if not set(positions) <= set(range(1, len(query) - 1)):
        raise Unfit("told to attend along axes of positions")
    return count(*query[:-1], *(value[axis] for axis in positions))


def _variables(
    named: list[tuple[str, tuple[int, ...], tuple[int, ...]]], use_bias: bool
) -> tuple[Variable, ...]:
    places = {"attention_output": "output_dense"}
    variables = []
    for name, kernel, bias in named:
        place = places.get(name, f"{name}_dense")
        variables.append(Variable(f"{name}/kernel", kernel, f"{place}/vars/0"))
        if use_bias:
            variables.append(Variable(f"{name}/bias", bias, f"{place}/vars/1"))
    return tuple(variables)


def _three(args: tuple[Any, ...]) -> tuple[Shape, Shape, Shape]:
    tensors = listed(args, 2)
    if len(tensors) > 3:
        raise Unfit("called on a query, a value and a key")
    query, value, key = (_shape(tensor) for tensor in (*tensors, tensors[1])[:3])
    if not len(query) == len(value) == len(key) == 3 or key[-1] != query[-1]:
        raise Unfit("called on a query, a value and a key that fit each other")
    return query, value, key


def _attention(settings: Mapping[str, Any], args: tuple[Any, ...], kwargs: Any) -> Sized:
    query, value, _ = _three(args)
    _without(kwargs, *_OPTIONS)
    named: list[tuple[str, tuple[int, ...]]] = [("scale", ())] if settings["use_scale"] else []
    compared = count(*query[:-1], value[1])
    wide = 1
    if settings.get("score_mode") == "concat":
        named.append(("concat_score_weight", ()))
        wide = count(query[-1])
    return Sized(
        (Tensor((*query[:-1], value[-1])),),
        weights(*named),
        compared * (count(query[-1]) + count(value[-1])),
        2 * compared * wide,
    )


def _additive(settings: Mapping[str, Any], args: tuple[Any, ...], kwargs: Any) -> Sized:
    query, value, _ = _three(args)
    _without(kwargs, *_OPTIONS)
    deep = known_side(query)
    named = [("scale", (deep,))] if settings["use_scale"] else []
    work = count(*query[:-1], value[1]) * (deep + count(value[-1]))
    return Sized((Tensor((*query[:-1], value[-1])),), weights(*named), work, 2 * work)


_DROPOUT = {"dropout": Setting(checks.number(0, 1), 0.0), "seed": Setting(SEED, None)}
_DEEP = checks.whole(1, 65536)
_HEADS = {
    "num_heads": Setting(_DEEP, REQUIRED),
    "key_dim": Setting(_DEEP, REQUIRED),
    "value_dim": Setting(checks.optional(_DEEP), None),
    "use_bias": Setting(checks.boolean, True),
    "use_gate": Setting(checks.boolean, False),
    "output_shape": Setting(
        checks.optional(checks.either(checks.several(_DEEP, 1, 3), lambda value: [_DEEP(value)])),
        None,
    ),
    "attention_axes": Setting(
        checks.optional(
            checks.either(checks.several(checks.axis, 1, 4), lambda value: [checks.axis(value)])
        ),
        None,
    ),
    "sliding_window": Setting(checks.optional(checks.whole(1)), None),
    **_DROPOUT,
    **trained("kernel", "bias"),
}
_SCALED = {"use_scale": Setting(checks.boolean, False), **_DROPOUT}
_MASKS = ("attention_mask", "return_attention_scores", "use_causal_mask")
_OPTIONS = ("return_attention_scores", "use_causal_mask")
RULES = {
    **layer(
        "MultiHeadAttention",
        _HEADS,
        _heads,
        arguments=("query", "value"),
        optional=("key", *_MASKS),
    ),
    **layer(
        "Attention",
        {**_SCALED, "score_mode": Setting(checks.choice("dot", "concat"), "dot")},
        _attention,
        optional=_OPTIONS,
    ),
    **layer(
        "AdditiveAttention",
        {**_SCALED, "use_scale": Setting(checks.boolean, True)},
        _additive,
        optional=_OPTIONS,
    ),
}

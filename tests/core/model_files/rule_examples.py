"""A small model for each rule of layers and operations, which it is called in as it should be."""

from __future__ import annotations

import copy
from functools import cache
from typing import TYPE_CHECKING, Any

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.allowed.checking import check
from cnnviz_core.model_files.allowed.rules import RULES
from cnnviz_core.model_files.allowed.rules.rule import REQUIRED
from cnnviz_core.model_files.allowed.sizing import Sizes, size
from tests.core.model_files.hostile_models import layer, tensor

if TYPE_CHECKING:
    from cnnviz_core.model_files.allowed.rules.rule import Rule

    Json = dict[str, Any]

IMAGE, ROWS, LINE = tensor("image"), tensor("rows"), tensor("line")
_SETTINGS: dict[str, Any] = {
    "activation": "relu",
    "axes": -1,
    "axis": 1,
    "axis1": 1,
    "axis2": 2,
    "batch_shape": [None, 8, 8, 8],
    "block_size": 2,
    "default_value": 0.0,
    "dims": [2, 1, 3],
    "dtype": "float32",
    "equation": "abcd,de->abce",
    "factor": 0.5,
    "filters": 2,
    "height": 4,
    "height_factor": 0.5,
    "indices_or_sections": 2,
    "init_values": 1.0,
    "kernel_size": 1,
    "key_dim": 2,
    "n": 2,
    "newshape": [-1, 4],
    "num_heads": 2,
    "output_shape": [8, 8, 2],
    "output_size": 2,
    "pad_width": [[0, 0], [1, 1], [1, 1], [0, 0]],
    "pool_size": 1,
    "projection_dim": 8,
    "rate": 0.5,
    "repeats": 2,
    "scale": 1.0,
    "shape": [2, 8, 8, 8],
    "size": [4, 4],
    "stddev": 0.5,
    "target_shape": [-1],
    "threshold": 1.0,
    "units": 2,
    "width": 4,
    "x_max": 1.0,
    "x_min": 0.0,
}
_OWN: dict[str, Json] = {
    "GroupNormalization": {"groups": 2},
    "keras.src.ops.numpy.Split": {"axis": 1},
    "TimeDistributed": {"layer": layer("Dense", "inside", units=2)},
    "Bidirectional": {"layer": layer("GRU", "inside", units=2)},
}
_CALLS: tuple[list[Any], ...] = (
    [IMAGE],
    [ROWS],
    [LINE],
    [[IMAGE, IMAGE]],
    [[ROWS, ROWS]],
    [IMAGE, IMAGE],
    [ROWS, ROWS],
    [IMAGE, 0],
    [IMAGE, IMAGE, IMAGE],
)


def call(*args: Any, **kwargs: Any) -> Json:
    """A call as Keras 3 writes it."""
    return {"args": list(args), "kwargs": kwargs}


def model(kind: str, settings: Json, made_call: Json) -> Json:
    """A model that ends in a layer "x" of a kind, called on what stands before it.

    There are an image of 8 x 8 places and 8 channels, its rows and its line of values.
    """
    rule = RULES[kind]
    first: Json = {"batch_shape": [None, 8, 8, 8]}
    if kind == "InputLayer":
        rule, first, settings = RULES["ReLU"], settings, {}
    before = [
        {**layer("InputLayer", "image", **first), "inbound_nodes": []},
        {**layer("Reshape", "rows", target_shape=[64, 8]), "inbound_nodes": [call(IMAGE)]},
        {**layer("Flatten", "line"), "inbound_nodes": [call(IMAGE)]},
    ]
    read = str(made_call)
    last = {**layer(rule.class_name, "x", rule.module, **settings), "inbound_nodes": [made_call]}
    used = [entry for entry in before[1:] if repr(entry["config"]["name"]) in read]
    config = {
        "name": "model",
        "layers": [before[0], *used, last],
        "input_layers": [["image", 0, 0]],
        "output_layers": [["x", 0, 0]],
    }
    return {"module": "keras", "class_name": "Functional", "config": config}


def sized(raw: Json) -> Sizes | None:
    """A model's sizes, each of them a number of places; None where it is refused by a sentence."""
    try:
        sizes = size(check(raw))
    except ModelFileError:
        return None
    shapes = [shape for call_shapes in sizes.outputs.values() for shape in call_shapes]
    shapes += [variable.shape for variables in sizes.variables.values() for variable in variables]
    assert all(side is None or side >= 0 for shape in shapes for side in shape)
    return sizes


@cache
def example(kind: str) -> tuple[Json, list[Any]]:
    """Settings of a rule, and the arguments of the first usual call that it can be called with."""
    rule = RULES[kind]
    required = [key for key, setting in rule.settings.items() if setting.default is REQUIRED]
    settings = {key: _SETTINGS[key] for key in required}
    settings |= _OWN.get(kind, {})
    args = next(args for args in _CALLS if sized(model(kind, settings, call(*args))) is not None)
    return settings, args


def changed(kind: str, key: str, value: Any) -> Json:
    """The example of a rule with one setting changed."""
    settings, args = example(kind)
    return model(kind, {**settings, key: value}, call(*args))


def called(kind: str, argument: str, value: Any) -> list[Json]:
    """The example of a rule with one argument changed, by its place and by its name."""
    settings, args = example(kind)
    names = argument_names(RULES[kind])
    place = names.index(argument)
    by_name = dict(zip(names, args, strict=False)) | {argument: value}
    calls = [call(**by_name)]
    if place <= len(args):
        calls.append(call(*args[:place], value, *args[place + 1 :]))
    return [model(kind, settings, copy.deepcopy(changed_call)) for changed_call in calls]


def argument_names(rule: Rule) -> tuple[str, ...]:
    """Names of all arguments that a rule reads, in order."""
    return (*rule.arguments, *rule.optional)

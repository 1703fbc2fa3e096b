"""Every setting and argument of every rule meets every wrong kind of value with a sentence.

A setting is of one form and its size reckons with that form: what lies between two forms, as a list
among numbers or a number among pairs, must not get past the check.
"""

import json

import pytest

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.allowed.checking import check
from cnnviz_core.model_files.allowed.rules import RULES
from cnnviz_core.model_files.allowed.rules.checks import Unfit
from cnnviz_core.model_files.allowed.sizing import size
from tests.core.model_files.hostile_models import layer, tensor
from tests.core.model_files.rule_examples import (
    IMAGE,
    LINE,
    ROWS,
    argument_names,
    call,
    called,
    changed,
    example,
    model,
    sized,
)


def _special(name, **config):
    return {"class_name": name, "config": config}


def _deep(depth):
    return [_deep(depth - 1)] if depth else 1


LEAVES = (
    None,
    True,
    -1,
    0,
    1,
    2,
    1.5,
    1e308,
    float("nan"),
    2**31 - 1,
    2**63,
    "x",
    [],
    {},
    _deep(90),
    {"class_name": ["x"], "module": [], "config": 1},
    layer("ReLU", "a"),
    {"module": "builtins", "class_name": "function", "config": [1], "registered_name": {}},
    IMAGE,
    ROWS,
    LINE,
    tensor("image", 0, 5),
    _special("__slice__", start=0, stop=0, step=0),
    _special("__slice__", start=[1], stop={}, step="x"),
    _special("__ellipsis__"),
    _special("__numpy__", value=[1, [2]], dtype="float32"),
    _special("__tensor__", value=[1, 2], dtype=["x"]),
)
WRAPS = (
    lambda value: value,
    lambda value: [value],
    lambda value: [[value]],
    lambda value: [1, value],
    lambda value: [value, [1, 1]],
    lambda value: [[1, 1], value],
    lambda value: [[1, 1], [1, value]],
    lambda value: [1, 1, value],
    lambda value: [value] * 4,
    lambda value: [[1, 1]] * 3 + [value],
    lambda value: [[1, 1]] * 3 + [[1, value]],
    lambda value: [value] * 65,
    lambda value: {"class_name": "x", "config": value},
)
VALUES = [wrap(leaf) for leaf in LEAVES for wrap in WRAPS]


def _passes(setting, value):
    """Whether a single setting's check takes a value; what it refuses has its sentence."""
    try:
        setting.check(value)
    except Unfit:
        return False
    return True


@pytest.mark.parametrize("kind", RULES)
def test_every_setting_meets_every_wrong_kind_of_value_with_a_sentence(kind):
    """A network, all of whose sides are known to be numbers of places, or a sentence."""
    for key, setting in RULES[kind].settings.items():
        for value in VALUES:
            if _passes(setting, value):
                sized(changed(kind, key, value))


@pytest.mark.parametrize("kind", [kind for kind in RULES if kind != "InputLayer"])
def test_every_argument_meets_every_wrong_kind_of_value_with_a_sentence(kind):
    """Likewise of what a layer is called on, by place and by name."""
    for name in argument_names(RULES[kind]):
        for value in VALUES:
            for raw in called(kind, name, value):
                sized(raw)


@pytest.mark.parametrize("kind", RULES)
def test_every_rule_has_an_honest_call(kind):
    """What the others change is a network to begin with, which is written as JSON again."""
    settings, args = example(kind)
    network = check(model(kind, settings, call(*args)))
    assert size(network).outputs
    assert json.loads(json.dumps(network.configuration())) == network.configuration()


_PAD, _RESHAPE = "keras.src.ops.numpy.Pad", "keras.src.ops.numpy.Reshape"
_MEAN, _CLIP = "keras.src.ops.numpy.Mean", "keras.src.ops.numpy.Clip"
WRONG = [
    (_PAD, "pad_width", [0, [1, 1]], "a list of 2 to 2 values"),
    (_PAD, "pad_width", [[1, 1], [1, 1], [1, 1], 0], "a list of 2 to 2 values"),
    (_PAD, "pad_width", [[[1], 1], [1, 1], [1, 1], [1, 1]], "a whole number"),
    (_PAD, "pad_width", 1, "a list of 1 to 8"),
    (_PAD, "pad_width", [[1, 1]], "a padding for each of 4 axes"),
    (_MEAN, "axis", [1, -3], "each axis once"),
    ("Softmax", "axis", [3, -1], "each axis once"),
    ("Softmax", "axis", [], "a list of 1 to 8"),
    ("LayerNormalization", "axis", [-1, -1], "each axis once"),
    ("RMSNormalization", "axis", [1, 1], "each axis once"),
    ("UnitNormalization", "axis", [1, 1], "each axis once"),
    ("Normalization", "axis", [1, 1], "each axis once"),
    ("Normalization", "axis", 2**62, "a whole number"),
    ("MultiHeadAttention", "attention_axes", [1, 1], "each axis once"),
    ("MultiHeadAttention", "attention_axes", 7, "an axis 7"),
    (_CLIP, "x_min", None, "a finite number"),
    (_RESHAPE, "newshape", [None, 4], "a whole number"),
    ("keras.src.ops.numpy.BroadcastTo", "shape", [1], "fits the shape"),
    ("keras.src.ops.nn.DepthToSpace", "block_size", 1, "a whole number from 2"),
    ("keras.src.ops.nn.Normalize", "epsilon", 0, "a number from 1e-30"),
    ("AdaptiveMaxPooling1D", "output_size", 1, "GlobalMaxPooling1D"),
    ("AdaptiveMaxPooling2D", "output_size", [2, 1], "GlobalMaxPooling2D"),
    ("EinsumDense", "equation", "ab\u017fd,de->ab\u017fe", "an equation"),
]


@pytest.mark.parametrize(("kind", "key", "value", "sentence"), WRONG)
def test_what_keras_would_not_build_so_is_said(kind, key, value, sentence):
    """Each got past its check once, and made another error, or another network than reckoned."""
    with pytest.raises(ModelFileError, match=sentence):
        size(check(changed(kind, key, value)))


@pytest.mark.parametrize("kind", ["ReLU", "GlobalAveragePooling2D", "Rescaling", "UpSampling2D"])
def test_a_list_of_one_tensor_is_no_tensor(kind):
    """Keras takes it for a pile of tensors, which has an axis more than was reckoned."""
    settings, _ = example(kind)
    with pytest.raises(ModelFileError, match="called on a single tensor"):
        size(check(model(kind, settings, call([IMAGE]))))


@pytest.mark.parametrize("kind", ["Dropout", "SpatialDropout2D", "Identity"])
def test_a_layer_that_hands_on_what_it_gets_may_get_a_list(kind):
    """It gives the list back."""
    settings, _ = example(kind)
    assert size(check(model(kind, settings, call([IMAGE])))).results == ((None, 8, 8, 8),)


@pytest.mark.parametrize("option", [0, [], "", 1, True, [IMAGE]])
def test_options_of_attention_are_true_or_false(option):
    """What stands for false elsewhere is none of them."""
    for kind in ("MultiHeadAttention", "Attention", "AdditiveAttention"):
        for raw in called(kind, "return_attention_scores", option):
            with pytest.raises(ModelFileError, match="called"):
                size(check(raw))


def _chain(*steps):
    """Operations and layers, each called on the one before."""
    raw = model(steps[0][0], steps[0][1], call(IMAGE, *steps[0][2:]))
    layers = raw["config"]["layers"]
    layers[-1]["config"]["name"] = "x0"
    for number, (kind, settings, *args) in enumerate(steps[1:], 1):
        added = model(kind, settings, call(tensor(f"x{number - 1}"), *args))["config"]["layers"][-1]
        added["config"]["name"] = f"x{number}"
        layers.append(added)
    raw["config"]["output_layers"] = [[f"x{len(steps) - 1}", 0, 0]]
    return raw


def test_no_tensor_has_fewer_places_than_none():
    """A transposed convolution of nothing would take places away, which a slice then counts."""
    every, none = _special("__slice__", start=None), _special("__slice__", start=0, stop=0)
    item = "keras.src.ops.numpy.GetItem"
    settings = {"filters": 2, "kernel_size": 1, "strides": 4, "padding": "same"}
    grown = ("Conv2DTranspose", {**settings, "output_padding": 0})
    steps = [(item, {}, [every, none]), grown, (item, {}, [every, every])]
    with pytest.raises(ModelFileError, match=r"Conv2DTranspose.*leaves it places"):
        size(check(_chain(*steps)))


def test_axes_are_not_added_without_end():
    """Each of thousands of layers may add eight, until none can be reckoned in time."""
    added = ("keras.src.ops.numpy.ExpandDims", {"axis": list(range(8))})
    assert len(size(check(_chain(added))).results[0]) == 12
    with pytest.raises(ModelFileError, match="a tensor of 20 axes; the most is 16"):
        size(check(_chain(added, added)))

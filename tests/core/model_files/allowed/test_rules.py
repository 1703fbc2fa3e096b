import pkgutil
from importlib import import_module

import keras
import pytest
from keras import layers

from cnnviz_core.model_files.allowed import rules
from cnnviz_core.model_files.allowed.checking import check
from cnnviz_core.model_files.allowed.rules import RULES
from tests.core.model_files.rebuilding import assert_rebuilt, on_image, raw
from tests.core.model_files.rule_cases import (
    ATTENTIONS,
    IMAGES,
    LINES,
    MERGES,
    ON_IMAGES,
    OPERATIONS,
    RECURRENT,
    networks,
    of_branches,
    of_operation,
    on_positions,
    on_rows,
)

WRAPPERS = {"TimeDistributed", "Bidirectional"}
"""Their weights are named by what is inside; test_wrapping.py holds saved files of them."""


def _name(value):
    return getattr(value, "name", None)


def test_every_rule_has_a_case():
    """Each is held against Keras below, by shapes, weights and outputs."""
    held = {layer.kind for model in networks() for _, layer in check(raw(model)).walk()}
    assert set(RULES) - held == WRAPPERS


def test_every_family_of_rules_is_read():
    """None that a file defines is forgotten, and none takes another's place."""
    families = [
        import_module(f"{rules.__name__}.{file.name}")
        for file in pkgutil.iter_modules(rules.__path__)
    ]
    defined = [rule for family in families for rule in getattr(family, "RULES", {}).values()]
    assert len(defined) == len(RULES)
    assert all(RULES.get(rule.kind) is rule for rule in defined)


@pytest.mark.parametrize("layer", ON_IMAGES, ids=_name)
def test_a_layer_on_images_is_rebuilt_as_it_was(layer):
    """Shapes, weights and outputs are those of the layer that was saved."""
    assert_rebuilt(on_image(layer))


@pytest.mark.parametrize("layer", LINES, ids=_name)
def test_a_layer_on_rows_of_an_image_is_rebuilt_as_it_was(layer):
    """A layer along one axis is read where an image was cut into positions."""
    assert_rebuilt(on_rows(layer))


@pytest.mark.parametrize("layer", IMAGES, ids=_name)
def test_a_layer_that_prepares_images_is_rebuilt_as_it_was(layer):
    """Preparation gives the same values; augmentation gives back what it got."""
    assert_rebuilt(on_image(layer, (8, 10, 3)))


@pytest.mark.parametrize(
    "layer",
    [
        layers.Conv2D(4, 3, strides=2, padding="same"),
        layers.Conv2DTranspose(4, 3, strides=2),
        layers.SeparableConv2D(4, 3),
        layers.MaxPooling2D(),
        layers.GlobalAveragePooling2D(),
        layers.BatchNormalization(),
        layers.PReLU(shared_axes=[1, 2]),
        layers.Flatten(),
        layers.Reshape((-1, 3)),
        layers.ZeroPadding2D(2),
        layers.Cropping2D(2),
        layers.UpSampling2D(),
        layers.Resizing(5, 5),
        layers.GroupNormalization(3),
        layers.AdaptiveAveragePooling2D(2),
        layers.Permute((2, 1, 3)),
    ],
    ids=_name,
)
def test_sides_that_may_vary_stay_unknown(layer):
    """A layer on images of any size has the unknown sides that Keras gives it."""
    assert_rebuilt(on_image(layer, (None, None, 3)))


@pytest.mark.parametrize("merge", MERGES, ids=_name)
def test_a_layer_that_merges_is_rebuilt_as_it_was(merge):
    """Two branches come together as they did."""
    assert_rebuilt(of_branches(merge))


def test_merging_spreads_a_gate_over_an_image():
    """A squeeze-and-excitation gate of one place multiplies all places."""
    image = keras.Input((6, 6, 4))
    gate = layers.Dense(4, "sigmoid")(layers.GlobalAveragePooling2D(keepdims=True)(image))
    flat = layers.Dense(4, "sigmoid")(layers.GlobalAveragePooling2D()(image))
    assert_rebuilt(keras.Model(image, [image * gate, layers.Multiply()([image, gate]), flat]))


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_function_of_tensors_is_rebuilt_as_it_was(name):
    """Arithmetic and `keras.ops` that people write between layers give the same values."""
    assert_rebuilt(of_operation(name))


@pytest.mark.parametrize("name", ATTENTIONS)
def test_attention_is_rebuilt_as_it_was(name):
    """Attention among the places of an image gives the same values."""
    assert_rebuilt(on_positions(ATTENTIONS[name]))


@pytest.mark.parametrize("layer", RECURRENT, ids=_name)
def test_a_recurrent_layer_over_rows_is_rebuilt_as_it_was(layer):
    """The rows of an image, one after the other, give the same values."""
    assert_rebuilt(on_positions(layer))

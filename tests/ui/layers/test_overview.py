"""Which layers are opened first, and which are left out of the drawing."""

from dataclasses import replace

import pytest
import standin

from cnnviz_ui.layers import overview


def described(**kinds):
    """The stand-in's network with other kinds of some layers."""
    structure = standin.structure()
    layers = (replace(layer, kind=kinds.get(layer.name, layer.kind)) for layer in structure.layers)
    return replace(structure, layers=tuple(layers))


@pytest.mark.parametrize("kind", ["Activation", "ReLU", "LeakyReLU", "PReLU", "Relu", "Silu"])
def test_the_first_activation_is_opened_first(kind):
    """Whichever function it is, as a layer or as an operation; without one, the first layer."""
    assert overview.early(described(stem_relu=kind)) == "stem_relu"
    assert overview.early(described(stem_relu="Dropout")) == "stem_conv"


HIDDEN = ("Activation", "ReLU", "ELU", "Dropout", "SpatialDropout2D", "Identity")
HIDDEN += ("BatchNormalization", "GroupNormalization")


@pytest.mark.parametrize("kind", HIDDEN)
def test_activations_normalization_and_what_does_nothing_are_not_drawn(kind):
    """What reads them reads what they read; anything else stays."""
    structure = described(stem_relu=kind)
    kept = {layer.name: layer.inputs for layer in overview.without_details(structure)}
    assert "stem_relu" not in kept
    assert kept["stage1_conv1"] == ("stem_conv",)
    assert {"input", "stem_conv", "stage2_add", "pool", "logits"} < set(kept)


def test_columns_are_wide_enough_for_what_they_hold():
    """Text of six pixels a letter fits, and so does the head; the longest is cut."""
    rows = [{"Kind": "BatchNormalization"}, {"Kind": "ReLU"}]
    assert overview.width(rows, "Kind") > 6 * len("BatchNormalization") + 12
    assert overview.width([{"Kind": ""}], "Kind") > 6 * len("Kind") + 12
    assert overview.width([{"Kind": "x" * 500}], "Kind") == overview.WIDEST

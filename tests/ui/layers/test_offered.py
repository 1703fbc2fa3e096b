"""Which layers a page offers: the main ones, or every one."""

from dataclasses import replace

import pytest
import standin

from cnnviz_ui.layers import offered

MAIN = ("stem_relu", "stage1_relu1", "stage1_<b>odd</b>_*name*", "stage2_add")


def with_layers(*rows):
    """A network of layers given as name, kind and inputs, all with height and width."""
    one = standin.structure().layers[1]
    layers = tuple(replace(one, name=name, kind=kind, inputs=inputs) for name, kind, inputs in rows)
    return replace(standin.structure(), layers=layers)


def test_a_convolution_counts_as_what_it_hands_on():
    """Behind its activation; the picture and what has no height and width are left out."""
    assert offered.main_layers(standin.structure()) == MAIN


def test_a_layer_that_others_read_too_counts_itself():
    """Before an activation function that is one of two readers, nothing is passed over."""
    structure = with_layers(
        ("in", "InputLayer", ()),
        ("conv", "Conv2D", ("in",)),
        ("bn", "BatchNormalization", ("conv",)),
        ("relu", "ReLU", ("bn",)),
        ("drop", "Dropout", ("relu",)),
        ("next", "Conv2D", ("drop",)),
        ("sum", "Add", ("next", "drop")),
    )
    assert offered.main_layers(structure) == ("relu", "next", "sum")


def test_a_network_of_details_alone_offers_all():
    """Nobody is left without a layer."""
    structure = with_layers(("in", "InputLayer", ()), ("relu", "ReLU", ("in",)))
    assert offered.main_layers(structure) == ("in", "relu")


@pytest.mark.parametrize("chosen", ["stem_conv", "input"])
def test_a_layer_that_is_chosen_is_offered_at_its_place(chosen):
    """A link may name any layer; one of another network changes nothing."""
    structure = standin.structure()
    names = offered.offered(structure, every=False, chosen=chosen)
    assert set(names) == {*MAIN, chosen}
    assert sorted(names, key=structure.spatial_layers().index) == list(names)
    assert offered.offered(structure, every=False, chosen="elsewhere") == MAIN
    assert offered.offered(structure, every=True) == structure.spatial_layers()

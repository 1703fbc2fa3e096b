"""What was chosen, where it counts, and what the link says of it."""

import pytest

from cnnviz_ui.frame.choices import Choices, one_of, some_of, spoken
from cnnviz_ui.frame.keys import Key, View

LAYERS = ("stem", "middle", "last")


def page(choices, name, view=View.EXPLAINING, says=None, back=False, model="photos20"):
    """Begin a run of a page."""
    choices.arrive(name, view, says or {}, back=back)
    choices.model = model
    return choices


def draw(choices, key, options, default=None):
    """Draw a control of some options and say what it shows."""
    default = options[0] if default is None else default
    value = choices.begin(
        key, default, one_of(options), lambda held: held in options, called=key.value
    )
    choices.end(key, value, default)
    return value


def layer(choices, default="last"):
    """Draw the layer's control."""
    return draw(choices, Key.LAYER, LAYERS, default)


def test_a_layer_is_kept_for_each_kind_of_page():
    """One chosen to look at maps is not the one that explains, nor one of the kernels."""
    choices = page(Choices(), "activations", View.MAPS)
    layer(choices, "stem")
    choices.take(Key.LAYER, "middle")
    assert layer(page(choices, "localize")) == "last"
    assert layer(page(choices, "filters", View.KERNELS), "stem") == "stem"
    assert layer(page(choices, "activations", View.MAPS), "stem") == "middle"


def test_pages_that_explain_share_a_layer():
    """Class activation and Localize ask about the same layer."""
    choices = page(Choices(), "class_activation")
    layer(choices)
    choices.take(Key.LAYER, "middle")
    assert layer(page(choices, "localize")) == "middle"


def test_a_layer_stays_with_its_network():
    """Another network has one of the same name, and its own default."""
    choices = page(Choices(), "class_activation")
    layer(choices)
    choices.take(Key.LAYER, "stem")
    assert layer(page(choices, "class_activation", model="shapes")) == "last"
    assert layer(page(choices, "class_activation")) == "stem"


def test_a_default_is_never_carried():
    """What nobody has touched begins anew on each page; going back to a default is no choice."""
    choices = page(Choices(), "class_activation")
    layer(choices, "stem")
    choices.take(Key.LAYER, "middle")
    choices.take(Key.LAYER, "stem")
    assert choices.says(whole=True) == {}
    assert layer(page(choices, "localize"), "last") == "last"


def test_a_channel_stays_with_its_layer():
    """Each layer keeps its own; the one that was left is found again."""
    choices = page(Choices(), "activations", View.MAPS)
    layer(choices)
    draw(choices, Key.CHANNEL, range(9), 3)
    choices.take(Key.CHANNEL, 7)
    choices.take(Key.LAYER, "stem")
    page(choices, "activations", View.MAPS)
    layer(choices)
    assert draw(choices, Key.CHANNEL, range(9), 3) == 3
    choices.take(Key.LAYER, "last")
    page(choices, "activations", View.MAPS)
    layer(choices)
    assert draw(choices, Key.CHANNEL, range(9), 3) == 7


def test_a_class_comes_back_with_its_network():
    """The link says no more than what the page shows, on the way there and back."""
    classes, shapes = ("best", "rose", "face"), ("best", "disc")
    choices = page(Choices(), "class_activation", says={"target": ("rose",)})
    assert draw(choices, Key.TARGET, classes) == "rose"
    page(choices, "class_activation", model="shapes")
    assert draw(choices, Key.TARGET, shapes) == "best"
    assert choices.says(whole=True) == {}
    page(choices, "class_activation")
    assert draw(choices, Key.TARGET, classes) == "rose"
    assert choices.says(whole=True) == {"target": ("rose",)}


@pytest.mark.parametrize("back", [True, False])
def test_back_means_itself(back):
    """What its link is silent on was a default; another page's link takes the rest along."""
    choices = page(Choices(), "class_activation")
    layer(choices)
    choices.take(Key.LAYER, "stem")
    layer(page(choices, "class_activation"))
    choices.says(whole=True)
    page(choices, "localize", says={"method": ("RISE",)}, back=back)
    assert layer(choices) == ("last" if back else "stem")


def test_a_link_to_another_page_brings_news_alone():
    """The browser takes choices of the page before along; only what differs was meant."""
    choices = page(Choices(), "class_activation", says={"layer": ("stem",)})
    layer(choices)
    assert choices.says(whole=True) == {"layer": ("stem",)}
    page(choices, "activations", View.MAPS, says={"layer": ("stem",)})
    assert layer(choices) == "last"
    page(choices, "filters", View.KERNELS, says={"layer": ("middle",)})
    assert layer(choices) == "middle"


def test_an_unknown_value_is_told_of():
    """A sentence, and the default; gone with the next choice."""
    choices = page(Choices(), "class_activation", says={"layer": ("conv9",)})
    assert layer(choices) == "last"
    assert choices.amiss == ["The link asks for the layer “conv9”, which is not here."]
    assert choices.says(whole=True) == {}
    page(choices, "class_activation", says={"layer": ("conv9",)})
    assert len(choices.amiss) == 1
    choices.take(Key.LAYER, "stem")
    assert choices.amiss == []


def test_a_page_that_waits_keeps_its_link():
    """What is yet to be drawn stays in it, and is taken over as it comes."""
    says = {"layer": ("stem",), "channel": ("5",)}
    choices = page(Choices(), "activations", View.MAPS, says=says)
    assert layer(choices) == "stem"
    assert choices.says(whole=False) == says
    page(choices, "activations", View.MAPS, says=says)
    layer(choices)
    assert draw(choices, Key.CHANNEL, range(9)) == 5
    assert choices.says(whole=True) == says


def test_a_page_that_waits_for_another_layer_lets_its_channel_go():
    """The channel of the layer before is not of this one."""
    says = {"layer": ("stem",), "channel": ("5",)}
    choices = page(Choices(), "activations", View.MAPS, says=says)
    layer(choices)
    draw(choices, Key.CHANNEL, range(9))
    choices.says(whole=True)
    choices.take(Key.LAYER, "middle")
    layer(page(choices, "activations", View.MAPS, says=says))
    assert choices.says(whole=False) == {"layer": ("middle",)}


def test_what_has_no_control_leaves_the_link():
    """Once the page is whole."""
    choices = page(Choices(), "localize", says={"method": ("RISE",), "nonsense": ("1",)})
    assert choices.says(whole=True) == {}


def test_chosen_for_another_page():
    """A box of the graph opens its maps, with the channel given for it."""
    choices = page(Choices(), "architecture")
    choices.choose({Key.CHANNEL: 4, Key.LAYER: "middle"}, View.MAPS)
    page(choices, "activations", View.MAPS)
    assert layer(choices) == "middle"
    assert draw(choices, Key.CHANNEL, range(9)) == 4


def test_a_choice_outlives_the_link_it_came_before():
    """A tile that is clicked before its control is drawn counts more than the link."""
    choices = page(Choices(), "activations", View.MAPS, says={"channel": ("5",)})
    layer(choices)
    choices.choose({Key.CHANNEL: 2})
    page(choices, "activations", View.MAPS, says={"channel": ("5",)})
    layer(choices)
    assert draw(choices, Key.CHANNEL, range(9)) == 2


def test_a_click_counts_more_than_what_the_browser_sends_along():
    """Two clicks in a row: the second still carries the control's value before the first."""
    choices = page(Choices(), "activations", View.MAPS)
    draw(choices, Key.CHANNEL, range(9))
    choices.choose({Key.CHANNEL: 5})
    draw(page(choices, "activations", View.MAPS), Key.CHANNEL, range(9))
    choices.choose({Key.CHANNEL: 7})
    choices.take(Key.CHANNEL, 0)
    assert draw(page(choices, "activations", View.MAPS), Key.CHANNEL, range(9)) == 7
    choices.take(Key.CHANNEL, 0)
    assert draw(page(choices, "activations", View.MAPS), Key.CHANNEL, range(9)) == 0


def test_what_a_page_chooses_itself_can_be_changed_at_once():
    """A file that has just come is chosen before the picker is drawn, and another one after it."""
    choices = page(Choices(), "start")
    choices.choose({Key.CHANNEL: 5})
    assert draw(choices, Key.CHANNEL, range(9)) == 5
    choices.take(Key.CHANNEL, 6)
    assert draw(page(choices, "start"), Key.CHANNEL, range(9)) == 6


def test_sides_are_about_their_own_networks():
    """A class of A is one of A's network, whatever the sidebar has."""
    choices = page(Choices(), "compare")
    choices.choose({Key.A_MODEL: "shapes"})
    choices.choose({Key.A_TARGET: "disc"})
    assert choices.place(Key.A_TARGET) == ("a_target", "shapes")
    assert choices.place(Key.B_TARGET) == ("b_target", "photos20")


def test_a_forgotten_choice_is_its_default():
    """Also where the link still asks for it."""
    choices = page(Choices(), "filters", View.KERNELS, says={"page": ("3",)})
    layer(choices)
    choices.forget(Key.PAGE)
    assert draw(choices, Key.PAGE, range(1, 9)) == 1


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, ("true",)),
        (7, ("7",)),
        (0.25, ("0.25",)),
        (["a", "b"], ("a", "b")),
        ([], ("",)),
        ("a", ("a",)),
    ],
)
def test_what_the_link_says_is_read_again(value, words):
    """Every kind of value comes back from its words."""
    assert spoken(value) == words
    options = (["a", "b"], value)
    assert (some_of("ab") if isinstance(value, list) else one_of(options))(words) == value


def test_several_of_which_one_is_unknown_are_none():
    """A part of what was meant would be something else."""
    assert some_of("ab")(("a", "c")) is None

"""Arithmetic on Activations and Filters: where it opens, what the link holds, what leaves."""

import json
import struct
from dataclasses import replace

import numpy as np
import pytest
import standin

from cnnviz_core.errors import ArchitectureError
from cnnviz_engine.requests.arithmetic import WorkingsRequest
from cnnviz_ui.frame.keys import Key
from cnnviz_ui.lab import unit_data, unit_export, unit_way
from cnnviz_ui.lab.unit_view import Down

ODD = "stage1_<b>odd</b>_*name*"
TYPES = {"float32": "<f4", "int32": "<i4", "uint8": "u1"}


def unpacked(data):
    """The head and the arrays of what the browser is sent."""
    (length,) = struct.unpack_from("<I", data)
    head = json.loads(data[8 : 8 + length])
    arrays = {
        each["name"]: np.frombuffer(
            data, TYPES[each["type"]], int(np.prod(each["shape"])), each["start"]
        ).reshape(each["shape"])
        for each in head["arrays"]
    }
    return head, arrays


def parts(app):
    """What the drawing is given, and the numbers beside it."""
    found = {each.proto.component_name: each.proto for each in app.get("bidi_component")}
    return json.loads(found["cnnviz_unit"].json), *unpacked(found["cnnviz_unit_numbers"].bytes)


def sentences(app):
    """All that the page notes or finds wrong."""
    return " ".join(element.value.replace("\\", "") for element in [*app.error, *app.info])


def workings(layer, channel=0):
    """The stand-in's."""
    request = WorkingsRequest(model="photos20", image="0" * 64, layer=layer, channel=channel)
    return request, standin.StandInEngine()._workings(request)


def test_a_channel_opens_at_its_largest_value(visit):
    """With all numbers, and a link that is silent on what nobody has chosen."""
    app = visit("activations", shown="Arithmetic")
    view, head, arrays = parts(app)
    assert head["layer"] == "stem_relu"
    assert head["title"].startswith("stem_relu, channel")
    best = np.unravel_index(arrays["values"].argmax(), arrays["values"].shape)
    assert view["pinned"] == [int(place) for place in best]
    assert view["trail"] == []
    assert "unit" not in app.query_params
    _, found = workings("stem_relu", head["channel"])
    for name in ("inputs", "weights", "totals", "values", "rows", "columns"):
        np.testing.assert_array_equal(arrays[name], getattr(found, name))
    np.testing.assert_array_equal(arrays["after0"], found.following[0].values)


def test_the_link_holds_the_pixel_and_the_way(visit):
    """A unit on the way down, with where one came from."""
    way = ["0,0,2,logits", "0,0,5,pool"]
    app = visit("activations", shown="Arithmetic", layer="pool", channel="5", walk=way)
    view, head, _ = parts(app)
    assert (head["layer"], head["channel"]) == ("pool", 5)
    assert view["trail"] == ["logits: face", "pool: 5"]
    app = visit("activations", shown="Arithmetic", layer="stage2_add", channel="1", unit="3,9")
    assert parts(app)[0]["pinned"] == [3, 9]
    assert not app.info


@pytest.mark.parametrize(
    ("link", "word"),
    [
        ({"unit": "64,0"}, "pixel"),
        ({"unit": "-1,0"}, "pixel"),
        ({"unit": "<script>"}, "pixel"),
        ({"walk": "0,0,99,logits"}, "way"),
        ({"walk": ["9,9,0,pool"]}, "way"),
        ({"walk": ["0,0,0,nowhere"]}, "way"),
        ({"walk": ["0,0,0,pool"] * 300}, "way"),
        ({"layer": "nowhere"}, "layer"),
    ],
)
def test_a_hostile_link_gets_a_sentence(visit, link, word):
    """And what would be shown without it."""
    app = visit("activations", shown="Arithmetic", **link)
    assert f"The link asks for the {word}" in sentences(app)
    view, _, arrays = parts(app)
    assert view["pinned"] == list(divmod(int(arrays["values"].argmax()), 64))
    assert view["trail"] == []
    assert not app.exception


def test_a_way_that_leads_elsewhere_is_not_told(visit):
    """Another channel was chosen since."""
    app = visit("activations", shown="Arithmetic", layer="pool", channel="6", walk=["0,0,5,pool"])
    assert parts(app)[0]["trail"] == []
    assert "walk" not in app.query_params


def test_a_layer_without_arithmetic_says_why_and_leads_on(visit, engine):
    """To the layer that it reads."""
    engine.failure = ArchitectureError("Layer 'pool' mixes numbers.")
    app = visit("activations", shown="Arithmetic", layer="pool")
    assert "mixes numbers" in sentences(app)
    engine.failure = None
    before = next(button for button in app.button if "layer before" in button.label)
    before.click().run()
    assert parts(app)[1]["layer"] == "stage2_add"


def test_one_layers_channel_leads_to_its_arithmetic(visit):
    """The same layer and channel."""
    app = visit("activations", layer="stage2_add", channel="4")
    next(button for button in app.button if button.label == "How is a value made?").click().run()
    _, head, _ = parts(app)
    assert (head["layer"], head["channel"], head["rule"]) == ("stage2_add", 4, "add")


def test_every_layer_of_the_network_opens(visit):
    """Lists of numbers, classes by name, and the photo's own pixels in all colours."""
    app = visit("activations", shown="Arithmetic", layer="logits")
    assert parts(app)[1]["places"] == [1, 1]
    options = app.selectbox(key="layer").options
    assert {"input", "pool", "logits"} <= set(options)
    app = visit("activations", shown="Arithmetic", layer="input")
    _, head, arrays = parts(app)
    assert arrays["photo"].shape == (128, 128, 3)
    assert head["colourList"] == ["red", "green", "blue"]


def test_filters_show_a_filter_on_the_photo(visit):
    """By its own convolution; kernels come first."""
    app = visit("filters", shown=["Arithmetic on the photo"], layer="stage1_conv1", channel="7")
    _, head, _ = parts(app)
    assert (head["layer"], head["channel"]) == ("stage1_conv1", 7)
    assert not app.exception
    assert "cnnviz_unit" not in [
        each.proto.component_name for each in visit("filters").get("bidi_component")
    ]


def test_a_score_leads_down(visit, engine):
    """From Class activation to the arithmetic of that class."""
    app = visit("class_activation", target="face")
    next(button for button in app.button if "score to the pixels" in button.label).click().run()
    asked = [request for request in engine.requests if request.kind == "workings"]
    assert [(request.layer, request.channel) for request in asked] == [("logits", 2)]


def test_a_step_down_is_checked():
    """What the browser sends leads only to what is there."""
    _, found = workings("stage1_relu1", 3)
    chosen = unit_way.down([], found, Down(7, (1, 2), (5, 6)))
    assert chosen[Key.LAYER] == "stem_relu"
    assert (chosen[Key.CHANNEL], chosen[Key.UNIT]) == (7, "5,6")
    assert chosen[Key.WALK] == ["1,2,3,stage1_relu1", "5,6,7,stem_relu"]
    for wrong in (
        Down(32, (1, 2), (5, 6)),
        Down(7, (32, 2), (5, 6)),
        Down(7, (1, 2), (64, 6)),
        Down(7, (1, 32), (5, 6)),
    ):
        assert unit_way.down([], found, wrong) is None


def test_all_arrays_leave():
    """Those of the workings, by their names."""
    _, found = workings("stage1_relu1", 3)
    arrays = unit_export.arrays(found)
    assert set(arrays) == {
        "inputs", "weights", "bias", "rows", "columns", "totals", "values", "source_layers",
        "source_channels", "after_0",
    }  # fmt: skip
    assert arrays["bias"] == np.float32(0.25)
    assert list(arrays["source_layers"][:1]) == ["stem_relu"]


def test_what_begins_at_an_untold_layer_says_so():
    """It reads no window of its own."""
    _, found = workings("pool")
    begun = replace(found, by=found.sources[0].layer, kind="GroupNormalization")
    assert unit_data.reading(begun).startswith("Begins at what ")


def test_a_place_of_padding_is_said_to_be_one():
    """A border of zeros copies no number."""
    _, found = workings("pool")
    names = unit_data.names_of(standin.structure())
    empty = replace(found, rule="pass", rows=np.full_like(found.rows[:, :1], -1))
    empty = replace(empty, columns=found.columns[:, :1], totals=np.zeros_like(found.totals))
    assert "padding, which is 0" in unit_export.words(empty, (0, 0), names)


@pytest.mark.parametrize("layer", ["stem_relu", "stage2_add", "pool", "logits", "input"])
def test_a_unit_leaves_as_words_and_picture(layer):
    """Of any rule."""
    request, found = workings(layer)
    names = unit_data.names_of(standin.structure())
    place = unit_way.largest(found)
    words = unit_export.words(found, place, names)
    assert words.startswith(f"{layer}, ")
    picture = unit_export.picture(found, place, names, head="photos20: photo")
    assert picture.dtype == np.uint8
    assert picture.shape[1] > 700
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 20
    assert request.key

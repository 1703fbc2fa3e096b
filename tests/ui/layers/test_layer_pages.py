"""Activations and Filters: layers and channels by buttons, all layers, links to any layer."""

from shown_tiles import tiles_of

from cnnviz_ui.layers import strip


def button(app, label):
    """A button by its name."""
    return next(button for button in app.button if button.label == label)


def test_steps_go_through_the_main_layers_and_their_channels(visit):
    """By the very buttons that arrow keys press; at an end there is nothing to press."""
    app = visit("activations")
    assert button(app, "Previous layer").disabled
    button(app, "Next layer").click().run()
    assert app.selectbox(key="layer").value == "stage1_relu1"
    first = app.number_input(key="channel").value
    button(app, "Previous channel").click().run()
    assert app.number_input(key="channel").value == first - 1
    button(app, "Previous layer").click().run()
    assert app.selectbox(key="layer").value == "stem_relu"
    assert not app.exception


def test_arrow_keys_press_the_steps(visit):
    """Streamlit is told which key presses which button."""
    app = visit("activations")
    keys = {step.label: step.proto.shortcut for step in app.button if step.proto.shortcut}
    assert keys == {
        "Previous layer": "left",
        "Next layer": "right",
        "Previous channel": "up",
        "Next channel": "down",
    }


def test_a_step_beyond_a_page_turns_it(visit):
    """The tiles follow the channel."""
    app = visit(
        "filters", layer="stage1_<b>odd</b>_*name*", tiles="Per input channel", channel="11"
    )
    button(app, "Next filter").click().run()
    names = tiles_of(app)[0]["names"]
    assert names[0].startswith("filter 12,")
    assert tiles_of(app)[0]["marked"] == 0


def test_a_link_to_a_layer_that_is_no_main_one_opens_it(visit):
    """It stands in the list though the others like it do not; the toggle shows them."""
    app = visit("activations", layer="stem_conv")
    picker = app.selectbox(key="layer")
    assert picker.value == "stem_conv"
    assert "stage1_conv1" not in picker.options
    app.toggle(key="every_layer").set_value(True).run()
    assert "stage1_conv1" in app.selectbox(key="layer").options
    assert app.selectbox(key="layer").value == "stem_conv"


def test_all_layers_are_one_request_a_photo(visit, engine):
    """The main layers for both photos, in order; none is computed whole."""
    app = visit("activations", shown="All layers", second="coffee")
    asked = [request for request in engine.requests if request.kind == "glimpses"]
    assert len(asked) == 2
    assert not [request for request in engine.requests if request.kind == "activations"]
    names = ["stem_relu", "stage1_relu1", "stage1_<b>odd</b>_*name*", "stage2_add"]
    assert list(asked[0].layers) == names
    first, second = tiles_of(app)
    assert [words.split(",")[0] for words in first["names"]] == names
    assert first["label"] != second["label"]
    app.toggle(key="every_layer").set_value(True).run()
    assert len(tiles_of(app)[0]["names"]) == 7


def test_the_mean_is_another_picture(visit):
    """And is called so."""
    telling = tiles_of(visit("activations", shown="All layers"))[0]
    mean = tiles_of(visit("activations", shown="All layers", each=strip.MEAN))[0]
    assert telling["sheet"] != mean["sheet"]
    assert mean["names"][0].endswith(", mean")


def test_filters_of_an_inner_layer_open_as_one_tile_each(visit):
    """The kernel in numbers is the one in the marked tile."""
    app = visit("filters", layer="stage1_conv1")
    (tiles,) = tiles_of(app)
    assert len(tiles["names"]) == 48
    channel = app.number_input(key="input").value
    assert tiles["names"][tiles["marked"]] == f"filter 0, input channel {channel}"
    button(app, "Next filter").click().run()
    (tiles,) = tiles_of(app)
    channel = app.number_input(key="input").value
    assert tiles["names"][tiles["marked"]] == f"filter 1, input channel {channel}"


def test_the_lines_give_what_is_shown(visit):
    """Python beside the map, all layers and kernels."""
    said = {
        page: " ".join(block.value for block in visit(page, **query).code)
        for page, query in (("activations", {}), ("filters", {}))
    }
    assert "cnnviz.activations(model, image, ['stem_relu'])['stem_relu']" in said["activations"]
    assert "cnnviz.kernels(model, 'stem_conv')" in said["filters"]
    strip_lines = " ".join(block.value for block in visit("activations", shown="All layers").code)
    assert "cnnviz.layer_glimpses(model, image, ['stem_relu', " in strip_lines

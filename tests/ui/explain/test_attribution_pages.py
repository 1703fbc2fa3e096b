"""Class activation, Pixel attribution and Localize: what they ask for and what they say."""

import dataclasses
import json

import pytest
from streamlit.util import calc_hash

from cnnviz_core.attribution.catalogue import METHODS
from cnnviz_ui.explain import heatmaps, localizing, pickers
from cnnviz_ui.frame import state
from cnnviz_ui.widgets import pictures


def asked(engine, kind="attribution"):
    """The requests of one kind so far."""
    return [request for request in engine.requests if request.kind == kind]


def words_of(app):
    """All text that the page writes itself."""
    return " ".join(element.value for element in app.get("html"))


def button(app, label):
    """A button by its label."""
    return next(element for element in app.button if element.label == label)


CAMS = [method for method in METHODS.values() if method.family == "class activation"]
PIXEL_METHODS = [method for method in METHODS.values() if method.family != "class activation"]


@pytest.mark.parametrize("method", CAMS, ids=lambda method: method.name)
def test_every_class_activation_map_can_be_chosen(visit, engine, method):
    """The method's map is asked for and explained in the catalogue's own sentence."""
    app = visit("class_activation", method=method.title)
    assert not app.exception
    assert asked(engine)[0].method == method.name
    assert method.source in words_of(app)


@pytest.mark.parametrize("method", PIXEL_METHODS, ids=lambda method: method.name)
def test_every_pixel_method_can_be_chosen(visit, engine, method):
    """The method's map is asked for without a layer, and explained."""
    app = visit("pixel_attribution", pixel_method=method.title)
    assert not app.exception
    assert (asked(engine)[0].method, asked(engine)[0].layer) == (method.name, None)
    assert method.source in words_of(app)


def test_refused_method_is_a_sentence_and_the_others_stay(visit, engine):
    """Where the network's build does not allow a method, its sentence stands in its place."""
    engine.refused = {"class_activation_map"}
    app = visit("class_activation", method="CAM")
    assert not app.exception
    assert len(app.error) == 1
    assert "is not defined on this network" in app.error[0].value.replace("\\", "")
    assert len(app.get("image")) == 5


def test_small_multiples_open_their_method(visit, engine):
    """A click below a small picture makes its method the page's."""
    app = visit("class_activation")
    button(app, "LayerCAM").click().run()
    assert app.selectbox(key="method").value == "LayerCAM"
    assert "LayerCAM at stage2_add" in words_of(app)


def test_small_multiples_are_the_methods_that_need_no_patience(visit, engine):
    """Score-CAM runs only when it is asked for."""
    visit("class_activation")
    quick = {method.name for method in CAMS if not method.progressive}
    assert {request.method for request in asked(engine)} == quick
    assert "score_cam" not in quick


def test_best_classes_open_their_class(visit, engine):
    """A click on one of the best classes explains it."""
    app = visit("class_activation")
    last = [element for element in app.button if (element.key or "").startswith("_class-")][-1]
    index = int(last.key.removeprefix("_class-"))
    last.click().run()
    assert app.selectbox(key="target").value == _label(engine, index)
    assert asked(engine)[-1].target == index
    assert not app.exception


def test_contrast_names_both_classes(visit, engine):
    """A contrast of two is asked for by both indices and said with both names."""
    app = visit("class_activation", target="face", against="tulip")
    assert (asked(engine)[0].target, asked(engine)[0].against) == (2, 5)
    assert "face rather than tulip" in words_of(app)
    assert "Logit difference" in words_of(app)


def test_contrast_with_the_most_probable_class_looks_it_up(visit, engine):
    """Without a class chosen, the most probable one is compared."""
    visit("pixel_attribution", image="coffee")
    best = engine._predict(pickers.PredictRequest(model="photos20", image=_image(engine), top=2))
    engine.requests.clear()
    visit("pixel_attribution", image="coffee", against=_label(engine, best.indices[1]))
    assert (asked(engine)[0].target, asked(engine)[0].against) == best.indices


def test_class_compared_with_itself_is_explained_alone(visit, engine):
    """A class against itself would be zero everywhere."""
    app = visit("pixel_attribution", target="face", against="face")
    assert (asked(engine)[0].target, asked(engine)[0].against) == (2, None)
    assert not app.exception
    assert "rather than" not in words_of(app)


def test_click_on_the_class_compared_with_ends_the_contrast(visit, engine):
    """The list of the best classes never leaves a class compared with itself."""
    app = visit("class_activation")
    last = [element for element in app.button if (element.key or "").startswith("_class-")][-1]
    index = int(last.key.removeprefix("_class-"))
    app = visit("class_activation", target="face", against=_label(engine, index))
    app.button(key=f"_class-{index}").click().run()
    assert app.selectbox(key="target").value == _label(engine, index)
    assert app.selectbox(key="against").value == pickers.NO_OTHER_CLASS
    assert (asked(engine)[-1].target, asked(engine)[-1].against) == (index, None)


def test_each_page_keeps_its_own_method(visit):
    """Localize shares a CAM with Class activation; what only one of them offers stays there."""
    app = visit("localize", method="LayerCAM")
    _turn(app, "class_activation")
    assert app.selectbox(key="method").value == "LayerCAM"
    _turn(app, "pixel_attribution")
    assert app.selectbox(key="pixel_method").value == "Guided backpropagation"


def test_method_that_a_page_does_not_offer_is_its_first(visit):
    """Localize's RISE opens Class activation with its first method."""
    app = visit("localize", method="RISE")
    _turn(app, "class_activation")
    assert not app.exception
    assert app.selectbox(key="method").value == "Grad-CAM"


def test_output_is_chosen_on_a_network_with_several(visit, engine):
    """Each request names the output; on a network with one there is no picker and no name."""
    engine.outputs = ("species", "colour")
    app = visit("class_activation", output="colour")
    assert app.selectbox(key="output").value == "colour"
    assert {request.output for request in asked(engine)} == {"colour"}
    assert asked(engine, "predict")[0].output == "colour"
    engine.outputs = ()
    engine.requests.clear()
    assert "output" not in {box.key for box in visit("class_activation").selectbox}
    assert {request.output for request in asked(engine)} == {None}


def test_amount_and_seed_go_only_to_methods_that_take_them(visit, engine):
    """RISE takes both, occlusion neither."""
    visit("pixel_attribution", pixel_method="RISE", amount="250", seed="7")
    assert (asked(engine)[-1].amount, asked(engine)[-1].seed) == (250, 7)
    visit("pixel_attribution", pixel_method="Occlusion", amount="250", seed="7")
    assert (asked(engine)[-1].amount, asked(engine)[-1].seed) == (None, 0)


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("Integrated gradients", "<dt>Completeness error</dt><dd>0.0125 logit</dd>"),
        ("RISE", "<dt>Standard error</dt><dd>0.02</dd>"),
        ("LIME", "<dt>R\u00b2</dt><dd>0.75</dd>"),
        ("Guided backpropagation", "<dt>ReLUs guided</dt><dd>17</dd>"),
    ],
)
def test_measures_are_said_with_their_names(visit, method, said):
    """What tells how far a map can be trusted stands beside it."""
    assert said in words_of(visit("pixel_attribution", pixel_method=method))


def test_clipping_for_the_eye_is_said_where_it_is_done(visit):
    """Gradient maps are clipped at the 99th percentile, others are not, and the captions say so."""
    clipped = "strongest 1\u00a0% of it are clipped for the eye"
    assert clipped in words_of(visit("pixel_attribution", pixel_method="SmoothGrad"))
    assert clipped not in words_of(visit("pixel_attribution", pixel_method="Occlusion"))


def test_signed_maps_are_read_by_colour(visit):
    """Red and blue are said for maps with a sign alone."""
    assert "red speaks for" in words_of(
        visit("pixel_attribution", pixel_method="Integrated gradients")
    )
    assert "red speaks for" not in words_of(visit("pixel_attribution", pixel_method="Saliency"))


@pytest.mark.parametrize(
    ("name", "chosen"),
    [
        ("class_activation", {"method": "Score-CAM"}),
        ("pixel_attribution", {"pixel_method": "RISE"}),
    ],
)
def test_long_method_grows_and_is_cancelled(visit, engine, name, chosen):
    """A method of many passes shows progress and Cancel, and can be run again."""
    engine.step_seconds = 3600.0
    app = visit(name, **chosen)
    assert "starting" in app.get("progress")[0].proto.text
    button(app, "Cancel").click().run()
    assert "cancelled" in app.info[0].value
    engine.step_seconds = 0.0
    button(app, "Run it").click().run()
    assert not app.exception
    assert not app.get("progress")


def test_file_name_says_what_is_in_it(visit, engine):
    """Model, layer, method, class and photo, and nothing that a system could refuse."""
    app = visit("class_activation", target="a*b <script>alert(1)</script>", layer="stem_conv")
    keys = [element.key for element in app.get("download_button")]
    name = "photos20_stem-conv_Grad-CAM_a-b-script-alert-1-script_sunflower"
    assert f"_download-{name}-PNG" in keys


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (
            ("motorcycle", "motorbike", "Grad-CAM++", "stage3/conv"),
            "motorcycle_motorbike_Grad-CAM++_stage3-conv",
        ),
        (("../..", "", "\u202e", "/"), "cnnviz"),
        (("x" * 500,), "x" * 40),
    ],
)
def test_file_names_are_safe(parts, name):
    """Whatever labels say, a file's name stays a name."""
    assert pictures.file_name(*parts) == name


def test_localize_shows_box_and_cut_out_with_their_numbers(visit, engine):
    """Two pictures; the box in pixels and as shares; the share of the mask."""
    app = visit("localize")
    assert not app.exception
    assert len(app.get("image")) == 2
    text = words_of(app)
    assert " px</td>" in text
    assert all(f">{name}</th>" in text for name in ("b_x", "b_y", "b_h", "b_w"))
    height, width = engine.photo_shape
    share = 3.14159 * (min(height, width) / 4) ** 2 / (height * width)
    assert f"{100 * share:.1f}\u00a0% of the photo" in text
    cut = asked(engine, "grabcut")[0]
    assert cut.attribution == asked(engine)[0]


def test_higher_threshold_gives_a_smaller_box(visit):
    """The box shrinks as the threshold rises."""
    sizes = []
    for threshold in ("0.2", "0.8"):
        cells = words_of(visit("localize", threshold=threshold)).split("<td>")
        sizes.append([int(side) for side in cells[3].split(" px")[0].split(" \u00d7 ")])
    assert sizes[1][0] < sizes[0][0]
    assert sizes[1][1] < sizes[0][1]


def test_nothing_to_localize_is_said(visit, engine):
    """An empty map gives a sentence and the photo, and asks for no cut-out."""
    engine.zero_map = True
    app = visit("localize")
    assert not app.exception
    assert "No positive evidence" in app.info[0].value
    assert len(app.get("image")) == 1
    assert not asked(engine, "grabcut")


def test_boxes_are_taken_along(visit, engine):
    """CSV and JSON hold the pixels and shares of every box, and what they were found by."""
    app = visit("localize")
    kinds = [element.label for element in app.get("download_button")]
    assert kinds == ["PNG", "CSV", "JSON", "PNG", "NPZ"]
    attribution = engine._attribution(asked(engine)[0])
    photo = app.session_state[state.STATE].sidebar.photo
    request, look = asked(engine)[0], heatmaps.Look()
    search = localizing.Search(photo, request, attribution, look, 0.5, localizing.REGIONS[0])
    document = json.loads(localizing.boxes_json(search))
    box = search.boxes[0]
    assert (document["method"], document["threshold"]) == ("Grad-CAM", 0.5)
    assert document["boxes"][0]["left"] == box.left
    assert document["boxes"][0]["b_x"] == pytest.approx(
        (box.left + box.right) / 2 / document["width"]
    )
    lines = localizing.boxes_csv(search).splitlines()
    assert lines[0].startswith("left,top,right,bottom,b_x")
    assert lines[1].startswith(f"{box.left},{box.top},{box.right},{box.bottom},")


def _turn(app, name):
    app._page_hash = calc_hash(name)  # switch_page knows files only, not callables
    app.run()


def _image(engine):
    return asked(engine)[0].image


def _label(engine, index):
    return engine._describe(pickers.DescribeRequest(model="photos20")).labels[index]


@pytest.mark.parametrize(("threshold", "says"), [(0.05, True), (0.5, False)])
def test_a_box_around_nearly_everything_is_said_to_locate_nothing(visit, engine, threshold, says):
    """At a low threshold the map is hot everywhere; the words say so, with the share."""
    app = visit("localize", threshold=str(threshold))
    request = asked(engine)[0]
    photo = app.session_state[state.STATE].sidebar.photo
    found, look = engine._attribution(request), heatmaps.Look()
    search = localizing.Search(photo, request, found, look, threshold, localizing.REGIONS[0])
    box, (height, width) = search.boxes[0], photo.pixels.shape[:2]
    covered = (box.right - box.left) * (box.bottom - box.top) / (height * width)
    assert (covered >= localizing.NEARLY_ALL) == says
    assert ("says hardly where" in words_of(app)) == says


def test_a_network_without_relus_opens_with_saliency(visit, engine, monkeypatch):
    """Guided backpropagation would be refused, and the first picture be a refusal."""
    describe = engine._describe
    monkeypatch.setattr(
        engine, "_describe", lambda request: dataclasses.replace(describe(request), relus=0)
    )
    app = visit("pixel_attribution")
    assert app.selectbox(key="pixel_method").value == "Saliency"
    assert asked(engine)[-1].method == "saliency"
    assert visit("compare").selectbox(key="b_method").value == "Saliency"

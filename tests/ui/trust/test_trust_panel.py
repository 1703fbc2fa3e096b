"""Can this map be trusted? Opened on the page, checked for exactly that map, carried to Compare."""

import pytest
from streamlit.util import calc_hash

from cnnviz_ui.trust.panel import QUESTION

PAGES = ("class_activation", "pixel_attribution", "localize")
CHECKS = {"placement", "randomization"}


def turn(app, name):
    """Open another page, as the navigation does."""
    app._page_hash = calc_hash(name)  # switch_page knows files only, not callables
    return app.run()


def asked(engine, *kinds):
    """The requests of some kinds."""
    return [request for request in engine.requests if request.kind in kinds]


def verdicts_of(app):
    """What is said in boxes."""
    boxes = [*app.success, *app.warning, *app.info]
    return " ".join(box.value.replace("\\", "") for box in boxes)


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_checked_until_it_is_asked_for(visit, engine, name):
    """The switch opens the checks in place; its state is in the link."""
    app = visit(name)
    assert not asked(engine, *CHECKS)
    app.toggle(key="trust").set_value(True).run()
    assert not app.exception
    assert {request.kind for request in asked(engine, *CHECKS)} == CHECKS
    assert "points at pixels that matter" in verdicts_of(app)
    assert "Part of the map stays" in verdicts_of(app)
    assert app.query_params["trust"] == "true"


@pytest.mark.parametrize("name", PAGES)
def test_exactly_the_map_on_the_page_is_checked(visit, engine, name):
    """Method, layer, classes, amount and seed are those of the map."""
    key = "pixel_method" if name == "pixel_attribution" else "method"
    method = "Grad-CAM" if name == "class_activation" else "RISE"
    chosen = {key: method, "target": "tulip", "against": "face", "amount": "50", "seed": "4"}
    chosen |= {"layer": "stem_conv"} if name == "class_activation" else {}
    visit(name, trust="true", **chosen)
    shown = asked(engine, "attribution")[0]
    assert shown.target == 5
    assert {request.attribution for request in asked(engine, *CHECKS)} == {shown}


def test_a_map_that_is_drawn_at_random_is_drawn_again(visit, engine):
    """With another seed and all else the same; the page says from how many samples it is."""
    app = visit("pixel_attribution", trust="true", pixel_method="RISE", amount="50", seed="4")
    first, again = asked(engine, "attribution")
    assert again == first.model_copy(update={"seed": 5})
    assert "From 50 masks. Drawn again it is" in verdicts_of(app)
    engine.requests.clear()
    visit("pixel_attribution", trust="true", pixel_method="Saliency")
    assert len(asked(engine, "attribution")) == 1


def test_a_blank_map_is_not_checked(visit, engine):
    """There is nothing to move, and nothing to compare."""
    engine.zero_map = True
    app = visit("class_activation", trust="true")
    assert not app.exception
    assert "nothing to check" in verdicts_of(app)
    assert not asked(engine, *CHECKS)


def test_checks_grow_while_they_run(visit, engine):
    """Each tells how far it is and can be cancelled; the map stays on the page."""
    engine.step_seconds = 3600.0
    app = visit("class_activation", trust="true")
    assert not app.exception
    assert len(app.get("progress")) == 2
    assert app.get("image")


def test_compare_opens_with_what_was_looked_at(visit, engine):
    """Method, class and layer become A's; B shows the same class by a method that differs."""
    app = visit("class_activation", method="LayerCAM", target="tulip", layer="stem_conv")
    engine.requests.clear()
    turn(app, "compare")
    assert not app.exception
    first, second = asked(engine, "attribution")
    assert (first.method, first.target, first.layer) == ("layer_cam", 5, "stem_conv")
    assert (second.method, second.target) == ("guided_backpropagation", 5)
    assert app.query_params["a_method"] == "LayerCAM"
    assert app.query_params["a_target"] == "tulip"


def test_b_gives_way_where_a_takes_its_method(visit, engine):
    """The same map twice shows nothing."""
    app = visit("pixel_attribution")
    engine.requests.clear()
    turn(app, "compare")
    methods = [request.method for request in asked(engine, "attribution")]
    assert methods == ["guided_backpropagation", "grad_cam"]


def test_a_later_look_replaces_a_and_leaves_what_b_chose(visit, engine):
    """A follows each time; a class that was chosen for B stays."""
    app = visit("class_activation", target="tulip")
    turn(app, "compare")
    app.selectbox(key="b_target").select("face").run()
    turn(app, "class_activation")
    app.selectbox(key="target").select("motorbike").run()
    engine.requests.clear()
    turn(app, "compare")
    first, second = asked(engine, "attribution")
    assert (first.target, second.target) == (3, 2)


def test_what_is_chosen_on_compare_stays_while_nothing_else_is_looked_at(visit, engine):
    """The map is taken over once: a choice of A's after that counts."""
    app = visit("class_activation", target="tulip")
    turn(app, "compare")
    app.selectbox(key="a_target").select("face").run()
    assert app.selectbox(key="a_target").value == "face"
    app.selectbox(key="b_method").select("Saliency").run()
    assert app.selectbox(key="a_target").value == "face"


def test_a_link_that_says_what_a_is_counts(visit, engine):
    """A first link means itself."""
    app = visit("compare", a_method="Saliency", a_target="face")
    assert app.selectbox(key="a_method").value == "Saliency"
    assert app.selectbox(key="a_target").value == "face"


@pytest.mark.parametrize("name", ["A", "B"])
def test_each_control_says_whose_it_is(visit, name):
    """By its label, which is what a screen reader says."""
    labels = [select.label for select in visit("compare").selectbox]
    whats = ("model", "photo", "method", "class", "compared with", "layer")
    assert [f"{name}: {what}" for what in whats] == [
        label for label in labels if label.startswith(f"{name}:")
    ]


def test_the_question_is_the_label_of_the_switch(visit):
    """It reads as what it opens."""
    assert visit("class_activation").toggle(key="trust").label == QUESTION

"""How maps look and what their colours end at: chosen once, kept, and in the link."""

import pytest

from cnnviz_ui.explain import heatmaps, looks, scales


@pytest.fixture
def drawn(monkeypatch):
    """Looks and scales of the overlays that the page draws, in order."""
    seen = []
    real = heatmaps.overlay_file

    def record(photo, attribution, key, look, scale=None, **options):
        if "side" not in options:
            seen.append((look, scale))
        return real(photo, attribution, key, look, scale, **options)

    monkeypatch.setattr(heatmaps, "overlay_file", record)
    return seen


def words_of(app):
    """All text that the page writes itself."""
    return " ".join(element.value for element in app.get("html"))


def group(app, key):
    """Options in sight, by their name in the link."""
    return next(element for element in app.get("button_group") if element.key == key)


@pytest.mark.parametrize("page", ["start", "class_activation", "pixel_attribution"])
def test_pages_open_with_the_readable_look(visit, drawn, page):
    """Grey photo and inferno, wherever a map lies over a photo."""
    visit(page)
    assert drawn[0] == (looks.Look(), None)
    assert (looks.Look().colormap, looks.Look().lecture) == ("inferno", False)


@pytest.mark.parametrize("page", ["class_activation", "pixel_attribution"])
def test_lectures_look_is_one_choice(visit, drawn, page):
    """Jet at 0.4 by one name in the link; its intensity is its own."""
    app = visit(page, look="Lecture", intensity="0.9", colormap="Viridis")
    assert drawn[0][0] == looks.LECTURE
    assert "colormap" not in {box.key for box in app.selectbox}
    visit(page, look="Lecture", lecture_intensity="0.6")
    assert drawn[-1][0].intensity == 0.6


def test_colour_map_and_intensity_are_the_readable_looks(visit, drawn):
    """Each by its name in the link."""
    visit("class_activation", colormap="Cividis", intensity="0.5")
    assert drawn[0][0] == looks.Look("cividis", 0.5)


def test_every_colour_map_offered_is_there():
    """Perceptual ones come first; the lecture's is offered, and never the first."""
    for look in map(looks.Look, looks.COLORMAPS.values()):
        assert look.strong == ("warm" if look.colormap == "jet" else "bright")
    assert list(looks.COLORMAPS)[-1] == "Jet"


def test_scale_is_held_while_the_class_changes(visit, drawn):
    """Held by one click; another class keeps it, and the caption says so."""
    app = visit("class_activation", target="face")
    assert drawn[-1][1] is None
    hold = group(app, "scale").options[1]
    assert hold.startswith("Hold ")
    group(app, "scale").set_value(hold).run()
    held = drawn[-1][1]
    assert held == pytest.approx(float(hold.split()[1]))
    app.selectbox(key="target").set_value("tulip").run()
    assert not app.exception
    assert drawn[-1][1] == held
    assert f"The colour scale is held: colours end at {held:.3g} logit" in words_of(app)
    assert app.query_params["scale"] == hold


def test_held_scale_is_in_the_link(visit, drawn):
    """A reload, or anybody with the link, sees the same colours."""
    app = visit("class_activation", scale="Hold 0.25 logit", target="tulip")
    assert drawn[-1][1] == 0.25
    assert app.query_params["scale"] == "Hold 0.25 logit"
    figure = app.get("plotly_chart")[0]
    assert '"zmax":0.25' in figure.proto.spec.replace(" ", "")


def test_map_of_other_units_has_its_own_scale(visit, drawn):
    """Logits say nothing of probabilities."""
    app = visit("pixel_attribution", pixel_method="Occlusion", scale="Hold 0.25 logit")
    assert not app.exception
    assert drawn[-1][1] is None
    assert "is held" not in words_of(app)


@pytest.mark.parametrize(
    "scale",
    ["Hold nan logit", "Hold 1e999 logit", "Hold 0 logit", "Hold -1 logit", "0.2", "<b>", "Hold"],
)
def test_no_link_can_hold_nonsense(visit, drawn, scale):
    """What is no positive number with the map's units is the map's own maximum."""
    app = visit("class_activation", scale=scale)
    assert not app.exception
    assert drawn[-1][1] is None
    assert scales.OWN in group(app, "scale").value


def test_empty_map_keeps_a_scale_and_holds_none(visit, engine, drawn):
    """A class without evidence does not let the held scale go."""
    engine.zero_map = True
    assert "scale" not in {element.key for element in visit("class_activation").get("button_group")}
    app = visit("class_activation", scale="Hold 0.25 logit")
    assert not app.exception
    assert app.query_params["scale"] == "Hold 0.25 logit"


@pytest.mark.parametrize("held", ["1e-99", "1e+99", "0", "1e-40"])
def test_a_link_holds_no_scale_by_which_no_map_can_be_divided(held):
    """Float32 has no such values: they would become none at all, or no number."""
    assert scales._value(f"Hold {held} logit", "logit") is None
    assert scales._value("Hold 0.176 logit", "logit") == 0.176

"""Compare and trust: two sides, many methods, faithfulness, and randomization."""

import numpy as np
import pytest

from cnnviz_core.attribution.catalogue import METHODS
from cnnviz_core.errors import ArchitectureError
from cnnviz_core.maps.comparison import rank_correlation
from cnnviz_ui.compare import faithfulness, side_by_side
from cnnviz_ui.widgets import exports, pictures

SECTIONS = ("A | B", "Many methods", "Faithfulness", "Randomization")
HOSTILE = {
    "section": "<script>",
    "a_model": "../../x",
    "b_model": "",
    "a_image": "own",
    "b_method": "'; drop table",
    "a_target": "99999",
    "b_against": "1e999",
    "a_layer": "\u202e",
    "methods": "nonsense",
    "measured": "<b>",
    "measure": "-1",
    "depth": "1e999",
    "check_method": "<i>",
}


def words_of(app):
    """All text that the page writes itself."""
    return " ".join(element.value for element in app.get("html"))


def pictures_of(app):
    """Every picture and chart of the page."""
    return [*app.get("image"), *app.get("plotly_chart")]


def asked(engine, kind):
    """The requests of one kind, in the order in which the page made them."""
    return [request for request in engine.requests if request.kind == kind]


@pytest.mark.parametrize("section", SECTIONS)
def test_section_opens_with_a_picture(visit, section):
    """Each section shows a picture without a click, and nothing goes wrong."""
    app = visit("compare", section=section)
    assert not app.exception
    assert not app.error
    assert pictures_of(app)


@pytest.mark.parametrize("section", SECTIONS)
def test_hostile_link_is_harmless(visit, section):
    """Whatever a link says, the section shows a picture and no fault, and escapes its text."""
    app = visit("compare", **{**HOSTILE, "section": section})
    assert not app.exception
    assert not app.error
    assert pictures_of(app)
    assert "<script" not in words_of(app)


def test_unknown_section_is_the_first(visit):
    """A link to a section that is not there opens A and B."""
    app = visit("compare", **HOSTILE)
    assert not app.exception
    assert "B minus A" in words_of(app)


@pytest.mark.parametrize(
    ("section", "kinds"),
    [
        ("A | B", {"attribution"}),
        ("Many methods", {"attribution"}),
        ("Faithfulness", {"attribution", "faithfulness"}),
        ("Randomization", {"attribution", "randomization"}),
    ],
)
def test_closed_sections_compute_nothing(visit, engine, section, kinds):
    """Only what the open section shows is asked for."""
    visit("compare", section=section)
    assert {request.kind for request in engine.requests} - {"describe"} == kinds


def test_sides_begin_with_two_methods_on_the_sidebars_choice(visit, engine):
    """A is Grad-CAM, B what differs at a glance, both of the model and photo beside the page."""
    app = visit("compare", image="coffee")
    first, second = asked(engine, "attribution")
    assert (first.method, second.method) == ("grad_cam", "guided_backpropagation")
    assert (first.model, first.image) == (second.model, second.image)
    assert first.model == app.session_state["model"]


def test_link_sets_every_control_of_both_sides(visit, engine):
    """Model, photo, method, class, contrast and layer of each side are in the link."""
    app = visit(
        "compare",
        a_model="lecture-binary",
        a_image="flower",
        a_method="HiResCAM",
        a_target="tulip",
        a_against="face",
        a_layer="stem_conv",
        b_method="Saliency",
        b_target="airplane",
    )
    assert not app.exception
    first, second = asked(engine, "attribution")
    assert (first.model, first.method, first.layer) == ("lecture-binary", "hires_cam", "stem_conv")
    assert (first.target, first.against) == (5, 2)
    assert (second.model, second.method, second.target) == ("photos20", "saliency", 0)
    assert first.image != second.image


def test_contrast_without_a_class_is_with_the_most_probable(visit, engine):
    """The class compared with alone: the best one is looked up and stands against it."""
    visit("compare", a_against="tulip")
    best = next(job for job in engine.jobs if job.request.kind == "predict").result(0)
    first = asked(engine, "attribution")[0]
    expected = None if best.indices[0] == 5 else 5
    assert (first.target, first.against) == (best.indices[0], expected)


def test_one_unit_is_said_to_be_one_scale(visit):
    """Two classes by one method share one scale of values; the page says so."""
    words = words_of(visit("compare", b_method="Grad-CAM", b_target="tulip"))
    assert "equal colours are equal values, in logit" in words
    assert "divided by its own maximum" not in words


@pytest.mark.parametrize("method", ["RISE", "HiResCAM"])
def test_different_methods_are_said_to_be_shares(visit, method):
    """Values of two methods cannot be compared, shares can; the page says so."""
    words = words_of(visit("compare", b_method=method))
    assert "methods or grids differ, so each map is divided by its own maximum" in words
    assert "B by" in words


def test_correlation_is_the_one_of_the_maps(visit, engine):
    """The number on the page is Spearman's correlation of both maps on the photo."""
    app = visit("compare", b_target="tulip", b_method="HiResCAM")
    maps = [job.result(0).values for job in engine.jobs if job.request.kind == "attribution"]
    exact = rank_correlation(*maps)
    correlation = float(words_of(app).split("(Spearman)</dt><dd>")[1].split("<")[0])
    assert correlation == pytest.approx(exact, abs=0.05)


def test_same_sides_differ_nowhere(visit):
    """The same map twice correlates perfectly."""
    words = words_of(visit("compare", b_method="Grad-CAM"))
    assert "(Spearman)</dt><dd>1.00<" in words


def test_different_photos_have_no_difference(visit):
    """A difference place by place of two photos has no meaning, and the page says that."""
    app = visit("compare", b_image="coffee")
    assert "has no meaning" in app.info[0].value
    assert "B minus A" not in words_of(app)
    assert len(app.get("image")) == 2


def test_signed_map_makes_both_diverge(visit):
    """Beside a map with a sign the other is drawn about zero too: the bar begins below zero."""
    words = words_of(visit("compare", b_method="Integrated gradients"))
    assert "Colour bar, -" in words


def test_empty_map_is_said(visit, engine):
    """A map that is zero everywhere is called that, and no number is NaN."""
    engine.zero_map = True
    app = visit("compare")
    assert not app.exception
    assert "No positive evidence" in words_of(app)
    assert "nan" not in words_of(app).lower().split("</style>")[-1]
    assert "(Spearman)</dt><dd>0.00<" in words_of(app)


def test_many_methods_share_class_and_rule(visit, engine):
    """The quick methods, one class, one rule of shares, and what each costs."""
    app = visit("compare", section="Many methods", target="tulip")
    requests = asked(engine, "attribution")
    assert [request.method for request in requests] == [
        name for name in METHODS if name in side_by_side.QUICK
    ]
    assert {request.target for request in requests} == {5}
    assert words_of(app).count("(one pass)") == len(side_by_side.QUICK)
    assert "each map is divided by its own maximum" in words_of(app).replace("\u00a0", " ")


def test_any_method_can_stand_beside_the_others(visit, engine):
    """Chosen methods alone are asked for; one that is refused says why, the others stay."""
    engine.refused = {"class_activation_map"}
    app = visit("compare", section="Many methods", methods=["CAM", "RISE", "Saliency"])
    assert not app.exception
    assert len(app.get("image")) == 2
    assert "not defined" in app.info[0].value
    assert "RISE (many passes)" in words_of(app)


@pytest.mark.parametrize("section", ["Many methods", "Faithfulness"])
def test_no_method_is_a_sentence(visit, section):
    """With every method taken away the page says what to do."""
    app = visit("compare", section=section)
    app.multiselect[0].set_value([]).run()
    assert not app.exception
    assert "Choose at least one method" in app.info[0].value


def test_faithfulness_has_a_row_a_method_and_three_baselines(visit, engine):
    """Two methods and three baselines, each a request of its own, on the same class."""
    app = visit(
        "compare", section="Faithfulness", measured=["Grad-CAM", "Saliency"], target="tulip"
    )
    requests = asked(engine, "faithfulness")
    assert [request.baseline for request in requests] == [None, None, "random", "centre", "edges"]
    assert {request.attribution.target for request in requests} == {5}
    table = app.dataframe[0].value
    assert list(table["Map"]) == [
        "Grad-CAM",
        "Saliency",
        "Random (baseline)",
        "Centre (baseline)",
        "Edge detector (baseline)",
    ]
    assert list(table["Ahead in"][:2]) == ["all three"] * 2
    assert not any(table["Ahead in"][2:])


def test_baselines_are_shared_by_all_methods(visit, engine):
    """Other methods leave the requests of the baselines as they are, so they are computed once."""
    visit("compare", section="Faithfulness", measured=["Grad-CAM"])
    first = {request.key for request in asked(engine, "faithfulness") if request.baseline}
    engine.requests.clear()
    visit("compare", section="Faithfulness", measured=["RISE"])
    assert {request.key for request in asked(engine, "faithfulness") if request.baseline} == first


@pytest.mark.parametrize(
    ("measure", "area", "words"),
    [
        ("Deletion", "Deletion ↓", "11 steps"),
        ("Insertion", "Insertion ↑", "a blurred photo"),
        ("ROAD", "ROAD ↓", "noisy neighbours"),
    ],
)
def test_areas_are_percentages_and_the_fill_is_told(visit, engine, measure, area, words):
    """Areas are those of the curves in percent; steps and fill stand under the plot."""
    app = visit("compare", section="Faithfulness", measure=measure)
    job = next(job for job in engine.jobs if job.request.kind == "faithfulness")
    curve = job.result(0)[("Deletion", "Insertion", "ROAD").index(measure)]
    assert app.dataframe[0].value[area][0] == pytest.approx(100 * curve.area)
    assert words.replace("11", str(len(curve.fractions) - 1)) in words_of(app)


def test_rows_appear_as_they_finish(visit, engine):
    """While measurements run the maps are there already, and each row tells how far it is."""
    engine.step_seconds = 3600.0
    app = visit("compare", section="Faithfulness", measured=["Grad-CAM", "Saliency"])
    assert not app.exception
    assert len(app.get("image")) == 2
    assert len(app.get("progress")) == 5
    assert not app.dataframe
    for job in engine.jobs:
        if job.request.kind == "faithfulness" and job.request.baseline is None:
            job._finish(lambda request=job.request: engine._work(request))
    app.run()
    assert list(app.dataframe[0].value["Map"]) == ["Grad-CAM", "Saliency"]
    assert list(app.dataframe[0].value["Ahead in"]) == ["…", "…"]
    assert len(app.get("progress")) == 3


@pytest.mark.parametrize("depth", [0, 3])
def test_randomization_shows_the_depth_of_the_link(visit, engine, depth):
    """The slider stands where the link says, and the caption tells what is random by then."""
    app = visit("compare", section="Randomization", depth=str(depth))
    assert app.slider(key="depth").value == depth
    check = next(job for job in engine.jobs if job.request.kind == "randomization").result(0)
    if depth:
        assert f"down to {check.layers[depth - 1]}: Spearman" in words_of(app)
        assert f"{check.spearman[depth - 1]:.2f}" in words_of(app)
    else:
        assert "Nothing is randomized yet" in words_of(app)
    assert len(app.get("image")) == 2


def test_randomization_slider_goes_to_the_first_layer(visit):
    """The slider ends where everything is random; further is not possible, even by a link."""
    app = visit("compare", section="Randomization", depth="99")
    assert not app.exception
    slider = app.slider(key="depth")
    assert slider.max == 8
    assert 0 <= slider.value <= 8


def test_randomization_shows_the_map_while_it_runs(visit, engine):
    """The original map is there at once; its check grows beside it."""
    engine.step_seconds = 3600.0
    app = visit("compare", section="Randomization", check_method="Saliency")
    assert not app.exception
    assert len(app.get("image")) == 1
    assert len(app.get("progress")) == 1


@pytest.mark.parametrize(
    ("method", "known"),
    [("Guided backpropagation", "guided"), ("Eigen-CAM", "eigen"), ("Grad-CAM", "")],
)
def test_what_is_known_of_a_method_is_said_of_it_alone(visit, method, known):
    """The verdict names no method but the one that was checked."""
    words = words_of(visit("compare", section="Randomization", check_method=method))
    assert "Spearman's rank correlation with the first map; the median" in words.replace(
        "&#x27;", "'"
    )
    assert ("Guided backpropagation is known to survive" in words) == (known == "guided")
    assert ("Eigen-CAM never asks for the class" in words) == (known == "eigen")


def test_faithfulness_of_a_contrast_is_a_difference(visit):
    """Two classes have no one probability: reading and table speak of their difference."""
    alone = words_of(visit("compare", section="Faithfulness", target="tulip"))
    assert "mean probability on the way" in alone
    app = visit("compare", section="Faithfulness", target="tulip", against="face")
    assert "mean difference of probabilities on the way" in words_of(app)
    assert "the difference of probabilities falls at once" in words_of(app)
    assert "mean probability" not in words_of(app)
    help_texts = app.dataframe[0].proto.columns
    assert help_texts.count("Mean difference of probabilities as pixels") == 2


def test_refused_map_is_a_sentence_everywhere(visit, engine):
    """A method that a network's build does not allow is a sentence in each section."""
    engine.failure = ArchitectureError("Not on this network.")
    for section in SECTIONS:
        app = visit("compare", section=section)
        assert not app.exception
        sentences = [element.value.replace("\\", "") for element in [*app.info, *app.error]]
        assert any("Not on this network." in words for words in sentences)


@pytest.fixture
def taken(monkeypatch):
    """What the page gives to take along, by the names of the files."""
    files = {}
    monkeypatch.setattr(pictures, "downloads", lambda name, **parts: files.update({name: parts}))
    return files


@pytest.mark.parametrize(("section", "tiles"), [("A | B", 3), ("Many methods", 6)])
def test_all_pictures_are_taken_along_in_one(visit, taken, monkeypatch, section, tiles):
    """One PNG of all tiles, each with its words, the bar and the rule below."""
    seen = []
    real = exports.tiled
    monkeypatch.setattr(
        exports, "tiled", lambda *parts, **how: seen.append(parts) or real(*parts, **how)
    )
    visit("compare", section=section)
    (name, parts), *others = taken.items()
    assert not others
    assert {"photos20", "sunflower"} < set(name.split("_"))
    assert max(parts["picture"]().shape) >= 1000
    shown, rule, *bars = seen[0]
    assert len(shown) == tiles
    assert all(tile.text for tile in shown)
    assert "divided by its own maximum" in rule.replace("\u00a0", " ")
    assert len(bars) == (2 if section == "A | B" else 1)


def test_different_photos_are_taken_along_without_a_difference(visit, taken):
    """Two pictures and two arrays."""
    visit("compare", b_image="coffee")
    parts = next(iter(taken.values()))
    assert set(parts["arrays"]) == {"a", "b"}
    assert parts["picture"]().ndim == 3


def test_arrays_of_many_methods_are_one_file(visit, taken, engine):
    """By the names of the methods, as the engine gave them."""
    visit("compare", section="Many methods")
    arrays = next(iter(taken.values()))["arrays"]
    results = {
        job.request.method: job.result(0).values
        for job in engine.jobs
        if job.request.kind == "attribution"
    }
    assert set(arrays) == set(results) == set(side_by_side.QUICK)
    for name, values in results.items():
        np.testing.assert_array_equal(arrays[name], values)


def test_several_methods_of_one_unit_can_share_a_scale_of_values(visit):
    """Shares at first; by choice equal colours are equal values. Other units leave no choice."""
    both = ["Grad-CAM", "HiResCAM"]
    by_shares = words_of(visit("compare", section="Many methods", methods=both))
    assert "divided by its own maximum" in by_shares
    chosen = {"section": "Many methods", "colours_by": "One scale of values"}
    by_values = words_of(visit("compare", methods=both, **chosen))
    assert "equal colours are equal values, in logit" in by_values
    mixed = words_of(visit("compare", methods=["Grad-CAM", "RISE"], **chosen))
    assert "divided by its own maximum" in mixed


def test_rounding_is_not_shown_as_a_difference(visit):
    """Maps that agree to a millionth differ by a bar that ends at 1 % at least."""
    words = words_of(visit("compare", b_method="Grad-CAM"))
    assert "-0\u00a0%" not in words
    assert "Colour bar, -0 to" not in words


@pytest.mark.parametrize(
    ("lead", "word"), [(0.0, "level"), (0.004, "level"), (-0.004, "level"), (0.02, "better")]
)
def test_areas_within_half_a_point_are_level(lead, word):
    """What is only rounding is no lead; what is behind is called so."""
    assert faithfulness._standing(lead) == word
    assert faithfulness._standing(-0.02) == "worse"

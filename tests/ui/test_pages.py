"""Every page: its file, by default, and when asked for nonsense."""

import ast
import re
import sys
import types

import pytest
from shown_tiles import given_to, tiles_of
from streamlit.util import calc_hash

from cnnviz_core.errors import TargetError
from cnnviz_engine import QueueFullError
from cnnviz_ui.frame import shell, state
from cnnviz_ui.frame.keys import Key
from docs.take_pictures import PICTURES
from tests.places import ROOT

PAGES = [name for name, _, _ in shell.PAGES]
WITHOUT_NETWORK = ("convolution",)
"""Pages that show the same whatever model is chosen, and while there is none."""
MOST_LINES = 80
ENDING = 'if __name__ == "__main__":\n    shell.run()\n'
"""What a lone deep link runs of a page."""
HOSTILE = dict.fromkeys(Key, "'; drop <table>") | {
    "model": "<script>alert(1)</script>",
    "image": "../../etc/passwd",
    "layer": "../../x",
    "channel": "99999",
    "target": "99999",
    "seed": "abc",
    "intensity": "nan",
    "colormap": "'; drop table",
    "tiles": "",
    "mode": "Class'",
    "page": "-3",
    "input": "1e999",
    "second": "own",
    "detail": "\u202e",
    "preset": "[]",
    "method": "Grad-CAM'; --",
    "against": "<b>rose</b>",
    "threshold": "inf",
    "regions": "Box",
    "cutout": "%00",
    "pixel_method": "Saliency'; --",
    "amount": "-1",
    "output": "nowhere",
    "source": "<b>",
}


def pictures_of(app):
    """Everything on the page that is a picture, a chart, a graph, tiles or a sliding kernel."""
    kinds = ("image", "plotly_chart", "graphviz_chart")
    elements = [element for kind in kinds for element in app.get(kind)]
    return [*elements, *tiles_of(app), *given_to(app, "cnnviz_sliding")]


def words_of(app):
    """All text that the page writes itself."""
    return " ".join(element.value for element in app.get("html"))


def test_every_file_of_pages_is_a_page():
    """Its name is its path, and the shell lists it."""
    assert {path.stem for path in ROOT.glob("pages/*.py")} - {"__init__"} == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_one_workflow_that_runs_alone(name):
    """It defines `show`, runs nothing where it is imported, and ends by calling the shell."""
    text = (ROOT / "pages" / f"{name}.py").read_text(encoding="utf-8")
    assert text.count("\n") <= MOST_LINES
    assert text.endswith(ENDING)
    docstring, *rest = ast.parse(text).body[:-1]
    assert isinstance(docstring, ast.Expr)
    quiet = ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign | ast.FunctionDef
    assert all(isinstance(node, quiet) for node in rest)
    assert [ast.unparse(node.args) for node in rest if getattr(node, "name", "") == "show"] == [""]


def test_the_page_of_contributing_is_a_page(visit, engine, monkeypatch):
    """Listed by the shell, it shows its picture; it is short enough, and ends as all do."""
    recipes = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    part = recipes.partition("## Add a page\n")[2]
    text = re.search(r"^```python\n(.*?)^```", part, re.DOTALL | re.MULTILINE)[1]
    assert text.endswith(ENDING)
    assert text.count("\n") <= MOST_LINES
    module = types.ModuleType("pages.sensitive")
    exec(compile(text, "CONTRIBUTING.md, the page", "exec"), vars(module))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(shell.GROUPS, "New", (("sensitive", "Sensitive", "touch_app"),))
    app = visit()
    app._page_hash = calc_hash("sensitive")  # switch_page knows files only, not callables
    app.run()
    assert not app.exception
    assert not app.error
    assert "<h1>Sensitive</h1>" in words_of(app)
    assert len(pictures_of(app)) == 1
    assert engine.requests[-1].method == "saliency"


def test_every_page_has_its_picture_in_readme():
    """`docs/take_pictures.py` takes it; of Your model with a file that it drops there."""
    taken = {link.partition("?")[0] or PAGES[0] for link in PICTURES.values()}
    assert taken | {"your_model"} == set(PAGES)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in (*PICTURES, "your-model"):
        assert f"(docs/pictures/{name}.png)" in readme
        assert (ROOT / "docs" / "pictures" / f"{name}.png").exists()


@pytest.mark.parametrize(("name", "title"), [page[:2] for page in shell.PAGES[1:]])
def test_a_page_has_one_name(visit, name, title):
    """The menu, the tab of the browser, the head of the page and links to it say the same."""
    app = visit(name)
    assert f"<h1>{title}</h1>" in words_of(app)
    assert app.session_state[state.STATE].pages[name].title == title


@pytest.mark.parametrize("name", PAGES)
def test_page_opens_with_a_picture(visit, name):
    """Without a click there is a picture, a title, and nothing that went wrong."""
    app = visit(name)
    assert not app.exception
    assert not app.error
    assert pictures_of(app)
    assert "<h1>" in words_of(app)


@pytest.mark.parametrize("name", PAGES)
def test_hostile_link_shows_the_default(visit, name):
    """Whatever a link says, the page shows a picture and no fault."""
    app = visit(name, **HOSTILE)
    assert not app.exception
    assert not app.error
    assert pictures_of(app)
    assert app.session_state["model"] == "photos20"


@pytest.mark.parametrize("name", PAGES)
def test_text_from_models_is_text(visit, name):
    """Labels and layer names that look like markup are escaped wherever we write HTML."""
    words = words_of(visit(name))
    assert "<script" not in words
    assert "<b>odd" not in words


@pytest.mark.parametrize("name", PAGES)
def test_page_says_what_it_waits_for(visit, engine, name):
    """While the engine starts, the page stands and says so; one that needs no network works."""
    engine.ready = False
    app = visit(name)
    assert not app.exception
    assert "The network is starting" in app.info[0].value
    if name in WITHOUT_NETWORK:
        assert pictures_of(app)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    "failure",
    [TargetError("Class 7 is not there: choose 0 to 5."), QueueFullError("Too many jobs wait.")],
)
def test_failure_is_a_sentence(visit, engine, name, failure):
    """What a worker or the queue refuses is said in its own words, and nothing else breaks."""
    engine.failure = failure
    app = visit(name)
    assert not app.exception
    if {request.kind for request in engine.requests} <= {"describe", "inspect"}:
        return  # nothing was asked for that could fail
    text = " ".join(element.value.replace("\\", "") for element in [*app.error, *app.info])
    assert str(failure) in text


def test_start_shows_prediction_overlay_and_channels(visit):
    """The start page has photo, overlay and channels, and five classes: logit and percent."""
    app = visit()
    assert len(pictures_of(app)) == 3
    values = re.findall(r"<span class='value'>-?[\d.]+ · [\d.]+\u00a0%</span>", words_of(app))
    assert len(values) == 5
    assert "Logit and probability" in words_of(app)
    assert words_of(app).count("class='track'") == 5
    assert "\u00a0%</span>" in words_of(app)


def test_another_class_gives_another_map(visit, engine):
    """The chosen class is asked for by its index and named with logit, probability and layer."""
    app = visit("class_activation")
    app.selectbox(key="target").select("tulip").run()
    asked = [request for request in engine.requests if request.kind == "attribution"]
    assert asked[-1].target == 5
    assert "<dd>tulip</dd>" in words_of(app)
    assert "<dd>25.0\u00a0%</dd>" in words_of(app)


def test_long_job_can_be_cancelled_and_run_again(visit, engine):
    """A long job shows progress and Cancel; after it, a way to run it after all."""
    engine.step_seconds = 3600.0
    app = visit("patterns")
    assert "starting" in app.get("progress")[0].proto.text
    _button(app, "Cancel").click().run()
    assert "cancelled" in app.info[0].value
    assert not app.get("progress")
    engine.step_seconds = 0.0
    _button(app, "Run it").click().run()
    assert pictures_of(app)
    assert not app.exception


def test_jobs_of_a_page_left_behind_are_cancelled(visit, engine):
    """Another seed takes the job for the first one back."""
    engine.step_seconds = 3600.0
    app = visit("patterns")
    first = engine.jobs[-1]
    app.number_input(key="seed").set_value(3).run()
    assert first.state == "cancelled"
    assert engine.jobs[-1].state == "running"


def test_link_to_a_class_opens_it(visit, engine):
    """A link names the class by its label."""
    visit("class_activation", target="face", layer="stem_conv")
    asked = next(request for request in engine.requests if request.kind == "attribution")
    assert (asked.target, asked.layer) == (2, "stem_conv")


def test_empty_map_is_said_not_drawn(visit, engine):
    """A map that is zero everywhere is called that."""
    engine.zero_map = True
    app = visit("class_activation")
    assert not app.exception
    assert "No positive evidence" in app.info[0].value


def test_channel_beyond_the_layer_is_the_last(visit):
    """A link to channel 99999 opens a channel that there is."""
    app = visit("activations", layer="stem_conv", channel="99999")
    assert not app.exception
    assert 0 <= app.number_input(key="channel").value < 32


def test_new_layer_opens_its_own_channel(visit):
    """After a change of layer the channel is one of that layer."""
    app = visit("activations", layer="stage2_add", channel="63")
    assert app.number_input(key="channel").value == 63
    app.selectbox(key="layer").select("stem_relu").run()
    assert app.number_input(key="channel").value < 32
    assert not app.exception


def test_two_photos_share_a_scale(visit):
    """A second photo brings its own map and tiles."""
    single = visit("activations")
    double = visit("activations", second="coffee")
    for kind in ("plotly_chart", "image"):
        assert len(double.get(kind)) == len(single.get(kind)) + 1
    assert len(tiles_of(double)) == len(tiles_of(single)) + 1


def test_blank_channels_are_counted(visit):
    """The caption of a montage says how many channels are blank."""
    assert "5 blank (15.6\u00a0%)" in words_of(visit("activations", layer="stem_relu"))


def test_filters_in_colour_only_where_inputs_are_colours(visit):
    """RGB tiles are offered for the first layer alone."""
    assert "RGB tiles" in str(visit("filters").get("button_group")[0].proto)
    app = visit("filters", layer="stage1_conv1")
    assert "RGB tiles" not in str(app.get("button_group")[0].proto)
    assert not app.exception


def test_model_without_that_layer_falls_back(visit, engine):
    """Model and photo stay when the page changes; a layer that is not there does not."""
    app = visit("class_activation", image="coffee")
    app.selectbox(key="model").select("lecture-binary").run()
    app._page_hash = calc_hash("activations")  # switch_page knows files only, not callables
    app.run()
    assert app.session_state["model"] == "lecture-binary"
    assert engine.requests[-1].model == "lecture-binary"
    assert not app.exception


def _button(app, label):
    return next(button for button in app.button if button.label == label)

"""Python that reproduces what a page shows."""

import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import standin
import standin_uploads as files

from cnnviz_engine import UploadedModel
from cnnviz_engine.requests.attribution import AttributionRequest
from cnnviz_ui.explain import localizing
from cnnviz_ui.explain.looks import Look
from cnnviz_ui.frame import own_model, photos
from cnnviz_ui.frame.own import Own
from cnnviz_ui.widgets import snippets
from tests.places import ROOT


class Recorder:
    """Stands for the library: notes each call."""

    def __init__(self):
        self.calls = []

    def build_of_file(self, **options):
        """Note what a file's model is built with."""
        self.calls.append(("build", (), options))

    def __getattr__(self, name):
        def call(*arguments, **options):
            self.calls.append((name, arguments, options))
            values = SimpleNamespace(values=name, build=self.build_of_file)
            return (values, None) if name == "shape_image" else values

        return call


@pytest.fixture
def run(monkeypatch):
    """Run the lines of a request: gives the calls they make, by name."""

    def lines(photo="coffee", **options):
        request = AttributionRequest(**{"model": "photos20", "image": "0" * 64} | options)
        attribution = standin.StandInEngine()._attribution(request)
        recorder = Recorder()
        monkeypatch.setitem(sys.modules, "cnnviz_core", recorder)
        exec(snippets.code(request, attribution, PHOTOS[photo]), {})
        return {name: (arguments, options) for name, arguments, options in recorder.calls}

    return lines


OWN = photos.Photo("own", 'it\'s "mine".png', "", np.zeros((2, 2, 3), np.uint8), "0" * 64)
NAMES = ("coffee", "flower", "rose", "disc-on-stripes")
PHOTOS = {name: photos.sample_photo(name) for name in NAMES} | {"own": OWN}


def test_the_lines_say_what_the_request_says(run):
    """Model, file, class and layer arrive at the method of the same name."""
    calls = run(method="layer_cam", target=2)
    assert calls["load_model"] == (("photos20",), {})
    assert calls["layer_cam"][0][2] == 2
    assert calls["layer_cam"][1] == {"layer": "stage2_add"}


def test_options_are_those_that_the_method_takes(run):
    """Amounts have the method's own keyword, seeds are given where numbers are drawn."""
    assert run(method="rise", amount=250, seed=7)["rise"][1] == {"num_masks": 250, "seed": 7}
    assert run(method="saliency")["saliency"][1] == {}
    assert run(method="saliency", output="colour")["saliency"][1] == {"output": "colour"}


def test_contrast_is_built_of_both_classes(run):
    """Two classes make a contrast."""
    assert run(method="saliency", target=1, against=4)["Contrast"] == ((1, 4), {})


def test_drawn_shapes_are_drawn_again(run):
    """A picture made by code is made by code."""
    calls = run("disc-on-stripes", method="saliency")
    assert calls["shape_image"] == (("disc", "stripes"), {"side": 384, "seed": 39})


def test_ones_own_model_is_inspected_and_built_with_its_choices(monkeypatch, run):
    """The file by its name, and whatever was chosen for it, arrive at the library's own reader."""
    upload = UploadedModel(
        files.VECTOR, 'it\'s\n"mine".h5', ("a", "b", "c"), "unit", {"age": (1.0, 2.5)}
    )
    own = Own(upload, files.summary(upload))
    monkeypatch.setattr(own_model, "own", lambda: own)
    calls = run(method="saliency", model=upload.name)
    assert "load_model" not in calls
    assert calls["inspect_model_file"] == (('it\'s\n"mine".h5',), {})
    assert calls["build"][1] == {
        "labels": ["a", "b", "c"],
        "preprocessing": "unit",
        "inputs": {"age": [1.0, 2.5]},
    }


def test_a_files_name_cannot_leave_its_quotes(run):
    """Whatever a visitor's file is called, it is one string."""
    assert run("own", method="saliency")["read_image"] == ((OWN.title,), {})


def test_several_results_share_what_they_have_in_common(monkeypatch):
    """Model and picture are named once while they stay the same, and each result has its name."""
    recorder = Recorder()
    monkeypatch.setitem(sys.modules, "cnnviz_core", recorder)
    held = {}
    asked = [("photos20", "coffee"), ("photos20", "coffee"), ("shapes", "flower")]
    parts = {}
    for name, (model, photo) in zip("abc", asked, strict=True):
        request = AttributionRequest(model=model, image="0" * 64, method="saliency")
        answer = standin.StandInEngine()._attribution(request)
        parts[name] = snippets.Part(request, answer, PHOTOS[photo])
    exec(snippets.several(parts, then="names = [a.values, b.values, c.values]\n"), held)
    assert [name for name, _, _ in recorder.calls] == [
        *("load_model", "read_image", "saliency", "saliency"),
        *("load_model", "read_image", "saliency"),
    ]
    assert held["names"] == ["saliency"] * 3


@pytest.mark.parametrize(
    ("regions", "function", "options"),
    [
        ("Largest region", "bounding_box", {"threshold": 0.35, "component": "largest"}),
        ("Strongest region", "bounding_box", {"threshold": 0.35, "component": "strongest"}),
        ("Every region", "bounding_boxes", {"threshold": 0.35, "most": localizing.MOST_BOXES}),
    ],
)
def test_boxes_are_found_again_as_they_were(monkeypatch, regions, function, options):
    """The threshold and the kind of region arrive, for a picture of the photo's own size."""
    request = AttributionRequest(model="photos20", image="0" * 64)
    answer = standin.StandInEngine()._attribution(request)
    photo = PHOTOS["disc-on-stripes"]
    search = localizing.Search(photo, request, answer, Look(), 0.35, regions)
    recorder = Recorder()
    recorder.shape_image = lambda *_, **__: (photo.pixels, None)
    monkeypatch.setitem(sys.modules, "cnnviz_core", recorder)
    exec(search.code(), {})
    name, (found, size), given = recorder.calls[-1]
    assert (name, found.values, size) == (function, "grad_cam", photo.pixels.shape[:2])
    assert given == options


@pytest.mark.parametrize("name", NAMES)
def test_the_lines_find_the_picture_from_an_empty_folder(tmp_path, name):
    """Run anywhere, they give the very pixels that the page shows, by the real library."""
    request = AttributionRequest(model="photos20", image="0" * 64, method="saliency")
    attribution = standin.StandInEngine()._attribution(request)
    lines = snippets.code(request, attribution, PHOTOS[name]).splitlines()
    needed = [line for line in lines if "import" in line or line.startswith("image")]
    code = "\n".join([*needed, "import numpy", "numpy.save('seen.npy', image)"])
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True)
    np.testing.assert_array_equal(np.load(tmp_path / "seen.npy"), PHOTOS[name].pixels)


REAL = """
import numpy as np
import cnnviz_core as cnnviz
from cnnviz_core.maps.localization import bounding_box
from cnnviz_engine.requests.attribution import AttributionRequest
from cnnviz_engine.requests.maps import GrabCutRequest
from cnnviz_ui.compare import side_by_side, taking_along
from cnnviz_ui.compare.colour_scale import Shown, Together, _from_zero
from cnnviz_ui.explain import localizing
from cnnviz_ui.explain.looks import Look
from cnnviz_ui.frame import photos
from cnnviz_ui.widgets import pictures

photo = photos.sample_photo("flower")
model, taken = cnnviz.load_model("photos20"), {}
pictures.downloads = lambda name, **parts: taken.update(parts)

def answered(**options):
    request = AttributionRequest(model="photos20", image=photo.digest, **options)
    return request, request.compute(model, photo.pixels, None)

def ran(code):
    held = {}
    exec(code, held)
    return held

request, found = answered()
for regions in localizing.REGIONS:
    search = localizing.Search(photo, request, found, Look(), 0.5, regions)
    held = ran(search.code())
    again = held["boxes"] if "boxes" in held else (held["box"],)
    assert tuple(again) == search.boxes and search.boxes, regions

cut = GrabCutRequest(model="photos20", attribution=request)
mask = cut.compute(model, photo.pixels, None)
localizing.show_cut(search, cut, mask, "On white")
np.testing.assert_array_equal(ran(taken["code"])["mask"], mask)

for second in ({"method": "rise", "amount": 20}, {"method": "hires_cam"}, {"target": 2}):
    maps = []
    for one in ({}, second):
        request, found = answered(**one)
        raised = bool(found.floor)
        maps.append(Shown(photo, "photos20", request.key, _from_zero(found), request, raised))
    side_by_side._difference(Together.of(maps, Look(), shares="target" not in second), ["A", "B"])
    again = ran(taken["code"])["arrays"]
    assert set(again) == set(taken["arrays"]) == {"a", "b", "difference"}
    for name, values in taken["arrays"].items():
        np.testing.assert_array_equal(again[name], values, err_msg=name)
"""


def test_lines_of_localize_and_compare_give_what_is_shown(tmp_path):
    """Boxes, the cut-out, both maps and their difference, to the last bit, by the real library."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run([sys.executable, "-c", REAL], cwd=tmp_path, env=environment, check=True)

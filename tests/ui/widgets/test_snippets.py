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

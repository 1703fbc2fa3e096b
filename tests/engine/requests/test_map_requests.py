"""Explanations as requests: lanes, contrasts, and maps that other work starts from."""

from types import SimpleNamespace

import numpy as np
import pytest
from pydantic import ValidationError

import cnnviz_core
from cnnviz_core.attribution.catalogue import METHODS
from cnnviz_core.targets import Contrast
from cnnviz_engine.requests.attribution import AttributionRequest, forget_maps
from cnnviz_engine.requests.catalogue import parse_request
from cnnviz_engine.requests.maps import (
    FaithfulnessRequest,
    GrabCutRequest,
    PlacementRequest,
    RandomizationRequest,
)

ASKED = {"model": "a", "image": "0" * 64}
MEASURES = ("deletion", "insertion", "road", "placement_check")
MODEL = SimpleNamespace(input_size=(4, 4))


class Library:
    """Stands in for `cnnviz_core`: notes each map that is computed."""

    def __init__(self):
        self.explained = []

    def explain(self, model, image, target, *, method, on_step, **options):
        """Give a map that takes two steps."""
        self.explained.append((target, method, options))
        for step in (1, 2):
            if on_step(step, 2, "a preview of a map") is False:
                break
        return SimpleNamespace(name=method, values=np.zeros(10, np.float32))

    def measure(self, name):
        """Give what stands in for a measure of this name, which takes two steps."""

        def measure(model, image, attribution, *, target, output, on_step):
            on_step(1, 2, "a preview of a curve")
            on_step(2, 2, "a preview of a curve")
            return name, attribution.name, target

        return measure


@pytest.fixture
def library(monkeypatch):
    """The library's stand-in, and no maps from before."""
    library = Library()
    functions = {
        "explain": library.explain,
        "grabcut": lambda image, attribution: ("mask", attribution.name),
        "baseline_map": lambda kind, image, size: SimpleNamespace(name=kind, size=size),
    }
    functions |= {name: library.measure(name) for name in MEASURES}
    for name, function in functions.items():
        monkeypatch.setitem(vars(cnnviz_core), name, function)
    forget_maps()
    yield library
    forget_maps()


def run(request, steps=None, stop_at=None):
    """Compute a request as a worker does."""

    def on_step(step, total, preview=None):
        if steps is not None:
            steps.append((step, total, preview))
        return stop_at is None or step < stop_at

    return request.compute(MODEL, np.zeros((2, 2, 3), np.uint8), on_step)


@pytest.mark.parametrize("method", METHODS)
def test_methods_of_many_passes_are_long(method):
    """What can be stopped and shows progress never stands before what a page needs at once."""
    request = AttributionRequest(**ASKED, method=method)
    assert request.lane == ("long" if METHODS[method].progressive else "quick")
    assert GrabCutRequest(model="a", attribution=request).lane == request.lane
    assert FaithfulnessRequest(model="a", attribution=request).lane == "long"
    assert PlacementRequest(model="a", attribution=request).lane == "long"
    assert RandomizationRequest(model="a", attribution=request).lane == "long"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"method": "grad_camera"}, "Method 'grad_camera' is unknown"),
        ({"against": 3}, "A contrast needs both classes"),
        ({"amount": 0}, "greater than or equal to 1"),
        ({"amount": 10**9}, "less than or equal to"),
    ],
)
def test_requests_that_mean_nothing_cannot_be_made(options, sentence):
    """A request is checked when it is made, not when it runs."""
    with pytest.raises(ValidationError, match=sentence):
        AttributionRequest(**ASKED, **options)


def test_a_request_within_a_request_survives_its_json():
    """The map that evidence is about travels inside its request, and changes its key."""
    request = FaithfulnessRequest(
        model="a", attribution=AttributionRequest(**ASKED, target=3, against=1), baseline="edges"
    )
    assert parse_request(request.canonical_json()) == request
    other = request.model_copy(update={"attribution": AttributionRequest(**ASKED, target=3)})
    assert other.key != request.key


def test_options_reach_the_method(library):
    """Target or contrast, layer, output, amount and seed arrive as they were asked for."""
    request = AttributionRequest(
        **ASKED, method="score_cam", target=3, against=1, layer="l", output="o", amount=7, seed=5
    )
    assert run(request).name == "score_cam"
    options = {"layer": "l", "output": "o", "amount": 7, "seed": 5}
    assert library.explained == [(Contrast(3, 1), "score_cam", options)]
    run(AttributionRequest(**ASKED, target=3))
    assert library.explained[-1][0] == 3


def test_evidence_about_one_map_computes_it_once(library):
    """Curves and mask start from one map, whose own previews are not theirs."""
    steps = []
    attribution = AttributionRequest(**ASKED, method="rise", target=2)
    curves = run(FaithfulnessRequest(model="a", attribution=attribution), steps)
    assert curves == tuple((name, "rise", 2) for name in ("deletion", "insertion", "road"))
    assert run(GrabCutRequest(model="a", attribution=attribution)) == ("mask", "rise")
    placed = run(PlacementRequest(model="a", attribution=attribution))
    assert placed == ("placement_check", "rise", 2)
    assert len(library.explained) == 1
    assert {preview for _, _, preview in steps} == {None}
    assert [step for step, total, _ in steps if total == 100] == [17, 33, 50, 67, 83, 100]


def test_a_map_that_was_stopped_is_not_kept(library):
    """Half a map never answers for a whole one later."""
    attribution = AttributionRequest(**ASKED, method="rise")
    run(GrabCutRequest(model="a", attribution=attribution), stop_at=2)
    run(GrabCutRequest(model="a", attribution=attribution))
    assert len(library.explained) == 2


def test_a_map_is_kept_until_all_are_forgotten(library):
    """The same map is not computed twice, nor is it kept of a model that was dropped."""
    attribution = AttributionRequest(**ASKED, method="rise")
    assert run(attribution) is run(attribution)
    assert len(library.explained) == 1
    forget_maps()
    run(attribution)
    assert len(library.explained) == 2


def test_a_step_that_answers_nothing_goes_on(library):
    """Only False stops: a map whose watcher says nothing is a whole one."""
    attribution = AttributionRequest(**ASKED, method="rise")
    image = np.zeros((2, 2, 3), np.uint8)
    attribution.compute(MODEL, image, lambda step, total, preview: None)
    run(GrabCutRequest(model="a", attribution=attribution))
    assert len(library.explained) == 1


def test_a_baseline_needs_no_map(library):
    """A baseline is measured for the same target without running the method."""
    attribution = AttributionRequest(**ASKED, method="rise", target=2)
    curves = run(FaithfulnessRequest(model="a", attribution=attribution, baseline="centre"))
    assert curves[0] == ("deletion", "centre", 2)
    assert not library.explained

"""What is said to those who listen to a page: each thing once, and of progress only quarters."""

import numpy as np
import pytest

from cnnviz_core.looking.results import Prediction
from cnnviz_core.maps.results import Attribution
from cnnviz_core.targets import Contrast, Target
from cnnviz_engine import Progress
from cnnviz_ui.frame import announcing


@pytest.fixture
def heard(monkeypatch):
    """What reaches the browser: sentences by number, as it would keep them."""
    sentences = {}

    def region(key, data):
        if data["sentence"]:
            assert data["number"] > max(sentences, default=0)
            sentences[data["number"]] = data["sentence"]

    monkeypatch.setattr(announcing, "_region", region)
    return sentences


def attribution(target):
    """A map that explains a target."""
    values = np.ones((2, 2), np.float32)
    return Attribution(values, False, target, "conv", "Grad-CAM", "logit", 2.0, 0.93)


def test_a_job_is_told_of_by_quarters(heard):
    """Of a hundred steps, each drawn twice, the start and four more are said."""
    said = announcing.Said()
    announcing.progress(said, "key", "Patterns: starting", None)
    for step in range(1, 101):
        for _ in range(2):
            announcing.progress(said, "key", f"Patterns: step {step}", Progress(step, 100, None))
    steps = [f"Patterns: step {step}" for step in (1, 25, 50, 75, 100)]
    assert list(heard.values()) == ["Patterns: starting", *steps]


def test_a_place_in_the_queue_is_told_when_it_changes(heard):
    """Two ahead, then one, then none."""
    said = announcing.Said()
    for ahead in (2, 2, 1, 1, 1):
        announcing.progress(said, "key", f"RISE: waiting, {ahead} ahead", None)
    assert list(heard.values()) == ["RISE: waiting, 2 ahead", "RISE: waiting, 1 ahead"]


def test_results_are_told_when_they_are_new(heard):
    """What was there before is not said again; what went and came back is."""
    said = announcing.Said()
    announcing.results(said, {"a": "A.", "b": "B."})
    announcing.results(said, {"a": "A.", "b": "B."})
    announcing.results(said, {"b": "B.", "c": "C."})
    announcing.results(said, {"a": "A."})
    assert list(heard.values()) == ["A. B.", "C.", "A."]


def test_of_many_results_a_few_are_named(heard):
    """A page of eleven methods is no litany."""
    announcing.results(announcing.Said(), {str(place): f"{place}." for place in range(11)})
    assert list(heard.values()) == ["0. 1. 2. And 8 more."]


def test_what_came_of_a_request_is_said_in_words():
    """The class and how sure the network is; two classes by name; anything else is ready."""
    best = Prediction((4, 1), ("rose", "cat"), np.array([0.861, 0.1]), np.ones(2), "logit")
    assert announcing.outcome("Prediction", best) == "Prediction: rose, 86.1\u00a0%."
    rose, cat = Target(4, "rose"), Target(1, "cat")
    assert announcing.outcome("Grad-CAM", attribution(rose)) == "Grad-CAM: rose, 93.0\u00a0%."
    both = announcing.outcome("Grad-CAM", attribution(Contrast(rose, cat)))
    assert both == "Grad-CAM: rose rather than cat."
    assert announcing.outcome("Kernels", object()) == "Kernels: ready."

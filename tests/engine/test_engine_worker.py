"""What happens inside a worker, without a cluster and without TensorFlow."""

import threading
from types import SimpleNamespace
from typing import get_args

import numpy as np
import pytest

from cnnviz_engine import JobCancelledError, tasks
from cnnviz_engine.byte_table import ByteTable
from cnnviz_engine.progress import Progress, attend, glance
from cnnviz_engine.requests import (
    ActivationsRequest,
    DescribeRequest,
    PatternsRequest,
    Request,
)


class Core(SimpleNamespace):
    """Stands in for `cnnviz_core`: remembers what was loaded and what was asked."""

    def __init__(self):
        super().__init__(loaded=[], structure=lambda model: f"structure of {model.name}")
        self.Channel = lambda layer, index: ("channel", layer, index)
        self.ClassLogit = lambda index: ("class", index)
        self.maximize = lambda model, objectives, **options: (objectives, options)
        self.activations = lambda model, image, layers: {
            layer: (layer, image.shape) for layer in layers
        }

    def load_model(self, name):
        """Give a model of 40 bytes."""
        self.loaded.append(name)
        return SimpleNamespace(name=name, network=SimpleNamespace(count_params=lambda: 10))


@pytest.fixture
def core(monkeypatch):
    """The core's stand-in, with room for the weights of two models."""
    core = Core()
    table = ByteTable(80)
    monkeypatch.setattr(tasks, "_core", lambda: core)
    monkeypatch.setattr(tasks, "_models", lambda: table)
    return core


def ignore(step, total, preview):
    """Go on, whatever the step."""
    return True


def describe(name):
    """Run a request that needs no more than the model."""
    return tasks.run(DescribeRequest(model=name).canonical_json(), None, ignore)


def test_every_kind_of_request_has_a_task():
    """A request that can be built can be run."""
    assert set(tasks._TASKS) == set(get_args(get_args(Request)[0]))


def test_models_are_loaded_once_and_dropped_by_bytes(core):
    """The least recently used model gives way when the weights exceed the bound."""
    assert describe("a") == "structure of a"
    for name in "aba":
        describe(name)
    assert core.loaded == ["a", "b"]
    for name in "cab":
        describe(name)
    assert core.loaded == ["a", "b", "c", "b"]


def test_two_lanes_that_need_one_model_load_it_once(core):
    """Loading is guarded: concurrent first requests share the model."""
    threads = [threading.Thread(target=describe, args=("a",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert core.loaded == ["a"]


def test_patterns_are_channels_of_a_layer_or_classes(core):
    """Without a layer the indices are classes; options and steps reach the method."""
    request = PatternsRequest(model="a", layer="l", indices=(3, 1), size=64, steps=9, seed=5)
    objectives, options = tasks.run(request.canonical_json(), None, ignore)
    assert objectives == [("channel", "l", 3), ("channel", "l", 1)]
    assert options == {"size": 64, "steps": 9, "preset": "best", "seed": 5, "on_step": ignore}
    classes = PatternsRequest(model="a", layer=None, indices=(2,))
    assert tasks.run(classes.canonical_json(), None, ignore)[0] == [("class", 2)]


def test_activations_are_of_the_one_layer_asked_for(core):
    """The array itself is the result, not a mapping."""
    request = ActivationsRequest(model="a", image="0" * 64, layer="l")
    image = np.zeros((2, 3, 3), np.uint8)
    assert tasks.run(request.canonical_json(), image, ignore) == ("l", (2, 3, 3))


def test_a_glance_sees_the_latest_step_and_each_preview_once():
    """Only what is new and asked for travels; a finished job is not seen any more."""
    seen = []

    def task(request_json, image, on_step):
        on_step(1, 4, "first")
        on_step(2, 4, "second")
        seen.append(glance({"key": -1, "other": -1}, []))
        seen.append(glance({"key": 2}, []))
        seen.append(glance({"key": None}, []))
        on_step(3, 4, None)
        seen.append(glance({"key": 2}, []))
        return "value"

    assert attend("key", task, "", None) == "value"
    assert [glimpse["key"].preview for glimpse in seen] == ["second", None, None, "second"]
    progress = [glimpse["key"].progress for glimpse in seen]
    assert (progress[0].step, progress[0].total, progress[3].step) == (2, 4, 3)
    assert progress[0].seconds_left >= 0
    assert isinstance(progress[0], Progress)
    assert "other" not in seen[0]
    assert glance({"key": -1}, ["key"]) == {}


def test_a_stopped_task_gives_no_result():
    """The next step returns False, and what the method returns then is not passed for whole."""

    def task(request_json, image, on_step):
        assert on_step(1, 4, None)
        glance({"key": -1}, ["key"])
        assert not on_step(2, 4, None)
        return "half"

    with pytest.raises(JobCancelledError, match="cancelled before it had a result"):
        attend("key", task, "", None)

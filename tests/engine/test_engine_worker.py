"""What happens inside a worker, without a cluster and without TensorFlow."""

import threading
import time
from types import SimpleNamespace
from typing import get_args

import numpy as np
import pytest

from cnnviz_core.errors import CnnVizError, ModelNotFoundError, OptionError
from cnnviz_engine import JobCancelledError, WorkerFaultError, tasks
from cnnviz_engine.byte_table import ByteTable
from cnnviz_engine.progress import Progress, attend, glance
from cnnviz_engine.requests import (
    ActivationsRequest,
    DescribeRequest,
    InspectRequest,
    PatternsRequest,
    Request,
)


class Core(SimpleNamespace):
    """Stands in for `cnnviz_core`: remembers what was loaded and what was asked."""

    def __init__(self):
        super().__init__(loaded=[], gate=threading.Event())
        self.structure = lambda model: f"structure of {model.name}"
        self.Channel = lambda layer, index: ("channel", layer, index)
        self.ClassLogit = lambda index: ("class", index)
        self.maximize = lambda model, objectives, **options: (objectives, options)
        self.activations = lambda model, image, layers: {
            layer: (layer, image.shape) for layer in layers
        }

    def load_model(self, name, on_step=None):
        """Give a model of 40 bytes; "slow" waits for `gate`."""
        self.loaded.append(name)
        if name == "slow":
            self.gate.wait(120)
        network = SimpleNamespace(count_params=lambda: 10)
        model = SimpleNamespace(name=name, network=network, input_size=(300, 300))
        model.with_output = {None: model}.get
        return model


@pytest.fixture
def core(monkeypatch):
    """The core's stand-in, with room for the weights of two models."""
    core = Core()
    table = ByteTable(80)
    monkeypatch.setattr(tasks, "_core", lambda: core)
    monkeypatch.setattr(tasks, "_models", lambda: table)
    monkeypatch.setattr(tasks, "find_card", lambda name: name in {"a", "b", "c", "slow"} or None)
    return core


def ignore(step, total, preview):
    """Go on, whatever the step."""
    return True


def describe(name):
    """Run a request that needs no more than the model."""
    return tasks.run(DescribeRequest(model=name).canonical_json(), None, ignore)


def test_every_kind_of_request_has_a_task():
    """A request that can be built can be run."""
    assert set(tasks._TASKS) | {InspectRequest} == set(get_args(get_args(Request)[0]))


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


def test_a_loaded_model_does_not_wait_for_anothers_load(core):
    """One lane describes a model while the other loads its own."""
    describe("a")
    loading = threading.Thread(target=describe, args=("slow",))
    loading.start()
    while "slow" not in core.loaded:
        time.sleep(0.001)
    waiting = threading.Thread(target=describe, args=("a",), daemon=True)
    waiting.start()
    waiting.join(60)
    done = not waiting.is_alive()
    core.gate.set()
    loading.join()
    assert done


@pytest.mark.parametrize("name", ["../models/a.keras", "nobody", "/tmp/a.h5"])
def test_a_request_names_models_of_the_zoo_alone(core, name):
    """What a visitor sends never reaches `load_model`, which would open any path."""
    with pytest.raises(ModelNotFoundError, match=rf"No model is called '{name}'\. Choose one"):
        describe(name)
    assert core.loaded == []


def test_patterns_at_the_networks_own_size_are_bounded_too(core):
    """The worker knows the size that the request left out."""
    core.maximize = lambda *arguments, **options: "grown"
    request = PatternsRequest(model="a", layer="l", indices=range(93))
    assert tasks.run(request.canonical_json(), None, ignore) == "grown"
    request = PatternsRequest(model="a", layer="l", indices=range(94))
    with pytest.raises(OptionError, match=r"94 patterns of 300 x 300 pixels .* 93 can be"):
        tasks.run(request.canonical_json(), None, ignore)


def test_patterns_are_channels_of_a_layer_or_classes(core):
    """Without a layer the indices are classes; options and steps reach the method."""
    request = PatternsRequest(model="a", layer="l", indices=(3, 1), size=64, steps=9, seed=5)
    objectives, options = tasks.run(request.canonical_json(), None, ignore)
    assert objectives == [("channel", "l", 3), ("channel", "l", 1)]
    assert options.pop("on_step")(1, 9, None) is True
    plain = {"preset": "best", "faces": 1, "frames": 0}
    assert options == {"size": 64, "steps": 9, "seed": 5} | plain
    classes = PatternsRequest(model="a", layer=None, indices=(2,))
    assert tasks.run(classes.canonical_json(), None, ignore)[0] == [("class", 2)]


def test_activations_are_of_the_one_layer_asked_for(core):
    """The array itself is the result, not a mapping."""
    request = ActivationsRequest(model="a", image="0" * 64, layer="l")
    image = np.zeros((2, 3, 3), np.uint8)
    assert tasks.run(request.canonical_json(), image, ignore) == ("l", (2, 3, 3))


def test_a_glance_sees_the_latest_step_and_each_preview_once(clock):
    """Only what is new and asked for travels; a finished job is not seen any more."""
    seen = []

    def task(request_json, image, on_step):
        on_step(1, 4, "first")
        clock.tick(3)
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
    assert progress[0].seconds_left == 3
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


def raised_by(task):
    """What `attend` raises for a task."""
    with pytest.raises(CnnVizError) as raised:
        attend("key", task, "the request", None)
    error = raised.value
    assert (error.__cause__, error.__context__) == (None, None)
    return error


def test_a_users_error_travels_alone():
    """Neither cause nor context goes along; class and sentence do."""

    def task(request_json, image, on_step):
        try:
            raise ZeroDivisionError("inner")
        except ZeroDivisionError as error:
            raise OptionError("Take 32 or more.") from error

    error = raised_by(task)
    assert (type(error), str(error)) == (OptionError, "Take 32 or more.")


def test_a_defect_is_logged_whole_and_told_in_a_sentence(caplog):
    """The worker's log names the request and where it failed; the user learns the kind."""

    def task(request_json, image, on_step):
        raise KeyError("what no user understands")

    error = raised_by(task)
    assert type(error) is WorkerFaultError
    assert str(error).startswith("The computation failed: KeyError. Try again")
    assert "understands" not in str(error)
    assert "the request" in caplog.text
    assert "KeyError: 'what no user understands'" in caplog.text

"""What happens inside a worker, without a cluster and without TensorFlow."""

import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

import cnnviz_core
from cnnviz_core.errors import CnnVizError, ModelNotFoundError, OptionError
from cnnviz_engine import JobCancelledError, WorkerFaultError
from cnnviz_engine.byte_table import ByteTable
from cnnviz_engine.cluster import worker
from cnnviz_engine.cluster.watching import look_at, run_watched
from cnnviz_engine.progress import Progress
from cnnviz_engine.requests.attribution import AttributionRequest
from cnnviz_engine.requests.inspection import InspectRequest
from cnnviz_engine.requests.looking import ActivationsRequest, DescribeRequest
from cnnviz_engine.sandbox import models


class Library:
    """Stands in for `cnnviz_core`: remembers what was loaded."""

    def __init__(self):
        self.loaded = []
        self.gate = threading.Event()

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
def library(monkeypatch):
    """The library's stand-in, with room for the weights of two models."""
    library = Library()
    table = ByteTable(80)
    functions = {
        "load_model": library.load_model,
        "structure": lambda model: f"structure of {model.name}",
        "activations": lambda model, image, layers: {name: (name, image.shape) for name in layers},
    }
    for name, function in functions.items():
        monkeypatch.setitem(vars(cnnviz_core), name, function)
    monkeypatch.setattr(worker, "loaded_models", lambda: table)
    monkeypatch.setattr(worker, "find_card", lambda name: name in {"a", "b", "c", "slow"} or None)
    return library


def ignore(step, total, preview):
    """Go on, whatever the step."""
    return True


def describe(name):
    """Run a request that needs no more than the model."""
    return worker.run(DescribeRequest(model=name).canonical_json(), None, ignore)


def test_models_are_loaded_once_and_dropped_by_bytes(library):
    """The least recently used model gives way when the weights exceed the bound."""
    assert describe("a") == "structure of a"
    for name in "aba":
        describe(name)
    assert library.loaded == ["a", "b"]
    for name in "cab":
        describe(name)
    assert library.loaded == ["a", "b", "c", "b"]


def test_two_lanes_that_need_one_model_load_it_once(library):
    """Loading is guarded: concurrent first requests share the model."""
    threads = [threading.Thread(target=describe, args=("a",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert library.loaded == ["a"]


def test_a_loaded_model_does_not_wait_for_anothers_load(library):
    """One lane describes a model while the other loads its own."""
    describe("a")
    loading = threading.Thread(target=describe, args=("slow",))
    loading.start()
    while "slow" not in library.loaded:
        time.sleep(0.001)
    waiting = threading.Thread(target=describe, args=("a",), daemon=True)
    waiting.start()
    waiting.join(60)
    done = not waiting.is_alive()
    library.gate.set()
    loading.join()
    assert done


@pytest.mark.parametrize("name", ["../models/a.keras", "nobody", "/tmp/a.h5"])
def test_a_request_names_models_of_the_zoo_alone(library, name):
    """What a visitor sends never reaches `load_model`, which would open any path."""
    with pytest.raises(ModelNotFoundError, match=rf"No model is called '{name}'\. Choose one"):
        describe(name)
    assert library.loaded == []


def test_activations_are_of_the_one_layer_asked_for(library):
    """The array itself is the result, not a mapping."""
    request = ActivationsRequest(model="a", image="0" * 64, layer="l")
    image = np.zeros((2, 3, 3), np.uint8)
    assert worker.run(request.canonical_json(), image, ignore) == ("l", (2, 3, 3))


def test_a_file_is_inspected_before_there_is_a_model(library, monkeypatch):
    """The request about an upload's file is answered by the file, and nothing is loaded."""
    name = "upload-" + "0" * 64
    files = {name: SimpleNamespace(summary=lambda: "what it holds")}
    monkeypatch.setattr(models, "inspected", files.__getitem__)
    monkeypatch.setattr(models, "model", lambda name: pytest.fail("a model was built"))
    assert worker.run(InspectRequest(model=name).canonical_json(), None, ignore) == "what it holds"
    assert library.loaded == []


def test_maps_go_with_an_upload_that_is_forgotten(library, monkeypatch):
    """Nothing that came of a visitor's file outlives it in the worker."""
    made = []

    def explain(*_, **__):
        made.append(SimpleNamespace(values=np.zeros(4, np.float32)))
        return made[-1]

    monkeypatch.setitem(vars(cnnviz_core), "explain", explain)
    request = AttributionRequest(model="a", image="0" * 64).canonical_json()
    image = np.zeros((2, 2, 3), np.uint8)
    assert worker.run(request, image, ignore) is worker.run(request, image, ignore)
    worker.forget("upload-" + "0" * 64)
    assert worker.run(request, image, ignore) is made[1]
    worker.forget("upload-" + "0" * 64)


def test_a_glance_sees_the_latest_step_and_each_preview_once(clock):
    """Only what is new and asked for travels, whatever steps came without a preview since.

    A finished job is not seen any more.
    """
    seen = []

    def task(request_json, image, on_step):
        on_step(1, 4, "first")
        clock.tick(3)
        on_step(2, 4, "second")
        seen.append(look_at({"key": -1, "other": -1}, []))
        seen.append(look_at({"key": 2}, []))
        seen.append(look_at({"key": None}, []))
        on_step(3, 4, None)
        seen.append(look_at({"key": 1}, []))
        seen.append(look_at({"key": 2}, []))
        return "value"

    assert run_watched("key", task, "", None) == "value"
    previews = [reports["key"].preview for reports in seen]
    assert previews == ["second", None, None, "second", None]
    assert [seen[index]["key"].preview_step for index in (0, 3)] == [2, 2]
    progress = [reports["key"].progress for reports in seen]
    assert (progress[0].step, progress[0].total, progress[3].step) == (2, 4, 3)
    assert progress[0].seconds_left == 6
    assert isinstance(progress[0], Progress)
    assert "other" not in seen[0]
    assert look_at({"key": -1}, ["key"]) == {}


def test_what_nobody_can_count_has_no_end_in_sight(clock):
    """A download of unstated size is told by its bytes: no time left, and no share of the whole."""
    seen = []

    def task(request_json, image, on_step):
        clock.tick(3)
        on_step(5_000_000, 0, None)
        seen.append(look_at({"key": -1}, [])["key"].progress)

    run_watched("key", task, "", None)
    assert (seen[0].step, seen[0].seconds_left, seen[0].share) == (5_000_000, None, 0.0)
    assert Progress(3, 4, 1.0).share == 0.75


def test_a_stopped_task_gives_no_result():
    """The next step returns False, and what the method returns then is not passed for whole."""

    def task(request_json, image, on_step):
        assert on_step(1, 4, None)
        look_at({"key": -1}, ["key"])
        assert not on_step(2, 4, None)
        return "half"

    with pytest.raises(JobCancelledError, match="cancelled before it had a result"):
        run_watched("key", task, "", None)


def raised_by(task):
    """What `run_watched` raises for a task."""
    with pytest.raises(CnnVizError) as raised:
        run_watched("key", task, "the request", None)
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

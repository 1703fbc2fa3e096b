"""Patterns as requests: what the library is asked for, and how much at once."""

from types import SimpleNamespace

import pytest

import cnnviz_core
from cnnviz_core.errors import OptionError
from cnnviz_core.maximization.objectives import Channel, ClassLogit, Layer, Neuron, terms
from cnnviz_engine.requests.patterns import DreamRequest, PatternsRequest

MODEL = SimpleNamespace(input_size=(300, 300))


@pytest.fixture
def asked(monkeypatch):
    """What the library's functions are given, call by call; each goes one step."""
    calls = []

    def note(*arguments, on_step, **options):
        calls.append((arguments, options))
        return on_step(1, 9, None)

    for name in ("maximize", "deep_dream"):
        monkeypatch.setitem(vars(cnnviz_core), name, note)
    return calls


def run(request, image=None):
    """Compute a request as a worker does."""
    return request.compute(MODEL, image, lambda step, total, preview: (step, total, preview))


def test_patterns_at_the_networks_own_size_are_bounded_too(asked):
    """The worker knows the size that the request left out."""
    run(PatternsRequest(model="a", layer="l", indices=range(93)))
    assert len(asked) == 1
    with pytest.raises(OptionError, match=r"94 patterns of 300 x 300 pixels .* 93 can be"):
        run(PatternsRequest(model="a", layer="l", indices=range(94)))
    assert len(asked) == 1


def test_patterns_are_channels_of_a_layer_or_classes(asked):
    """Without a layer the indices are classes; options and steps reach the method."""
    request = PatternsRequest(model="a", layer="l", indices=(3, 1), size=64, steps=9, seed=5)
    assert run(request) == (1, 9, None)
    (model, objectives), options = asked.pop()
    assert model is MODEL
    assert [terms(objective) for objective in objectives] == [
        terms(Channel("l", 3)),
        terms(Channel("l", 1)),
    ]
    plain = {"preset": "best", "faces": 1, "frames": 0}
    assert options == {"size": 64, "steps": 9, "seed": 5} | plain
    run(PatternsRequest(model="a", layer=None, indices=(2,)))
    (_, (objective,)), _ = asked.pop()
    assert terms(objective) == terms(ClassLogit(2))


def test_an_objective_has_a_place_a_rival_and_a_direction():
    """What a pattern raises is one unit, or a difference, or the opposite of it."""
    request = PatternsRequest(model="a", layer="l", indices=(3,), against=1, place=(7, 8))
    difference = Neuron("l", 3, 7, 8) - Neuron("l", 1, 7, 8)
    assert terms(request.objective(3)) == terms(difference)
    lowered = request.model_copy(update={"direction": -1})
    assert terms(lowered.objective(3)) == terms(-difference)


def test_a_dream_is_of_a_layer_or_of_one_channel(asked):
    """Photo, steps, frames and seed reach the method."""
    request = DreamRequest(model="a", image="0" * 64, layer="l", index=2, steps=4, frames=5, seed=6)
    assert run(request, "the photo") == (1, 9, None)
    dream = ((MODEL, "the photo", Channel("l", 2)), {"steps": 4, "frames": 5, "seed": 6})
    assert asked.pop() == dream
    run(request.model_copy(update={"index": None}), "the photo")
    assert asked.pop()[0][2] == Layer("l")

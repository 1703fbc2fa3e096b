"""What all public methods that take an `on_step` have in common."""

import dataclasses
import inspect

import numpy as np
import pytest

import cnnviz_core as cnnviz
from cnnviz_core.network.wrapping import wrap
from tests.core import networks

WITHOUT_A_RESULT = {"load_model"}
"""Half a download is no result but an error: `tests/core/zoo/test_weight_files.py` stops one."""

SMALL = {
    "amount": 20,
    "batch_size": 2,
    "layers": 2,
    "method": "smooth_grad",
    "num_masks": 5,
    "num_samples": 20,
    "num_steps": 20,
    "patch": 16,
    "steps": 40,
    "stride": 16,
}
"""Options by name that make a method take a few passes."""


def takes_steps(value):
    """Whether something public is a function with an `on_step`."""
    return inspect.isfunction(value) and "on_step" in inspect.signature(value).parameters


LONG = sorted(
    name
    for name in cnnviz.__all__
    if takes_steps(getattr(cnnviz, name)) and name not in WITHOUT_A_RESULT
)


@pytest.fixture(scope="module")
def model():
    """A small classifier."""
    return wrap(networks.conv_mean_dense(), name="flat", preprocessing="unit")


@pytest.fixture(params=LONG)
def call(request, model, photo):
    """One method on small arguments, which its signature names; it takes an `on_step`."""
    method = getattr(cnnviz, request.param)
    arguments = {
        **SMALL,
        "model": model,
        "image": photo,
        "attribution": cnnviz.grad_cam(model, photo, 1),
        "target": 1,
        "objective": cnnviz.Layer("conv2"),
        "objectives": [cnnviz.Channel("conv2", 0), cnnviz.ClassLogit(1)],
    }
    if request.param == "deep_dream":
        arguments["steps"] = 2
    parameters = inspect.signature(method).parameters
    needed = {name: value for name, value in arguments.items() if name in parameters}
    return lambda on_step: method(**needed, on_step=on_step)


def test_long_methods_are_found():
    """The walk sees methods of every kind."""
    assert {"deep_dream", "deletion", "explain", "randomization_check", "rise"} <= set(LONG)


def values(result):
    """Every value of a result, and of results that it lists, with its name."""
    for name, value in vars(result).items():
        listed = value if isinstance(value, tuple) else ()
        if any(dataclasses.is_dataclass(each) for each in listed):
            for each in filter(None, listed):
                yield from values(each)
        else:
            yield name, value


def test_steps_rise_to_the_total_and_previews_are_results(call):
    """Steps never fall and end at a total that stays; who listens changes no result."""
    calls = []
    result = call(lambda *step: calls.append(step))
    steps, totals, previews = zip(*calls, strict=True)
    assert len(calls) > 1
    assert list(steps) == sorted(steps)
    assert set(totals) == {steps[-1]}
    assert {type(preview) for preview in previews} <= {type(result), type(None)}
    for (name, value), (_, again) in zip(values(call(None)), values(result), strict=True):
        np.testing.assert_array_equal(value, again, err_msg=name)


def test_false_stops_with_a_result_of_the_same_type(call):
    """Nothing is told after a stop, at the first step as at a later one."""
    whole = call(None)
    for last in (1, 2):
        calls = []

        def on_step(*step, calls=calls, last=last):
            calls.append(step)
            return len(calls) < last

        assert type(call(on_step)) is type(whole)
        assert len(calls) == last

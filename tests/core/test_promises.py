"""What every public function promises when it is called: no trace, no chance, errors as told."""

import copy
import dataclasses
import random

import cv2
import numpy as np
import pytest

import cnnviz_core as cnnviz
from cnnviz_core.network.wrapping import wrap
from tests.core import networks
from tests.core.public_functions import FUNCTIONS, by_place, documented, options, parameters
from tests.places import FIXTURES

COMMON_ERRORS = {"ImageError", "NoClassesError"}
"""Said once for all functions, in the docstring of the package."""
GIVEN = {
    "amount": 3,
    "channel": 1,
    "attribution": cnnviz.BaselineMap(np.eye(9, dtype=np.float32), "Mine"),
    "background": "dots",
    "count": 2,
    "frequencies": (0.1, 0.2),
    "frequency": 0.2,
    "image_size": (90, 120),
    "kernel": np.eye(3, dtype=np.float32),
    "kind": "random",
    "layer": "conv2",
    "maps": np.eye(6, dtype=np.float32)[..., None],
    "num_masks": 3,
    "num_samples": 3,
    "num_steps": 3,
    "objective": cnnviz.Layer("conv2"),
    "objectives": cnnviz.Channel("conv2", 1),
    "seed": 5,
    "shape": "disc",
    "sigma": 2.0,
    "size": (32, 32),
    "steps": 2,
    "theta": 0.5,
    "thetas": (0.0, 1.0),
}
"""What functions are called with here, by the name of the argument, so that it is quick."""
WRONG = {
    "amount": 0,
    "background": -1.0,
    "baseline": "nowhere",
    "batch_size": 0,
    "cells": 0,
    "channel": 99,
    "dilation": 0,
    "component": "nowhere",
    "count": 0,
    "faces": 0,
    "foreground": 2.0,
    "frames": -1,
    "frequencies": (),
    "frequency": 0.6,
    "image": np.zeros((8, 8, 4, 1)),
    "inputs": {"nowhere": 1.0},
    "iterations": 0,
    "keep": 2.0,
    "kernel": "nowhere",
    "kind": "nowhere",
    "labels": ["one too", "few"],
    "layer": "nowhere",
    "layers": ["nowhere"],
    "method": "nowhere",
    "most": 0,
    "name_or_path": "nowhere",
    "noise": -1.0,
    "num_masks": 0,
    "num_samples": 0,
    "num_segments": 0,
    "num_steps": 0,
    "objective": "nowhere",
    "objectives": "nowhere",
    "output": "nowhere",
    "padding": -1,
    "patch": 0,
    "phase": float("nan"),
    "preprocessing": "nowhere",
    "preset": "nowhere",
    "seed": -1,
    "shape": "nowhere",
    "side": 1,
    "sigma": 0,
    "size": 0,
    "smoothing": 2.0,
    "source": b"nothing",
    "steps": 0,
    "stride": 0,
    "target": 99,
    "theta": float("nan"),
    "thetas": (),
    "threshold": 2.0,
    "top": 0,
    "top_channels": 0,
    "x": -1,
    "y": 99,
}
"""What no function accepts, by the name of the argument."""
UNCHECKED = {
    "apart": "true or false",
    "attribution": "has a type of its own",
    "flipped": "true or false",
    "image_size": "a picture's own shape",
    "maps": "a network's own values",
    "model": "has a type of its own",
    "name": "any text",
    "on_step": "a function",
    "signed": "true or false",
}
"""Arguments that nobody can get wrong at a page, with the reason."""


@pytest.fixture(scope="module")
def model():
    """A small classifier with two layers."""
    return wrap(networks.conv_mean_dense(), name="flat", labels=list("abcd"), preprocessing="unit")


def call(name, model, photo, **others):
    """Call a function with what it must be given, what keeps it short, and `others`."""
    sources = {
        "model": model,
        "image": photo,
        "name_or_path": model.network,
        "source": (FIXTURES / "keras2.0.8-sequential.h5").read_bytes(),
    }
    if name == "read_image":
        sources["source"] = cnnviz.rendering.to_png(photo)
    if name in ("explain", "randomization_check"):  # of a method with a seed and an amount
        others = {"method": "smooth_grad", **others}
    if name == "pool":  # "kind" is that of a baseline elsewhere
        others = {"kind": "average", **others}
    if name == "output_size":  # of a window's size, not the window
        others = {"kernel": 3, **others}
    must = {parameter.name for parameter in by_place(name) if parameter.default is parameter.empty}
    short = set(options(name)) & set(GIVEN) - {"background", "layer", "size"}
    given = {argument: (GIVEN | sources)[argument] for argument in must | short}
    return FUNCTIONS[name](**{**given, **others})


every = pytest.mark.parametrize("name", FUNCTIONS)


def chance():
    """The states of the global sources of random numbers, which nothing may draw from."""
    return random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002


@every
def test_nothing_is_changed(name, model, photo, weights_hash):
    """The network, the image and the global sources of chance are as they were."""
    before = weights_hash(model.network), *chance()
    image = photo.copy()
    result = call(name, model, image)
    assert before == (weights_hash(model.network), *chance())
    np.testing.assert_array_equal(image, photo)
    if dataclasses.is_dataclass(result):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(result, dataclasses.fields(result)[0].name, None)


def values_of(result):
    """Everything a result holds, in a form that can be compared."""
    if dataclasses.is_dataclass(result):
        return {
            field.name: values_of(getattr(result, field.name))
            for field in dataclasses.fields(result)
        }
    if isinstance(result, tuple | list):
        return [values_of(part) for part in result]
    return result.tobytes() if isinstance(result, np.ndarray) else copy.copy(result)


@pytest.mark.parametrize(
    "name", [function for function in FUNCTIONS if "model" in parameters(function)]
)
def test_only_what_has_a_seed_draws_random_numbers(name, model, photo, monkeypatch):
    """Without `seed` nothing is drawn; with it the same seed gives the same result to the bit."""
    drawn = []
    made = np.random.default_rng

    def noted(*seeds):
        drawn.append(seeds)
        return made(*seeds)

    monkeypatch.setattr(np.random, "default_rng", noted)
    first = call(name, model, photo)
    assert bool(drawn) == ("seed" in parameters(name))
    if drawn:
        assert all(seeds for seeds in drawn), "a source of chance without a seed"
        assert values_of(call(name, model, photo)) == values_of(first)


@pytest.mark.parametrize("name", ["baseline_map", "grabcut", "shape_image", "shapes"])
def test_what_draws_without_a_network_repeats_too(name, model, photo):
    """Whatever was drawn in between, by OpenCV too."""
    first = call(name, model, photo)
    cv2.randu(np.zeros(100), 0, 1)
    assert values_of(call(name, model, photo)) == values_of(first)


CHECKED = [
    (name, argument) for name in FUNCTIONS for argument in parameters(name) if argument in WRONG
]
CHECKED.remove(("baseline_map", "size"))  # not a side but a pair: a model's own


@pytest.mark.parametrize(("name", "argument"), CHECKED)
def test_a_wrong_argument_is_an_error_that_is_told(name, argument, model, photo):
    """What a user can get wrong raises what the docstring names, before anything is returned."""
    with pytest.raises(cnnviz.errors.CnnVizError) as caught:
        call(name, model, photo, **{argument: WRONG[argument]})
    kind = type(caught.value).__name__
    errors = COMMON_ERRORS | set(documented(name)["Raises"])
    assert kind in errors
    assert all(error in cnnviz.__doc__ for error in COMMON_ERRORS)


def test_every_argument_has_a_wrong_value_here():
    """A new argument is checked, or said to need no check."""
    names = {argument for name in FUNCTIONS for argument in parameters(name)}
    assert names == set(WRONG) | set(UNCHECKED)

"""Every kind of request: found by its name, closed, described, and as good as its word."""

import json
import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import get_args, get_origin

import numpy as np
import pytest
from pydantic import ValidationError

from cnnviz_core.arrays import BoolArray, FloatArray
from cnnviz_core.images.digests import image_digest
from cnnviz_core.model_files.inspecting import inspect_model_file
from cnnviz_core.model_files.limits import MAX_LAYERS
from cnnviz_engine import requests
from cnnviz_engine.requests.attribution import forget_maps
from cnnviz_engine.requests.base import ModelRequest, Request
from cnnviz_engine.requests.catalogue import FAMILIES, REQUESTS, parse_request
from cnnviz_engine.requests.inspection import InspectRequest
from cnnviz_engine.requests.looking import GlimpsesRequest
from tests.places import FIXTURES, ROOT, TESTS

KNOWN = json.loads(Path(__file__).with_name("known_requests.json").read_text())
"""Requests as they are asked for, with the lane, the text and the key that each must keep."""
KINDS = {request.model_fields["kind"].default: request for request in REQUESTS}
SMALL = {
    "attribution": {"method": "saliency"},
    "patterns": {"layer": "conv1", "indices": (0, 1), "size": 32, "steps": 2},
    "dream": {"layer": "conv1", "steps": 1},
    "activations": {"layer": "conv1"},
    "glimpses": {"layers": ("conv1",)},
    "kernels": {"layer": "conv1"},
    "workings": {"layer": "conv1", "channel": 1},
}
"""What the tiny network is asked for, where the kind alone does not say it."""


def asked_first(kind):
    """The first known request of a kind, as it is asked for."""
    return next(known["asked"] for known in KNOWN if known["asked"]["kind"] == kind)


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known["key"][:8])
def test_texts_and_keys_stay_what_they_were(known):
    """Entries on disk and tables of results are found by them, and links say no more."""
    request = parse_request(json.dumps(known["asked"]))
    assert request.canonical_json() == known["text"]
    assert request.key == known["key"]
    assert request.lane == known["lane"]
    assert parse_request(known["text"]) == request


def test_every_kind_has_known_texts():
    """A new kind comes with a text and a key that hold from then on."""
    assert {known["asked"]["kind"] for known in KNOWN} == set(KINDS)


def test_every_file_that_defines_a_request_is_a_family_of_the_catalogue():
    """None is forgotten, and no two classes have one name in JSON."""
    modules = [
        import_module(f"{requests.__name__}.{file.name}")
        for file in pkgutil.iter_modules(requests.__path__)
    ]
    defined = {
        member
        for module in modules
        for member in vars(module).values()
        if isinstance(member, type)
        and issubclass(member, Request)
        and "kind" in member.model_fields
    }
    assert set(REQUESTS) == defined
    assert {request.__module__ for request in defined} == {family.__name__ for family in FAMILIES}
    assert len(KINDS) == len(REQUESTS)


def test_every_request_is_checked_by_type_checkers():
    """tests/typing/requests.py states what a page gets for it."""
    text = (TESTS / "typing" / "requests.py").read_text(encoding="utf-8")
    parts = text.partition("def ")[2]
    assert [each.__name__ for each in REQUESTS if each.__name__ not in parts] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_is_found_by_its_kind(kind):
    """Its JSON becomes an instance of its very class."""
    assert type(parse_request(json.dumps(asked_first(kind)))) is KINDS[kind]


@pytest.mark.parametrize("text", ["{}", '{"kind": "nothing", "model": "m"}', "[", '{"model": "m"}'])
def test_what_is_no_request_is_refused(text):
    """Another text never becomes one."""
    with pytest.raises(ValidationError):
        parse_request(text)


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_is_closed(kind):
    """No field is changed, and none is added."""
    fields = asked_first(kind)
    request = parse_request(json.dumps(fields))
    with pytest.raises(ValidationError, match="frozen"):
        request.model = "another"
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        parse_request(json.dumps(fields | {"further": 1}))


def result_type(request):
    """What a class of requests says that it gives: the argument of its generic base."""
    return request.__bases__[0].__pydantic_generic_metadata__["args"][0]


def numbers_of(array_type):
    """The type of the numbers in an array of a type."""
    return get_args(get_args(array_type)[1])[0]


def is_a(value, expected):
    """Whether a value is of a type, its items and its numbers too."""
    if get_origin(expected) is np.ndarray:
        return isinstance(value, np.ndarray) and value.dtype == numbers_of(expected)
    if get_origin(expected) is not tuple or not isinstance(value, tuple):
        return isinstance(value, get_origin(expected) or expected)
    types = get_args(expected)
    types = [types[0]] * len(value) if types[-1] is Ellipsis else types
    return len(value) == len(types) > 0 and all(map(is_a, value, types))


@pytest.mark.parametrize("request_class", KINDS.values(), ids=KINDS)
def test_a_request_says_what_it_gives(request_class):
    """Its docstring names the very type."""
    expected = result_type(request_class)
    if get_origin(expected) is np.ndarray:
        words = f"gives {numbers_of(expected).__name__} ("
    elif get_origin(expected) is tuple:
        words = f"gives a tuple of `{get_args(expected)[0].__name__}`"
    else:
        words = f"gives `{expected.__name__}`"
    assert words in request_class.__doc__


@pytest.fixture(scope="module")
def model():
    """A tiny network, ready to be looked into; TensorFlow is loaded for it alone."""
    from cnnviz_core.network.wrapping import wrap
    from tests.core.networks import conv_mean_dense

    return wrap(conv_mean_dense(), name="tiny", preprocessing="unit")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if issubclass(KINDS[kind], ModelRequest)])
def test_a_request_gives_what_it_says(model, photo, kind):
    """On a real network the result is of the type that mypy tells a page."""
    fields = {"model": "tiny"} | SMALL.get(kind, {})
    if "attribution" in KINDS[kind].model_fields:
        fields["attribution"] = fields | SMALL["attribution"] | {"image": image_digest(photo)}
    elif "image" in KINDS[kind].model_fields:
        fields["image"] = image_digest(photo)
    forget_maps()
    request = KINDS[kind](**fields)
    result = request.compute(model, photo, lambda step, total, preview: True)
    assert is_a(result, result_type(KINDS[kind]))


def test_a_file_is_summarized():
    """The one request that no model answers gives what it says of a file."""
    file = FIXTURES / "keras3.15.1-archive-sequential.keras"
    summary = InspectRequest(model="upload-" + "0" * 64).compute(inspect_model_file(file))
    assert is_a(summary, result_type(InspectRequest))


def test_the_check_of_types_can_fail():
    """Other numbers, other items and other lengths are told apart."""
    pair, row = tuple[str, str], np.zeros(2, np.float32)
    assert is_a(("a", "b"), pair)
    assert not is_a(("a", 1), pair)
    assert not is_a(("a",), pair)
    assert not is_a(["a", "b"], pair)
    assert is_a((row,), tuple[FloatArray, ...])
    assert not is_a((row,), tuple[BoolArray, ...])
    assert not is_a(row, str)


def test_requests_are_read_without_tensorflow():
    """The web process makes and reads all of them, and stays light."""
    code = (
        "import sys; import cnnviz_engine.requests.catalogue; "
        "print(sorted({'tensorflow', 'keras', 'streamlit', 'distributed'} & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert answer.stdout.strip() == "[]"


def test_every_layer_that_a_file_may_have_can_be_glimpsed_at():
    """A model that is let in has no more layers than one look takes."""
    layers = tuple(f"layer {number}" for number in range(MAX_LAYERS))
    assert GlimpsesRequest(model="photos20", image="0" * 64, layers=layers).layers == layers

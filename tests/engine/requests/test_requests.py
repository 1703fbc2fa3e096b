"""Requests as data: one text, one key."""

import subprocess
import sys

import numpy as np
import pytest
from pydantic import ValidationError

from cnnviz_engine import image_digest
from cnnviz_engine.requests.attribution import AttributionRequest
from cnnviz_engine.requests.catalogue import parse_request
from cnnviz_engine.requests.maps import FaithfulnessRequest, GrabCutRequest, RandomizationRequest
from cnnviz_engine.requests.patterns import PatternsRequest

DIGEST = "0" * 64


def test_equal_requests_have_one_text_however_they_were_written():
    """The order of arguments and of JSON members makes no difference to the key."""
    in_order = AttributionRequest(model="m", image=DIGEST, target=3, layer="l")
    other = AttributionRequest(layer="l", target=3, image=DIGEST, model="m")
    reordered = f'{{"target": 3, "layer": "l", "image": "{DIGEST}", "model": "m",'
    reordered += ' "kind": "attribution"}'
    assert in_order.canonical_json() == other.canonical_json()
    assert parse_request(reordered).key == in_order.key


def test_a_request_survives_its_json():
    """Reading a request's JSON gives an equal request of the same kind."""
    request = PatternsRequest(model="m", layer=None, indices=(4, 2), seed=7)
    assert parse_request(request.canonical_json()) == request


def test_every_option_changes_the_key():
    """Requests that differ in one field never share a key; a default written out does."""
    keys = {
        PatternsRequest(model="m", layer="l", indices=(1,), **option).key
        for option in ({}, {"size": 64}, {"steps": 1}, {"seed": 1}, {"preset": "lecture"})
    }
    assert len(keys) == 5
    assert PatternsRequest(model="m", layer="l", indices=(1,), seed=0).key in keys


@pytest.mark.parametrize("kind", [FaithfulnessRequest, RandomizationRequest, GrabCutRequest])
def test_a_request_about_a_map_is_about_the_maps_image(kind):
    """The image that must come with it is the map's, and it is no field of its own."""
    attribution = AttributionRequest(model="m", image=DIGEST)
    request = kind(model="m", attribution=attribution)
    assert request.image == DIGEST
    assert parse_request(request.canonical_json()) == request


def test_a_key_is_the_same_in_every_process():
    """The key does not depend on the process's hash seed."""
    code = (
        "from cnnviz_engine.requests.attribution import AttributionRequest;"
        f"print(AttributionRequest(model='m', image='{DIGEST}').key)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert answer.strip() == AttributionRequest(model="m", image=DIGEST).key


@pytest.mark.parametrize(
    "hostile",
    [{"target": -1}, {"image": "../x"}, {"layer": ""}, {"extra": 1}, {"layer": "x" * 301}],
)
def test_a_request_refuses_what_is_out_of_range(hostile):
    """A hostile link fails while the request is built, not in the worker."""
    with pytest.raises(ValidationError):
        AttributionRequest(**({"model": "m", "image": DIGEST} | hostile))


@pytest.mark.parametrize(("amount", "size"), [(128, 256), (32, 512), (1, 512), (128, None)])
def test_patterns_may_be_many_or_large(amount, size):
    """Up to the bound, and where the size is the network's, the request can be built."""
    PatternsRequest(model="m", layer="l", indices=range(amount), size=size)


@pytest.mark.parametrize(("amount", "size", "most"), [(128, 257, 127), (33, 512, 32)])
def test_patterns_are_bounded_in_number_times_area(amount, size, most):
    """Beyond, the refusal says what was asked for and how many there can be."""
    sentence = rf"{amount} patterns of {size} x {size} pixels .* {most} can be computed at once"
    with pytest.raises(ValidationError, match=sentence):
        PatternsRequest(model="m", layer="l", indices=range(amount), size=size)


def test_a_digest_tells_shapes_and_single_bytes_apart():
    """Equal bytes of another shape, and one changed pixel, are other images."""
    image = np.zeros((4, 6, 3), np.uint8)
    changed = image.copy()
    changed[2, 3, 1] = 1
    digests = {image_digest(image), image_digest(image.reshape(6, 4, 3)), image_digest(changed)}
    assert len(digests) == 3


def test_a_digest_does_not_depend_on_memory_layout():
    """A view in another memory order is the same picture."""
    image = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    assert image_digest(np.asfortranarray(image)) == image_digest(image)


def test_a_digest_refuses_other_than_bytes():
    """A float image is a programmer's error."""
    with pytest.raises(ValueError, match="uint8 array; received float64"):
        image_digest(np.zeros((2, 2, 3)))

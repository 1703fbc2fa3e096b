"""JSON of strangers: parsed as Python does within the bounds, refused beyond them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.container.json_text import parse_json
from tests.core.model_files.hostile_json import hostile_json


@pytest.mark.parametrize(
    ("text", "match"),
    [pytest.param(text, match, id=name) for name, text, match in hostile_json()],
)
def test_hostile_json_is_refused_with_the_reason(text, match):
    """Size, depth, count, numbers, names and characters of JSON are bounded."""
    with pytest.raises(ModelFileError, match=match):
        parse_json(text, "the configuration")


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63) + 1, 2**63 - 1)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(exclude_categories=["Cs"])),
        lambda inner: st.lists(inner) | st.dictionaries(st.text('abc\\"{[,'), inner),
    )
)
def test_plain_json_is_parsed_as_python_does(value):
    """Within the bounds, the result is that of the standard parser."""
    assert parse_json(json.dumps(value).encode(), "the configuration") == value

import contextlib
import copy
import json
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.allowed.checking import check
from cnnviz_core.model_files.allowed.networks import Network
from cnnviz_core.model_files.allowed.sizing import size
from tests.core.model_files.models_to_check import MODELS
from tests.core.model_files.rebuilding import raw


@cache
def _valid():
    return {name: json.dumps(raw(make())) for name, make in MODELS.items()}


_PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        ["Functional", "Sequential", "keras", "keras.layers", "Conv2D", "InputLayer", "relu"]
    ),
)
_JSON = st.recursive(
    _PLAIN,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(
                st.text(max_size=6),
                st.sampled_from(
                    ["module", "class_name", "config", "layers", "name", "inbound_nodes", "args"]
                ),
            ),
            inner,
            max_size=5,
        ),
    ),
    max_leaves=20,
)


def _read(configuration):
    """Check and size; anything but a network or a sentence is a defect."""
    with contextlib.suppress(ModelFileError):
        network = check(configuration)
        assert isinstance(network, Network)
        size(network)
        json.dumps(network.configuration())


@given(_JSON)
def test_any_json_is_a_network_or_a_sentence(configuration):
    """No type, depth or size of a file's JSON escapes as another error."""
    _read(configuration)


def _places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items if isinstance(value, dict | list) else ():
        if isinstance(inner, dict | list):
            yield from _places(inner, (*path, key))
        else:
            yield (*path, key)


@given(st.data())
def test_a_changed_configuration_is_a_network_or_a_sentence(data):
    """One to three values of a valid model are replaced, moved or dropped."""
    model = json.loads(_valid()[data.draw(st.sampled_from(sorted(MODELS)))])
    for _ in range(data.draw(st.integers(1, 3))):
        places = [path for path in _places(model) if path]
        path = data.draw(st.sampled_from(places))
        holder = model
        for key in path[:-1]:
            holder = holder[key]
        if data.draw(st.booleans()):
            holder[path[-1]] = data.draw(_JSON)
        elif data.draw(st.booleans()):
            source = model
            for key in data.draw(st.sampled_from(places)):
                source = source[key]
            holder[path[-1]] = copy.deepcopy(source)
        else:
            del holder[path[-1]]
    _read(model)

"""Files made to harm, from bytes to refusal: none opens, runs, reads, writes or calls anything.

The files are made without Keras, by `hostile_models` and `hostile_files`.
"""

import copy
import io
import json
import re
import subprocess
import sys
import zipfile
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files import limits
from cnnviz_core.model_files.inspecting import ModelFile, inspect_model_file
from tests.core.model_files import hostile_models as make
from tests.core.model_files.hostile_values import BAD_OBJECTS, BAD_VALUES
from tests.places import FIXTURES

MEASURE = """
import json, pathlib, re, sys
from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.inspecting import inspect_model_file
from tests.counting import counting_calls
folder = pathlib.Path(sys.argv[1])
def looked_at(content):
    found = inspect_model_file(content, name="model.keras")
    found.summary(), json.dumps(found.configuration)
honest = 0
for path in sorted(folder.glob("honest*")):
    looked_at(path.read_bytes())
    honest += 1
for text in (b"", b"x"):  # what is imported by and by
    try:
        looked_at(text)
    except ModelFileError:
        pass
heard, opened, raised, said, longest, largest = [], [], [], [], ["", 0], ["", 0]
watched = ("exec", "compile", "open", "import", "socket.", "subprocess.", "os.", "ctypes.",
           "pickle.", "marshal.", "urllib.", "shutil.", "tempfile.", "cpython.run", "mmap.")
listening = False
def listen(event, args):
    if listening and event.startswith(watched):
        heard.append((event, str(args)[:200]))
sys.addaudithook(listen)
status, clear = "/proc/self/status", "/proc/self/clear_refs"
def memory(what):
    return int(re.search(what + r":\\s+(\\d+)", pathlib.Path(status).read_text())[1]) / 1024
files = sorted(folder.glob("hostile*"))
for path in files:
    content = path.read_bytes()
    pathlib.Path(clear).write_text("5")
    before, listening = memory("VmRSS"), True
    try:
        with counting_calls() as done:
            looked_at(content)
        opened.append(path.name)
    except ModelFileError as error:
        said.append(str(error))
    except BaseException as error:
        raised.append((path.name, repr(error)))
    listening = False
    longest = max(longest, [path.name, done.total], key=lambda pair: pair[1])
    largest = max(largest, [path.name, memory("VmHWM") - before], key=lambda pair: pair[1])
    del content
told = list(heard)
listening = True
exec(compile("pass", "canary", "exec"))
frameworks = [name for name in sys.modules if name.split(".")[0] in ("keras", "tensorflow")]
print(json.dumps({"files": len(files), "honest": honest, "opened": opened, "raised": raised,
                  "heard": told, "canary": len(heard) - len(told), "longest": longest,
                  "largest": largest, "said": said, "frameworks": frameworks}))
"""


def test_the_corpus_is_refused_and_touches_nothing(tmp_path):
    """Each of its 789 files is refused by a sentence that says why, in few steps and 200 MB.

    The most that any file costs is the bound on the values of its JSON, which are counted one by
    one. TensorFlow and Keras are not imported. An audit hook hears of every import, compilation,
    file, socket and process; that it would hear them is shown by one compilation at the end. The
    files that they are made of do open.
    """
    for number, (_, content) in enumerate(make.honest_files()):
        (tmp_path / f"honest{number}").write_bytes(content)
    expected = []
    for name, content, match in make.hostile_models():
        (tmp_path / f"hostile{len(expected):04}").write_bytes(content)
        expected.append((name, match))
    run = [sys.executable, "-c", MEASURE, str(tmp_path)]
    result = json.loads(subprocess.run(run, check=True, capture_output=True, text=True).stdout)
    assert result["files"] == len(expected) >= 780
    assert result["honest"] == 6
    assert (result["opened"], result["raised"], result["heard"]) == ([], [], [])
    assert result["canary"] > 0
    assert result["frameworks"] == []
    answers = zip(expected, result["said"], strict=True)
    assert [(case, text) for case, text in answers if not re.search(case[1], text)] == []
    assert all("\n" not in text and len(text) < 1000 for text in result["said"])
    assert result["longest"][1] < 2 * limits.MAX_JSON_VALUES
    assert result["largest"][1] < 200


def test_a_clean_configuration_names_keras_alone():
    """Keras is told of its own classes, whatever a file says.

    Files of Keras 2 may name any initializers: their weights are there, so none is asked for.
    """
    files = [content for _, content in make.honest_files()]
    files += [make.legacy(held={"kernel_initializer": value}) for _, value in BAD_OBJECTS]
    for content in files:
        text = json.dumps(inspect_model_file(content).configuration)
        modules = set(re.findall(r'"module": "([^"]*)"', text))
        assert "keras.layers" in modules
        own = {"keras", "keras.layers", "keras.initializers", "keras.src.models.functional"}
        assert modules <= own


def test_endings_of_many_outputs_of_nested_models_are_found_at_once():
    """Sixty-four outputs of a model in a model in a model are not sixty-four times as many each."""
    model = make.functional(make.layer("ReLU", "x"), name="model_0")
    for number in range(6):
        name = model["config"]["name"]
        ends = model["config"]["output_layers"]
        model["config"]["output_layers"] = [[*ends[0][:2], i if number else 0] for i in range(64)]
        model = make.around(model)
        model["config"]["name"] = f"model_{number + 1}"
        assert model["config"]["layers"][1]["name"] == name
    place = "layers/functional/" * 6 + "layers/conv2d"
    summary = inspect_model_file(make.archive(model, place)).summary()
    assert [output.activation for output in summary.outputs] == ["relu"]


def test_outputs_in_lists_below_names_are_described():
    """Where a dictionary of outputs holds lists, each tensor is named after its layer."""
    model = make.functional(make.layer("ReLU", "x"))
    model["config"]["output_layers"] = {"a": [["x", 0, 0], ["held", 0, 0]]}
    summary = inspect_model_file(make.archive(model)).summary()
    assert [(output.name, output.activation) for output in summary.outputs] == [
        ("x", "relu"),
        ("held", "linear"),
    ]


@cache
def _fixtures():
    return tuple(path.read_bytes() for path in sorted(FIXTURES.iterdir()) if path.suffix != ".json")


def _looked_at(content):
    """Open and describe; only the sentence of a refusal may come out."""
    try:
        model_file = inspect_model_file(content, name="model.h5")
        assert isinstance(model_file, ModelFile)
        model_file.summary()
    except ModelFileError:
        return


@given(
    st.integers(0, 10**6),
    st.lists(st.tuples(st.integers(0, 10**7), st.binary(min_size=1, max_size=8)), max_size=8),
    st.integers(0, 10**7),
)
def test_damaged_files_of_real_versions_are_described_or_refused(which, changes, end):
    """Files of every version with bytes overwritten, and cut off."""
    content = bytearray(_fixtures()[which % len(_fixtures())])
    size = len(content)
    for place, new in changes:
        start = place % size
        content[start : start + len(new)] = new
    _looked_at(bytes(content[: end if end < size else size]))


_ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.lists(st.integers(-3, 3), max_size=3),
    st.sampled_from([value for _, value in [*BAD_OBJECTS, *BAD_VALUES]]),
)


@cache
def _archives():
    return [content for content in _fixtures() if content.startswith(b"PK\3\4")]


def _places(value, path=()):
    """Every place in parsed JSON."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in pairs:
        yield (*path, key)
        if isinstance(part, dict | list):
            yield from _places(part, (*path, key))


@given(
    st.integers(0, 10**6),
    st.lists(st.tuples(st.integers(0, 10**6), _ANYTHING), min_size=1, max_size=3),
)
def test_files_with_other_values_in_them_are_described_or_refused(which, changes):
    """Configurations of real archives with values of any kind in any place."""
    with zipfile.ZipFile(io.BytesIO(_archives()[which % len(_archives())])) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    if "config.json" not in members:
        return
    configuration = json.loads(members["config.json"])
    for place, value in changes:
        places = list(_places(configuration))
        *way, last = places[place % len(places)]
        inside = configuration
        for key in way:
            inside = inside[key]
        inside[last] = copy.deepcopy(value)
    members["config.json"] = json.dumps(configuration).encode()
    _looked_at(make.hostile_files.zipped(members))


@pytest.mark.parametrize("name", ["a\0b.keras", "\ud800.h5", "../../x.h5", "", "x" * 5000, "/"])
def test_a_files_name_leads_nowhere(name):
    """What a browser calls a file is at most shown, and cut."""
    (_, content), *_ = make.honest_files()
    model_file = inspect_model_file(content, name=name)
    assert "/" not in model_file.name
    assert 0 < len(model_file.name) <= 200

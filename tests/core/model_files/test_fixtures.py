"""Files written by old versions of Keras and TensorFlow: opened, and equal to what those said.

Beside each file lies a record that its writer made: how the inputs are drawn, and its own
predictions for them. `tests/fixtures/README.md` says how they were made.
"""

import json

import keras
import numpy as np
import pytest

from cnnviz_core.errors import ModelFileError
from cnnviz_core.model_files.inspecting import inspect_model_file
from cnnviz_core.network.tracing import feed
from tests.places import FIXTURES

RECORDS = {
    path.name.removesuffix(".json"): json.loads(path.read_text(encoding="utf-8"))
    for path in sorted(FIXTURES.glob("*.json"))
}
TOLERANCES = {"float32": 1e-5, "float16": 2e-3, "bfloat16": 2e-2}
OPENS = [name for name, record in RECORDS.items() if record["expected"] == "opens"]
REFUSED = [name for name, record in RECORDS.items() if record["expected"] == "refused"]


def drawn(record):
    """The inputs that the writer predicted from, in channels last."""
    rng = np.random.RandomState(record["seed"])
    values = [
        rng.uniform(0, 1, entry["shape"]).astype("float32") * record["scale"]
        for entry in record["inputs"]
    ]
    if record["layout"] == "channels_first":
        values = [np.moveaxis(array, 1, -1) if array.ndim == 4 else array for array in values]
    return values


def channels_last(output, record):
    """A writer's output as a network in channels last gives it."""
    output = np.array(output, np.float32)
    moved = record["layout"] == "channels_first" and output.ndim == 4
    return np.moveaxis(output, 1, -1) if moved else output


def precisions(graph):
    """In which precisions the layers of a network compute."""
    return {getattr(step.operation, "compute_dtype", "float32") for step in graph.steps}


def predicted(network, values):
    """The network's outputs, one by one."""
    answer = network(feed(network, values), training=False)
    return [np.asarray(tensor) for tensor in keras.tree.flatten(answer)]


def test_there_are_files_of_many_versions():
    """At least 25 files that open, over at least 6 versions of Keras."""
    assert len(OPENS) >= 25
    assert len({RECORDS[name]["versions"]["keras"] for name in OPENS}) >= 6
    assert len(REFUSED) >= 3


@pytest.mark.parametrize("name", OPENS)
def test_what_an_old_version_wrote_gives_what_it_said(name):
    """Every output equals the writer's own prediction to 1e-5; nothing of the file is left over.

    Where the network computes in half precision, to what that keeps.
    """
    record = RECORDS[name]
    model_file = inspect_model_file(FIXTURES / name)
    model = model_file.build(preprocessing="raw")
    outputs = predicted(model.network, drawn(record))
    assert len(outputs) == len(record["outputs"])
    tolerance = max(TOLERANCES[precision] for precision in precisions(model.graph))
    for output, expected in zip(outputs, record["outputs"], strict=True):
        written = channels_last(expected, record)
        assert output.shape == written.shape
        scale = max(1.0, float(np.abs(written).max()))
        np.testing.assert_allclose(output, written, rtol=tolerance, atol=tolerance * scale)
    assert model.network.count_params() == model_file.sizes.parameters


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_shown_is_refused_with_a_sentence(name):
    """Files without an image network, or with code in them; the record says of what."""
    with pytest.raises(ModelFileError) as refusal:
        inspect_model_file(FIXTURES / name)
    sentence = str(refusal.value)
    assert 40 < len(sentence) < 500
    for word in RECORDS[name].get("sentence", []):
        assert word in sentence

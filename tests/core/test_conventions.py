"""What one public function keeps, all keep: order of arguments, options, docstrings, registers."""

import ast
import inspect
import re

import pytest

import cnnviz_core as cnnviz
from cnnviz_core.attribution.explaining import _FUNCTIONS
from tests.core.public_functions import FUNCTIONS, by_place, documented, options, parameters
from tests.places import ROOT, TESTS

ORDER = (
    "model", "image",
    "layer", "channel", "y", "x", "layers", "attribution", "objective", "objectives", "method",
    "target",
)  # fmt: skip
"""What a function of a model takes by place: the network, the picture, what is asked of them."""
LEFT_OUT = {"layers", "method", "target", "x", "y"}
"""What has a default and may be given by its place all the same."""
MOST_OPTIONS = 6
PASSES = {
    "amount", "batch_size", "num_masks", "num_samples", "num_steps", "steps", "top_channels",
}  # fmt: skip
"""Options of functions that go through the network many times."""
UNITS = re.compile(r"logit|probability|units of the layer's activation|stated there")
NO_METHODS = {
    "available_models": "reads a table",
    "explain": "runs the others",
    "inspect_model_file": "docs/security.md is about it",
    "load_model": "reads files",
    "read_image": "reads files",
    "shape_image": "draws by chance; the truths of its pictures are tested",
    "shapes": "the same, many times",
}
"""What computes nothing that a paper could tell: without a row of docs/methods.md, or a replica."""
NO_REPLICA = NO_METHODS | {
    "deep_dream": "takes the steps of `maximize`, which has one, at four sizes",
    "grabcut": "is OpenCV's; tests hold it against scenes whose object is known",
}
PARTS = {
    "batches": "groups the pictures of one ascent",
    "cascade": "lists the layers that a check draws anew",
    "dense_after_mean": "finds what CAM needs",
    "goal_of": "sets a network for an objective",
    "input_maps": "begins every method at the input",
    "integrated_gradients_passes": "runs inside XRAI too",
    "layer_maps": "begins every method at a layer",
    "masked_logits": "runs the passes of methods that cover",
    "measured": "reads what an ascent has reached",
}
"""Functions of a model that are parts of public ones, with what they do there."""
every = pytest.mark.parametrize("name", FUNCTIONS)


def test_what_is_computed_on_a_model_is_public():
    """A function that gives a map, or takes a loaded model first, is exported, or a part."""
    found = set()
    for path in (ROOT / "cnnviz_core").glob("**/*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                first = [ast.unparse(each.annotation) for each in node.args.args[:1]]
                gives = ast.unparse(node.returns)
                if first == ["LoadedModel"] or gives == "Attribution":
                    found.add(node.name)
    assert found - set(FUNCTIONS) == set(PARTS)


@every
def test_arguments_come_in_one_order(name):
    """The model, the image, what is asked of them; all else by name, seed and on_step last."""
    places = by_place(name)
    if "model" in parameters(name):
        names = [parameter.name for parameter in places]
        assert names == [argument for argument in ORDER if argument in names]
    assert {
        parameter.name for parameter in places if parameter.default is not parameter.empty
    } <= LEFT_OUT
    last = [argument for argument in ("seed", "on_step") if argument in parameters(name)]
    assert options(name)[len(options(name)) - len(last) :] == last


@every
def test_options_are_few(name):
    """More of them are two functions, or a dataclass."""
    assert len(set(options(name)) - {"seed", "on_step"}) <= MOST_OPTIONS


@every
def test_long_methods_report(name):
    """What goes through the network many times tells of each step and can be stopped."""
    if PASSES & {*parameters(name)}:
        assert "on_step" in parameters(name)


@every
def test_docstrings_name_what_there_is(name):
    """Arguments by their names and no others; the result; errors that a user can cause."""
    texts = documented(name)
    assert set(texts["Args"]) >= set(parameters(name))
    assert texts["own"] <= set(parameters(name))
    assert texts["Returns"]
    for error in texts["Raises"]:
        assert issubclass(getattr(cnnviz.errors, error), cnnviz.errors.CnnVizError)


@every
def test_docstrings_tell_shapes_and_units(name):
    """Of every array its shape, of every image its colours, of every map its unit."""
    texts, signature = documented(name), inspect.signature(FUNCTIONS[name])
    for parameter in signature.parameters.values():
        if re.search("Array", str(parameter.annotation)):
            assert re.search(r"\(\w[\w ]*,.*\)", texts["Args"][parameter.name])
        if parameter.name == "image" and "model" in signature.parameters:
            assert "RGB" in texts["Args"]["image"]
    gives = str(signature.return_annotation)
    if re.search("Array|Mask", gives):
        assert re.search(r"\(\w[\w ]*,.*\)", texts["Returns"])
    if gives in ("Attribution", "BaselineMap"):
        assert re.search("resolution|Map of|own map", texts["Returns"])
    if gives == "Attribution":
        assert UNITS.search(texts["Returns"])


def test_the_catalogue_says_what_the_functions_do():
    """Each method has its row, and the row says what the function's own signature says."""
    methods = {
        name
        for name, function in FUNCTIONS.items()
        if inspect.signature(function).return_annotation == "Attribution"
    }
    assert set(cnnviz.METHODS) == methods - {"explain"} == set(_FUNCTIONS)
    for name, method in cnnviz.METHODS.items():
        counts = [option for option in options(name) if option in PASSES - {"batch_size"}]
        assert method.name == name
        assert method.progressive == ("on_step" in options(name))
        assert method.seeded == ("seed" in options(name))
        assert method.takes_layer == ("layer" in options(name))
        assert [method.amount] == (counts or [None])
        assert method.source in inspect.getdoc(FUNCTIONS[name])


@every
def test_methods_have_a_row_in_the_docs(name):
    """docs/methods.md says of each what it computes, from where, and what proves it."""
    text = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `(\w+)`", text, re.MULTILINE))
    assert (name in rows) == (name not in NO_METHODS)


def test_every_method_is_measured_against_the_truth():
    """docs/methods.md has the hits and overlaps of each, as benchmarks/ground_truth.py prints."""
    text = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
    measured = re.findall(r"^\| (\w[^|]*) \| \d+ % \|", text, re.MULTILINE)
    assert measured == [method.title for method in cnnviz.METHODS.values()]


def replicas():
    """Names of functions with their marked replicas: the file's syntax tree, and the replica's."""
    for path in (TESTS / "core").glob("**/test_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            for mark in getattr(node, "decorator_list", ()):
                if isinstance(mark, ast.Call) and getattr(mark.func, "id", "") == "replica_of":
                    yield from ((argument.value, tree, node) for argument in mark.args)


def called(tree):
    """Names of the functions that code calls, without the modules they lie in."""
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {getattr(function, "attr", getattr(function, "id", "")) for function in calls}


def states_something(test):
    """Whether a test holds an assertion, in a statement or as a function of NumPy's."""
    assertions = any(isinstance(node, ast.Assert) for node in ast.walk(test))
    return assertions or any(name.startswith("assert_") for name in called(test))


@every
def test_methods_have_a_slow_replica(name):
    """A test compares the method with an independent one, marked `@replica_of(name)`."""
    slow_replicas = [(tree, node) for marked, tree, node in replicas() if marked == name]
    assert bool(slow_replicas) == (name not in NO_REPLICA)
    for tree, node in slow_replicas:
        if node.name.startswith("test_"):
            assert name in called(node), "a test does not call what it should compare"
            assert states_something(node), "a test asserts nothing of the method"
        else:
            used = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
            assert name not in used, "a replica calls what it should be independent of"
            tests = [part for part in tree.body if getattr(part, "name", "").startswith("test_")]
            using = [test for test in tests if node.name in ast.dump(test)]
            assert any(map(states_something, using)), "no test uses the replica"


def test_the_check_of_replicas_can_fail():
    """A test that calls nothing, or asserts nothing, is told from one that compares."""
    empty = ast.parse("@replica_of('saliency')\ndef test_nothing():\n    pass")
    assert "saliency" not in called(empty)
    assert not states_something(empty)
    for line in ("cnnviz.saliency(model, photo)", "saliency(model, photo)"):
        assert "saliency" in called(ast.parse(line))
        assert not states_something(ast.parse(line))
    for line in ("assert left == right", "np.testing.assert_array_equal(left, right)"):
        assert states_something(ast.parse(line))


def test_marks_of_replicas_name_public_functions():
    """A mark with another name would be one that nobody looks for."""
    assert {name for name, _, _ in replicas()} <= set(FUNCTIONS)


@every
def test_calls_are_checked_by_type_checkers(name):
    """tests/typing/api.py states what each function gives."""
    tree = ast.parse((TESTS / "typing" / "api.py").read_text(encoding="utf-8"))
    assert name in called(tree)

"""The house plan: what docs/architecture.md draws is how the folders lie and what they import."""

import ast
import re
import subprocess
import sys
from collections import defaultdict

import pytest

from tests.places import ROOT, TESTS

PLAN = ROOT / "docs" / "architecture.md"
FLOORS = ("app.py", "pages", "cnnviz_ui", "cnnviz_engine", "cnnviz_core")
ONLY_IN = {
    "streamlit": {"cnnviz_ui", "pages", "app"},
    "plotly": {"cnnviz_ui"},
    "dask": {"cnnviz_engine"},
    "distributed": {"cnnviz_engine"},
    "tensorflow": {"cnnviz_core"},
    "keras": {"cnnviz_core"},
}
MOST_MODULES = 24
"""Side by side in one folder; more is a street without corners."""


def drawn(text):
    """Rooms of the plan with the line each stands in: `cnnviz_core/trust` as "cnnviz_core.trust".

    A folder ends in a slash, and what is indented below it lies in it.
    """
    block = re.search(r"```\n(app\.py.*?)```", text, re.DOTALL)[1]
    rooms, above = {}, {}
    for number, line in enumerate(block.splitlines()):
        depth = (len(line) - len(line.lstrip())) // 2
        for name in re.match(r"\s*((?:[\w.]+(?:/|\.py) ?)+)", line)[1].split():
            room = name.removesuffix(".py").rstrip("/")
            above[depth] = f"{above[depth - 1]}.{room}" if depth else room
            rooms[above[depth]] = number
    return rooms


def module_at(path):
    """The dotted name of the module at a path."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def modules():
    """Every module of the floors by its dotted name, with its path."""
    paths = {"app": ROOT / "app.py"}
    for path in ROOT.glob("*/**/*.py"):
        if path.relative_to(ROOT).parts[0] in FLOORS:
            paths[module_at(path)] = path
    return paths


def imported(path, known):
    """What a file imports, wherever in it: modules of ours by name, others by their package."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in known else node.module


def room_of(module, rooms):
    """The innermost room of the plan that a module lies in."""
    while module not in rooms:
        module, dot, _ = module.rpartition(".")
        assert dot, "not in the plan"
    return module


def violation(importer, target, rooms):
    """Why an import is none that the plan allows; None where it is one."""
    top = target.partition(".")[0]
    if top in ONLY_IN and importer.partition(".")[0] not in ONLY_IN[top]:
        return f"{importer} imports {top}, which belongs to {sorted(ONLY_IN[top])}"
    if top not in rooms:
        return None
    importer_room, target_room = (room_of(module, rooms) for module in (importer, target))
    if (
        importer_room != target_room
        and not target_room.startswith(f"{importer_room}.")
        and rooms[target_room] <= rooms[importer_room]
    ):
        return f"{importer} imports {target}, which does not lie below it in the plan"
    return None


def circles(arrows):
    """Sets of modules that import each other, by way of others too."""
    reached = {}
    for start in arrows:
        seen, pending = set(), list(arrows[start])
        while pending:
            if (module := pending.pop()) not in seen:
                seen.add(module)
                pending.extend(arrows.get(module, ()))
        reached[start] = seen
    return {
        frozenset(other for other in reached[module] if module in reached.get(other, ()))
        for module in arrows
        if module in reached[module]
    }


@pytest.fixture(scope="module")
def rooms():
    """The plan."""
    return drawn(PLAN.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def arrows():
    """What each module imports."""
    known = modules()
    return {name: set(imported(path, known)) - {name} for name, path in known.items()}


def test_the_plan_shows_every_room(rooms):
    """Each folder and each file beside folders is drawn, and what is drawn is there."""
    floors = {
        room: line for room, line in rooms.items() if f"{room}.py" in FLOORS or room in FLOORS
    }
    assert list(floors) == ["app", *FLOORS[1:]]
    for room in rooms:
        path = ROOT / room.replace(".", "/")
        assert path.is_dir() or path.with_suffix(".py").is_file(), room
    lost = [name for name in modules() if name not in FLOORS and room_of(name, rooms) in FLOORS[2:]]
    assert lost == []


def test_imports_go_down_only(rooms, arrows):
    """No room imports one beside or above it, and each outside package stays on its floor."""
    wrong = [
        sentence
        for module, targets in arrows.items()
        for target in sorted(targets)
        if (sentence := violation(module, target, rooms))
    ]
    assert not wrong, "\n".join(wrong)


def test_nothing_imports_in_a_circle(arrows):
    """Not even inside a function, nor for types alone."""
    assert circles(arrows) == set()


def test_no_folder_is_a_street(arrows):
    """At most two dozen modules lie side by side."""
    beside = defaultdict(set)
    for name in arrows:
        beside[name.rpartition(".")[0]].add(name)
    assert {
        folder: len(names) for folder, names in beside.items() if len(names) > MOST_MODULES
    } == {}


def test_tests_lie_where_their_rooms_do(rooms):
    """Each folder of tests is named after a room; none imports another test module."""
    floors = {"core": "cnnviz_core", "engine": "cnnviz_engine", "ui": "cnnviz_ui"}
    for path in TESTS.glob("*/**/test_*.py"):
        first, *folders = path.relative_to(TESTS).parent.parts
        if first in floors:
            assert ".".join([floors[first], *folders]) in rooms, path
    paths = {module_at(path): path for path in TESTS.glob("**/test_*.py")}
    for path in paths.values():
        assert not paths.keys() & set(imported(path, paths)), f"{path} imports another test module"


def test_the_checks_of_the_plan_can_fail(rooms, tmp_path):
    """An arrow that goes up, one to the room beside, a package out of place, and a circle.

    An import of a module is seen however it is written.
    """
    assert violation("cnnviz_core.images.reading", "cnnviz_core.network.graph", rooms)
    assert violation("cnnviz_core.errors", "cnnviz_ui.frame.page", rooms)
    assert violation("cnnviz_ui.compare.sides", "cnnviz_ui.patterns.words", rooms)
    assert violation("pages.start", "keras", rooms)
    assert violation("cnnviz_ui.compare.sides", "cnnviz_core.maps.results", rooms) is None
    assert violation("cnnviz_ui.compare.sides", "cnnviz_ui.compare.colour_scale", rooms) is None
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == {frozenset("abc")}
    path = tmp_path / "importer.py"
    for line in (
        "from tests.core import test_progress",
        "from tests.core.test_progress import Clock",
        "import tests.core.test_progress as progress",
    ):
        path.write_text(line, encoding="utf-8")
        assert set(imported(path, {"tests.core.test_progress"})) == {"tests.core.test_progress"}


def test_links_of_the_docs_lead_somewhere():
    """Every picture and page that README and the docs name is there."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md")]
    links = [
        (page, target)
        for page in pages
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
        if "://" not in target
    ]
    assert len(links) > 10
    assert [str(target) for page, target in links if not (page.parent / target).exists()] == []


def test_what_the_docs_name_is_there():
    """Files and tests that the docs name in code marks are in the project."""
    tests = "\n".join(path.read_text(encoding="utf-8") for path in TESTS.glob("**/*.py"))
    defined = set(re.findall(r"def (test_\w+)", tests))
    missing = []
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md")]:
        for name in re.findall(r"`([\w./-]+)`", page.read_text(encoding="utf-8")):
            if re.fullmatch(r"test_\w+", name):
                missing += [name] if name not in defined else []
            elif re.fullmatch(r"[\w-]+(/[\w.-]+)*/[\w-]+\.(py|json|css|toml)", name):
                places = (
                    ROOT,
                    TESTS,
                    ROOT / "cnnviz_core",
                    ROOT / "cnnviz_engine",
                    ROOT / "cnnviz_ui",
                )
                missing += [name] if not any((place / name).exists() for place in places) else []
    assert missing == []


@pytest.mark.parametrize(
    "module", ["cnnviz_core", "cnnviz_core.maps.results", "cnnviz_core.zoo.cards"]
)
def test_core_imports_without_tensorflow(module):
    """Importing the library loads neither TensorFlow nor Keras; the names are there."""
    code = (
        f"import {module}, sys; import cnnviz_core as c; "
        "assert {'load_model', 'grad_cam', 'maximize'} <= set(dir(c)); "
        "bad = {'tensorflow', 'keras', 'streamlit', 'dask'} & set(sys.modules); "
        "assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_importing_the_core_loads_nothing_but_its_list_of_names():
    """`import cnnviz_core` loads none of its modules, and of others the lazy loader alone."""
    code = (
        "import sys; before = set(sys.modules); import cnnviz_core; "
        "loaded = set(sys.modules) - before; "
        "print(*(name for name in loaded if name.split('.')[0] not in sys.stdlib_module_names))"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True, text=True
    )
    assert set(process.stdout.split()) == {"cnnviz_core", "lazy_loader"}

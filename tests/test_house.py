"""The house plan: imports go down only, and the library is light."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ["cnnviz_core", "cnnviz_engine", "cnnviz_ui", "pages", "app"]
ONLY_IN = {
    "streamlit": {"cnnviz_ui", "pages", "app"},
    "plotly": {"cnnviz_ui"},
    "dask": {"cnnviz_engine"},
    "distributed": {"cnnviz_engine"},
    "tensorflow": {"cnnviz_core"},
    "keras": {"cnnviz_core"},
}


def sources():
    """Every source file with the floor it lies on."""
    for path in [ROOT / "app.py", *ROOT.glob("*/**/*.py")]:
        floor = path.relative_to(ROOT).parts[0].removesuffix(".py")
        if floor in FLOORS:
            yield floor, path


def imported(path):
    """Top-level names of all modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def violations(floor, modules):
    """Imports that go up, or reach for a package that belongs to another floor."""
    for module in modules:
        if module in FLOORS and FLOORS.index(module) > FLOORS.index(floor):
            yield f"{floor} imports {module}, which lies above it"
        if module in ONLY_IN and floor not in ONLY_IN[module]:
            yield f"{floor} imports {module}, which belongs to {sorted(ONLY_IN[module])}"


def test_imports_go_down_only():
    """No floor imports one above it, and each outside package stays on its floor."""
    files = list(sources())
    assert {floor for floor, _ in files} == set(FLOORS)
    wrong = [
        f"{path.relative_to(ROOT)}: {sentence}"
        for floor, path in files
        for sentence in violations(floor, imported(path))
    ]
    assert not wrong, "\n".join(wrong)


def test_links_of_the_docs_lead_somewhere():
    """Every picture and page that README and the docs name is there."""
    pages = [ROOT / "README.md", *ROOT.glob("docs/*.md")]
    links = [
        (page, target)
        for page in pages
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
        if "://" not in target
    ]
    assert len(links) > 10
    assert [str(target) for page, target in links if not (page.parent / target).exists()] == []


def test_the_arrow_check_can_fail():
    """An arrow that goes up and a package out of place are both seen."""
    assert list(violations("cnnviz_core", ["cnnviz_ui"]))
    assert list(violations("pages", ["keras"]))
    assert not list(violations("pages", ["cnnviz_ui", "streamlit", "numpy"]))


@pytest.mark.parametrize("module", ["cnnviz_core", "cnnviz_core.types", "cnnviz_core.zoo"])
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
    found = subprocess.run(
        [sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True, text=True
    )
    assert set(found.stdout.split()) == {"cnnviz_core", "lazy_loader"}

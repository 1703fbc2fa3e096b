"""The board alone changes a job: nobody else can, and its verbs do it whole."""

import ast
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import pytest
from engine_stand_ins import long

import cnnviz_engine
from cnnviz_engine.progress import Progress, Report
from cnnviz_engine.queueing import board as board_module
from cnnviz_engine.queueing import jobs as jobs_module
from cnnviz_engine.queueing.board import JobBoard
from cnnviz_engine.queueing.jobs import Job, Standing, Work

ENGINE = Path(cnnviz_engine.__file__).parent
BOARD = Path(board_module.__file__)
JOBS = Path(jobs_module.__file__)

PRIVATE = {name for kind in (Work, Job) for name in kind.__slots__}
NAMES = PRIVATE | {field.name for field in fields(Standing)}
NAMES |= {name for kind in (Work, Job) for name in vars(kind) if not name.startswith("_")}
MUTATORS = {"add", "append", "clear", "discard", "extend", "insert", "pop", "remove", "set"}
MUTATORS |= {"reverse", "setdefault", "sort", "update"}
VERBS = {
    "placed": (),
    "displaced": (),
    "heard": (Report(Progress(1, 2, 1.0), "preview"),),
    "unanswered": (5.0,),
    "lost": (),
    "overdue": (),
    "lacked_upload": (),
}


@pytest.fixture
def board():
    """A board with room for a hundred jobs a lane."""
    return JobBoard(queue_limit=100, result_bytes=2**20, wake=lambda: None)


@pytest.fixture
def running(board):
    """A job whose computation runs."""
    job = board.submit(long("steps"), None, "first")
    board.take("long", 1)
    return job


@pytest.fixture
def impatient():
    """Threads take turns as often as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def is_own(node):
    """Whether an expression is what a method knows as `self`."""
    return isinstance(node, ast.Name) and node.id == "self"


def names_a_work(node):
    """Whether an expression is an attribute of somebody else that a work or a job has as well."""
    return isinstance(node, ast.Attribute) and node.attr in NAMES and not is_own(node.value)


def changes(node):
    """Whether a node of the syntax tree assigns to, deletes or mutates what belongs to a work."""
    if isinstance(node, ast.Attribute):
        stored = isinstance(node.ctx, ast.Store | ast.Del)
        return names_a_work(node) and (stored or node.attr in PRIVATE)
    if isinstance(node, ast.Subscript):
        return isinstance(node.ctx, ast.Store | ast.Del) and names_a_work(node.value)
    return isinstance(node, ast.Call) and calls_for_a_change(node)


def calls_for_a_change(call):
    """Whether a call sets an attribute of somebody else, or mutates what a work has."""
    function = call.func
    called = function.attr if isinstance(function, ast.Attribute) else ast.unparse(function)
    if called in ("setattr", "delattr", "__setattr__", "__delattr__"):
        return not is_own(call.args[0])
    return (
        isinstance(function, ast.Attribute) and called in MUTATORS and names_a_work(function.value)
    )


def found_in(source):
    """The expressions of a module that change a work."""
    return [ast.unparse(node) for node in ast.walk(ast.parse(source)) if changes(node)]


def test_no_module_but_the_board_changes_a_work():
    """Neither by assignment nor by a method that mutates, nor through a private name."""
    modules = [path for path in ENGINE.rglob("*.py") if path != BOARD]
    changes_by_path = {str(path): found_in(path.read_text()) for path in modules}
    assert {path: lines for path, lines in changes_by_path.items() if lines} == {}
    assert found_in(BOARD.read_text()).count("work._standing") == 1


def test_works_and_jobs_do_not_change_themselves():
    """Their own methods assign nothing after they were made."""
    tree = ast.parse(JOBS.read_text())
    methods = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assigning = {
        method.name
        for method in methods
        for node in ast.walk(method)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del)
    }
    assert assigning == {"__init__"}


@pytest.mark.parametrize(
    "source",
    [
        "work.losses += 1",
        "work._standing = other",
        "del self._work.progress",
        "work.preview, work.preview_step = None, 3",
        "for work.value in (): pass",
        "work.standing.jobs.append(job)",
        "work.standing.jobs[0] = job",
        "job._finished.set()",
        "kept = work._standing",
        "setattr(work, 'value', 3)",
        "object.__setattr__(work.standing, 'value', 3)",
    ],
)
def test_the_search_finds_each_way_to_change_a_work(source):
    """What the test above would miss, it would not hold."""
    assert found_in(source)


def test_the_board_keeps_its_books_under_its_lock():
    """Each public method reads and writes what is private inside `with self._lock` only."""
    (board_class,) = [
        node for node in ast.parse(BOARD.read_text()).body if isinstance(node, ast.ClassDef)
    ]
    unguarded = {"_lock", "_wake", "_keep"}
    for method in board_class.body:
        if not isinstance(method, ast.FunctionDef) or method.name.startswith("_"):
            continue
        guarded = {
            node
            for block in ast.walk(method)
            if isinstance(block, ast.With) and ast.unparse(block.items[0]) == "self._lock"
            for statement in block.body
            for node in ast.walk(statement)
        }
        loose = [
            node.attr
            for node in ast.walk(method)
            if isinstance(node, ast.Attribute) and is_own(node.value) and node not in guarded
        ]
        private = {name for name in loose if name.startswith("_")}
        assert private <= unguarded, method.name


def test_nothing_of_a_job_can_be_assigned(running):
    """Neither what there is nor what there is not."""
    for part in (running, running.work, running.work.standing):
        public = [name for name in dir(part) if not name.startswith("_")]
        for name in [*public, "another"]:
            with pytest.raises((AttributeError, TypeError)):
                setattr(part, name, None)


@pytest.mark.parametrize("verb", VERBS)
def test_what_is_told_of_a_running_computation_is_noted(board, running, verb):
    """As a new record; who has the one before has it unchanged."""
    before = running.work.standing
    copy = {field.name: getattr(before, field.name) for field in fields(Standing)}
    getattr(board, verb)(running.work, *VERBS[verb])
    assert running.work.standing is not before
    assert {name: getattr(before, name) for name in copy} == copy


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("end", ["finish", "put_back"])
def test_what_comes_too_late_changes_nothing(board, running, verb, end):
    """A computation that is over, or waits again, is not the run that was told of."""
    getattr(board, end)(running.work, *(["value"] if end == "finish" else []))
    before = running.work.standing
    getattr(board, verb)(running.work, *VERBS[verb])
    assert running.work.standing is before


def test_a_worker_and_its_silence_count_from_the_first_time(board, running, clock):
    """A second note of the same does not begin the time anew; an answer does."""
    work = running.work
    board.placed(work)
    board.unanswered(work, 1.0)
    clock.tick(5)
    board.placed(work)
    board.unanswered(work, 2.0)
    assert (work.standing.placed_at, work.standing.unanswered_since) == (1000.0, 1.0)
    board.heard(work, None)
    board.unanswered(work, 3.0)
    assert work.standing.unanswered_since == 3.0


def test_only_another_step_counts_as_a_step(board, running, clock):
    """A worker that tells the same again has done nothing since; its preview stays."""
    work = running.work
    first, same = (Report(Progress(1, 9, 1.0), preview) for preview in ("preview", None))
    board.heard(work, first)
    clock.tick(5)
    board.heard(work, same)
    assert (work.standing.last_step_at, running.preview) == (1000.0, "preview")
    board.heard(work, Report(Progress(2, 9, 1.0), None))
    assert (work.standing.last_step_at, running.progress.step) == (1005.0, 2)
    board.heard(work, None)
    assert running.progress.step == 2


def test_losses_told_by_many_threads_are_all_counted(board, running, impatient):
    """None is overwritten by another that read the same number."""
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: board.lost(running.work), range(4000)))
    assert running.work.standing.losses == 4000


def test_sessions_come_and_go_while_the_engine_tells_of_their_job(board, running, impatient):
    """Thirty ask and every second one cancels; no handle and no report is lost."""
    work = running.work

    def visit(number):
        job = board.submit(long("steps"), None, f"visitor {number}")
        if number % 2:
            job.cancel()
        return job

    def tell(step):
        board.placed(work)
        board.heard(work, Report(Progress(step, 900, 1.0), None))
        board.lost(work)

    with ThreadPoolExecutor(30) as sessions, ThreadPoolExecutor(1) as engine:
        telling = [engine.submit(tell, step) for step in range(900)]
        jobs = list(sessions.map(visit, range(900)))
    assert [told.exception() for told in telling] == [None] * 900
    assert set(work.standing.jobs) == {running, *jobs[::2]}
    assert {job.state for job in jobs[::2]} == {"running"}
    assert {job.state for job in jobs[1::2]} == {"cancelled"}
    assert (running.progress.step, work.standing.losses) == (899, 900)
    board.finish(work, "value")
    assert {job.result(0) for job in jobs[::2]} == {"value"}

"""One cluster with stand-in tasks for the whole folder; each test asks it for things of its own."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # worker processes search where this process does
sys.path.insert(0, str(HERE.parent.parent))

import engine_stand_ins  # noqa: E402 - importable only after the lines above
from waiting import SETTINGS  # noqa: E402

from cnnviz_engine import Engine  # noqa: E402
from cnnviz_engine.cluster import supervision, watching, workforce  # noqa: E402
from cnnviz_engine.queueing import board  # noqa: E402


@pytest.fixture(scope="session")
def engine():
    """An engine on a local cluster whose worker is up."""
    engine = Engine(SETTINGS, engine_stand_ins.act)
    engine.submit(engine_stand_ins.quick("echo", "first")).result(180)
    yield engine
    engine.close()


class Clock:
    """Time that stands still until it is told to pass."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        """Seconds since whenever."""
        return self.now

    def tick(self, seconds):
        """Let so much time pass."""
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    """The time of the engine's books and of its look at running jobs, passed by hand."""
    clock = Clock()
    for module in (board, supervision, watching, workforce):
        monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def gate(engine, tmp_path):
    """A job that occupies the quick lane until `open()` is called, or the test ends."""

    class Gate:
        def __init__(self):
            self.file = tmp_path / "open"
            self.job = engine.submit(engine_stand_ins.quick(f"wait_for_file:{self.file}"))

        def open(self):
            self.file.touch()
            assert self.job.wait(60)

    gate = Gate()
    yield gate
    gate.open()

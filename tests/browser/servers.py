"""Web servers for tests: the app as people start it, or over an engine that makes things up."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

from tests.places import ROOT

STAND_IN = f"""
import sys
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests" / "ui")!r}]
import cnnviz_engine, standin
engine = standin.StandInEngine()
if "--waiting" in sys.argv:
    sys.argv.remove("--waiting")
    engine.stuck, engine.answered = (standin.Progress(3, 10, 4.0),), ("describe",)
cnnviz_engine.connect = lambda: engine
from streamlit.web import cli
sys.argv = ["streamlit", *sys.argv[1:]]
cli.main()
"""


@contextmanager
def serving(*, stand_in=False, waiting=False):
    """A fresh server on a port of its own: gives its address and its process.

    The jobs of a stand-in's pages come to an end, unless they are `waiting` for ever.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    launch = ["-c", STAND_IN] if stand_in else ["-m", "streamlit"]
    options = ["run", str(ROOT / "app.py"), "--server.port", str(port)]
    options += ["--server.address", "127.0.0.1", *(["--waiting"] if waiting else [])]
    process = subprocess.Popen(
        [sys.executable, *launch, *options],
        cwd=ROOT,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "CNNVIZ_DATA": _empty_folder()},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_healthy(address, process)
        yield address, process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _empty_folder():
    """A folder for what the server keeps, in that of all tests, which are gone together."""
    return tempfile.mkdtemp(dir=os.environ["CNNVIZ_DATA"])


def _wait_until_healthy(address, process, seconds=180):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, "The server ended before it answered."
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise TimeoutError(f"No answer from {address} after {seconds} s.")

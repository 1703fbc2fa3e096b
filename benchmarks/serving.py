"""The app on a port of its own, as people start it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def served(**settings: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A fresh server that answers: its address and its web process.

    Args:
        settings: further variables of its environment.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    process = subprocess.Popen([*command, "--server.headless=true"], env=os.environ | settings)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until_healthy(address)
        yield address, process
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_until_healthy(address: str) -> None:
    """Return when the server answers.

    Raises:
        TimeoutError: it gave no answer within two minutes.
    """
    for _ in range(240):
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=2).close()
        except (OSError, urllib.error.URLError):
            time.sleep(0.5)
        else:
            return
    raise TimeoutError("The server gave no answer within two minutes.")

"""Reaching a Dask cluster: a foreign one by its address, or a local one in a process of its own."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from cnnviz_engine.settings import Settings

_SECRET = re.compile(
    "SECRET|TOKEN|PASSW|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY", re.IGNORECASE
)
"""Names of variables that no worker needs, and that a result could carry to a visitor."""
START_SECONDS = 60.0  # for the local scheduler's address; it takes 1 to 2 on an idle machine


class ClusterLostError(Exception):
    """The cluster is gone or does not answer; the engine starts or connects anew."""


@asynccontextmanager
async def reach(settings: Settings) -> AsyncIterator[str]:
    """The scheduler's address, for as long as the cluster is in use.

    Raises:
        ClusterLostError: the local cluster did not start.
    """
    if settings.scheduler:
        yield settings.scheduler
        return
    process = _start(settings)
    try:
        yield await _address(process)
    finally:
        await asyncio.to_thread(_end, process)


def _start(settings: Settings) -> subprocess.Popen[str]:
    search_path = os.pathsep.join(path for path in sys.path if path)
    inherited = {name: value for name, value in os.environ.items() if not _SECRET.search(name)}
    environment = inherited | settings.environment() | {"PYTHONPATH": search_path}
    return subprocess.Popen(
        [sys.executable, "-m", "cnnviz_engine.cluster.local"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,  # Ctrl+C reaches the web process only, which ends this one
    )


async def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    reading = asyncio.to_thread(process.stdout.readline)
    try:
        line = await asyncio.wait_for(reading, START_SECONDS)
    except TimeoutError:
        process.kill()
        raise ClusterLostError("The local cluster did not start in time.") from None
    if not line:
        raise ClusterLostError("The local cluster ended while it started.")
    return line.strip()


def _end(process: subprocess.Popen[str]) -> None:
    with process:  # closes both pipes, which asks the process to end
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()

"""A Dask worker's preload: the process in which uploaded models are built and run.

Before it takes jobs it gives up, for good, whatever a computation does not need: writing files,
starting programs, connecting to anybody but the scheduler, and memory without bound. A worker of
a foreign cluster becomes one by `dask worker tcp://... --preload cnnviz_engine.sandbox.process
--resources "sandbox_quick=1 sandbox_long=1"`.
"""

from __future__ import annotations

import logging
import os
import stat
import sys
import tempfile
from typing import Any

from cnnviz_engine.sandbox.audit import forbid
from cnnviz_engine.sandbox.walls import limit_resources, restrict
from cnnviz_engine.settings import Settings

logger = logging.getLogger(__name__)

NOWHERE = "/nonexistent"
_entered = False


def entered() -> bool:
    """Whether this process is a sandbox."""
    return _entered


async def dask_setup(worker: Any) -> None:
    """Close the sandbox; Dask calls this while the worker starts, before it is known."""
    try:
        enter([address for address in (worker.scheduler.address, worker.nanny) if address])
    except BaseException:
        # Dask would only log it, and run uploads without walls.
        logger.critical("The sandbox could not be closed; its process ends.", exc_info=True)
        os._exit(1)


def enter(addresses: list[str]) -> None:
    """Close the sandbox around this process. Threads that exist already are trusted.

    Args:
        addresses: Dask's addresses, to which connections may be made.
    """
    global _entered
    # Each layer has compiled functions of its own, which TensorFlow takes for needless retracing.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    _forget_outside()
    peers = {_host_and_port(address) for address in addresses}
    closed = restrict(port for _, port in peers)
    # Where no file can be opened, one that is open already can only be the log.
    limit_resources(Settings.from_environment().sandbox_memory, files=closed and _logs_to_file())
    forbid(peers)
    _entered = True


def _logs_to_file() -> bool:
    return stat.S_ISREG(os.fstat(sys.stderr.fileno()).st_mode)


def _forget_outside() -> None:
    """Name no proxy and no folder: libraries then do without, as they do on a bare machine."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            del os.environ[name]
    os.environ |= {"HOME": NOWHERE, "KERAS_HOME": NOWHERE, "TMPDIR": NOWHERE}
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"  # a GPU's driver opens devices for writing
    tempfile.tempdir = NOWHERE
    sys.dont_write_bytecode = True


def _host_and_port(address: str) -> tuple[str, int]:
    from distributed.comm import parse_host_port

    host, port = parse_host_port(address.partition("://")[2])
    return host, int(port)

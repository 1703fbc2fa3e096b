"""A cluster on this machine, in a process of its own: `python -m cnnviz_engine.cluster.local`.

One scheduler, one worker and one sandbox for uploaded models, on the loopback interface only. The
process writes the scheduler's address as the one line on its standard output and ends when its
standard input closes: with the process that started it, however that one ended.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import time
from typing import Any

import dask
from distributed import Nanny, Scheduler
from distributed.core import Status

from cnnviz_engine.settings import Settings

logger = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
FAREWELL = 8.0  # seconds for an orderly end; a hung worker takes 4 of them
MOST_SECONDS_WITHOUT_WORKER = 5
RETRY_SECONDS = 5.0  # between attempts to start the sandbox

DASK = {
    # The engine counts a job's lost workers itself, so Dask reports the first one at once.
    "distributed.scheduler.allowed-failures": 0,
    "distributed.scheduler.worker-ttl": "30s",
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.profile.enabled": False,
    # No upload may reach the disk, and TensorFlow's memory cannot be spilled: no spilling.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    # What follows is the load of an idle cluster, and of no use to one worker.
    "distributed.scheduler.work-stealing": False,
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.worker.memory.monitor-interval": "250ms",
    "distributed.admin.tick.interval": "500ms",
    "distributed.admin.low-level-log-length": 100,
    # What a task raised goes to whoever asked; the rest shows in the processes that die.
    "logging": {"distributed": "critical"},
}


def worker_environment(settings: Settings) -> dict[str, str]:
    """Environment of the worker process; what the operator set stays."""
    defaults = {
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
        "TF_NUM_INTRAOP_THREADS": str(settings.worker_threads),
        "TF_NUM_INTEROP_THREADS": "2",  # one a lane
    }
    return defaults | {name: os.environ[name] for name in defaults if name in os.environ}


def _parent_gone(loop: asyncio.AbstractEventLoop) -> asyncio.Event:
    gone = asyncio.Event()

    def watch() -> None:
        while os.read(0, 1024):  # standard input, without a buffer that the end would wait for
            pass
        loop.call_soon_threadsafe(gone.set)
        time.sleep(FAREWELL)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    return gone


def _nanny(scheduler: str, settings: Settings, **options: Any) -> Nanny:
    return Nanny(
        scheduler,
        host=LOOPBACK,
        nthreads=2,
        env=worker_environment(settings),
        silence_logs=logging.CRITICAL,
        dashboard=False,
        dashboard_address=f"{LOOPBACK}:0",
        **options,
    )


async def serve(settings: Settings) -> None:
    """Run scheduler and workers until the parent is gone."""
    gone = _parent_gone(asyncio.get_running_loop())
    async with Scheduler(
        host=LOOPBACK, port=0, dashboard=False, dashboard_address=f"{LOOPBACK}:0"
    ) as scheduler:
        print(scheduler.address, flush=True)
        nanny = _nanny(
            scheduler.address,
            settings,
            resources={"quick": 1, "long": 1},
            memory_limit=settings.worker_memory,
            preload=["cnnviz_engine.cluster.warm_up"],
        )
        ends = [asyncio.ensure_future(gone.wait()), asyncio.ensure_future(_until_workerless(nanny))]
        sandboxed = asyncio.ensure_future(_keep_sandbox(nanny, scheduler.address, settings))
        ended, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for end in ended:
            end.result()  # raises where the worker could not start
        sandboxed.cancel()
        await asyncio.gather(nanny.close(timeout=FAREWELL / 2), sandboxed, return_exceptions=True)


async def _keep_sandbox(worker: Nanny, scheduler: str, settings: Settings) -> None:
    """Have a sandbox, once the worker is up, and another one where Dask gave up on it."""
    while not worker.is_alive() or worker.status != Status.running:
        await asyncio.sleep(0.5)
    while True:
        nanny = _nanny(
            scheduler,
            settings,
            resources={"sandbox_quick": 1, "sandbox_long": 1},
            memory_limit=settings.sandbox_memory,
            preload=["cnnviz_engine.sandbox.process"],
        )
        try:
            await _until_workerless(nanny)
        except Exception:  # whatever Dask met; the worker goes on without it
            logger.exception("The sandbox could not be started; another try follows.")
        finally:
            await nanny.close(timeout=FAREWELL / 2)
        await asyncio.sleep(RETRY_SECONDS)


async def _until_workerless(nanny: Nanny) -> None:
    """Return once there is no worker process, nor a new one soon.

    Dask gives up on a worker that is killed while it starts. The engine starts a cluster anew.
    """
    await nanny
    missing = 0
    while missing < MOST_SECONDS_WITHOUT_WORKER:
        await asyncio.sleep(1)
        missing = 0 if nanny.is_alive() else missing + 1


def main() -> None:
    """Run with the settings of the environment."""
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    dask.config.set(DASK)
    asyncio.run(serve(Settings.from_environment()))


if __name__ == "__main__":
    main()

"""A Dask worker's preload: TensorFlow and the default model, before the worker takes jobs.

Thus a worker that is known to the scheduler is ready, and the first visitor does not wait. Foreign
workers use it as well: `dask worker ... --preload cnnviz_engine.cluster.warm_up`.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from cnnviz_engine.settings import Settings


async def dask_setup(worker: Any) -> None:
    """Load and run the default model once; Dask calls this while the worker starts."""
    # Each layer has compiled functions of its own, which TensorFlow takes for needless retracing.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    settings = Settings.from_environment()
    if settings.warm_model:
        await asyncio.to_thread(_warm_up, settings.warm_model)


def _warm_up(model: str) -> None:
    from cnnviz_engine.cluster import worker

    worker.warm_up(model)

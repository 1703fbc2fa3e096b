"""Settings of the engine, each from an environment variable `CNNVIZ_<NAME>`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

PREFIX = "CNNVIZ_"
MEBIBYTE = 2**20


def _cache_folder() -> Path:
    """Where this user's caches lie, after the XDG specification, which ignores relative paths."""
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (named if named.is_absolute() else Path.home() / ".cache") / "cnnviz"


class Settings(BaseModel):
    """How the engine runs.

    Attributes:
        scheduler: address of a Dask scheduler, such as "tcp://10.0.0.5:8786"; empty starts a local
            cluster. `CNNVIZ_SCHEDULER`.
        queue_limit: jobs that may wait in one lane; further ones are refused. `CNNVIZ_QUEUE_LIMIT`.
        result_bytes: size of the table of finished results. `CNNVIZ_RESULT_BYTES`.
        model_bytes: weights that a worker keeps loaded. `CNNVIZ_MODEL_BYTES`.
        worker_memory: bytes after which the local worker is killed and restarted; 0 for no limit.
            `CNNVIZ_WORKER_MEMORY`.
        worker_threads: threads of TensorFlow's pools in the local worker. `CNNVIZ_WORKER_THREADS`.
        warm_model: the model that a worker loads before it takes work; empty for none.
            `CNNVIZ_WARM_MODEL`.
        patience: seconds after which a worker that answers neither a question nor a cancel is
            restarted. `CNNVIZ_PATIENCE`.
        quick_limit: seconds after which a job of the quick lane counts as hung; long enough to
            download the weights of a model. `CNNVIZ_QUICK_LIMIT`.
        data: folder of what is kept between runs; nothing in it shows a photo. `CNNVIZ_DATA`; by
            default "cnnviz" in the user's cache folder.
        upload_limit: bytes of one uploaded model file. `CNNVIZ_UPLOAD_LIMIT`.
        upload_bytes: of all different ones that sessions hold; further ones are refused.
            `CNNVIZ_UPLOAD_BYTES`.
        sandbox_memory: address space of the process in which uploaded models run, of which its
            libraries take some 2.5 GiB; 0 for no limit. `CNNVIZ_SANDBOX_MEMORY`.
        sandbox_seconds: after which a job of an uploaded model is given up, if it is quick, or has
            made no step for so long; any job after fifteen times as long. `CNNVIZ_SANDBOX_SECONDS`.
        pattern_bytes: finished filter patterns kept there; 0 for none. `CNNVIZ_PATTERN_BYTES`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scheduler: str = ""
    queue_limit: Annotated[int, Field(ge=1)] = 64
    result_bytes: Annotated[int, Field(ge=0)] = 512 * MEBIBYTE
    model_bytes: Annotated[int, Field(ge=0)] = 1024 * MEBIBYTE
    worker_memory: Annotated[int, Field(ge=0)] = 4096 * MEBIBYTE
    worker_threads: Annotated[int, Field(ge=1)] = os.cpu_count() or 1
    warm_model: str = "photos20"
    patience: Annotated[float, Field(gt=0)] = 10.0
    quick_limit: Annotated[float, Field(gt=0)] = 300.0
    upload_limit: Annotated[int, Field(ge=0)] = 200 * MEBIBYTE
    upload_bytes: Annotated[int, Field(ge=0)] = 1024 * MEBIBYTE
    sandbox_memory: Annotated[int, Field(ge=0)] = 6144 * MEBIBYTE
    sandbox_seconds: Annotated[float, Field(gt=0)] = 120.0
    data: Path = Field(default_factory=_cache_folder)
    pattern_bytes: Annotated[int, Field(ge=0)] = 256 * MEBIBYTE

    @classmethod
    def from_environment(cls) -> Settings:
        """Read the settings that the environment names; the others keep their defaults.

        Raises:
            pydantic.ValidationError: a variable holds what its setting does not accept.
        """
        names = {name: PREFIX + name.upper() for name in cls.model_fields}
        return cls.model_validate(
            {
                name: os.environ[variable]
                for name, variable in names.items()
                if variable in os.environ
            }
        )

    def environment(self) -> dict[str, str]:
        """The variables from which `from_environment` reads these settings."""
        return {PREFIX + name.upper(): str(value) for name, value in self}

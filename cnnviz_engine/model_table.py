"""The models that a process keeps loaded: a worker those of cards, the sandbox those of uploads."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from cnnviz_engine.byte_table import ByteTable
from cnnviz_engine.settings import Settings

if TYPE_CHECKING:
    from cnnviz_core.network.model import LoadedModel

BYTES_PER_WEIGHT = 4


@lru_cache(maxsize=1)
def loaded_models() -> ByteTable[str, LoadedModel]:
    """The process's models by name, whose weights together stay below `Settings.model_bytes`."""
    return ByteTable(Settings.from_environment().model_bytes)

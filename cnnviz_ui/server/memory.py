"""The web process's memory: what is loaded once is looked through for garbage once."""

from __future__ import annotations

import gc
from functools import cache


@cache
def settle() -> None:
    """Spare every later collection of garbage what is loaded by now; done once a process.

    Modules, pages and their functions stay for good. Looking through them takes longer than through
    all that a visit leaves behind.
    """
    gc.collect()
    gc.freeze()

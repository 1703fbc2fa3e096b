"""What the first page can show of a network: not each tells classes, not each takes a photo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.errors import OptionError
from cnnviz_core.preprocessing import to_channels
from cnnviz_ui.layers import totals
from cnnviz_ui.page import facts, note

if TYPE_CHECKING:
    from cnnviz_core.types import Structure


def answers(structure: Structure) -> bool:
    """Whether the network names what is in a photo; if not, what it is instead, and why."""
    amiss = no_photos(structure.channels) or structure.classless
    if amiss:
        facts(totals(structure))
        note(amiss)
    return not amiss


def takes_photos(structure: Structure) -> bool:
    """Whether a photo can be put into the network."""
    return not no_photos(structure.channels)


def no_photos(channels: int) -> str:
    """Why no photo can be put into a network of so many channels; empty where one can."""
    try:
        to_channels(np.zeros((1, 1, 3), np.uint8), channels)
    except OptionError as error:
        return str(error)
    return ""

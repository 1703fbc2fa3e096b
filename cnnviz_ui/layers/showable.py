"""What can be shown of a network: not each tells classes, takes a photo, or has feature maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.errors import OptionError
from cnnviz_core.images.preprocessing import to_channels
from cnnviz_ui.frame.page import facts, note
from cnnviz_ui.layers.overview import totals

if TYPE_CHECKING:
    from cnnviz_core.looking.results import Structure

NO_MAPS = (
    "This model has no layer with height and width, so it has no feature maps. Choose another one."
)


def answers(structure: Structure) -> bool:
    """Whether the network names what is in a photo; if not, what it is instead, and why."""
    amiss = unexplained(structure)
    if amiss:
        facts(totals(structure))
        note(amiss)
    return not amiss


def unexplained(structure: Structure) -> str:
    """Why the network names nothing in a photo; empty where it does."""
    return no_photos(structure.channels) or structure.classless


def has_maps(structure: Structure) -> bool:
    """Whether its layers answer a photo with feature maps; if not, why."""
    amiss = no_photos(structure.channels) or ("" if structure.spatial_layers() else NO_MAPS)
    if amiss:
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

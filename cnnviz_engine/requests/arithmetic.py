"""How a unit's value comes about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

import cnnviz_core as cnnviz
from cnnviz_core.lab.results import Workings
from cnnviz_engine.requests.base import ImageDigest, LayerName, ModelRequest
from cnnviz_engine.requests.reproducing import call

if TYPE_CHECKING:
    from cnnviz_core.arrays import ImageArray
    from cnnviz_core.network.model import LoadedModel
    from cnnviz_core.progress import OnStep


class WorkingsRequest(ModelRequest[Workings]):
    """How one channel of a layer comes about at all of its places: gives `Workings`.

    Whoever points from place to place asks once.
    """

    kind: Literal["workings"] = "workings"
    image: ImageDigest
    layer: LayerName
    channel: Annotated[int, Field(ge=0, le=1_000_000)]

    def compute(self, model: LoadedModel, image: ImageArray, on_step: OnStep) -> Workings:
        """From the network's own numbers."""
        return cnnviz.workings(model, image, self.layer, self.channel)

    def code(self, result: Workings) -> str:
        """The lines that give the arithmetic of the unit with the largest value again."""
        y, x = np.unravel_index(result.values.argmax(), result.values.shape)
        return self.code_at(int(y), int(x))

    def code_at(self, y: int, x: int) -> str:
        """The lines that give the arithmetic of one unit again."""
        unit = call(
            "arithmetic", "model", "image", repr(self.layer), str(self.channel), str(y), str(x)
        )
        return f"unit = {unit}\nvalue = unit.value\n"

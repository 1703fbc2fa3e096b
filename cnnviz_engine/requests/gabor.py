"""What a network learned, held against Gabor filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import cnnviz_core as cnnviz
from cnnviz_core.lab.gabor_results import GaborFits
from cnnviz_engine.requests.base import ModelRequest
from cnnviz_engine.requests.reproducing import call

if TYPE_CHECKING:
    from cnnviz_core.arrays import ImageArray
    from cnnviz_core.network.model import LoadedModel
    from cnnviz_core.progress import OnStep


class GaborFitsRequest(ModelRequest[GaborFits]):
    """The first convolution's kernels and the closest Gabor filters: gives `GaborFits`."""

    kind: Literal["gabor_fits"] = "gabor_fits"

    def compute(self, model: LoadedModel, image: ImageArray, on_step: OnStep) -> GaborFits:
        """Of the first layer with kernels that reads the photo."""
        return cnnviz.gabor_fits(model, on_step=on_step)

    def code(self, result: GaborFits) -> str:
        """The lines that give the fits again."""
        return f"found = {call('gabor_fits', 'model')}\n"

"""What a visitor's file holds, before anything in it is built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from cnnviz_core.model_files.telling.summary import ModelSummary
from cnnviz_engine.requests.base import Request, UploadName

if TYPE_CHECKING:
    from cnnviz_core.model_files.inspecting import ModelFile


class InspectRequest(Request[ModelSummary]):
    """What an uploaded file holds: gives `ModelSummary`. Nothing in it is built or run."""

    kind: Literal["inspect"] = "inspect"
    model: UploadName

    def compute(self, file: ModelFile) -> ModelSummary:
        """Of the file alone: there is no model yet that could be asked."""
        return file.summary()

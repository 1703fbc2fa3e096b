"""What every request shares, and the types of its fields.

A request is frozen and has one canonical JSON. That is the cache key, the unit of distribution and
what a link or an export says. A family of requests is a file beside this one, which says of each
what it takes, how patient those are who ask for it, how it is computed, and where a page shows it,
the Python that reproduces it. Nothing here imports Streamlit or Dask, nor, before something is
computed, TensorFlow.
"""

from __future__ import annotations

import hashlib
import re
from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

if TYPE_CHECKING:
    from cnnviz_core.arrays import ImageArray
    from cnnviz_core.network.model import LoadedModel
    from cnnviz_core.progress import OnStep

ModelName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
UploadName = Annotated[str, StringConstraints(pattern=r"^upload-[0-9a-f]{64}$")]
LayerName = Annotated[str, StringConstraints(min_length=1, max_length=300)]
OutputName = LayerName
ImageDigest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
ClassIndex = Annotated[int, Field(ge=0, le=1_000_000)]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]
Lane = Literal["quick", "long"]
Result = TypeVar("Result")

UPLOAD = "upload-"
"""How the names of uploaded models begin; a digest follows."""
_UPLOAD = re.compile(UPLOAD + "[0-9a-f]{64}")


def is_upload(model: str) -> bool:
    """Whether a model's name is that of an uploaded one."""
    return _UPLOAD.fullmatch(model) is not None


class Request(BaseModel, Generic[Result]):
    """Something that a page can want, which gives a `Result`.

    Each kind of request is a class, whose field `kind` is its name in JSON. A request about an
    image has its digest in `image`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: ModelName

    @property
    def lane(self) -> Lane:
        """Work in "quick" never waits behind "long"; each lane is first in, first out."""
        return "quick"

    def canonical_json(self) -> str:
        """The request as JSON, fields in one fixed order: equal requests give equal text."""
        return self.model_dump_json()

    @property
    def key(self) -> str:
        """SHA-256 of the canonical JSON, in hexadecimal."""
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()


class ModelRequest(Request[Result], Generic[Result]):
    """A request that is answered by a model, built and loaded."""

    @abstractmethod
    def compute(self, model: LoadedModel, image: ImageArray, on_step: OnStep) -> Result:
        """Compute the result; a worker does.

        Args:
            model: the one that the request names.
            image: the pixels that it names, (height, width, 3) RGB uint8; not to be looked at by
                a request that names none.
            on_step: told of each step of a long method; returning False stops it, and what there
                is by then comes back.

        Raises:
            CnnVizError: the request cannot be met.
        """

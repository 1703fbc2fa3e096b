"""Requests: every computation a page can want, as data.

A request is frozen and has one canonical JSON. That is the cache key, the unit of distribution and
what a link or an export says. Nothing here imports Streamlit, Dask or TensorFlow.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, ClassVar, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    model_validator,
)

ModelName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
LayerName = Annotated[str, StringConstraints(min_length=1, max_length=300)]
ImageDigest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
ClassIndex = Annotated[int, Field(ge=0, le=1_000_000)]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]

Lane = Literal["quick", "long"]

MOST_PATTERN_PIXELS = 128 * 256**2  # 100 MB of float32, of which a worker holds a few copies


class BaseRequest(BaseModel):
    """What every request shares.

    Class attributes:
        lane: "quick" work never waits behind "long" work; each lane is first in, first out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    lane: ClassVar[Lane] = "quick"

    model: ModelName

    def canonical_json(self) -> str:
        """The request as JSON, fields in one fixed order: equal requests give equal text."""
        return self.model_dump_json()

    @property
    def key(self) -> str:
        """SHA-256 of the canonical JSON, in hexadecimal."""
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()


class DescribeRequest(BaseRequest):
    """The model's layers, classes and input: gives `Structure`."""

    kind: Literal["describe"] = "describe"


class PredictRequest(BaseRequest):
    """The best classes of an image: gives `Prediction`."""

    kind: Literal["predict"] = "predict"
    image: ImageDigest
    top: Annotated[int, Field(ge=1, le=100)] = 5


class ActivationsRequest(BaseRequest):
    """Every channel of one layer: gives float32 (height, width, channels)."""

    kind: Literal["activations"] = "activations"
    image: ImageDigest
    layer: LayerName


class SparsityRequest(BaseRequest):
    """How silent each layer is for an image: gives a tuple of `LayerSparsity`."""

    kind: Literal["sparsity"] = "sparsity"
    image: ImageDigest


class KernelsRequest(BaseRequest):
    """A convolution layer's weights: gives `Kernels`."""

    kind: Literal["kernels"] = "kernels"
    layer: LayerName


class GradCamRequest(BaseRequest):
    """Grad-CAM of one class at one layer: gives `Attribution`.

    None means the top class and the default layer.
    """

    kind: Literal["grad_cam"] = "grad_cam"
    image: ImageDigest
    target: ClassIndex | None = None
    layer: LayerName | None = None


def pattern_excess(amount: int, height: int, width: int) -> str | None:
    """What to say where so many patterns of one size are too much at once; else None."""
    most = MOST_PATTERN_PIXELS // (height * width)
    if amount <= most:
        return None
    return (
        f"{amount} patterns of {height} x {width} pixels were asked for; of that size {most} can "
        "be computed at once. Ask for fewer, or for smaller ones."
    )


class PatternsRequest(BaseRequest):
    """The patterns that channels of a layer, or classes, like best: gives `Patterns`.

    With `layer` None, `indices` are classes and their logits are maximized. `size` None means the
    network's input size, which logits need; `steps` None means the preset's own number.

    Raises:
        pydantic.ValidationError: `indices` and `size` together exceed `MOST_PATTERN_PIXELS`.
    """

    lane: ClassVar[Lane] = "long"
    kind: Literal["patterns"] = "patterns"
    layer: LayerName | None
    indices: Annotated[tuple[ClassIndex, ...], Field(min_length=1, max_length=128)]
    preset: Literal["best", "lecture"] = "best"
    size: Annotated[int, Field(ge=32, le=512)] | None = None
    steps: Annotated[int, Field(ge=1, le=2048)] | None = None
    seed: Seed = 0

    @model_validator(mode="after")
    def _check_pixels(self) -> Self:
        excess = self.size and pattern_excess(len(self.indices), self.size, self.size)
        if excess:
            raise ValueError(excess)
        return self


Request = Annotated[
    DescribeRequest
    | PredictRequest
    | ActivationsRequest
    | SparsityRequest
    | KernelsRequest
    | GradCamRequest
    | PatternsRequest,
    Field(discriminator="kind"),
]

_ADAPTER: TypeAdapter[Request] = TypeAdapter(Request)


def parse_request(text: str) -> Request:
    """Read a request back from its JSON.

    Raises:
        pydantic.ValidationError: the text is not a request.
    """
    return _ADAPTER.validate_json(text)

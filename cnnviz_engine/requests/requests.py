"""Requests: every computation a page can want, as data.

A request is frozen and has one canonical JSON. That is the cache key, the unit of distribution and
what a link or an export says. Nothing here imports Streamlit, Dask or TensorFlow.
"""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    model_validator,
)

from cnnviz_core.attribution.catalogue import METHODS

ModelName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
UploadName = Annotated[str, StringConstraints(pattern=r"^upload-[0-9a-f]{64}$")]
LayerName = Annotated[str, StringConstraints(min_length=1, max_length=300)]
ImageDigest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
ClassIndex = Annotated[int, Field(ge=0, le=1_000_000)]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]


def is_upload(model: str) -> bool:
    """Whether a model's name is that of an uploaded one."""
    return _UPLOAD.fullmatch(model) is not None


def _known_method(name: str) -> str:
    if name not in METHODS:
        raise ValueError(f"Method {name[:60]!r} is unknown. Choose one of {', '.join(METHODS)}.")
    return name


OutputName = LayerName
MethodName = Annotated[str, AfterValidator(_known_method)]
Amount = Annotated[int, Field(ge=1, le=20_000)]
Lane = Literal["quick", "long"]
Preset = Literal["best", "maco", "lecture"]

UPLOAD = "upload-"
"""How the names of uploaded models begin; a digest follows."""
_UPLOAD = re.compile(UPLOAD + "[0-9a-f]{64}")

MOST_PATTERNS = 2048  # the channels of the widest layers of keras.applications
MOST_PATTERN_PIXELS = 128 * 256**2  # 100 MB of float32, of which a worker holds a few copies


class BaseRequest(BaseModel):
    """What every request shares."""

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


class DescribeRequest(BaseRequest):
    """The model's layers, classes and input: gives `Structure`."""

    kind: Literal["describe"] = "describe"
    output: OutputName | None = None


class InspectRequest(BaseRequest):
    """What an uploaded file holds: gives `ModelSummary`. Nothing in it is built or run."""

    kind: Literal["inspect"] = "inspect"
    model: UploadName


class PredictRequest(BaseRequest):
    """The best classes of an image: gives `Prediction`."""

    kind: Literal["predict"] = "predict"
    image: ImageDigest
    output: OutputName | None = None
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


class AttributionRequest(BaseRequest):
    """One method's map of what counts for a target: gives `Attribution`.

    Attributes:
        method: a key of `METHODS`.
        target: class to explain; None means the class of highest logit.
        against: class whose logit is subtracted, for a contrast of two.
        layer: for class activation maps; None means the default layer.
        output: name of the output to explain, on a network with several.
        amount: samples, masks, steps or channels; None means the method's own number.
        seed: of methods that draw random numbers.

    Raises:
        pydantic.ValidationError: `against` without `target`, or there is no such method.
    """

    kind: Literal["attribution"] = "attribution"
    image: ImageDigest
    method: MethodName = "grad_cam"
    target: ClassIndex | None = None
    against: ClassIndex | None = None
    layer: LayerName | None = None
    output: OutputName | None = None
    amount: Amount | None = None
    seed: Seed = 0

    @property
    def lane(self) -> Lane:
        """Methods of many passes are long."""
        return "long" if METHODS[self.method].progressive else "quick"

    @model_validator(mode="after")
    def _check_contrast(self) -> Self:
        if self.against is not None and self.target is None:
            raise ValueError("A contrast needs both classes: `against` was given without `target`.")
        return self


class MapRequest(BaseRequest):
    """What every request shares that starts from a map.

    Attributes:
        attribution: the map.
    """

    attribution: AttributionRequest

    @property
    def image(self) -> str:
        """The digest of the image that the map is of."""
        return self.attribution.image


class FaithfulnessRequest(MapRequest):
    """How well a map's order of places fits the network: gives a tuple of `Curve`.

    One curve each of deletion, insertion and ROAD, in this order.

    Attributes:
        attribution: the map; for a baseline the one whose target the baseline is measured on.
        baseline: measure this baseline's map in its place.
    """

    kind: Literal["faithfulness"] = "faithfulness"
    baseline: Literal["random", "centre", "edges"] | None = None

    @property
    def lane(self) -> Lane:
        """Some hundred passes: long."""
        return "long"


class RandomizationRequest(MapRequest):
    """How a map changes as the network is randomized from the top: gives `SanityCheck`."""

    kind: Literal["randomization"] = "randomization"

    @property
    def lane(self) -> Lane:
        """A map a layer: long."""
        return "long"


class GrabCutRequest(MapRequest):
    """The object under a map, cut out of the image: gives bool (height, width)."""

    kind: Literal["grabcut"] = "grabcut"

    @property
    def lane(self) -> Lane:
        """As long as its map takes."""
        return self.attribution.lane


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

    Attributes:
        layer: whose channels; None for classes, whose logits are maximized.
        indices: channels or classes, a pattern each.
        against: channel or class whose value is subtracted from each.
        place: (row, column) of the layer's map to look at; None for its mean.
        direction: 1 for what raises the objective, -1 for what lowers it.
        faces: patterns of each index, made to differ from one another.
        preset: how they are grown.
        size: side in pixels; None means the network's input size, which logits need.
        steps: of the ascent; None means the preset's own number.
        frames: pictures to keep of how each grew; 0 for none.
        seed: of the random start and transforms.

    Raises:
        pydantic.ValidationError: too many pixels are asked for, or a place of a class.
    """

    kind: Literal["patterns"] = "patterns"
    layer: LayerName | None
    indices: Annotated[tuple[ClassIndex, ...], Field(min_length=1, max_length=MOST_PATTERNS)]
    against: ClassIndex | None = None
    place: tuple[ClassIndex, ClassIndex] | None = None
    direction: Literal[1, -1] = 1
    faces: Annotated[int, Field(ge=1, le=6)] = 1
    preset: Preset = "best"
    size: Annotated[int, Field(ge=32, le=512)] | None = None
    steps: Annotated[int, Field(ge=1, le=2048)] | None = None
    frames: Annotated[int, Field(ge=0, le=64)] = 0
    seed: Seed = 0

    @property
    def lane(self) -> Lane:
        """An ascent of seconds or minutes: long."""
        return "long"

    @property
    def amount(self) -> int:
        """Pictures that are held at once: every face, and every frame of it."""
        return len(self.indices) * self.faces * (1 + self.frames)

    @model_validator(mode="after")
    def _check(self) -> Self:
        excess = self.size and pattern_excess(self.amount, self.size, self.size)
        if excess:
            raise ValueError(excess)
        if self.place is not None and self.layer is None:
            raise ValueError("A place was given without a layer: logits have no map.")
        return self


class DreamRequest(BaseRequest):
    """A photo changed to excite a layer, or one channel of it (DeepDream): gives `Patterns`.

    Attributes:
        layer: what is excited.
        index: channel of the layer; None for all of them.
        steps: at each of the sizes; None means the method's own number.
        frames: pictures to keep of how it changed; 0 for none.
        seed: of the random moves.
    """

    kind: Literal["dream"] = "dream"
    image: ImageDigest
    layer: LayerName
    index: ClassIndex | None = None
    steps: Annotated[int, Field(ge=1, le=512)] | None = None
    frames: Annotated[int, Field(ge=0, le=64)] = 0
    seed: Seed = 0

    @property
    def lane(self) -> Lane:
        """An ascent of seconds: long."""
        return "long"


Request = Annotated[
    DescribeRequest
    | InspectRequest
    | PredictRequest
    | ActivationsRequest
    | SparsityRequest
    | KernelsRequest
    | AttributionRequest
    | FaithfulnessRequest
    | RandomizationRequest
    | GrabCutRequest
    | PatternsRequest
    | DreamRequest,
    Field(discriminator="kind"),
]

_ADAPTER: TypeAdapter[Request] = TypeAdapter(Request)


def parse_request(text: str) -> Request:
    """Read a request back from its JSON.

    Raises:
        pydantic.ValidationError: the text is not a request.
    """
    return _ADAPTER.validate_json(text)

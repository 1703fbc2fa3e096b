"""Pictures that are changed until the network answers more: patterns from noise, and dreams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

import cnnviz_core as cnnviz
from cnnviz_core.errors import OptionError
from cnnviz_core.maximization.results import Patterns
from cnnviz_engine.requests.base import (
    ClassIndex,
    ImageDigest,
    Lane,
    LayerName,
    ModelRequest,
    Seed,
)
from cnnviz_engine.requests.pattern_previews import with_small_previews
from cnnviz_engine.requests.reproducing import call

if TYPE_CHECKING:
    from cnnviz_core.arrays import ImageArray
    from cnnviz_core.maximization.objectives import Objective
    from cnnviz_core.network.model import LoadedModel
    from cnnviz_core.progress import OnStep

Preset = Literal["best", "maco", "lecture"]

MOST_PATTERNS = 2048  # the channels of the widest layers of keras.applications
MOST_PATTERN_PIXELS = 128 * 256**2  # 100 MB of float32, of which a worker holds a few copies


def pattern_excess(amount: int, height: int, width: int) -> str | None:
    """What to say where so many patterns of one size are too much at once; else None."""
    most = MOST_PATTERN_PIXELS // (height * width)
    if amount <= most:
        return None
    return (
        f"{amount} patterns of {height} x {width} pixels were asked for; of that size {most} can "
        "be computed at once. Ask for fewer, or for smaller ones."
    )


class PatternsRequest(ModelRequest[Patterns]):
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

    def objective(self, index: int) -> Objective:
        """What the pattern of an index is made to raise."""
        objective = self._unit(index)
        if self.against is not None:
            objective = objective - self._unit(self.against)
        return self.direction * objective

    def compute(self, model: LoadedModel, image: ImageArray, on_step: OnStep) -> Patterns:
        """All at once. Their size may be the network's own, so their number is checked again."""
        if self.size is None and (excess := pattern_excess(self.amount, *model.input_size)):
            raise OptionError(excess)
        return cnnviz.maximize(
            model,
            [self.objective(index) for index in self.indices],
            size=self.size,
            steps=self.steps,
            preset=self.preset,
            faces=self.faces,
            frames=self.frames,
            seed=self.seed,
            on_step=with_small_previews(on_step),
        )

    def code(self, result: Patterns) -> str:
        """The lines that give the patterns again, without the frames of how they grew."""
        options: dict[str, object] = {"size": self.size} if self.size else {}
        options |= {"steps": self.steps} if self.steps else {}
        options |= {"preset": self.preset}
        options |= {"faces": self.faces} if self.faces > 1 else {}
        options |= {"seed": self.seed}
        patterns = call("maximize", "model", self._objectives_code(), **options)
        return f"patterns = {patterns}\nimages = patterns.images\n"

    def _unit(self, index: int) -> Objective:
        if self.layer is None:
            return cnnviz.ClassLogit(index)
        if self.place is None:
            return cnnviz.Channel(self.layer, index)
        return cnnviz.Neuron(self.layer, index, *self.place)

    def _objectives_code(self) -> str:
        """A list of objectives, written out for one, as a comprehension for a layer."""
        first, amount = self.indices[0], len(self.indices)
        if amount == 1:
            return f"[{self._objective_code(str(first))}]"
        several = repr(self.indices)
        if self.indices == tuple(range(first, first + amount)):
            several = f"range({first}, {first + amount})" if first else f"range({amount})"
        return f"[{self._objective_code('i')} for i in {several}]"

    def _objective_code(self, index: str) -> str:
        objective = self._unit_code(index)
        if self.against is not None:
            objective = f"{objective} - {self._unit_code(str(self.against))}"
            return objective if self.direction > 0 else f"-({objective})"
        return objective if self.direction > 0 else f"-{objective}"

    def _unit_code(self, index: str) -> str:
        if self.layer is None:
            return call("ClassLogit", index)
        if self.place is None:
            return call("Channel", repr(self.layer), index)
        return call("Neuron", repr(self.layer), index, *map(str, self.place))

    @model_validator(mode="after")
    def _check(self) -> Self:
        excess = self.size and pattern_excess(self.amount, self.size, self.size)
        if excess:
            raise ValueError(excess)
        if self.place is not None and self.layer is None:
            raise ValueError("A place was given without a layer: logits have no map.")
        return self


class DreamRequest(ModelRequest[Patterns]):
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

    def compute(self, model: LoadedModel, image: ImageArray, on_step: OnStep) -> Patterns:
        """One picture, of the photo."""
        layer, index = self.layer, self.index
        return cnnviz.deep_dream(
            model,
            image,
            cnnviz.Layer(layer) if index is None else cnnviz.Channel(layer, index),
            steps=self.steps,
            frames=self.frames,
            seed=self.seed,
            on_step=with_small_previews(on_step),
        )

    def code(self, result: Patterns) -> str:
        """The lines that give the dream again, without the frames of how it changed."""
        unit = [repr(self.layer)] if self.index is None else [repr(self.layer), str(self.index)]
        excited = call("Layer" if self.index is None else "Channel", *unit)
        options = {"steps": self.steps} if self.steps else {}
        dream = call("deep_dream", "model", "image", excited, **options, seed=self.seed)
        return f"dream = {dream}\nimages = dream.images\n"

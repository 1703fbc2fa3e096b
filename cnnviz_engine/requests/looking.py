"""What a network shows by itself: its structure, its answer, its activations and its kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

import cnnviz_core as cnnviz
from cnnviz_core.arrays import FloatArray
from cnnviz_core.looking.results import (
    Kernels,
    LayerGlimpse,
    LayerSparsity,
    Prediction,
    Structure,
)
from cnnviz_core.model_files.limits import MAX_LAYERS
from cnnviz_engine.requests.base import ImageDigest, LayerName, ModelRequest, OutputName
from cnnviz_engine.requests.reproducing import call

if TYPE_CHECKING:
    from cnnviz_core.arrays import ImageArray
    from cnnviz_core.network.model import LoadedModel
    from cnnviz_core.progress import OnStep


class DescribeRequest(ModelRequest[Structure]):
    """The model's layers, classes and input: gives `Structure`."""

    kind: Literal["describe"] = "describe"
    output: OutputName | None = None

    def compute(self, model: LoadedModel, image: ImageArray, on_step: OnStep) -> Structure:
        """As the network is read at one of its outputs."""
        return cnnviz.structure(model.with_output(self.output))


class PredictRequest(ModelRequest[Prediction]):
    """The best classes of an image: gives `Prediction`."""

    kind: Literal["predict"] = "predict"
    image: ImageDigest
    output: OutputName | None = None
    top: Annotated[int, Field(ge=1, le=100)] = 5

    def compute(self, model: LoadedModel, image: ImageArray, on_step: OnStep) -> Prediction:
        """As the network is read at one of its outputs."""
        return cnnviz.predict(model.with_output(self.output), image, top=self.top)


class ActivationsRequest(ModelRequest[FloatArray]):
    """Every channel of one layer: gives float32 (height, width, channels)."""

    kind: Literal["activations"] = "activations"
    image: ImageDigest
    layer: LayerName

    def compute(self, model: LoadedModel, image: ImageArray, on_step: OnStep) -> FloatArray:
        """The array itself, of the library's mapping from layers to arrays."""
        return cnnviz.activations(model, image, [self.layer])[self.layer]

    def code(self, result: FloatArray) -> str:
        """The lines that give the array again."""
        maps = call("activations", "model", "image", repr([self.layer]))
        return f"values = {maps}[{self.layer!r}]\n"


class GlimpsesRequest(ModelRequest[tuple[LayerGlimpse, ...]]):
    """Layers at one look, a small map each: gives a tuple of `LayerGlimpse`."""

    kind: Literal["glimpses"] = "glimpses"
    image: ImageDigest
    layers: Annotated[tuple[LayerName, ...], Field(min_length=1, max_length=MAX_LAYERS)]

    def compute(
        self, model: LoadedModel, image: ImageArray, on_step: OnStep
    ) -> tuple[LayerGlimpse, ...]:
        """Of all layers in one pass, without holding their activations together."""
        return cnnviz.layer_glimpses(model, image, self.layers)

    def code(self, result: tuple[LayerGlimpse, ...]) -> str:
        """The lines that give the small maps again."""
        glimpses = call("layer_glimpses", "model", "image", repr(list(self.layers)))
        return f"glimpses = {glimpses}\nmaps = {{each.name: each.values for each in glimpses}}\n"


class SparsityRequest(ModelRequest[tuple[LayerSparsity, ...]]):
    """How silent each layer is for an image: gives a tuple of `LayerSparsity`."""

    kind: Literal["sparsity"] = "sparsity"
    image: ImageDigest

    def compute(
        self, model: LoadedModel, image: ImageArray, on_step: OnStep
    ) -> tuple[LayerSparsity, ...]:
        """Of every layer with height and width, in one pass."""
        return cnnviz.sparsity(model, image)


class KernelsRequest(ModelRequest[Kernels]):
    """A convolution layer's weights: gives `Kernels`."""

    kind: Literal["kernels"] = "kernels"
    layer: LayerName

    def compute(self, model: LoadedModel, image: ImageArray, on_step: OnStep) -> Kernels:
        """As they are stored."""
        return cnnviz.kernels(model, self.layer)

    def code(self, result: Kernels) -> str:
        """The lines that give the weights again."""
        kernels = call("kernels", "model", repr(self.layer))
        return f"kernels = {kernels}\nweights = kernels.weights\n"

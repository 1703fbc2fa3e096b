"""A loaded model: the network with all that is needed to feed it and to read its answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz_core.errors import NoClassesError, NotSpatialError, TargetError
from cnnviz_core.images import preprocessing
from cnnviz_core.images.reading import require_image
from cnnviz_core.network.kinds import known
from cnnviz_core.network.scores import Score, score_of
from cnnviz_core.targets import Contrast, Target

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cnnviz_core.arrays import FloatArray, ImageArray
    from cnnviz_core.network.compiled_parts import CompiledParts
    from cnnviz_core.network.graph import Graph, Step
    from cnnviz_core.network.heads import Head
    from cnnviz_core.targets import TargetLike


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A network ready to be looked into. It is never changed.

    Attributes:
        name: bundled name, keras.applications name, or the file's stem.
        network: the Keras model as loaded.
        graph: the network's steps, nested models opened.
        head: how the output is read.
        labels: class labels in index order; two for a single sigmoid; none where the network
            gives no class scores.
        input_size: (height, width) in pixels that images are resized to.
        channels: input channels, 3 for RGB or 1 for luminance.
        preprocessing: name of the pixel preprocessing.
        parts: compiled parts of the network, built once each.
        output: name of the output that is read, None where the network has only one.
        views: the model once for each output that lists classes, by name; empty likewise.
    """

    name: str
    network: Any
    graph: Graph
    head: Head
    labels: tuple[str, ...]
    input_size: tuple[int, int]
    channels: int
    preprocessing: str
    parts: CompiledParts
    output: str | None = None
    views: Mapping[str, LoadedModel] = field(default_factory=dict, repr=False)

    @property
    def score_units(self) -> str:
        """Unit of the number that is explained."""
        return "score" if self.head.kind == "score" else "logit"

    @property
    def classless(self) -> str:
        """Why there are no classes to ask about; empty where there are."""
        if self.head.kind != "none":
            return ""
        shape = self.graph.producer(self.graph.outputs[0]).shape
        what = f"{_shape_text(shape)} numbers" if len(shape) > 1 else _numbers(shape)
        return (
            f"{self.name} answers a picture with {what}, not with class scores. Its layers, "
            "activations, filters and patterns can be looked at; what needs a class cannot."
        )

    @cached_property
    def spatial_layers(self) -> tuple[str, ...]:
        """Names of the layers whose output has height and width, in order."""
        return tuple(step.name for step in self.graph.steps if step.spatial)

    @cached_property
    def default_layer(self) -> str | None:
        """Last layer with height and width above 1 before pooling or flattening, if any."""
        return last_spatial_layer(self.graph)

    def preprocess(self, image: ImageArray) -> FloatArray:
        """Turn an RGB image of any size into a batch of one, as the network expects it.

        Raises:
            ImageError: it is no (height, width, 3) array of uint8.
        """
        height, width = self.input_size
        image = require_image(image)
        return preprocessing.to_network(image, height, width, self.channels, self.preprocessing)[
            None
        ]

    def with_output(self, output: str | None) -> LoadedModel:
        """The model read at another of its outputs; None means this one.

        Raises:
            TargetError: it has no output of that name that lists classes.
        """
        if output is None or output == self.output:
            return self
        if output not in self.views:
            known = ", ".join(repr(name) for name in self.views) or "one, without a name"
            raise TargetError(
                f"{self.name} has no output {str(output)[:80]!r} that lists classes. It has: "
                f"{known}."
            )
        return self.views[output]

    def score(self, target: TargetLike, class_logits: FloatArray) -> Score:
        """The number to explain: one class's logit, or the difference of two.

        Args:
            target: what was asked for.
            class_logits: the image's, (classes,), of which None takes the highest.

        Raises:
            NoClassesError: the model gives no class scores.
            TargetError: the model has no such class, or both classes of a contrast are one.
        """
        if not isinstance(target, Contrast):
            return score_of(self.target(target, class_logits), self.head, self.score_units)
        if target.first is None or target.second is None:
            raise TargetError("A contrast needs two classes, each by its index or label.")
        first, second = (
            self.target(choice, class_logits) for choice in (target.first, target.second)
        )
        if first.index == second.index:
            raise TargetError(
                f"A contrast of {first.label!r} with itself is zero everywhere. Choose two classes."
            )
        return score_of(Contrast(first, second), self.head, self.score_units)

    def require_classes(self) -> None:
        """Refuse where there is no class to ask about.

        Raises:
            NoClassesError: the model gives no class scores.
        """
        if self.classless:
            raise NoClassesError(self.classless)

    def spatial_step(self, layer: str | None) -> Step:
        """The step of a layer with height and width; None means the default layer.

        Raises:
            LayerNotFoundError: no such layer.
            NotSpatialError: its output has no height and width.
        """
        if layer is None:
            if self.default_layer is None:
                raise NotSpatialError(
                    f"{self.name} has no layer with height and width, so no map can be laid over "
                    "the image."
                )
            layer = self.default_layer
        step = self.graph.step(layer)
        if not step.spatial:
            raise NotSpatialError(
                f"Layer {step.name!r} gives {_shape_text(step.shape)}, without height and width. "
                f"Choose a layer with feature maps, such as {self.default_layer!r}."
            )
        return step

    def target(self, target: int | str | Target | None, scores: FloatArray) -> Target:
        """Name the class meant: an index, a label, or None for the class of highest score.

        Args:
            target: what was asked for.
            scores: one score a class, (classes,).

        Raises:
            NoClassesError: the model gives no class scores.
            TargetError: the model has no such class.
        """
        self.require_classes()
        if target is None:
            target = int(np.argmax(scores))
        if isinstance(target, Target):
            known = self.labels[target.index : target.index + 1] if target.index >= 0 else ()
            if known != (target.label,):
                raise TargetError(
                    f"Class {target.index}, {target.label[:80]!r}, is not one of this output of "
                    f"{self.name}. Its classes are such as {_some(self.labels)}."
                )
            target = target.index
        if isinstance(target, str):
            if target not in self.labels:
                raise TargetError(
                    f"{self.name} has no class {target[:80]!r}. It knows {len(self.labels)} "
                    f"classes, such as {_some(self.labels)}."
                )
            target = self.labels.index(target)
        if not hasattr(target, "__index__"):
            raise TargetError(
                f"{str(target)[:80]!r} names no class. Give its index, its label, or a Contrast."
            )
        if not 0 <= target < len(self.labels):
            raise TargetError(
                f"Class {target} does not exist: {self.name} has the classes 0 to "
                f"{len(self.labels) - 1}."
            )
        return Target(int(target), self.labels[target])


def last_spatial_layer(graph: Graph) -> str | None:
    """The layer that a class activation map looks at when none is named.

    From the output backwards along every path: the first tensor with height and width above 1,
    then on over pooling to the tensor that is pooled, which is after batch normalization,
    activation and residual sum; likewise over borders of zeros and what changes nothing. Of several
    paths the one that ends latest in the network counts.
    """
    pending, latest = [graph.outputs[0]], -1
    seen: set[int] = set()
    while pending:
        slot = pending.pop()
        if slot in seen:
            continue
        seen.add(slot)
        step = graph.producer(slot)
        kind = known(step.kind)
        large = step.spatial and all(side is None or side > 1 for side in step.shape[:2])
        if large and not (kind.pools or kind.pads or kind.passes_on):
            latest = max(latest, graph.steps.index(step))
        else:
            pending.extend(step.inputs)
    return None if latest < 0 else graph.steps[latest].name


def _numbers(shape: tuple[int | None, ...]) -> str:
    count = shape[0] if shape else 1
    return "one number" if count == 1 else f"{count or 'any number of'} numbers"


def _shape_text(shape: tuple[int | None, ...]) -> str:
    return " x ".join("any" if side is None else str(side) for side in shape)


def _some(labels: Sequence[str]) -> str:
    return ", ".join(repr(label) for label in labels[:3])

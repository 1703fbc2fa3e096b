"""What starts from a map: how far it can be trusted, and the object that lies under it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Literal

import cnnviz_core as cnnviz
from cnnviz_core.arrays import BoolArray
from cnnviz_core.progress import part, without_previews
from cnnviz_core.trust.results import Curve, PlacementCheck, SanityCheck
from cnnviz_engine.requests.attribution import AttributionRequest
from cnnviz_engine.requests.base import Lane, ModelRequest, Result

if TYPE_CHECKING:
    from cnnviz_core.arrays import ImageArray
    from cnnviz_core.maps.results import Attribution, SpatialMap
    from cnnviz_core.network.model import LoadedModel
    from cnnviz_core.progress import OnStep

Curves = tuple[Curve, Curve, Curve]
"""Of deletion, insertion and ROAD."""


class MapRequest(ModelRequest[Result], Generic[Result]):
    """What every request shares that starts from a map.

    Attributes:
        attribution: the map.
    """

    attribution: AttributionRequest

    @property
    def image(self) -> str:
        """The digest of the image that the map is of."""
        return self.attribution.image

    def starting_map(self, model: LoadedModel, image: ImageArray, on_step: OnStep) -> Attribution:
        """The map, without its previews: the work that starts from it has others."""
        return self.attribution.compute(model, image, without_previews(on_step))


class FaithfulnessRequest(MapRequest[Curves]):
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

    def compute(self, model: LoadedModel, image: ImageArray, on_step: OnStep) -> Curves:
        """The map first, or the baseline's, then one curve after the other."""
        measured: SpatialMap
        if self.baseline is None:
            measured = self.starting_map(model, image, on_step)
        else:
            measured = cnnviz.baseline_map(self.baseline, image, model.input_size)
        measures = (cnnviz.deletion, cnnviz.insertion, cnnviz.road)
        deletion, insertion, road = (
            measure(
                model,
                image,
                measured,
                target=self.attribution.explained,
                output=self.attribution.output,
                on_step=part(on_step, number, len(measures)),
            )
            for number, measure in enumerate(measures)
        )
        return deletion, insertion, road


class PlacementRequest(MapRequest[PlacementCheck]):
    """What a map's places cost beside others: gives `PlacementCheck`."""

    kind: Literal["placement"] = "placement"

    @property
    def lane(self) -> Lane:
        """Some three hundred passes: long."""
        return "long"

    def compute(self, model: LoadedModel, image: ImageArray, on_step: OnStep) -> PlacementCheck:
        """The map first, then its curve and those of others."""
        return cnnviz.placement_check(
            model,
            image,
            self.starting_map(model, image, on_step),
            target=self.attribution.explained,
            output=self.attribution.output,
            on_step=on_step,
        )


class RandomizationRequest(MapRequest[SanityCheck]):
    """How a map changes as the network is randomized from the top: gives `SanityCheck`."""

    kind: Literal["randomization"] = "randomization"

    @property
    def lane(self) -> Lane:
        """A map a layer: long."""
        return "long"

    def compute(self, model: LoadedModel, image: ImageArray, on_step: OnStep) -> SanityCheck:
        """The first map anew, then one a layer, all by the same method and options."""
        asked = self.attribution
        return cnnviz.randomization_check(
            model,
            image,
            asked.method,
            asked.explained,
            layer=asked.layer,
            output=asked.output,
            amount=asked.amount,
            seed=asked.seed,
            on_step=on_step,
        )


class GrabCutRequest(MapRequest[BoolArray]):
    """The object under a map, cut out of the image: gives bool (height, width)."""

    kind: Literal["grabcut"] = "grabcut"

    @property
    def lane(self) -> Lane:
        """As long as its map takes."""
        return self.attribution.lane

    def compute(self, model: LoadedModel, image: ImageArray, on_step: OnStep) -> BoolArray:
        """The map first, then the cut."""
        return cnnviz.grabcut(image, self.starting_map(model, image, on_step))

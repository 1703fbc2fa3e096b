"""Maps of what counts for a class, by any method of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

import cnnviz_core as cnnviz
from cnnviz_core.attribution.catalogue import METHODS
from cnnviz_core.maps.results import Attribution
from cnnviz_core.progress import Listener
from cnnviz_core.targets import Contrast, Target
from cnnviz_engine.byte_table import ByteTable
from cnnviz_engine.requests.base import (
    ClassIndex,
    ImageDigest,
    Lane,
    LayerName,
    ModelRequest,
    OutputName,
    Seed,
)
from cnnviz_engine.requests.reproducing import call

if TYPE_CHECKING:
    from cnnviz_core.arrays import ImageArray
    from cnnviz_core.network.model import LoadedModel
    from cnnviz_core.progress import OnStep
    from cnnviz_core.targets import TargetLike

_KEPT_BYTES = 16 * 2**20
_finished: ByteTable[str, Attribution] = ByteTable(_KEPT_BYTES)


def _known_method(name: str) -> str:
    if name not in METHODS:
        raise ValueError(f"Method {name[:60]!r} is unknown. Choose one of {', '.join(METHODS)}.")
    return name


MethodName = Annotated[str, AfterValidator(_known_method)]
Amount = Annotated[int, Field(ge=1, le=20_000)]


class AttributionRequest(ModelRequest[Attribution]):
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

    @property
    def explained(self) -> TargetLike:
        """The class, or the contrast of two; None for the class of highest logit."""
        if self.target is None or self.against is None:
            return self.target
        return Contrast(self.target, self.against)

    def compute(self, model: LoadedModel, image: ImageArray, on_step: OnStep) -> Attribution:
        """Anew, or one of the last maps that were finished, which other work starts from."""
        kept = _finished.get(self.key)
        if kept is not None:
            return kept
        listener = Listener(on_step)
        attribution = cnnviz.explain(
            model,
            image,
            self.explained,
            method=self.method,
            layer=self.layer,
            output=self.output,
            amount=self.amount,
            seed=self.seed,
            on_step=listener,
        )
        if not listener.stopped:
            _finished.put(self.key, attribution, attribution.values.nbytes)
        return attribution

    def code(self, result: Attribution) -> str:
        """The lines that give the map again, of the class and the layer that it is of."""
        method = METHODS[self.method]
        options: dict[str, object] = {"layer": result.layer} if method.takes_layer else {}
        options |= {"output": self.output} if self.output else {}
        if method.amount and self.amount:
            options |= {method.amount: self.amount}
        if method.seeded:
            options |= {"seed": self.seed}
        expression = call(method.name, "model", "image", _target_code(result.target), **options)
        return f"found = {expression}\nvalues = found.values\n"

    @model_validator(mode="after")
    def _check_contrast(self) -> Self:
        if self.against is not None and self.target is None:
            raise ValueError("A contrast needs both classes: `against` was given without `target`.")
        return self


def forget_maps() -> None:
    """Drop the finished maps."""
    _finished.clear()


def _target_code(target: Target | Contrast) -> str:
    """Classes by their indices, since labels need not be unique."""
    if isinstance(target, Target):
        return str(target.index)
    first, second = (getattr(part, "index", part) for part in (target.first, target.second))
    return call("Contrast", repr(first), repr(second))

"""Any attribution method by its name, with one signature for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cnnviz_core.attribution import (
    cam,
    gradient,
    path_gradient,
    perturbation,
    score_weighted,
    superpixel,
)
from cnnviz_core.attribution.catalogue import METHODS, Method
from cnnviz_core.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz_core.arrays import ImageArray
    from cnnviz_core.maps.results import Attribution
    from cnnviz_core.network.model import LoadedModel
    from cnnviz_core.progress import OnStep
    from cnnviz_core.targets import TargetLike

_FUNCTIONS: dict[str, Callable[..., Attribution]] = {
    name: getattr(family, name)
    for family in (cam, gradient, path_gradient, perturbation, score_weighted, superpixel)
    for name in METHODS
    if hasattr(family, name)
}


def explain(
    model: LoadedModel,
    image: ImageArray,
    target: TargetLike = None,
    *,
    method: str = "grad_cam",
    layer: str | None = None,
    output: str | None = None,
    amount: int | None = None,
    seed: int = 0,
    on_step: OnStep | None = None,
) -> Attribution:
    """Run one method of `METHODS`.

    Args:
        model: a loaded model.
        image: (height, width, 3), RGB uint8, any size.
        target: class index or label, a `Contrast`, or None for the class of highest logit.
        method: a key of `METHODS`.
        layer: for class activation maps; None means the model's default layer.
        output: name of the output to explain, on a network with several.
        amount: samples, masks, steps or channels; None means the method's own number.
        seed: of methods that draw random numbers.
        on_step: told of each step of a progressive method; False stops it.

    Returns:
        The method's own map: its shape, sign and units are stated there.

    Raises:
        OptionError: there is no such method, or it has no amount or layer to choose.
        TargetError: no such class or output.
        CnnVizError: as the method says.
    """
    chosen = find_method(method)
    options: dict[str, Any] = {"output": output}
    if chosen.takes_layer:
        options["layer"] = layer
    elif layer is not None:
        raise OptionError(f"{chosen.title} works at the input and takes no layer.")
    if amount is not None:
        if chosen.amount is None:
            raise OptionError(f"{chosen.title} has no number of samples to choose.")
        options[chosen.amount] = amount
    if chosen.seeded:
        options["seed"] = seed
    if chosen.progressive:
        options["on_step"] = on_step
    attribution: Attribution = _FUNCTIONS[chosen.name](model, image, target, **options)
    return attribution


def find_method(name: str) -> Method:
    """The method of a name.

    Raises:
        OptionError: there is none.
    """
    if name not in METHODS:
        raise OptionError(f"Method {name[:60]!r} is unknown. Choose one of {', '.join(METHODS)}.")
    return METHODS[name]

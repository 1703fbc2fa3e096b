"""A few lines of Python that compute, with `cnnviz_core` alone, the numbers shown on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz_core.attribution.catalogue import METHODS
from cnnviz_core.types import Contrast, Target
from cnnviz_ui import samples

if TYPE_CHECKING:
    from cnnviz_core.types import Attribution
    from cnnviz_engine.requests import AttributionRequest
    from cnnviz_ui.photos import Photo


def attribution_code(photo: Photo, request: AttributionRequest, found: Attribution) -> str:
    """The lines that give a map; the photo of a visitor is named as the file it was."""
    method = METHODS[request.method]
    options: dict[str, object] = {"layer": found.layer} if method.takes_layer else {}
    options |= {"output": request.output} if request.output else {}
    if method.amount and request.amount:
        options |= {method.amount: request.amount}
    if method.seeded:
        options |= {"seed": request.seed}
    words = "".join(f", {name}={value!r}" for name, value in options.items())
    before, package, image = _image(photo)
    return (
        f"{before}import cnnviz_core as cnnviz\n{package}\n"
        f"model = cnnviz.load_model({request.model!r})\n"
        f"{image}\n"
        f"found = cnnviz.{method.name}(model, image, {_target(found.target)}{words})\n"
        "values = found.values\n"
    )


def _image(photo: Photo) -> tuple[str, str, str]:
    """What is imported before and after the library, and the line that gives the picture."""
    drawn = samples.drawn().get(photo.name)
    if drawn is not None:
        side = samples.DRAWN_SIDE
        line = (
            f"image, mask = cnnviz.shape_image({drawn.shape!r}, {drawn.background!r}, "
            f"side={side}, seed={drawn.seed})"
        )
        return "", "", line
    sample = samples.available().get(photo.name)
    if sample is None:
        return "", "", f"image = cnnviz.read_image({photo.title!r})"
    file = f"Path({sample.package}.__file__).parent / {sample.file!r}"
    return (
        "from pathlib import Path\n\n",
        f"import {sample.package}\n",
        f"image = cnnviz.read_image({file})",
    )


def _target(target: Target | Contrast) -> str:
    """Classes by their indices, since labels need not be unique."""
    if isinstance(target, Target):
        return str(target.index)
    first, second = (getattr(one, "index", one) for one in (target.first, target.second))
    return f"cnnviz.Contrast({first!r}, {second!r})"

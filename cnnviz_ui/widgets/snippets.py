"""A few lines of Python that compute, with `cnnviz_core` alone, the numbers shown on a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz_core.attribution.catalogue import METHODS
from cnnviz_core.targets import Contrast, Target
from cnnviz_engine.requests.requests import is_upload
from cnnviz_ui.frame import own_model, samples

if TYPE_CHECKING:
    from cnnviz_core.maps.results import Attribution
    from cnnviz_engine.requests.requests import AttributionRequest, DreamRequest, PatternsRequest
    from cnnviz_ui.frame.photos import Photo


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
        f"model = {_model(request.model)}\n"
        f"{image}\n"
        f"found = cnnviz.{method.name}(model, image, {_target(found.target)}{words})\n"
        "values = found.values\n"
    )


def patterns_code(request: PatternsRequest) -> str:
    """The lines that give patterns."""
    options: dict[str, object] = {"size": request.size} if request.size else {}
    options |= {"steps": request.steps} if request.steps else {}
    options |= {"preset": request.preset}
    options |= {"faces": request.faces} if request.faces > 1 else {}
    options |= {"seed": request.seed}
    words = "".join(f", {name}={value!r}" for name, value in options.items())
    return (
        "import cnnviz_core as cnnviz\n\n"
        f"model = {_model(request.model)}\n"
        f"patterns = cnnviz.maximize(model, {_objectives(request)}{words})\n"
        "images = patterns.images\n"
    )


def dream_code(photo: Photo, request: DreamRequest) -> str:
    """The lines that give a dream of a photo."""
    before, package, image = _image(photo)
    layer = repr(request.layer)
    what = f"Layer({layer})" if request.index is None else f"Channel({layer}, {request.index})"
    return (
        f"{before}import cnnviz_core as cnnviz\n{package}\n"
        f"model = {_model(request.model)}\n"
        f"{image}\n"
        f"dream = cnnviz.deep_dream(model, image, cnnviz.{what}, seed={request.seed})\n"
        "images = dream.images\n"
    )


def _model(name: str) -> str:
    """What gives the model; one's own is named as the file it was, with what was chosen for it."""
    mine = own_model.model_of(name) if is_upload(name) else None
    if mine is None:
        return f"cnnviz.load_model({name!r})"
    upload = mine.upload
    options: dict[str, object] = {"preprocessing": mine.mode}
    options |= {"labels": list(upload.labels)} if upload.labels else {}
    options |= {"inputs": {key: list(values) for key, values in upload.inputs.items()}}
    options |= {"classes": upload.classes} if upload.classes is not None else {}
    words = ", ".join(f"{key}={value!r}" for key, value in options.items() if value != {})
    return f"cnnviz.inspect_model_file({upload.file_name!r}).build({words})"


def _objectives(request: PatternsRequest) -> str:
    """A list of objectives, written out for one, as a comprehension for a layer."""
    first, amount = request.indices[0], len(request.indices)
    if amount == 1:
        return f"[{_objective(request, first)}]"
    several = repr(request.indices)
    if request.indices == tuple(range(first, first + amount)):
        several = f"range({first}, {first + amount})" if first else f"range({amount})"
    return f"[{_objective(request, 'i')} for i in {several}]"


def _objective(request: PatternsRequest, index: int | str) -> str:
    unit = _unit(request, index)
    if request.against is not None:
        unit = f"{unit} - {_unit(request, request.against)}"
        return unit if request.direction > 0 else f"-({unit})"
    return unit if request.direction > 0 else f"-{unit}"


def _unit(request: PatternsRequest, index: int | str) -> str:
    if request.layer is None:
        return f"cnnviz.ClassLogit({index})"
    if request.place is None:
        return f"cnnviz.Channel({request.layer!r}, {index})"
    row, column = request.place
    return f"cnnviz.Neuron({request.layer!r}, {index}, {row}, {column})"


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

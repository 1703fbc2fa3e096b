"""A few lines of Python that compute, with `cnnviz_core` alone, the numbers shown on a page.

A request says how its result is computed (`cnnviz_engine.requests.reproducing`); here is how the
model and the photo of a page are spelled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from cnnviz_engine.requests.base import is_upload
from cnnviz_engine.requests.reproducing import call
from cnnviz_ui.frame import own_model, samples

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz_engine.requests.reproducing import Reproducible
    from cnnviz_ui.frame.photos import Photo

Shown = TypeVar("Shown")


@dataclass(frozen=True)
class Part(Generic[Shown]):
    """One of several results: what was asked for, what it gave, and of which photo."""

    request: Reproducible[Shown]
    result: Shown
    photo: Photo


def code(
    request: Reproducible[Shown], result: Shown, photo: Photo | None = None, *, then: str = ""
) -> str:
    """The lines that give a result again.

    Args:
        request: what was asked for.
        result: what it gave.
        photo: the photo that the request names; a visitor's own is named as the file it was.
        then: lines that go on from there.
    """
    before, package, image = ("", "", "") if photo is None else _image(photo)
    return (
        f"{before}import cnnviz_core as cnnviz\n{package}\n"
        f"model = {_model(request.model)}\n"
        f"{image}{request.code(result)}{then}"
    )


def of_photo(photo: Photo, lines: str, *, imports: str = "") -> str:
    """Lines that work on the photo as `image`, without a network.

    Args:
        photo: a visitor's own is named as the file it was.
        lines: what follows.
        imports: what they need besides the library, before it.
    """
    before, package, image = _image(photo)
    return f"{before}{imports}import cnnviz_core as cnnviz\n{package}\n{image}{lines}"


def several(parts: Mapping[str, Part[Shown]], *, then: str) -> str:
    """The lines that give several results, each the variable of its name.

    Args:
        parts: by names of variables.
        then: lines that go on from there.
    """
    before, packages, lines = "", dict[str, None](), ""
    model, image = "", ""
    for name, part in parts.items():
        new_model = f"model = {_model(part.request.model)}\n"
        part_before, part_package, new_image = _image(part.photo)
        before = before or part_before
        packages[part_package] = None
        lines += new_model if new_model != model else ""
        lines += new_image if new_image != image else ""
        model, image = new_model, new_image
        lines += f"{part.request.code(part.result)}{name} = found\n"
    return f"{before}import cnnviz_core as cnnviz\n{''.join(packages)}\n{lines}{then}"


def _model(name: str) -> str:
    """What gives the model; one's own is named as the file it was, with what was chosen for it."""
    mine = own_model.model_of(name) if is_upload(name) else None
    if mine is None:
        return call("load_model", repr(name))
    upload = mine.upload
    options: dict[str, object] = {"preprocessing": mine.mode}
    options |= {"labels": list(upload.labels)} if upload.labels else {}
    options |= {"inputs": {key: list(values) for key, values in upload.inputs.items()}}
    options |= {"classes": upload.classes} if upload.classes is not None else {}
    words = ", ".join(f"{key}={value!r}" for key, value in options.items() if value != {})
    return f"{call('inspect_model_file', repr(upload.file_name))}.build({words})"


def _image(photo: Photo) -> tuple[str, str, str]:
    """What is imported before and after the library, and the line that gives the picture."""
    drawn = samples.drawn().get(photo.name)
    if drawn is not None:
        shape, background = repr(drawn.shape), repr(drawn.background)
        drawing = call("shape_image", shape, background, side=samples.DRAWN_SIDE, seed=drawn.seed)
        return "", "", f"image, mask = {drawing}\n"
    sample = samples.available().get(photo.name)
    if sample is None:
        return "", "", f"image = {call('read_image', repr(photo.title))}\n"
    file = f"Path({sample.package}.__file__).parent / {sample.file!r}"
    return (
        "from pathlib import Path\n\n",
        f"import {sample.package}\n",
        f"image = {call('read_image', file)}\n",
    )

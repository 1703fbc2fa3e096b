"""Photos shipped with the models, those of scikit-image and scikit-learn, and drawn pictures.

The photos' files are found without importing those packages, which would cost seconds and can
reach for the network.
"""

from __future__ import annotations

import importlib.util
import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz_core.sets.drawn_shapes import BACKGROUNDS, SHAPES, shape_image
from cnnviz_core.zoo.cards import MODELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnviz_core.arrays import ImageArray

DRAWN_SIDE = 384
"""Height and width, in pixels, of pictures drawn by code."""
SEEDS = (39, 22, 117, 9, 95, 62)
"""Of one picture of each shape, with colours muted enough that a heat map can be seen on them."""


@dataclass(frozen=True)
class Sample:
    """A photo to try things on, with whom to thank.

    Attributes:
        name: short name, used in links.
        title: what the photo shows.
        package: import name of the package that carries the file.
        file: path inside that package.
        licence: licence and author, as the package states them.
        label: the class that it shows, as a model would call it.
        mistaken: by names of models that take it for another class, that class.
    """

    name: str
    title: str
    package: str
    file: str
    licence: str
    label: str
    mistaken: Mapping[str, str] = field(default_factory=dict)

    def path(self) -> Path | None:
        """Where the file is, or None where the package does not carry it."""
        folder = _package_folder(self.package)
        if folder is None:
            return None
        path = folder / self.file
        return path if path.is_file() else None


@dataclass(frozen=True)
class Drawn:
    """A textured shape on a textured background, for models that tell shapes apart.

    Attributes:
        shape: one of `SHAPES`.
        background: one of `BACKGROUNDS`.
        seed: the same seed gives the same pixels.
    """

    shape: str
    background: str
    seed: int

    @property
    def name(self) -> str:
        """Short name, used in links."""
        return f"{self.shape}-on-{self.background}"

    @property
    def title(self) -> str:
        """What the picture shows."""
        return f"A {self.shape} on {self.background}"

    @property
    def label(self) -> str:
        """The class that it shows."""
        return self.shape

    @property
    def mistaken(self) -> Mapping[str, str]:
        """The "biased" model takes a shape for the one that it saw on this background."""
        usual = SHAPES[BACKGROUNDS.index(self.background)]
        return {"shapes-biased": usual} if usual != self.shape else {}

    def pixels(self) -> ImageArray:
        """RGB, `DRAWN_SIDE` pixels high and wide."""
        return shape_image(self.shape, self.background, side=DRAWN_SIDE, seed=self.seed)[0]


@cache
def _package_folder(package: str) -> Path | None:
    """The folder of a package, found without running any of its code."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


_SKIMAGE = "scikit-image"
OF_PACKAGES = (
    Sample(
        "motorcycle",
        "A motorcycle in a garage",
        "skimage",
        "data/motorcycle_left.png",
        f"Middlebury 2014 stereo benchmark (Scharstein et al.), as shipped with {_SKIMAGE}",
        "motorbike",
    ),
    Sample(
        "astronaut",
        "Astronaut Eileen Collins",
        "skimage",
        "data/astronaut.png",
        f"NASA, public domain, from {_SKIMAGE}",
        "face",
        {"photos20": "rose"},
    ),
    Sample(
        "flower",
        "A dahlia",
        "sklearn",
        "datasets/images/flower.jpg",
        "vultilion on Flickr, CC BY 2.0, from scikit-learn",
        "dahlia",
    ),
    Sample(
        "chelsea",
        "Chelsea the cat",
        "skimage",
        "data/chelsea.png",
        f"Stéfan van der Walt, CC0, from {_SKIMAGE}",
        "cat",
    ),
    Sample(
        "coffee",
        "A cup of coffee",
        "skimage",
        "data/coffee.png",
        f"Rachel Michetti, CC0, from {_SKIMAGE}",
        "cup",
    ),
    Sample(
        "rocket",
        "Launch of a Falcon 9",
        "skimage",
        "data/rocket.jpg",
        f"SpaceX, public domain, from {_SKIMAGE}",
        "rocket",
    ),
    Sample(
        "china",
        "A temple in China",
        "sklearn",
        "datasets/images/china.jpg",
        "danielbuechele on Flickr, CC BY 2.0, from scikit-learn",
        "temple",
    ),
)


@cache
def of_models() -> tuple[Sample, ...]:
    """Photos of classes of the bundled models, on which none of them was trained; best first."""
    rows = json.loads((MODELS / "photos" / "photos.json").read_text(encoding="utf-8"))
    return tuple(
        Sample(package="cnnviz_core", file=f"../models/photos/{row['name']}.jpg", **row)
        for row in rows
    )


@cache
def available() -> dict[str, Sample]:
    """The samples whose files are installed, by name; those of the packages first."""
    samples = (*OF_PACKAGES, *of_models())
    return {sample.name: sample for sample in samples if sample.path() is not None}


@cache
def drawn() -> dict[str, Drawn]:
    """One picture of each shape, by name: half on the background of their own index, half not.

    That background is the one on which the "biased" model saw nothing but this shape.
    """
    pictures = [
        Drawn(shape, BACKGROUNDS[(index + 2 * (index % 2)) % len(BACKGROUNDS)], seed)
        for index, (shape, seed) in enumerate(zip(SHAPES, SEEDS, strict=True))
    ]
    return {picture.name: picture for picture in pictures}


def fits(labels: tuple[str, ...]) -> bool:
    """Whether a model of these classes is one for drawn shapes."""
    return labels == SHAPES

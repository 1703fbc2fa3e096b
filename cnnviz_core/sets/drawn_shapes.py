"""Pictures made by code, of which every truth is known: textured shapes on textured backgrounds.

The class of a picture is its shape. Where the shape lies is known to the pixel, so that a map can
be held against it; and the background can be drawn independent of the class, or as a give-away of
it, so that a network that cheats can be told from one that does not. Pictures are RGB uint8
(side, side, 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from cnnviz_core.errors import OptionError
from cnnviz_core.images.levels import levels
from cnnviz_core.options import require_seed

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz_core.arrays import ImageArray

Field = NDArray[np.float64]
Pairing = Literal["independent", "class", "other"]
Value = TypeVar("Value")

AREA = (0.05, 0.12)
"""Smallest and largest share of the picture that a shape covers."""
MARGIN = 0.02
"""Least distance of a shape from the picture's edge, in sides."""
SMALLEST_SIDE, LARGEST_SIDE = 32, 1024
SUPERSAMPLING = 4
"""Each pixel's coverage is counted on this many points a row and column."""
STREAMS = ("place", "palette", "fill", "background")
"""What is random apart from each other: another background leaves the shape as it is."""


@dataclass(frozen=True, eq=False)
class Shapes:
    """A set of pictures with their truths.

    Attributes:
        images: uint8 (count, side, side, 3), RGB.
        labels: (count,), index into `SHAPES`.
        backgrounds: (count,), index into `BACKGROUNDS`.
        masks: bool (count, side, side), True where more than half of a pixel is shape.
        seeds: (count,), the seed with which `shape_image` draws this picture again, on whatever
            background.
    """

    images: ImageArray
    labels: NDArray[np.int64]
    backgrounds: NDArray[np.int64]
    masks: NDArray[np.bool_]
    seeds: NDArray[np.int64]


def shapes(
    count: int,
    *,
    side: int = 96,
    background: Pairing = "independent",
    seed: int,
) -> Shapes:
    """Draw a set of pictures, all classes equally often (as nearly as `count` allows).

    Args:
        count: number of pictures.
        side: height and width in pixels.
        background: "independent": every pair of shape and background equally often. "class": the
            background of the same index, so that it gives the class away. "other": never that one.
        seed: the same seed gives the same pixels.

    Returns:
        The pictures with their classes, backgrounds and masks.

    Raises:
        OptionError: `count`, `side`, `background` or `seed` lies outside what is accepted.
    """
    if count < 1:
        raise OptionError(f"count={count} was asked for; at least 1 picture can be drawn.")
    rng = np.random.default_rng(require_seed(seed))
    pairs = _pairs(background)
    chosen = pairs[rng.permutation(np.resize(rng.permutation(len(pairs)), count))]
    seeds = rng.integers(0, 2**62, count)
    drawn = [
        shape_image(SHAPES[label], BACKGROUNDS[texture], side=side, seed=int(picture_seed))
        for (label, texture), picture_seed in zip(chosen, seeds, strict=True)
    ]
    return Shapes(
        images=np.stack([image for image, _ in drawn]),
        labels=chosen[:, 0],
        backgrounds=chosen[:, 1],
        masks=np.stack([mask for _, mask in drawn]),
        seeds=seeds,
    )


def shape_image(
    shape: str, background: str, *, side: int = 96, seed: int
) -> tuple[ImageArray, NDArray[np.bool_]]:
    """Draw one shape at a random place, size and angle, on one kind of background.

    Colours, scale, phase and angle of the background are random, so only its kind can be told.
    With the same seed, another background leaves the shape's pixels as they are, and another
    shape leaves the background's.

    Args:
        shape: one of `SHAPES`.
        background: one of `BACKGROUNDS`.
        side: height and width in pixels, 32 to 1024.
        seed: the same seed gives the same pixels.

    Returns:
        Picture, uint8 (side, side, 3), and mask, bool (side, side), of 5 to 12 % of the pixels.

    Raises:
        OptionError: no such shape or background, or `side` or `seed` outside what is accepted.
    """
    outline = _require(shape, _OUTLINES, "shape")
    texture = _require(background, _TEXTURES, "background")
    if not SMALLEST_SIDE <= side <= LARGEST_SIDE:
        raise OptionError(
            f"side={side} was asked for; choose {SMALLEST_SIDE} to {LARGEST_SIDE} pixels."
        )
    children = np.random.SeedSequence(require_seed(seed)).spawn(len(STREAMS))
    place, palette, fill, behind = (np.random.default_rng(child) for child in children)
    coverage = _coverage(outline(), side, place)
    colours = _palette(palette)
    kind = _FILLS[int(fill.integers(len(_FILLS)))]
    ground = _blend(texture(_grid(side, behind), behind), *colours[:2])
    figure = _blend(kind(_grid(side, fill), fill), *colours[2:])
    picture = ground + (figure - ground) * coverage[..., None]
    return levels(picture), coverage > 0.5


def _pairs(background: str) -> NDArray[np.int64]:
    """All pairs of shape and background that may occur, (pairs, 2)."""
    first, second = np.divmod(np.arange(len(SHAPES) * len(BACKGROUNDS)), len(BACKGROUNDS))
    allowed = {
        "independent": np.full(len(first), True),
        "class": first == second,
        "other": first != second,
    }
    return np.stack([first, second], axis=1)[_require(background, allowed, "choice of background")]


def _require(name: str, table: dict[str, Value], what: str) -> Value:
    if name not in table:
        raise OptionError(
            f"There is no {what} {str(name)[:40]!r}. Choose one of {', '.join(table)}."
        )
    return table[name]


# Outlines: a closed polygon (points, 2) around the origin, of any size.


def _polygon(corners: int, *radii: float) -> Field:
    angles = 2 * np.pi * np.arange(corners) / corners
    return np.resize(radii, corners)[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _cross() -> Field:
    arm = np.array([(1, -0.36), (1, 0.36), (0.36, 0.36)])
    quarter = np.array([[0, 1], [-1, 0]])
    return np.concatenate([arm @ np.linalg.matrix_power(quarter, turn) for turn in range(4)])


def _heart() -> Field:
    t = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.stack([16 * np.sin(t) ** 3, y], axis=1)


_OUTLINES: dict[str, Callable[[], Field]] = {
    "disc": lambda: _polygon(72, 1),
    "square": lambda: _polygon(4, 1),
    "triangle": lambda: _polygon(3, 1),
    "star": lambda: _polygon(10, 1, 0.45),
    "cross": _cross,
    "heart": _heart,
}


def _coverage(outline: Field, side: int, rng: np.random.Generator) -> Field:
    """Share of each pixel that lies within the outline, sized, turned and placed at random.

    Places towards the edges are a little more frequent, so that "the middle" is a poor guess.
    """
    share, angle = rng.uniform(*AREA), rng.uniform(0, 2 * np.pi)
    x, y = outline.T
    area = abs(x @ np.roll(y, 1) - y @ np.roll(x, 1)) / 2
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    sized = outline @ turn * np.sqrt(share / area)
    low, high = sized.min(axis=0), sized.max(axis=0)
    placed = sized - low + MARGIN + rng.beta(0.7, 0.7, 2) * (1 - 2 * MARGIN - (high - low))
    fine = side * SUPERSAMPLING
    canvas = np.zeros((fine, fine), np.uint8)
    points = np.rint(2**4 * (placed * fine - 0.5)).astype(np.int32)
    cv2.fillPoly(canvas, [points], 255, shift=4)
    return cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA) / 255


# Textures: a field in [0, 1] that blends two colours. A grid is (2, side, side), in periods.


def _grid(side: int, rng: np.random.Generator) -> Field:
    """Coordinates at a random angle, scale (8.6 to 16 pixels of 96 a period) and phase."""
    angle, period = rng.uniform(0, 2 * np.pi), rng.uniform(0.09, 0.17)
    y, x = np.mgrid[:side, :side] / (side * period)
    u, v = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    return np.stack([u, v]) + rng.random((2, 1, 1))


def _soft(values: Field, slope: float) -> Field:
    """A step at zero, drawn as a ramp so that no edge is jagged."""
    return np.clip(0.5 + slope * values, 0, 1)


def _stripes(grid: Field, rng: np.random.Generator) -> Field:
    return _soft(np.sin(2 * np.pi * grid[0]), 2)


def _checks(grid: Field, rng: np.random.Generator) -> Field:
    return _soft(np.sin(2 * np.pi * grid[0]) * np.sin(2 * np.pi * grid[1]), 3)


def _dots(grid: Field, rng: np.random.Generator) -> Field:
    return _soft(0.3 - np.hypot(*(grid % 1 - 0.5)), 6)


def _waves(grid: Field, rng: np.random.Generator) -> Field:
    bend = 0.35 * np.sin(np.pi * grid[1])
    return _soft(np.sin(2 * np.pi * (grid[0] + bend)), 2)


def _grain(grid: Field, rng: np.random.Generator) -> Field:
    side = grid.shape[1]
    noise = rng.normal(size=(side, side))
    blurred = cv2.GaussianBlur(noise, (0, 0), side * rng.uniform(0.012, 0.025))
    return _soft(blurred / blurred.std(), 0.5)


def _bricks(grid: Field, rng: np.random.Generator) -> Field:
    x, y = grid
    along = (x / 2 + np.floor(y) / 2) % 1
    joint = np.minimum(2 * np.minimum(along, 1 - along), np.minimum(y % 1, 1 - y % 1))
    return _soft(joint - 0.1, 8)


_TEXTURES: dict[str, Callable[[Field, np.random.Generator], Field]] = {
    "stripes": _stripes,
    "checks": _checks,
    "dots": _dots,
    "waves": _waves,
    "grain": _grain,
    "bricks": _bricks,
}

_FILLS: tuple[Callable[[Field, np.random.Generator], Field], ...] = (
    lambda grid, rng: np.zeros(grid.shape[1:]),
    lambda grid, rng: 0.5 + 0.5 * np.sin(grid[0]),
    lambda grid, rng: rng.random(grid.shape[1:]),
    lambda grid, rng: _soft(np.sin(4 * np.pi * grid[0]), 1),
)
"""Plain, shaded, speckled and hatched: what shapes are filled with, whatever their class."""


def _palette(rng: np.random.Generator) -> Field:
    """Two colours of the background and two of the shape, (4, 3) in [0, 1].

    The background's differ well from each other, the shape's a little; and the shape's lie far
    from every blend of the background's, so that a shape can always be seen.
    """
    while True:
        first, second, fill = rng.random((3, 3))
        shade = np.clip(fill + rng.uniform(-0.2, 0.2, 3), 0, 1)
        blends = first + np.linspace(0, 1, 9)[:, None] * (second - first)
        contrast = np.linalg.norm(blends - np.stack([fill, shade])[:, None], axis=2).min()
        if contrast > 0.4 and np.linalg.norm(second - first) > 0.35:
            return np.stack([first, second, fill, shade])


def _blend(field: Field, first: Field, second: Field) -> Field:
    return first + (second - first) * field[..., None]


SHAPES = tuple(_OUTLINES)
"""Names of the shapes, in the order of their class indices."""
BACKGROUNDS = tuple(_TEXTURES)
"""Names of the kinds of background, in the order of their indices, as many as shapes."""

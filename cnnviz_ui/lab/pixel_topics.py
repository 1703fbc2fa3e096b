"""What the lesson "An image is numbers" tells, topic by topic: pictures, OpenCV's lines, words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cnnviz_core.images.reading import read_image
from cnnviz_core.images.rendering import enlarge
from cnnviz_core.lab import pixel_basics
from cnnviz_core.lab.code_lines import lines_of
from cnnviz_core.lab.pixel_basics import INTERPOLATIONS, PATCH_SIDE, SMALL_SIDE
from cnnviz_ui.frame.text import times
from cnnviz_ui.lab import pixel_grid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from cnnviz_core.arrays import ImageArray

CV2, NUMPY = "import cv2\n", "import cv2\nimport numpy as np\n"
FILES = "import io\n\nimport cv2\nimport numpy as np\nfrom PIL import Image\n"


@dataclass(frozen=True, eq=False)
class Panel:
    """One picture, RGB uint8, and what it is."""

    title: str
    picture: ImageArray


@dataclass(frozen=True, eq=False)
class Topic:
    """What is shown of a topic.

    Attributes:
        panels: pictures, from left to right.
        lines: the Python beside them; it is what made them, but for how they are drawn.
        words: what they show.
        arrays: what the lines give, by the names that they have there.
        before: lines that give what `lines` begin with, where that is more than `image`.
        imports: what the lines need.
        widths: of the panels, as shares.
        tall: whether its last picture needs all the height, so that words stand under its first.
    """

    panels: tuple[Panel, ...]
    lines: str
    words: str
    arrays: Mapping[str, NDArray[np.generic]]
    before: str = ""
    imports: str = CV2
    widths: tuple[int, ...] = (1, 1, 1)
    tall: bool = False


def pixels(image: ImageArray) -> Topic:
    """Eight by eight pixels in numbers, where the photo is busiest."""
    row, column = pixel_basics.busiest_place(image)
    found = pixel_basics.patch(image, row, column)
    height, width = image.shape[:2]
    return Topic(
        panels=(
            Panel("The photo", pixel_grid.framed(image, row, column, PATCH_SIDE)),
            Panel("What stands in the frame", pixel_grid.grid(found)),
        ),
        lines=f"row, column = {row}, {column}\n{lines_of(pixel_basics.patch, 'patch')}",
        words=(
            f"The photo is {height} rows of {width} pixels, and each pixel is three numbers from 0 "
            f"to 255: {height * width * 3:,} numbers in all. Framed: rows {row} to "
            f"{row + len(found) - 1}, columns {column} to {column + found.shape[1] - 1}."
        ),
        arrays={"patch": found},
        widths=(36, 54),
        tall=True,
    )


def channels(image: ImageArray) -> Topic:
    """Red, green and blue apart."""
    names = ("red", "green", "blue")
    found = dict(zip(names, pixel_basics.channels(image), strict=True))
    return Topic(
        panels=tuple(Panel(name.capitalize(), _in_grey(found[name])) for name in names),
        lines=lines_of(pixel_basics.channels, "red, green, blue"),
        words="Each channel by itself, as grey levels: white where there is much of the colour.",
        arrays=found,
    )


def bgr(image: ImageArray) -> Topic:
    """What BGR is when it is taken for RGB."""
    swapped = pixel_basics.taken_for_bgr(image)
    return Topic(
        panels=(Panel("RGB taken for RGB", image), Panel("BGR taken for RGB", swapped)),
        lines=lines_of(pixel_basics.taken_for_bgr, "swapped"),
        words=(
            "OpenCV reads files as blue, green, red; nearly all others expect red, green, blue. "
            "The same numbers in the other order are another picture, and a network answers to "
            "that. One line exchanges them, in either direction."
        ),
        arrays={"swapped": swapped},
        widths=(1, 1),
    )


def grey(image: ImageArray) -> Topic:
    """One number in place of three, with one pixel's arithmetic."""
    found = pixel_basics.grey(image)
    row, column = image.shape[0] // 2, image.shape[1] // 2
    red, green, blue = (int(level) for level in image[row, column])
    exact = 0.299 * red + 0.587 * green + 0.114 * blue
    return Topic(
        panels=(Panel("In colour", image), Panel("In grey", _in_grey(found))),
        lines=lines_of(pixel_basics.grey, "grey"),
        words=(
            f"Green counts most, as it does to the eye. The pixel in the middle, row {row}, column "
            f"{column}: 0.299 \u00d7 {red} + 0.587 \u00d7 {green} + 0.114 \u00d7 {blue} = "
            f"{exact:.1f}, stored as {found[row, column]}."
        ),
        arrays={"grey": found},
        widths=(1, 1),
    )


def hsv(image: ImageArray) -> Topic:
    """Hue, saturation and value apart."""
    hue, saturation, value = pixel_basics.hue_saturation_value(image)
    full = np.full_like(hue, 255)
    wheel = cv2.cvtColor(np.dstack([hue, full, full]), cv2.COLOR_HSV2RGB)
    return Topic(
        panels=(
            Panel("Hue, 0 to 179", np.asarray(wheel, np.uint8)),
            Panel("Saturation, 0 to 255", _in_grey(saturation)),
            Panel("Value, 0 to 255", _in_grey(value)),
        ),
        lines=lines_of(pixel_basics.hue_saturation_value, "hue, saturation, value"),
        words=(
            "The same pixels told by which colour, how much of it, and how bright. OpenCV's hue "
            "counts in steps of two degrees, so that it fits a byte; it is shown as pure colours, "
            "and means nothing where the saturation is 0."
        ),
        arrays={"hue": hue, "saturation": saturation, "value": value},
    )


def resizing(image: ImageArray, interpolation: str) -> Topic:
    """The photo at 32 pixels, and what that is enlarged."""
    height, width = image.shape[:2]
    scale = min(1.0, SMALL_SIDE / max(height, width))
    small_size = max(1, round(width * scale)), max(1, round(height * scale))
    name = INTERPOLATIONS[interpolation]
    small, large = pixel_basics.resized(image, small_size, (width, height), getattr(cv2, name))
    factor = max(1, -(-600 // max(small_size)))
    return Topic(
        panels=(
            Panel(f"Reduced to {_rows_of(small_size)}", enlarge(small, factor)),
            Panel(f"Enlarged again to {_rows_of((width, height))}", large),
        ),
        lines=(
            f"small_size, full_size = {small_size}, {width, height}\n"
            f"interpolation = cv2.{name}\n{lines_of(pixel_basics.resized, 'small, large')}"
        ),
        words=RESIZED[interpolation],
        arrays={"small": small, "large": large},
        widths=(1, 1),
    )


def _rows_of(size: tuple[int, int]) -> str:
    """A size that OpenCV takes as (width, height), as arrays have it."""
    width, height = size
    return f"{times(height, width)} (rows \u00d7 columns)"


RESIZED = {
    "Nearest": (
        "Each pixel is a copy of one: OpenCV rounds down, so that reduced it is the upper left "
        "of its block, not the middle (INTER_NEAREST_EXACT). Most are never looked at, so fine "
        "lines break up; enlarged, each becomes a block."
    ),
    "Linear": (
        "A mean of the four pixels around, the nearer the heavier. Reduced this far it still looks "
        "at four pixels only, so fine lines break up; enlarged, it is smooth and soft."
    ),
    "Cubic": (
        "A weighted sum of sixteen pixels, some with negative weights: enlarged, edges are "
        "crisper, with a faint rim beside them. Reduced, most pixels are not looked at."
    ),
    "Area": (
        "Reduced, each pixel is the mean of all that it covers: nothing is lost between. It is the "
        "one to reduce with. Enlarged by a whole number, it is made of blocks."
    ),
    "Lanczos": (
        "A weighted sum of 64 pixels: the crispest when enlarged, with rims beside edges. Reduced, "
        "most pixels are not looked at."
    ),
}


def rotation(image: ImageArray) -> Topic:
    """A photo that is stored on its side, by readers that do and do not look at its tag."""
    file = pixel_basics.stored_sideways(image)
    stored, upright = pixel_basics.without_the_tag(file), pixel_basics.by_the_tag(file)
    read = read_image(file)
    return Topic(
        panels=(
            Panel("The tag ignored", stored),
            Panel("OpenCV, by the tag", upright),
            Panel("cnnviz, by the tag", read),
        ),
        lines=(
            f"{lines_of(pixel_basics.without_the_tag, 'stored')}"
            f"{lines_of(pixel_basics.by_the_tag, 'upright')}read = cnnviz.read_image(file)\n"
        ),
        words=(
            "A camera held upright stores the pixels as its sensor lies, and a tag in the file's "
            "EXIF data; orientation 6 says: turn by a quarter, clockwise. What ignores the tag "
            "shows the photo on its side, and a network is given it so."
        ),
        arrays={"stored": stored, "upright": upright, "read": read},
        before=lines_of(pixel_basics.stored_sideways, "file"),
        imports=FILES,
    )


TOPICS: Mapping[str, Callable[[ImageArray], Topic]] = {
    "Pixels": pixels,
    "Channels": channels,
    "BGR": bgr,
    "Grey": grey,
    "HSV": hsv,
    "Rotation": rotation,
}
"""Those that have nothing to choose, by name."""
RESIZING = "Resizing"
NAMES = ("Pixels", "Channels", "BGR", "Grey", "HSV", RESIZING, "Rotation")


def _in_grey(plane: ImageArray) -> ImageArray:
    return np.repeat(plane[..., None], 3, axis=2)

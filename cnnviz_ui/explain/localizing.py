"""Where the object is: boxes around a map's hot regions, and a cut-out, as pictures and numbers."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from cnnviz_core.errors import EmptyMapError
from cnnviz_core.maps.localization import bounding_box, bounding_boxes
from cnnviz_core.maps.outlining import cut_out, draw_boxes
from cnnviz_engine.requests.reproducing import call
from cnnviz_ui.explain import heatmaps
from cnnviz_ui.frame.page import table
from cnnviz_ui.frame.text import count, percent, times
from cnnviz_ui.widgets import exports, pictures, snippets

if TYPE_CHECKING:
    from cnnviz_core.arrays import ImageArray
    from cnnviz_core.maps.localization import Mask
    from cnnviz_core.maps.results import Attribution, Box
    from cnnviz_engine.requests.attribution import AttributionRequest
    from cnnviz_engine.requests.maps import GrabCutRequest
    from cnnviz_ui.frame.photos import Photo

REGIONS = ("Largest region", "Strongest region", "Every region")
BACKGROUNDS = ("On white", "Dimmed")
MOST_BOXES = 5
HEIGHT = 258
"""Pixels of the screen for each picture; the table under it stays in sight at 1280 x 720."""
TABLE = "Below, centre, height and width are shares of the photo."
NEARLY_ALL = 0.8
"""Share of the photo from which a box locates nothing."""
HEAD = ("Box", "Left, top", "Width \u00d7 height", "b_x", "b_y", "b_h", "b_w")
FIELDS = ("left", "top", "right", "bottom", "b_x", "b_y", "b_h", "b_w", "score")


@dataclass(frozen=True)
class Search:
    """Boxes looked for in a map.

    Attributes:
        photo: where they lie.
        request: what was asked for.
        found: the map.
        look: how the map lies over the photo.
        threshold: share of the map's maximum that a region must exceed.
        regions: one of `REGIONS`.
    """

    photo: Photo
    request: AttributionRequest
    found: Attribution
    look: heatmaps.Look
    threshold: float
    regions: str

    @cached_property
    def boxes(self) -> tuple[Box, ...]:
        """In pixels of the photo; none where the map speaks for nothing."""
        height, width = self.photo.pixels.shape[:2]
        size, threshold = (height, width), self.threshold
        try:
            if self.regions == REGIONS[2]:
                return bounding_boxes(self.found, size, threshold=threshold, most=MOST_BOXES)
            component = self._component
            return (bounding_box(self.found, size, threshold=threshold, component=component),)
        except EmptyMapError:
            return ()

    @property
    def _component(self) -> Literal["largest", "strongest"]:
        return "strongest" if self.regions == REGIONS[1] else "largest"

    @property
    def file_name(self) -> str:
        """What files with the results are called."""
        return heatmaps.file_name(self.photo, self.found, self.request.model)

    def picture(self, side: int = pictures.PHOTO_SIDE) -> ImageArray:
        """The map over the photo, with the boxes; `side` is the longer one, in pixels."""
        overlaid = heatmaps.overlaid(self.photo, self.found, self.look, side=side)
        return draw_boxes(pictures.enlarged(overlaid, side), self.boxes)

    def sheet(self) -> ImageArray:
        """The picture to take along, with its colour bar and what it shows."""
        bar = heatmaps.colour_bar(self.found, self.look)
        words = f"{heatmaps.reading(self.found, self.look)} {_box_words(self)}"
        head = heatmaps.head(self.photo, self.request.model)
        return exports.sheet(self.picture(exports.LONGER_SIDE), words, bar, head=head)

    def code(self) -> str:
        """Python that gives the boxes again."""
        options: dict[str, object] = {"threshold": self.threshold}
        if self.regions == REGIONS[2]:
            name, function, options = "boxes", "bounding_boxes", options | {"most": MOST_BOXES}
        else:
            options |= {"component": self._component}
            name, function = "box", "bounding_box"
        then = f"{name} = {call(function, 'found', 'image.shape[:2]', **options)}\n"
        return snippets.code(self.request, self.found, self.photo, then=then)


def show_boxes(search: Search) -> None:
    """The boxes on the photo, in numbers, and to take along."""
    name = pictures.picture_key("boxes", search.request.key, search.look, search.boxes)
    file = pictures.encoded(name, search.picture, lossy=True)
    boxes = search.boxes
    alt = f"Photo with {count(len(boxes), 'box', 'boxes')} around {search.found.target.label}"
    words = f"{_box_words(search)}{' ' + TABLE if boxes else ''}"
    pictures.show_growing("boxes", file, alt=alt, text=words, width=480, height=HEIGHT)
    if not boxes:
        return
    table(HEAD, [_cells(order, box) for order, box in enumerate(boxes, start=1)])
    texts = {"CSV": lambda: boxes_csv(search), "JSON": lambda: boxes_json(search)}
    pictures.downloads(
        f"{search.file_name}_boxes", picture=search.sheet, texts=texts, code=search.code()
    )


def show_cut(search: Search, request: GrabCutRequest, mask: Mask, background: str) -> None:
    """The object cut out, its share of the photo, and to take along."""
    key = pictures.picture_key("cut", request.key, background)
    file = pictures.encoded(key, lambda: cut(search.photo, mask, background), lossy=True)
    words = mask_words(mask)
    alt = "The object cut out"
    pictures.show_growing("cut", file, alt=alt, text=words, width=480, height=HEIGHT)
    head = heatmaps.head(search.photo, request.model)
    pictures.downloads(
        f"{search.file_name}_mask",
        picture=lambda: exports.sheet(cut(search.photo, mask, background), words, head=head),
        arrays={"mask": mask},
        code=snippets.code(
            search.request, search.found, search.photo, then="mask = cnnviz.grabcut(image, found)\n"
        ),
    )


def cut(photo: Photo, mask: Mask, background: str) -> ImageArray:
    """The object alone, at the size at which photos are shown."""
    dimmed = background == BACKGROUNDS[1]
    return pictures.photo_sized(cut_out(photo.pixels, mask, dimmed=dimmed))


def mask_words(mask: Mask) -> str:
    """What the cut-out is, and its share of the photo."""
    return (
        f"GrabCut, from the map's hot and cold places along the photo's edges: "
        f"{percent(float(mask.mean()))} of the photo. The threshold moves the boxes alone."
    )


def boxes_csv(search: Search) -> str:
    """The boxes as a table: pixels of the photo, then shares of it."""
    lines = io.StringIO()
    writer = csv.DictWriter(lines, FIELDS)
    writer.writeheader()
    writer.writerows(_record(box) for box in search.boxes)
    return lines.getvalue()


def boxes_json(search: Search) -> str:
    """The boxes with what they were found by."""
    height, width = search.photo.pixels.shape[:2]
    document = {
        "photo": search.photo.title,
        "height": height,
        "width": width,
        "target": search.found.target.label,
        "method": search.found.method,
        "layer": search.found.layer,
        "threshold": search.threshold,
        "boxes": [_record(box) for box in search.boxes],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _box_words(search: Search) -> str:
    if not search.boxes:
        return "The photo, without a box."
    single = len(search.boxes) == 1
    beginning = (
        "The box encloses the region" if single else "Boxes enclose the regions, hottest first,"
    )
    share = f"{percent(search.threshold)} of its maximum"
    if search.found.floor:
        share = f"{percent(search.threshold)} of the way from its lowest value to its highest"
    place = f"where the map of {search.found.method} exceeds {share}"
    return f"{beginning} {place}.{_reach(search)}"


def _reach(search: Search) -> str:
    """Of a single box that leaves hardly anything out, that it locates nothing."""
    height, width = search.photo.pixels.shape[:2]
    box = search.boxes[0]
    covered = (box.right - box.left) * (box.bottom - box.top) / (height * width)
    if len(search.boxes) > 1 or covered < NEARLY_ALL:
        return ""
    return (
        f" It takes {percent(covered)} of the photo, so it says hardly where: raise the threshold, "
        "or choose another class or method."
    )


def _cells(order: int, box: Box) -> tuple[str, ...]:
    return (
        str(order),
        f"{box.left}, {box.top} px",
        f"{times(box.right - box.left, box.bottom - box.top)} px",
        *(f"{share:.3f}" for share in box.relative),
    )


def _record(box: Box) -> dict[str, float]:
    corners = (box.left, box.top, box.right, box.bottom)
    shares = (round(share, 6) for share in box.relative)
    return dict(zip(FIELDS, (*corners, *shares, box.score), strict=True))

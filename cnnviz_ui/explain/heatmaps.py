"""Attribution maps as pictures: the overlay, and the map with its range, signed or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz_core.attribution.catalogue import METHODS, Method
from cnnviz_core.images.rendering import LECTURE_INTENSITY, overlay, overlay_signed
from cnnviz_ui.frame.page import caption
from cnnviz_ui.frame.text import number, percent, times
from cnnviz_ui.widgets import figures, pictures, snippets
from cnnviz_ui.widgets.pictures import PHOTO_SIDE, encoded, picture_key
from cnnviz_ui.widgets.shown_photos import shown_pixels

if TYPE_CHECKING:
    from cnnviz_core.arrays import ImageArray
    from cnnviz_core.maps.results import Attribution
    from cnnviz_engine.requests.attribution import AttributionRequest
    from cnnviz_ui.frame.photos import Photo

COLORMAPS = {"Jet": "jet", "Inferno": "inferno", "Viridis": "viridis", "Cividis": "cividis"}
"""What people read, and what the renderer calls it; the lecture's first."""
MEASURES = {"relus": "ReLUs guided", "r2": "R\u00b2"}
"""Measures whose names are no plain words."""
SCORE_MEASURES = ("completeness_error", "score_change")
"""Measures in the units of the score that is explained."""
SIGNED_LOOK = "Maps with a sign are red where they speak for the class and blue against it."
EYE_PERCENTILE = 99.0
"""Maps of gradients have a few extreme pixels; beyond this percentile colours are clipped."""


@dataclass(frozen=True)
class Look:
    """How colours lie over a photo: the lecture's way, unless said otherwise.

    Attributes:
        colormap: of maps without sign; signed maps are always blue and red.
        intensity: weight of the colours of maps without sign.
        opacity: of the strongest colours of signed maps.
    """

    colormap: str = "jet"
    intensity: float = LECTURE_INTENSITY
    opacity: float = 0.85


def overlaid(
    photo: Photo,
    attribution: Attribution,
    look: Look,
    scale: float | None = None,
    side: int = PHOTO_SIDE,
) -> ImageArray:
    """The map's colours over the photo; without evidence, the photo as it is.

    `scale` is the value of the strongest colour, by default the map's own (`own_scale`); `side` the
    picture's longer side in pixels.
    """
    pixels = shown_pixels(photo, side)
    if attribution.empty:
        return pixels
    heatmap = attribution.resized(*pixels.shape[:2])
    if attribution.signed:
        scale = scale or own_scale(attribution)
        return overlay_signed(pixels, heatmap, scale=scale, opacity=look.opacity)
    floor = attribution.floor if scale is None else 0.0
    if clipped(attribution):
        scale = scale or own_scale(attribution)
    weight, colormap = look.intensity, look.colormap
    return overlay(pixels, heatmap, colormap=colormap, intensity=weight, scale=scale, floor=floor)


def overlay_file(
    photo: Photo,
    attribution: Attribution,
    key: str,
    look: Look,
    scale: float | None = None,
    side: int = PHOTO_SIDE,
) -> bytes:
    """The overlay's picture file, made once; `key` is that of the request."""
    name = picture_key("overlay", key, look, side, scale)
    return encoded(name, lambda: overlaid(photo, attribution, look, scale, side), lossy=True)


def map_figure(
    attribution: Attribution, colormap: str, scale: float | None = None, height: int = 330
) -> figures.Figure:
    """The map as computed, cell by cell, with its range; signed ones about zero."""
    high = scale or own_scale(attribution)
    return figures.values_figure(
        attribution.values,
        units=attribution.units,
        low=-high if attribution.signed else attribution.floor if scale is None else 0.0,
        high=high,
        colormap="diverging" if attribution.signed else colormap,
        height=height,
        cells="cells" if attribution.layer else "pixels",
    )


def show_overlay(
    photo: Photo, attribution: Attribution, request: AttributionRequest, look: Look, *, height: int
) -> None:
    """The overlay with what it says, the method in a sentence, and the ways to take it along."""
    method = METHODS[request.method]
    file = overlay_file(photo, attribution, request.key, look)
    alt = f"{attribution.method} map over the photo for the class {attribution.target.label}"
    words = f"{reading(attribution)} {method.summary.rstrip('.')} ({method.source})."
    pictures.show(file, alt=alt, text=words, width=560, height=height)
    pictures.downloads(
        file_name(photo, attribution),
        picture=lambda: overlaid(photo, attribution, look),
        arrays={"values": attribution.values},
        code=snippets.code(request, attribution, photo),
    )


def draw_preview(photo: Photo, look: Look, grown: Attribution) -> None:
    """A map that is still growing, over its photo."""
    if not grown.empty:
        alt = f"{grown.method} map so far for the class {grown.target.label}"
        pictures.show_passing(overlaid(photo, grown, look), alt=alt)
        caption(f"So far. {reading(grown)}")


def file_name(photo: Photo, attribution: Attribution) -> str:
    """What a map is of, in a file's name: photo, class, method, layer."""
    return pictures.file_name(
        photo.name, attribution.target.label, attribution.method, attribution.layer or ""
    )


def own_scale(attribution: Attribution) -> float:
    """The value of the strongest colour when a map is shown for itself."""
    magnitudes = np.abs(attribution.values)
    strongest = float(magnitudes.max())
    if clipped(attribution):
        return float(np.percentile(magnitudes, EYE_PERCENTILE)) or strongest
    return strongest


def clipped(attribution: Attribution) -> bool:
    """Whether the map's extreme pixels are clipped for the eye."""
    method = method_of(attribution)
    return method is not None and method.family == "gradient"


def method_of(attribution: Attribution) -> Method | None:
    """The catalogue's entry of the method that made a map."""
    return next((method for method in METHODS.values() if method.title == attribution.method), None)


def map_words(attribution: Attribution) -> str:
    """What the map is: its cells, its range, its units, and what was done for the eye."""
    rows, columns = attribution.values.shape
    low, high = float(attribution.values.min()), float(attribution.values.max())
    words = (
        f"The map as computed: {times(rows, columns)} {'cells' if attribution.layer else 'pixels'},"
        f" {number(low)} to {number(high)} ({attribution.units}). "
    )
    if clipped(attribution):
        return f"{words}In colour the strongest 1\u00a0% of it are clipped for the eye."
    if attribution.floor:
        return f"{words}In colour it runs from its minimum to its maximum."
    divisor = "largest magnitude" if attribution.signed else "maximum"
    return f"{words}Over the photo it is enlarged smoothly and divided by its {divisor}."


def target_facts(attribution: Attribution) -> list[tuple[str, str]]:
    """What was explained: class, logit, probability, layer."""
    contrast = attribution.score_units.endswith("difference")
    return [
        ("Classes" if contrast else "Class", attribution.target.label),
        (attribution.score_units.capitalize(), number(attribution.score)),
        (
            "Probability difference" if contrast else "Probability",
            percent(attribution.probability),
        ),
        ("Layer", attribution.layer or "input"),
    ]


def measure_facts(attribution: Attribution) -> list[tuple[str, str]]:
    """The numbers that tell how far the map can be trusted, by name."""
    words = {name: name.replace("_", " ").capitalize() for name in attribution.measures}
    words |= {name: word for name, word in MEASURES.items() if name in words}
    units = dict.fromkeys(SCORE_MEASURES, f" {attribution.score_units}")
    return [
        (words[name], f"{number(float(value))}{units.get(name, '')}")
        for name, value in attribution.measures.items()
    ]


def reading(attribution: Attribution) -> str:
    """What the overlay says, in a sentence."""
    label, method = attribution.target.label, method_of(attribution)
    place = f" at {attribution.layer}" if attribution.layer else ""
    if attribution.empty:
        return nothing(attribution)
    if method is not None and not method.class_specific:
        return f"{attribution.method}{place}: warm places are what it responds to, of any class."
    if attribution.signed:
        return f"{attribution.method}{place}: red speaks for {label}, blue against it."
    if clipped(attribution):
        return f"{attribution.method}{place}: the score of {label} hangs most on warm places."
    return f"{attribution.method}{place}: warm places speak for {label}."


def nothing(attribution: Attribution) -> str:
    """What to say of a map without a positive value."""
    place = f" at {attribution.layer}" if attribution.layer else ""
    return (
        f"No positive evidence: {attribution.method}{place} finds nothing in this photo that "
        f"speaks for {attribution.target.label}. Choose another class, layer or method."
    )
